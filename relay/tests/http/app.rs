//! The browser app's files and the headers of every answer.

use std::fs;

use axum::body::Body;
use axum::http::{Request, StatusCode};

use crate::build::{Answer, World};

async fn with_app() -> World {
    let app = tempfile::tempdir().unwrap();
    let files = [
        ("index.html", "<!doctype html>"),
        ("app-1a2b.js", "plain"),
        ("app-1a2b.js.br", "brotli"),
        ("vault-3c4d.wasm", "wasm"),
        ("worker-5e6f.js", "worker"),
        ("sw.js", "sw"),
        ("manifest.webmanifest", "{}"),
    ];
    for (name, text) in files {
        fs::write(app.path().join(name), text).unwrap();
    }
    World::with(|config| config.client = Some(app.path().to_owned())).await
}

async fn get_with(world: &World, path: &str, name: &str, value: &str) -> Answer {
    world.ask(Request::get(path).header(name, value).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn files_have_their_type_their_age_and_their_policy() {
    let world = with_app().await;
    let forever = "public, max-age=31536000, immutable";
    let expected = [
        ("/", "text/html; charset=utf-8", "no-cache"),
        ("/index.html", "text/html; charset=utf-8", "no-cache"),
        ("/app-1a2b.js", "text/javascript; charset=utf-8", forever),
        ("/vault-3c4d.wasm", "application/wasm", forever),
        ("/worker-5e6f.js", "text/javascript; charset=utf-8", forever),
        ("/sw.js", "text/javascript; charset=utf-8", "no-cache"),
        ("/manifest.webmanifest", "application/manifest+json", "no-cache"),
    ];
    for (path, kind, age) in expected {
        let answer = world.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!((answer.header("content-type"), answer.header("cache-control")), (kind, age), "{path}");
        let policy = answer.header("content-security-policy");
        assert_eq!(policy.contains("connect-src"), path != "/worker-5e6f.js", "{path}: {policy}");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("require-trusted-types-for 'script'")
        );
    }
}

#[tokio::test]
async fn brotli_is_for_those_who_ask_and_an_etag_saves_the_body() {
    let world = with_app().await;
    let plain = world.get("/app-1a2b.js").await;
    assert_eq!((plain.text().as_str(), plain.header("content-encoding")), ("plain", ""));
    let packed = get_with(&world, "/app-1a2b.js", "accept-encoding", "gzip, br;q=0.9").await;
    assert_eq!((packed.text().as_str(), packed.header("content-encoding")), ("brotli", "br"));
    assert_eq!(packed.header("vary"), "accept-encoding");
    let refused = get_with(&world, "/app-1a2b.js", "accept-encoding", "br;q=0, gzip").await;
    assert_eq!(refused.text(), "plain");
    assert_ne!(plain.header("etag"), packed.header("etag"));
    let known = get_with(&world, "/app-1a2b.js", "if-none-match", plain.header("etag")).await;
    assert_eq!((known.status, known.body.len()), (StatusCode::NOT_MODIFIED, 0));
    let stale = get_with(&world, "/app-1a2b.js", "if-none-match", packed.header("etag")).await;
    assert_eq!(stale.status, StatusCode::OK);
}

#[tokio::test]
async fn an_unknown_page_says_so_in_plain_words() {
    let world = with_app().await;
    for path in ["/nothing", "/app-1a2b.js.br", "/../Cargo.toml", "/%2e%2e/Cargo.toml", "//index.html/"] {
        let answer = world.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        assert!(answer.text().contains("nothing at this address"));
    }
    let post = world.ask(Request::post("/").body(Body::empty()).unwrap()).await;
    assert_eq!((post.status, post.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET, HEAD"));
}

#[tokio::test]
async fn every_answer_has_the_strict_headers() {
    let world = with_app().await;
    let case = world.open_case().await;
    let answers = [
        world.get("/").await,
        world.get("/nothing").await,
        world.get("/livez").await,
        world.get("/v1/teams").await,
        world.get("/v1/nothing").await,
        world.put("/v1/teams", "", "").await,
        world.get_as(&format!("{}/{}", case.entries(), case.id()), &case.token()).await,
        get_with(&world, "/", "if-none-match", world.get("/").await.header("etag")).await,
    ];
    for answer in &answers {
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval';"), "{policy}");
        assert!(!policy.contains(',') && !policy.contains("  "), "{policy}");
        for (name, value) in [
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-embedder-policy", "require-corp"),
            ("cross-origin-resource-policy", "same-origin"),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
            ("strict-transport-security", "max-age=63072000; includeSubDomains"),
        ] {
            assert_eq!(answer.header(name), value);
        }
        assert!(answer.header("permissions-policy").contains("camera=()"));
        assert!(answer.headers.get("set-cookie").is_none() && answer.headers.get("server").is_none());
    }
}
