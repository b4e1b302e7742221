//! The desk's feed, as JSON and as lines.

use axum::body::Body;
use axum::http::Request;
use sealpost_shared::wire::v1::{Deleter, DeletionsResponse, FeedResponse};

use crate::build::{World, bearer, seal};

#[tokio::test]
async fn a_feed_has_everything_at_its_desk_in_order_and_nothing_else() {
    let world = World::new().await;
    let first = world.open_case().await;
    let second = world.open_case().await;
    let more = seal(&first.key, &world.team_cert(), "more");
    world.put(&first.entry(7), &first.token(), more).await;
    let elsewhere = crate::build::OpenCase::new(&world.coordinator_cert());
    let path = elsewhere.path().replace("desks/team", "desks/coordinator");
    assert!(world.put(&path, &elsewhere.token(), elsewhere.letter.clone()).await.status.is_success());
    let token = world.log_in("team", &world.keys.alice, 1).await;
    let feed: FeedResponse = world.get_as("/v1/desks/demo/team/feed", &token).await.json();
    let seen: Vec<_> = feed.rows.iter().map(|row| (row.seq, row.case, row.entry.entry.to_string())).collect();
    let id = |case: &crate::build::OpenCase| case.id().to_string();
    assert_eq!(
        seen,
        [(1, first.id(), id(&first)), (2, second.id(), id(&second)), (3, first.id(), "07".repeat(16))]
    );
    let rest: FeedResponse = world.get_as("/v1/desks/demo/team/feed?after=2", &token).await.json();
    assert_eq!((rest.rows.len(), rest.next), (1, 3));
}

#[tokio::test]
async fn as_text_a_row_is_seven_fields_with_single_spaces() {
    let world = World::new().await;
    let case = world.open_case().await;
    let token = world.log_in("team", &world.keys.alice, 1).await;
    let request = Request::get("/v1/desks/demo/team/feed?after=0")
        .header("authorization", bearer(&token))
        .header("accept", "text/plain");
    let answer = world.ask(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    let text = answer.text();
    let fields: Vec<_> = text.strip_suffix('\n').unwrap().split(' ').collect();
    let (id, size) = (case.id().to_string(), case.letter.len().to_string());
    assert_eq!(fields[..5], ["1", &id, &id, "reporter", &size]);
    assert_eq!((fields[5].len(), fields[6], fields.len()), (64, "2026-11-23T12:00:00Z", 7));
}

/// Takes an answer apart as PROTOCOL.md describes it.
fn letters(mut bytes: &[u8]) -> Vec<(u64, Vec<u8>)> {
    let mut letters = Vec::new();
    while !bytes.is_empty() {
        let end = bytes.iter().position(|byte| *byte == b'\n').unwrap();
        let (seq, size) = std::str::from_utf8(&bytes[..end]).unwrap().split_once(' ').unwrap();
        let (letter, rest) = bytes[end + 1..].split_at(size.parse().unwrap());
        letters.push((seq.parse().unwrap(), letter.to_vec()));
        bytes = rest;
    }
    letters
}

#[tokio::test]
async fn many_letters_come_at_once_in_the_feeds_order_to_members_only() {
    let world = World::new().await;
    let (first, second) = (world.open_case().await, world.open_case().await);
    let elsewhere = crate::build::OpenCase::new(&world.coordinator_cert());
    let path = elsewhere.path().replace("desks/team", "desks/coordinator");
    assert!(world.put(&path, &elsewhere.token(), elsewhere.letter.clone()).await.status.is_success());
    let token = world.log_in("team", &world.keys.alice, 1).await;
    let answer = world.get_as("/v1/desks/demo/team/letters", &token).await;
    assert_eq!(answer.header("content-type"), "application/octet-stream");
    let all = letters(&answer.body);
    assert_eq!(all, [(1, first.letter.clone()), (2, second.letter.clone())]);
    let rest = world.get_as("/v1/desks/demo/team/letters?after=1&rows=1", &token).await;
    assert_eq!(letters(&rest.body), all[1..]);
    assert!(world.get_as("/v1/desks/demo/team/letters?after=2", &token).await.body.is_empty());
    for (path, by, status) in [
        ("/v1/desks/demo/team/letters", first.token(), 404),
        ("/v1/desks/demo/coordinator/letters", token.clone(), 404),
        ("/v1/desks/demo/team/letters?rows=0", token.clone(), 400),
        ("/v1/desks/demo/team/letters?rows=501", token.clone(), 400),
        ("/v1/desks/demo/team/letters?wait=1", token.clone(), 400),
    ] {
        assert_eq!(world.get_as(path, &by).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn members_are_told_what_was_deleted_at_their_desk() {
    let world = World::new().await;
    let (gone, _kept) = (world.open_case().await, world.open_case().await);
    let token = world.log_in("team", &world.keys.alice, 1).await;
    let delete = Request::delete(format!("/v1/cases/{}", gone.id())).header("authorization", bearer(&token));
    assert_eq!(world.ask(delete.body(Body::empty()).unwrap()).await.status, 200);
    let path = "/v1/desks/demo/team/deletions";
    let told: DeletionsResponse = world.get_as(path, &token).await.json();
    let [one] = told.deletions.as_slice() else { panic!("{told:?}") };
    assert_eq!((one.case, one.deletion.by), (gone.id(), Deleter::Team));
    let at = one.deletion.at;
    let rest = world.get_as(&format!("{path}?since={at}&after={}", gone.id()), &token).await;
    assert!(rest.json::<DeletionsResponse>().deletions.is_empty());
    assert_eq!(world.get_as(path, &gone.token()).await.status, 404);
    assert_eq!(world.get_as(&format!("{path}?since=yesterday"), &token).await.status, 400);
}

#[tokio::test]
async fn a_waiting_team_hears_of_a_new_case() {
    let world = World::new().await;
    let token = world.log_in("team", &world.keys.alice, 1).await;
    let waiting = world.get_as("/v1/desks/demo/team/feed?wait=25", &token);
    let (answer, case) = tokio::join!(waiting, world.open_case());
    assert_eq!(answer.json::<FeedResponse>().rows[0].case, case.id());
}
