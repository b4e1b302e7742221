//! What the log says, and what it must not (promise 9).

use std::io;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::Request;

use crate::build::{PLANTED, World, bearer};

/// Collects everything that is logged in this process, by other tests too: what is looked for belongs to this one.
#[derive(Clone, Default)]
struct Collected(Arc<Mutex<Vec<u8>>>);

impl io::Write for Collected {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_names_routes_and_nobody() {
    let log = Collected::default();
    let writer = log.clone();
    // Everything that anything we are built on would ever say.
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    // For all threads: some of the work is done on others.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let world = World::new().await;
    let case = world.open_case().await;
    let token = world.log_in("team", &world.keys.alice, 0xEE).await;
    world.get_as(&format!("{}?after=0", case.entries()), &token).await;
    world.put(&case.path(), &case.token(), PLANTED).await;
    world.put(&case.path(), &case.token(), case.letter.repeat(2)).await;
    let request = Request::builder()
        .method("SECRET-METHOD")
        .uri("/secret-path?secret=query")
        .header("authorization", bearer(&case.token()))
        .header("user-agent", "secret-agent")
        .header("referer", "https://secret-referrer.example")
        .header("x-forwarded-for", "203.0.113.7");
    world.ask(request.body(Body::empty()).unwrap()).await;
    for path in ["/livez", "/readyz"] {
        world.get(path).await;
    }
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for expected in [
        "/v1/teams/{team}/desks/{desk}/cases/{case}",
        "/v1/sessions",
        "status=201",
        "status=422",
        "took=",
        "sent=",
    ] {
        assert!(text.contains(expected), "{expected} is missing: the log was not captured");
    }
    let receipt = world.get_as(&format!("{}/{}/receipt", case.entries(), case.id()), &token).await.text();
    let sha256 = receipt.lines().find_map(|line| line.strip_prefix("sha256: ")).unwrap().to_owned();
    let secrets =
        [case.id().to_string(), case.token(), case.key.capability().hash(), token, "ee".repeat(16), sha256];
    let planted = [PLANTED, "secret", "SECRET", "203.0.113.7"].map(str::to_owned);
    for secret in secrets.iter().chain(&planted) {
        assert!(!text.contains(secret.as_str()), "the log has {secret}:\n{text}");
    }
}
