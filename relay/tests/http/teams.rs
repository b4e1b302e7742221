//! `GET /v1/teams` and the bundle.

use axum::http::StatusCode;
use sealpost_keys::UncheckedCert;
use sealpost_shared::wire::v1::{BundleResponse, TeamsResponse};

use crate::build::{ORIGIN, World, noon};

#[tokio::test]
async fn every_team_is_listed() {
    let world = World::new().await;
    let answer = world.get("/v1/teams").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("cache-control"), "no-store");
    let teams = answer.json::<TeamsResponse>().teams;
    assert_eq!(teams.len(), 1);
    assert_eq!((teams[0].slug.as_str(), teams[0].project.as_str()), ("demo", "Ferrisware"));
}

#[tokio::test]
async fn a_bundle_stands_up_to_the_clients_checks() {
    let world = World::new().await;
    let bundle: BundleResponse = world.get("/v1/teams/demo/bundle").await.json();
    assert_eq!(bundle.policy, world.keys.policy("demo"));
    assert_eq!(bundle.relay.origin, ORIGIN);
    let certs: Vec<_> =
        bundle.certificates.iter().map(|one| UncheckedCert::parse_one(one.as_bytes()).unwrap()).collect();
    assert_eq!(certs.len(), 2);
    let signer = certs.iter().find(|cert| cert.fingerprint() == world.keys.alice.fingerprint()).unwrap();
    signer.verify_detached(bundle.policy.as_bytes(), bundle.policy_signature.as_bytes(), noon()).unwrap();
}

#[tokio::test]
async fn an_unknown_team_is_not_found_and_a_misspelt_one_malformed() {
    let world = World::new().await;
    assert_eq!(world.get("/v1/teams/nobody/bundle").await.code(), "not-found");
    assert_eq!(world.get("/v1/teams/No%20Body/bundle").await.code(), "bad-request");
}

#[tokio::test]
async fn every_error_under_v1_is_a_problem() {
    let world = World::new().await;
    let unknown = world.get("/v1/no/such/route").await;
    assert_eq!((unknown.status, unknown.code()), (StatusCode::NOT_FOUND, "not-found"));
    assert_eq!(unknown.header("cache-control"), "no-store");
    let method = world.put("/v1/teams", "", "").await;
    assert_eq!((method.status, method.code()), (StatusCode::METHOD_NOT_ALLOWED, "bad-request"));
    assert!(method.header("allow").contains("GET"), "{:?}", method.headers);
}
