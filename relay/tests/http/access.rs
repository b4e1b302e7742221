//! One answer for all who may not know.

use axum::body::Body;
use axum::http::Request;
use sealpost_shared::Duration;

use crate::build::{Answer, OpenCase, World};

#[tokio::test]
async fn whoever_may_not_know_hears_the_same_bytes() {
    let world = World::new().await;
    let case = world.open_case().await;
    let other = world.open_case().await;
    let unknown = OpenCase::new(&world.team_cert());
    let stale = world.log_in("team", &world.keys.alice, 1).await;
    world.clock.advance(Duration::from_hours(12));
    let elsewhere = world.log_in("coordinator", &world.keys.carol, 2).await;
    let nonsense = "A".repeat(43);
    let entry = |case: &OpenCase| format!("{}/{}", case.entries(), case.id());
    let mut answers: Vec<Answer> = Vec::new();
    for token in ["", "misspelt", &nonsense, &other.token(), &stale, &elsewhere] {
        for path in [case.entries(), unknown.entries(), entry(&case), entry(&unknown)] {
            answers.push(world.get_as(&path, token).await);
            answers.push(world.get_as(&format!("{path}?after=0"), token).await);
        }
        answers.push(world.get_as(&format!("{}/receipt", entry(&case)), token).await);
        answers.push(world.put(&case.entry(2), token, case.letter.clone()).await);
        answers.push(world.put(&unknown.entry(2), token, case.letter.clone()).await);
    }
    answers.push(world.get_as(&case.entry(9), &case.token()).await);
    answers.push(world.get_as(&format!("{}/receipt", case.entry(9)), &case.token()).await);
    answers.push(world.get_as(&unknown.entries(), &unknown.token()).await);
    for token in ["", "misspelt", &nonsense, &case.token(), &stale, &elsewhere] {
        for desk in ["demo/team", "demo/nobody", "nobody/team", "demo/backup"] {
            answers.push(world.get_as(&format!("/v1/desks/{desk}/feed"), token).await);
        }
    }
    answers.push(world.ask(Request::get(case.entries()).body(Body::empty()).unwrap()).await);
    let first = answers.first().unwrap();
    assert_eq!(first.code(), "not-found");
    for (n, answer) in answers.iter().enumerate() {
        assert_eq!(answer, first, "answer {n}");
    }
    assert!(world.get_as(&case.entries(), &case.token()).await.status.is_success(), "the control");
}

#[tokio::test]
async fn a_capability_in_the_query_opens_nothing() {
    let world = World::new().await;
    let case = world.open_case().await;
    let answer = world.get(&format!("{}?token={}", case.entries(), case.token())).await;
    assert!(answer.status.is_client_error());
}
