//! The page without script.

use axum::http::StatusCode;
use sealpost_keys::UncheckedCert;

use crate::build::World;

#[tokio::test]
async fn the_page_without_script_says_policy_keys_and_how_to_report() {
    let world = World::new().await;
    let fingerprint = world.keys.alice.fingerprint();
    for path in ["/plain", "/plain/demo"] {
        let page = world.get(path).await;
        assert_eq!((page.status, page.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("script"), "{policy}");
        let text = String::from_utf8(page.body.to_vec()).unwrap();
        let command = format!("gpg --armor --trust-model always --encrypt --recipient {fingerprint}");
        for said in
            ["A person confirms your report within", "valid until", "mailto:Security@demo.example", &command]
        {
            assert!(text.contains(said), "{path} does not say “{said}”: {text}");
        }
        assert!(!text.contains("<script") && !text.contains("style="), "{text}");
    }
}

#[tokio::test]
async fn its_files_are_the_bundles_own() {
    let world = World::new().await;
    let fingerprint = world.keys.alice.fingerprint();
    let key = world.get(&format!("/plain/demo/{fingerprint}.asc")).await;
    assert_eq!(UncheckedCert::parse_one(&key.body).unwrap().fingerprint(), fingerprint);
    let bundle = world.get("/v1/teams/demo/bundle").await;
    let bundle: serde_json::Value = serde_json::from_slice(&bundle.body).unwrap();
    for (file, field) in [("policy.toml", "policy"), ("policy.toml.asc", "policy_signature")] {
        let answer = world.get(&format!("/plain/demo/{file}")).await;
        assert_eq!(bundle[field].as_str().unwrap().as_bytes(), &answer.body[..], "{file}");
    }
    assert_eq!(world.get("/plain.css").await.header("content-type"), "text/css; charset=utf-8");
    for nothing in ["/plain/other", "/plain/demo/other.asc", "/plain/demo/policy", "/plain/other/policy.toml"]
    {
        assert_eq!(world.get(nothing).await.code(), "not-found", "{nothing}");
    }
}
