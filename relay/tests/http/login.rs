//! Logging in: one good way, and every bad one refused alike.

use axum::http::StatusCode;
use sealpost_keys::{LoginStatement, SigningKey};
use sealpost_shared::Duration;
use sealpost_shared::wire::v1::SessionResponse;

use crate::build::{World, noon};

fn sign(statement: &LoginStatement, key: &SigningKey, world: &World) -> String {
    use sealpost_relay::Clock as _;
    key.sign_cleartext(&statement.to_string(), world.clock.now()).unwrap()
}

#[tokio::test]
async fn a_members_signature_gives_a_token_for_one_desk_and_twelve_hours() {
    let world = World::new().await;
    let answer = world.post_statement(sign(&world.statement("team", 1), &world.keys.alice, &world)).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let session: SessionResponse = answer.json();
    assert_eq!(session.expires, noon() + Duration::from_hours(12));
    assert_eq!(session.token.len(), 43);
    let feed = |desk: &str| format!("/v1/desks/demo/{desk}/feed");
    assert_eq!(world.get_as(&feed("team"), &session.token).await.status, StatusCode::OK);
    assert_eq!(world.get_as(&feed("coordinator"), &session.token).await.code(), "not-found");
    world.clock.advance(Duration::from_seconds(12 * 3600 - 1));
    assert_eq!(world.get_as(&feed("team"), &session.token).await.status, StatusCode::OK);
    world.clock.advance(Duration::from_seconds(1));
    assert_eq!(world.get_as(&feed("team"), &session.token).await.code(), "not-found");
}

#[tokio::test]
async fn a_nonce_is_accepted_once() {
    let world = World::new().await;
    let signed = sign(&world.statement("team", 1), &world.keys.alice, &world);
    assert_eq!(world.post_statement(signed.clone()).await.status, StatusCode::CREATED);
    assert_eq!(world.post_statement(signed.clone()).await.code(), "login-refused");
    let again = sign(&world.statement("team", 1), &world.keys.alice, &world);
    assert_eq!(world.post_statement(again).await.code(), "login-refused");
    let world = world.reopened().await;
    assert_eq!(world.post_statement(signed).await.code(), "login-refused");
}

#[tokio::test]
async fn whatever_is_wrong_the_refusal_is_the_same() {
    let world = World::new().await;
    let good = world.statement("team", 1);
    let alice = &world.keys.alice;
    let stranger = SigningKey::generate_team("Mallory <m@example>", noon()).unwrap();
    let expires =
        |seconds| LoginStatement { expires: noon() + Duration::from_seconds(seconds), ..good.clone() };
    let signed = sign(&good, alice, &world);
    let attempts = [
        (
            "another relay",
            sign(
                &LoginStatement { relay: "https://other.example".to_owned(), ..good.clone() },
                alice,
                &world,
            ),
        ),
        ("expired", sign(&expires(0), alice, &world)),
        ("too long", sign(&expires(601), alice, &world)),
        ("no member", sign(&good, &stranger, &world)),
        ("another desk's member", sign(&good, &world.keys.carol, &world)),
        ("a desk without members", sign(&world.statement("backup", 1), alice, &world)),
        ("an unknown desk", sign(&world.statement("nobody", 1), alice, &world)),
        ("changed after signing", signed.replace("nonce: 01", "nonce: 02")),
        ("unsigned", good.to_string()),
        ("not a statement", alice.sign_cleartext("team: demo\ndesk: team\n", noon()).unwrap()),
        ("text before", format!("team: demo\ndesk: team\n{signed}")),
        ("nothing", String::new()),
    ];
    let mut refusals = Vec::new();
    for (what, text) in attempts {
        let answer = world.post_statement(text).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::FORBIDDEN, "login-refused"), "{what}");
        refusals.push(answer);
    }
    assert!(refusals.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(
        world.post_statement(signed).await.status,
        StatusCode::CREATED,
        "none of them used the nonce up"
    );
}

#[tokio::test]
async fn a_statement_over_its_limit_is_too_large() {
    let world = World::new().await;
    assert_eq!(world.post_statement("x".repeat(8 * 1024 + 1)).await.code(), "too-large");
}
