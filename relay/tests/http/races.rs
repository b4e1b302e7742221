//! Many callers at once.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use sealpost_shared::wire::v1::{EntriesResponse, FeedResponse};

use crate::build::{Answer, OpenCase, World, seal};

const MANY: u8 = 20;

async fn all_at_once<F: Future<Output = Answer>>(asks: impl Iterator<Item = F>) -> Vec<Answer> {
    let mut waiting: Vec<_> = asks.map(Box::pin).collect();
    let mut answers = Vec::new();
    std::future::poll_fn(|cx| {
        waiting.retain_mut(|ask| match ask.as_mut().poll(cx) {
            std::task::Poll::Ready(answer) => {
                answers.push(answer);
                false
            }
            std::task::Poll::Pending => true,
        });
        if waiting.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_identical_letters_are_one_row_and_one_receipt() {
    let world = World::new().await;
    let case = OpenCase::new(&world.team_cert());
    let (path, token) = (case.path(), case.token());
    let answers = all_at_once((0..MANY).map(|_| world.put(&path, &token, case.letter.clone()))).await;
    let created = answers.iter().filter(|answer| answer.status == StatusCode::CREATED).count();
    let again = answers.iter().filter(|answer| answer.status == StatusCode::OK).count();
    assert_eq!((created, again), (1, 19));
    assert_eq!(answers.iter().map(|answer| answer.body.clone()).collect::<BTreeSet<_>>().len(), 1);
    let list: EntriesResponse = world.get_as(&case.entries(), &token).await.json();
    assert_eq!(list.entries.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_different_letters_one_wins_and_stays() {
    let world = World::new().await;
    let case = OpenCase::new(&world.team_cert());
    let letters: Vec<_> =
        (0..MANY).map(|n| seal(&case.key, &world.team_cert(), &format!("letter {n}"))).collect();
    let (path, token) = (case.path(), case.token());
    let answers = all_at_once(letters.iter().map(|letter| world.put(&path, &token, letter.clone()))).await;
    let created: Vec<_> = answers.iter().filter(|answer| answer.status == StatusCode::CREATED).collect();
    assert_eq!(created.len(), 1);
    assert!(
        answers.iter().filter(|answer| answer.status != StatusCode::CREATED).all(|a| a.code() == "conflict")
    );
    let kept = world.get_as(&format!("{}/{}", case.entries(), case.id()), &token).await.body;
    assert!(letters.contains(&kept.to_vec()));
    let receipt = world.get_as(&format!("{}/{}/receipt", case.entries(), case.id()), &token).await;
    assert_eq!(receipt.body, created[0].body);
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_have_no_gaps_when_many_write_and_some_are_refused() {
    let world = World::new().await;
    let cases: Vec<_> = (0..MANY).map(|_| OpenCase::new(&world.team_cert())).collect();
    let ask = |case: &OpenCase| (case.path(), case.token(), case.letter.clone());
    let good = cases.iter().map(ask);
    // Each of these is refused after the desk's number was taken or before; either way it must leave no hole.
    let bad = cases.iter().map(|case| (case.path(), case.token(), cases[0].letter.repeat(2)));
    let other = cases.iter().map(|case| (case.path(), cases[0].token(), cases[1].letter.clone()));
    let asks: Vec<_> = good.chain(bad).chain(other).collect();
    all_at_once(asks.iter().map(|(path, token, letter)| world.put(path, token, letter.clone()))).await;
    let token = world.log_in("team", &world.keys.alice, 1).await;
    let feed: FeedResponse = world.get_as("/v1/desks/demo/team/feed", &token).await.json();
    let numbers: Vec<_> = feed.rows.iter().map(|row| row.seq).collect();
    assert_eq!(numbers, (1..=u64::from(MANY)).collect::<Vec<_>>());
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let world = World::new().await;
    let case = world.open_case().await;
    let token = world.log_in("team", &world.keys.alice, 1).await;
    let receipt = format!("{}/{}/receipt", case.entries(), case.id());
    let before = world.get_as(&receipt, &case.token()).await;
    let certificate = world.relay_cert();
    let world = world.reopened().await;
    assert_eq!(world.get_as(&receipt, &case.token()).await, before);
    assert_eq!(world.relay_cert(), certificate);
    let letter = world.get_as(&format!("{}/{}", case.entries(), case.id()), &token).await;
    assert_eq!(letter.body, case.letter);
    let next = world.open_case().await;
    let feed: FeedResponse = world.get_as("/v1/desks/demo/team/feed?after=1", &token).await.json();
    assert_eq!((feed.rows[0].seq, feed.rows[0].case), (2, next.id()));
}
