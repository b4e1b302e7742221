//! The offline page in a team's folder: offered while its signature is good and it holds what the relay publishes, and not otherwise.

use std::fs;
use std::path::PathBuf;

use axum::http::StatusCode;
use sealpost_keys::SigningKey;
use sealpost_shared::wire::v1::BundleResponse;

use crate::build::{TeamKeys, World, noon};

const PATH: &str = "/plain/demo/sealpost-offline.html";

impl World {
    async fn bundle(&self) -> BundleResponse {
        self.get("/v1/teams/demo/bundle").await.json()
    }

    fn page(&self) -> PathBuf {
        self.teams().join("demo/sealpost-offline.html")
    }

    /// Puts a page into the team's folder, as the team's command writes one.
    async fn offer(&self, bundle: &BundleResponse, signer: &SigningKey) {
        let json = serde_json::to_string(bundle).unwrap().replace('<', "\\u003c");
        let page =
            format!("<!doctype html>\n<script type=\"application/json\" id=\"bundle\">{json}</script>\n");
        let signature = signer.sign_detached_armored(page.as_bytes(), self.relay.clock.now()).unwrap();
        fs::write(self.page(), page).unwrap();
        fs::write(self.page().with_extension("html.asc"), signature).unwrap();
        self.relay.read_teams_again().await.unwrap();
    }

    async fn is_not_offered(&self, why: &str) {
        assert_eq!(self.bundle().await.offline, None, "{why}");
        assert_eq!(self.get(PATH).await.status, StatusCode::NOT_FOUND, "{why}");
        let said = self.attention().await;
        assert!(
            said.iter().any(|line| line.contains("offline page") && line.contains(why)),
            "{why}: {said:?}"
        );
    }
}

#[tokio::test]
async fn a_signed_page_is_offered_with_its_digest_and_saved_rather_than_shown() {
    let world = World::new().await;
    assert_eq!(world.get(PATH).await.status, StatusCode::NOT_FOUND);
    let bundle = world.bundle().await;
    world.offer(&bundle, &world.keys.alice).await;
    let offered = world.bundle().await.offline.unwrap();
    let page = world.get(PATH).await;
    assert_eq!(
        (page.body.len() as u64, fs::read(world.page()).unwrap()),
        (offered.bytes, page.body.to_vec())
    );
    assert_eq!(page.header("content-disposition"), "attachment; filename=\"sealpost-offline.html\"");
    assert_eq!(page.header("content-type"), "application/octet-stream");
    assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
    let signature = world.get(&format!("{PATH}.asc")).await;
    let signer = world.keys.alice.certificate();
    signer.verify_detached(&page.body, &signature.body, noon()).unwrap();
    let plain = world.get("/plain/demo").await.text();
    assert!(plain.contains(&offered.sha256) && plain.contains("gpg --verify sealpost-offline.html.asc"));
    assert_eq!(world.get("/plain/demo/sealpost-offline.html.bak").await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.attention().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_page_that_the_team_did_not_sign_or_that_holds_something_else_is_not_offered() {
    let world = World::new().await;
    let good = world.bundle().await;
    world.offer(&good, &TeamKeys::make(noon()).alice).await;
    world.is_not_offered("key that signs the policy").await;
    let old = BundleResponse { policy: good.policy.replace("24h", "12h"), ..good.clone() };
    world.offer(&old, &world.keys.alice).await;
    world.is_not_offered("another policy").await;
    world.offer(&good, &world.keys.alice).await;
    assert!(world.bundle().await.offline.is_some());
    fs::remove_file(world.page().with_extension("html.asc")).unwrap();
    world.relay.read_teams_again().await.unwrap();
    world.is_not_offered("not beside it").await;
    fs::write(world.page(), "").unwrap();
    world.relay.read_teams_again().await.unwrap();
    world.is_not_offered("cannot be read").await;
}
