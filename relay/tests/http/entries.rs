//! Appending and reading, by reporter and team.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use sealpost_keys::verify_receipt;
use sealpost_shared::wire::v1::{Author, EntriesResponse};

use crate::build::{World, noon, seal};

#[tokio::test]
async fn reporter_and_team_write_to_one_log_and_both_read_it() {
    let world = World::new().await;
    let case = world.open_case().await;
    let team = world.log_in("team", &world.keys.alice, 1).await;
    let more = seal(&case.key, &world.team_cert(), "more");
    // The team may seal to any key: the relay does not know the reporter's.
    let reply = seal(&case.key, &world.coordinator_cert(), "reply");
    let appended = world.put(&case.entry(2), &case.token(), more.clone()).await;
    let receipt = verify_receipt(&appended.text(), &world.relay_cert(), noon()).unwrap();
    assert_eq!((receipt.case, receipt.entry.to_string()), (case.id(), "02".repeat(16)));
    assert_eq!(world.put(&case.entry(3), &team, reply.clone()).await.status, StatusCode::CREATED);
    for token in [case.token(), team] {
        let list: EntriesResponse = world.get_as(&case.entries(), &token).await.json();
        let seen: Vec<_> = list.entries.iter().map(|entry| (entry.seq, entry.author, entry.size)).collect();
        assert_eq!(
            seen,
            [
                (1, Author::Reporter, case.letter.len() as u64),
                (2, Author::Reporter, more.len() as u64),
                (3, Author::Team, reply.len() as u64)
            ]
        );
        assert_eq!(list.next, 3);
        let letter = world.get_as(&case.entry(3), &token).await;
        assert_eq!(letter.header("content-type"), "application/octet-stream");
        assert_eq!(letter.body, reply);
        assert_eq!(world.get_as(&format!("{}/receipt", case.entry(2)), &token).await.body, appended.body);
    }
}

#[tokio::test]
async fn a_reporters_entry_passes_the_desks_gate() {
    let world = World::new().await;
    let case = world.open_case().await;
    let elsewhere = seal(&case.key, &world.coordinator_cert(), "x");
    assert_eq!(world.put(&case.entry(2), &case.token(), elsewhere).await.code(), "wrong-recipient");
    let team = world.log_in("team", &world.keys.alice, 1).await;
    assert_eq!(world.put(&case.entry(2), &team, "Dear reporter").await.code(), "not-openpgp");
}

#[tokio::test]
async fn an_entry_id_is_taken_by_its_bytes_and_its_author() {
    let world = World::new().await;
    let case = world.open_case().await;
    let team = world.log_in("team", &world.keys.alice, 1).await;
    let letter = seal(&case.key, &world.team_cert(), "more");
    let first = world.put(&case.entry(2), &case.token(), letter.clone()).await;
    let again = world.put(&case.entry(2), &case.token(), letter.clone()).await;
    assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::OK));
    assert_eq!(first.body, again.body);
    assert_eq!(world.put(&case.entry(2), &team, letter).await.code(), "conflict");
    let other = seal(&case.key, &world.team_cert(), "other");
    assert_eq!(world.put(&case.entry(2), &case.token(), other).await.code(), "conflict");
}

#[tokio::test]
async fn a_page_begins_after_the_number_asked_for() {
    let world = World::new().await;
    let case = world.open_case().await;
    for n in 2..5 {
        let letter = seal(&case.key, &world.team_cert(), "more");
        world.put(&case.entry(n), &case.token(), letter).await;
    }
    let page = |after: u64| format!("{}?after={after}", case.entries());
    let list: EntriesResponse = world.get_as(&page(2), &case.token()).await.json();
    assert_eq!(list.entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [3, 4]);
    let list: EntriesResponse = world.get_as(&page(9), &case.token()).await.json();
    assert_eq!((list.entries.len(), list.next), (0, 9));
}

#[tokio::test]
async fn a_misspelt_page_is_a_bad_request() {
    let world = World::new().await;
    let case = world.open_case().await;
    for query in ["after=-1", "after=x", "wait=26", "wait=", "limit=5", "after=1&after=2"] {
        let answer = world.get_as(&format!("{}?{query}", case.entries()), &case.token()).await;
        assert_eq!(answer.code(), "bad-request", "{query}");
    }
}

#[tokio::test]
async fn a_long_poll_is_answered_by_the_write_it_waits_for() {
    let world = World::new().await;
    let case = world.open_case().await;
    let began = Instant::now();
    let path = format!("{}?after=1&wait=25", case.entries());
    let token = case.token();
    let waiting = world.get_as(&path, &token);
    let writing = async {
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
        // Another case's news must not end the wait with nothing.
        world.open_case().await;
        let letter = seal(&case.key, &world.team_cert(), "more");
        world.put(&case.entry(2), &case.token(), letter).await
    };
    let (answer, written) = tokio::join!(waiting, writing);
    assert_eq!(written.status, StatusCode::CREATED);
    assert_eq!(answer.json::<EntriesResponse>().next, 2);
    assert!(began.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn a_long_poll_without_news_ends_with_an_empty_page() {
    let world = World::new().await;
    let case = world.open_case().await;
    let began = Instant::now();
    let answer = world.get_as(&format!("{}?after=1&wait=1", case.entries()), &case.token()).await;
    assert_eq!(answer.json::<EntriesResponse>(), EntriesResponse { entries: vec![], next: 1 });
    assert!(began.elapsed() >= Duration::from_secs(1));
}
