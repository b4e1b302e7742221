//! Public advisories: who may publish what and when, and how they are read.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use sealpost_keys::SigningKey;
use sealpost_shared::wire::v1::AdvisoriesResponse;
use sealpost_shared::{Duration, Timestamp};

use crate::build::{Answer, ORIGIN, World, noon};

/// A document of the team `demo` whose embargo lifts then.
fn document(id: &str, published: &str) -> String {
    format!(
        "+++\nadvisory = 1\nid = \"{id}\"\nteam = \"demo\"\ntitle = \"A <leak> & more\"\nsummary = \"Names leak.\"\n\
         published = \"{published}\"\naliases = [\"CVE-2026-12345\"]\nseverity = \"high\"\n\
         [publisher]\nname = \"Demo\"\nurl = \"https://demo.example\"\n\
         [[affected]]\npackage = \"ferris\"\necosystem = \"crates.io\"\npurl = \"pkg:cargo/ferris\"\n\
         ranges = [{{ introduced = \"0\", fixed = \"1.4.3\" }}]\n\
         +++\n\n# Oh\n\n- update <b>now</b>\n\n[here](javascript:alert(1)) or [there](https://demo.example/there)\n"
    )
}

const PAST: &str = "2026-11-23T12:00:00Z";

fn sign(key: &SigningKey, text: &str) -> String {
    key.sign_cleartext(text, noon()).unwrap()
}

fn path(id: &str) -> String {
    format!("/v1/teams/demo/advisories/{id}")
}

/// Publishes as Alice, a member, with a session of the team's desk.
async fn publish(world: &World, id: &str, text: &str) -> Answer {
    // A nonce is good once: each id brings its own.
    let nonce = id.bytes().fold(0_u8, u8::wrapping_add);
    let token = world.log_in("team", &world.keys.alice, nonce).await;
    world.put(&path(id), &token, sign(&world.keys.alice, text)).await
}

pub(crate) async fn published(world: &World) {
    let answer = publish(world, "DEMO-2026-0001", &document("DEMO-2026-0001", PAST)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
}

#[tokio::test]
async fn what_a_member_publishes_is_there_at_once_in_every_form() {
    let world = World::new().await;
    let list: AdvisoriesResponse = world.get("/v1/teams/demo/advisories").await.json();
    assert!(list.advisories.is_empty());
    published(&world).await;
    let answer = world.get("/v1/teams/demo/advisories").await;
    let list: AdvisoriesResponse = answer.json();
    let [one] = list.advisories.as_slice() else { panic!("{}", answer.text()) };
    assert_eq!((one.id.as_str(), one.title.as_str()), ("DEMO-2026-0001", "A <leak> & more"));
    assert_eq!(
        (&one.signer, one.aliases.as_slice()),
        (&world.keys.alice.fingerprint(), &["CVE-2026-12345".to_owned()][..])
    );
    let signed = world.get(&path("DEMO-2026-0001")).await;
    assert_eq!(signed.header("content-type"), "text/plain; charset=utf-8");
    let (text, _) = world.keys.alice.certificate().verify_cleartext(&signed.text(), noon()).unwrap();
    assert_eq!(text.trim_end(), document("DEMO-2026-0001", PAST).trim_end());
    let osv: serde_json::Value = world.get("/v1/teams/demo/osv/DEMO-2026-0001.json").await.json();
    assert_eq!(osv["affected"][0]["ranges"][0]["events"][1]["fixed"], "1.4.3");
    let index: serde_json::Value = world.get("/v1/teams/demo/osv").await.json();
    assert_eq!(index, serde_json::json!([{ "id": "DEMO-2026-0001", "modified": PAST }]));
    for open in ["/v1/teams/demo/advisories", "/v1/teams/demo/advisories.atom", "/v1/teams/demo/osv"] {
        assert_eq!(world.get(open).await.header("access-control-allow-origin"), "*", "{open}");
    }
}

#[tokio::test]
async fn an_atom_reader_reads_the_feed() {
    let world = World::new().await;
    let empty = world.get("/v1/teams/demo/advisories.atom").await;
    assert_eq!(feed_rs::parser::parse(&empty.body[..]).unwrap().entries.len(), 0);
    published(&world).await;
    let second = document("DEMO-2026-0002", "2026-11-23T12:30:00Z");
    assert_eq!(publish(&world, "DEMO-2026-0002", &second).await.status, StatusCode::CREATED);
    let answer = world.get("/v1/teams/demo/advisories.atom").await;
    assert_eq!(answer.header("content-type"), "application/atom+xml; charset=utf-8");
    let feed = feed_rs::parser::parse(&answer.body[..]).unwrap();
    assert_eq!(feed.feed_type, feed_rs::model::FeedType::Atom);
    assert_eq!(feed.title.unwrap().content, "Demo Security Team: security advisories");
    assert_eq!(
        feed.updated.unwrap().timestamp(),
        "2026-11-23T12:30:00Z".parse::<Timestamp>().unwrap().seconds()
    );
    let ids: Vec<&str> = feed.entries.iter().map(|entry| entry.id.as_str()).collect();
    let page = |id: &str| format!("{ORIGIN}/t/demo/advisories/{id}");
    assert_eq!(ids, [page("DEMO-2026-0002"), page("DEMO-2026-0001")]);
    let last = &feed.entries[1];
    assert_eq!(last.title.as_ref().unwrap().content, "DEMO-2026-0001: A <leak> & more");
    assert_eq!(last.published.unwrap().timestamp(), PAST.parse::<Timestamp>().unwrap().seconds());
    assert_eq!(last.summary.as_ref().unwrap().content, "Names leak.");
    assert_eq!(last.links.len(), 3);
}

#[tokio::test]
async fn nothing_is_taken_before_the_embargo_is_over() {
    let world = World::new().await;
    let later = document("DEMO-2026-0001", "2026-11-23T12:34:57Z");
    let answer = publish(&world, "DEMO-2026-0001", &later).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::FORBIDDEN, "under-embargo"));
    assert_eq!(world.get(&path("DEMO-2026-0001")).await.code(), "not-found");
    world.clock.advance(Duration::from_seconds(1));
    let token = world.log_in("team", &world.keys.alice, 251).await;
    let answer = world.put(&path("DEMO-2026-0001"), &token, sign(&world.keys.alice, &later)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    // A clock that was put back shows nothing early either.
    world.clock.advance(Duration::from_seconds(-2));
    for path in [path("DEMO-2026-0001"), "/v1/teams/demo/osv/DEMO-2026-0001.json".to_owned()] {
        assert_eq!(world.get(&path).await.code(), "not-found", "{path}");
    }
    let list: AdvisoriesResponse = world.get("/v1/teams/demo/advisories").await.json();
    assert!(list.advisories.is_empty());
    assert!(!world.get("/v1/teams/demo/advisories.atom").await.text().contains("DEMO-2026-0001"));
    assert!(!world.get("/t/demo/advisories").await.text().contains("DEMO-2026-0001"));
}

#[tokio::test]
async fn strangers_and_forgers_publish_nothing() {
    let world = World::new().await;
    let text = document("DEMO-2026-0001", PAST);
    let good = sign(&world.keys.alice, &text);
    let stranger = SigningKey::generate_team("Mallory <mallory@example.org>", noon()).unwrap();
    let put = async |token: &str, body: String| world.put(&path("DEMO-2026-0001"), token, body).await;
    // Nobody without a session of the team's own desk.
    assert_eq!(put("", good.clone()).await.code(), "not-found");
    let coordinator = world.log_in("coordinator", &world.keys.carol, 1).await;
    assert_eq!(put(&coordinator, good.clone()).await.code(), "not-found");
    let token = world.log_in("team", &world.keys.alice, 2).await;
    // Nothing but a member's signature over exactly this text.
    for body in [
        sign(&stranger, &text),
        sign(&world.keys.carol, &text),
        good.replace("Names leak.", "Names do not leak."),
        text.clone(),
        format!("{good}\nP.S. more"),
        String::new(),
    ] {
        assert_eq!(put(&token, body).await.code(), "bad-signature");
    }
    // Nothing that is no advisory, another one, or another team's.
    for text in [
        "Hello".to_owned(),
        text.replace("severity = \"high\"", "severity = \"awful\""),
        text.replace("DEMO-2026-0001", "DEMO-2026-0002"),
        text.replace("team = \"demo\"", "team = \"other\""),
    ] {
        assert_eq!(put(&token, sign(&world.keys.alice, &text)).await.code(), "bad-advisory");
    }
    assert_eq!(put(&token, "x".repeat(200 * 1024)).await.code(), "too-large");
    let list: AdvisoriesResponse = world.get("/v1/teams/demo/advisories").await.json();
    assert!(list.advisories.is_empty());
    for unknown in [
        "/v1/teams/other/advisories",
        "/v1/teams/other/advisories.atom",
        "/v1/teams/demo/osv/x",
        "/t/other/advisories",
    ] {
        assert_eq!(world.get(unknown).await.code(), "not-found", "{unknown}");
    }
}

#[tokio::test]
async fn a_correction_takes_the_place_of_what_it_corrects_and_nothing_else_does() {
    let world = World::new().await;
    let text = document("DEMO-2026-0001", PAST);
    let token = world.log_in("team", &world.keys.alice, 1).await;
    let put = async |text: &str| world.put(&path("DEMO-2026-0001"), &token, text.to_owned()).await;
    let first = sign(&world.keys.alice, &text);
    assert_eq!(put(&first).await.status, StatusCode::CREATED);
    assert_eq!(put(&first).await.status, StatusCode::OK, "the same again is harmless");
    let silent = sign(&world.keys.alice, &text.replace("Names leak.", "All leaks."));
    assert_eq!(put(&silent).await.code(), "conflict");
    let other_day = text.replace(PAST, "2026-11-22T12:00:00Z");
    let dated = |at: &str, text: &str| text.replace("aliases", &format!("modified = \"{at}\"\naliases"));
    assert_eq!(
        put(&sign(&world.keys.alice, &dated("2026-11-23T12:10:00Z", &other_day))).await.code(),
        "conflict"
    );
    let corrected = dated("2026-11-23T12:10:00Z", &text).replace("Names leak.", "All leaks.");
    assert_eq!(put(&sign(&world.keys.alice, &corrected)).await.status, StatusCode::OK);
    assert!(world.get(&path("DEMO-2026-0001")).await.text().contains("All leaks."));
    let early = dated("2026-11-23T13:00:00Z", &text);
    assert_eq!(put(&sign(&world.keys.alice, &early)).await.code(), "under-embargo");
    let withdrawn = corrected
        .replace("12:10:00Z", "12:20:00Z")
        .replace("aliases", "withdrawn = \"2026-11-23T12:20:00Z\"\naliases");
    assert_eq!(put(&sign(&world.keys.alice, &withdrawn)).await.status, StatusCode::OK);
    assert!(world.get("/t/demo/advisories/DEMO-2026-0001").await.text().contains("was withdrawn"));
    assert!(world.get("/v1/teams/demo/advisories.atom").await.text().contains("Withdrawn: DEMO-2026-0001"));
}

#[tokio::test]
async fn readers_that_have_it_are_told_so() {
    let world = World::new().await;
    published(&world).await;
    let ask = async |path: &str, name: &str, value: &str| {
        world.ask(Request::get(path).header(name, value).body(Body::empty()).unwrap()).await
    };
    for path in [
        "/v1/teams/demo/advisories",
        "/v1/teams/demo/advisories.atom",
        "/v1/teams/demo/osv",
        "/t/demo/advisories",
        "/advisories.css",
    ] {
        let answer = world.get(path).await;
        assert_eq!(answer.header("cache-control"), "no-cache", "{path}");
        let again = ask(path, "if-none-match", answer.header("etag")).await;
        assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0), "{path}");
        assert_eq!(ask(path, "if-none-match", "\"other\"").await.status, StatusCode::OK, "{path}");
    }
    let feed = "/v1/teams/demo/advisories.atom";
    assert_eq!(world.get(feed).await.header("last-modified"), "Mon, 23 Nov 2026 12:00:00 GMT");
    assert_eq!(
        ask(feed, "if-modified-since", "Mon, 23 Nov 2026 12:00:00 GMT").await.status,
        StatusCode::NOT_MODIFIED
    );
    assert_eq!(ask(feed, "if-modified-since", "Mon, 23 Nov 2026 11:59:59 GMT").await.status, StatusCode::OK);
    assert_eq!(ask(feed, "if-modified-since", "yesterday").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_page_shows_an_advisory_and_runs_nothing_of_it() {
    let world = World::new().await;
    assert!(world.get("/t/demo/advisories").await.text().contains("Nothing has been published yet"));
    published(&world).await;
    let list = world.get("/t/demo/advisories").await;
    assert!(
        list.text().contains("<a href=\"/t/demo/advisories/DEMO-2026-0001\">A &lt;leak&gt; &amp; more</a>")
    );
    let page = world.get("/t/demo/advisories/DEMO-2026-0001").await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    for answer in [&list, &page] {
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; style-src 'self';") && !policy.contains("script-src"),
            "{policy}"
        );
        assert!(!answer.text().contains("<script"));
    }
    let text = page.text();
    for part in [
        "<h1>A &lt;leak&gt; &amp; more</h1>",
        "<h2>Oh</h2>",
        "&lt;b&gt;now&lt;/b&gt;",
        "<a href=\"https://demo.example/there\">there</a>",
        "gpg --verify",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    assert!(
        !text.contains("javascript:") && text.contains(&world.keys.alice.fingerprint().grouped()),
        "{text}"
    );
    assert_eq!(world.get("/t/demo/advisories/DEMO-2026-0009").await.code(), "not-found");
    assert!(world.get("/advisories.css").await.header("content-type").starts_with("text/css"));
}
