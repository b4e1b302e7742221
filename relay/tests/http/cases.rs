//! Opening a case: what is let in, what is refused, and what a second try gets.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use sealpost_keys::verify_receipt;
use sealpost_shared::limits::MAX_LETTER_BYTES;
use sealpost_shared::wire::v1::FeedResponse;

use crate::build::{ORIGIN, OpenCase, World, noon};

#[tokio::test]
async fn a_sealed_letter_is_answered_with_a_receipt_that_verifies() {
    let world = World::new().await;
    let case = OpenCase::new(&world.team_cert());
    let answer = world.put(&case.path(), &case.token(), case.letter.clone()).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    let receipt = verify_receipt(&answer.text(), &world.relay_cert(), noon()).unwrap();
    assert_eq!(
        (receipt.relay.as_str(), receipt.team.as_str(), receipt.desk.as_str()),
        (ORIGIN, "demo", "team")
    );
    assert_eq!((receipt.case, receipt.entry), (case.id(), case.id().into()));
    assert_eq!(receipt.received.to_string(), "2026-11-23T12:00:00Z");
    assert_eq!(receipt.sha256, sha256(&case.letter));
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    data_encoding::HEXLOWER.encode(&sha2::Sha256::digest(bytes))
}

#[tokio::test]
async fn a_receipts_signature_tells_no_more_than_the_hour() {
    let world = World::new().await;
    let case = OpenCase::new(&world.team_cert());
    let text = world.put(&case.path(), &case.token(), case.letter.clone()).await.text();
    let (_, verified) = world.relay_cert().verify_cleartext(&text, noon()).unwrap();
    assert_eq!(verified.at.to_string(), "2026-11-23T12:00:00Z");
}

#[tokio::test]
async fn the_same_bytes_again_get_the_same_receipt() {
    let world = World::new().await;
    let case = OpenCase::new(&world.team_cert());
    let first = world.put(&case.path(), &case.token(), case.letter.clone()).await;
    world.clock.advance(sealpost_shared::Duration::from_hours(30));
    let second = world.put(&case.path(), &case.token(), case.letter.clone()).await;
    assert_eq!((first.status, second.status), (StatusCode::CREATED, StatusCode::OK));
    assert_eq!(first.body, second.body);
}

#[tokio::test]
async fn a_taken_id_refuses_other_bytes_other_capabilities_and_other_desks() {
    let world = World::new().await;
    let case = world.open_case().await;
    let other = OpenCase::new(&world.team_cert());
    assert_eq!(world.put(&case.path(), &case.token(), other.letter.clone()).await.code(), "conflict");
    assert_eq!(world.put(&case.path(), &other.token(), case.letter.clone()).await.code(), "conflict");
    let elsewhere = case.path().replace("desks/team", "desks/coordinator");
    let to_coordinator = crate::build::seal(&case.key, &world.coordinator_cert(), "x");
    assert_eq!(world.put(&elsewhere, &case.token(), to_coordinator).await.code(), "conflict");
    let kept = world.get_as(&format!("{}/{}", case.entries(), case.id()), &case.token()).await;
    assert_eq!(kept.body, case.letter);
}

#[tokio::test]
async fn the_gate_names_what_it_refuses_and_keeps_nothing_of_it() {
    let world = World::new().await;
    let case = OpenCase::new(&world.team_cert());
    let sealed = case.letter.clone();
    let armored = sealpost_keys::SealedLetter::from_bytes_unchecked(sealed.clone()).to_armored().into_bytes();
    let signed = world.keys.alice.sign_cleartext("hello", noon()).unwrap().into_bytes();
    let literal = [&[0xCB, 11, b'b', 0, 0, 0, 0, 0][..], b"hello"].concat();
    let password = vec![0xC3, 4, 4, 9, 0, 8];
    let refused = [
        ("not-openpgp", b"Dear team, there is a hole".to_vec()),
        ("not-openpgp", Vec::new()),
        ("armored", armored),
        ("signed-only", signed),
        ("plaintext", literal),
        ("password-encrypted", password),
        ("wrong-recipient", OpenCase::new(&world.coordinator_cert()).letter),
        ("trailing-data", [&sealed[..], &sealed[..]].concat()),
        ("malformed", sealed[..sealed.len() - 9].to_vec()),
    ];
    for (code, body) in refused {
        let answer = world.put(&case.path(), &case.token(), body).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::UNPROCESSABLE_ENTITY, code));
    }
    let token = world.log_in("team", &world.keys.alice, 1).await;
    let feed: FeedResponse = world.get_as("/v1/desks/demo/team/feed", &token).await.json();
    assert_eq!((feed.rows.len(), feed.next), (0, 0));
    assert_eq!(world.get_as(&case.entries(), &case.token()).await.code(), "not-found");
}

#[tokio::test]
async fn a_letter_over_the_limit_is_too_large_with_and_without_an_announced_length() {
    let world = World::new().await;
    let case = OpenCase::new(&world.team_cert());
    for bytes in [MAX_LETTER_BYTES + 1, 9 * MAX_LETTER_BYTES] {
        let body = vec![0xC1; bytes];
        let announced = Request::put(case.path())
            .header("authorization", format!("Bearer {}", case.token()))
            .header("content-length", bytes);
        let announced = world.ask(announced.body(Body::from(body.clone())).unwrap()).await;
        assert_eq!((announced.status, announced.code()), (StatusCode::PAYLOAD_TOO_LARGE, "too-large"));
        assert_eq!(world.put(&case.path(), &case.token(), body).await.code(), "too-large");
    }
    let fits = world.put(&case.path(), &case.token(), vec![0; MAX_LETTER_BYTES]).await;
    assert_eq!(fits.code(), "not-openpgp");
}

#[tokio::test]
async fn a_case_needs_a_desk_that_receives_a_capability_and_well_formed_ids() {
    let world = World::new().await;
    let case = OpenCase::new(&world.team_cert());
    for desk in ["nobody", "backup"] {
        let path = case.path().replace("desks/team", &format!("desks/{desk}"));
        assert_eq!(world.put(&path, &case.token(), case.letter.clone()).await.code(), "not-found");
    }
    for token in ["", "short", &format!("{}=", case.token())] {
        assert_eq!(world.put(&case.path(), token, case.letter.clone()).await.code(), "bad-request");
    }
    let upper = case.path().replace(&case.id().to_string(), &"A".repeat(32));
    for path in [format!("{}0", case.path()), upper] {
        assert_eq!(world.put(&path, &case.token(), case.letter.clone()).await.code(), "bad-request");
    }
}

#[tokio::test]
async fn a_full_desk_refuses_reporters_and_still_lets_the_team_answer() {
    let world = World::with(|config| (config.desk_quota_mib, config.price.bits) = (1, 0)).await;
    let case = world.open_case().await;
    let big =
        |text: &[u8]| crate::build::seal(&case.key, &world.team_cert(), std::str::from_utf8(text).unwrap());
    let first = world.put(&case.entry(1), &case.token(), big(&vec![b'x'; 500 * 1024])).await;
    assert_eq!(first.status, StatusCode::CREATED);
    let second = big(&vec![b'y'; 500 * 1024]);
    let refused = world.put(&case.entry(2), &case.token(), second.clone()).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::TOO_MANY_REQUESTS, "full"));
    let token = world.log_in("team", &world.keys.alice, 1).await;
    assert_eq!(world.put(&case.entry(3), &token, second).await.status, StatusCode::CREATED);
}
