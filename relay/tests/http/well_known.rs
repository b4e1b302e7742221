//! security.txt, the Web Key Directory and health.

use std::fs;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use sealpost_keys::UncheckedCert;
use sealpost_relay::{Config, assemble, router};
use tower::ServiceExt as _;

use crate::build::{ORIGIN, TeamKeys, TestClock, World, noon};

/// z-base-32 of SHA-1 of "security", as `gpg-wks-client --print-wkd-hash security@demo.example` prints it.
const SECURITY: &str = "t5s8ztdbon8yzntexy6oz5y48etqsnbb";

#[tokio::test]
async fn the_teams_mail_address_leads_to_its_certificate() {
    let world = World::new().await;
    for path in [format!("hu/{SECURITY}"), format!("demo.example/hu/{SECURITY}?l=security")] {
        let answer = world.get(&format!("/.well-known/openpgpkey/{path}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("content-type"), "application/octet-stream");
        let cert = UncheckedCert::parse_one(&answer.body).unwrap();
        assert_eq!(cert.fingerprint(), world.keys.alice.fingerprint());
        assert_eq!(answer.body.first().unwrap() & 0x80, 0x80, "binary, not armored");
    }
    for path in ["hu/aaaa", &format!("other.example/hu/{SECURITY}"), "other.example/policy"] {
        assert_eq!(world.get(&format!("/.well-known/openpgpkey/{path}")).await.code(), "not-found", "{path}");
    }
    for path in ["policy", "demo.example/policy"] {
        let answer = world.get(&format!("/.well-known/openpgpkey/{path}")).await;
        assert_eq!((answer.status, answer.body.len()), (StatusCode::OK, 0));
        assert_eq!(answer.header("access-control-allow-origin"), "*");
    }
}

async fn ask(folder: &std::path::Path, path: &str) -> Response {
    let config = Config::local(folder.join("teams"), folder.join("data"));
    let relay = assemble(&config, ORIGIN.to_owned(), TestClock::at(noon())).await.unwrap();
    router(Arc::new(relay)).oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap()
}

#[tokio::test]
async fn security_txt_is_the_sole_teams_or_the_relays_own() {
    let folder = tempfile::tempdir().unwrap();
    let teams = folder.path().join("teams");
    let path = "/.well-known/security.txt";
    TeamKeys::make(noon()).write(&teams, "demo", noon());
    assert_eq!(ask(folder.path(), path).await.status(), StatusCode::NOT_FOUND);
    fs::write(teams.join("demo/security.txt"), "Contact: mailto:demo@example.org\n").unwrap();
    let answer = ask(folder.path(), path).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "text/plain; charset=utf-8");
    TeamKeys::make(noon()).write(&teams, "second", noon());
    assert_eq!(ask(folder.path(), path).await.status(), StatusCode::NOT_FOUND);
    fs::write(teams.join("security.txt"), "Contact: mailto:relay@example.org\n").unwrap();
    assert_eq!(ask(folder.path(), path).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_same_local_part_of_two_teams_is_told_apart_by_domain_only() {
    let folder = tempfile::tempdir().unwrap();
    for slug in ["demo", "second"] {
        TeamKeys::make(noon()).write(&folder.path().join("teams"), slug, noon());
    }
    let direct = ask(folder.path(), &format!("/.well-known/openpgpkey/hu/{SECURITY}")).await;
    assert_eq!(direct.status(), StatusCode::NOT_FOUND);
    let advanced = ask(folder.path(), &format!("/.well-known/openpgpkey/second.example/hu/{SECURITY}")).await;
    assert_eq!(advanced.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_relay_that_can_write_is_alive_and_ready() {
    let world = World::new().await;
    for path in ["/livez", "/readyz"] {
        let answer = world.get(path).await;
        assert_eq!((answer.status, answer.text().trim()), (StatusCode::OK, "ok"));
    }
}

#[tokio::test]
async fn a_relay_that_cannot_write_is_alive_but_not_ready() {
    let world = World::new().await;
    world.relay.store.close().await;
    assert_eq!(world.get("/livez").await.status, StatusCode::OK);
    let answer = world.get("/readyz").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.text().starts_with("not ready\nstore: "), "{}", answer.text());
}
