//! `POST /v1/sessions`: a member logs in with a signed statement. **Rule:** PROTOCOL.md, "Login".

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use data_encoding::BASE64URL_NOPAD;
use rand::RngCore as _;
use sealpost_keys::{Capability, LoginStatement, verify_login};
use sealpost_shared::limits::{MAX_STATEMENT_BYTES, SESSION_SECONDS};
use sealpost_shared::problem::ProblemCode;
use sealpost_shared::wire::v1::SessionResponse;
use sealpost_shared::{Duration, Fingerprint, Timestamp};

use crate::arrival::receive;
use crate::error::Refusal;
use crate::state::Relay;
use crate::store::{DeskAddress, NewSession, SecretHash, Session, StoreError};

const REFUSED: Refusal = Refusal::Code(ProblemCode::LoginRefused);

pub(super) async fn start(
    State(relay): State<Arc<Relay>>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<SessionResponse>), Refusal> {
    let statement = receive(&relay, &headers, body, MAX_STATEMENT_BYTES).await?;
    let text = String::from_utf8(statement.as_bytes().to_vec()).map_err(|_| REFUSED)?;
    let now = relay.clock.now();
    let (statement, member) = verify(&relay, text, now).await?;
    let expires = now + Duration::from_seconds(SESSION_SECONDS);
    let (token, hash) = make_token();
    let desk = DeskAddress { team: statement.team, desk: statement.desk };
    let session = Session { desk, member, expires };
    let new = NewSession { nonce: statement.nonce, nonce_expires: statement.expires, token: hash, session };
    match relay.store.start_session(new, now).await {
        Ok(()) => Ok((StatusCode::CREATED, Json(SessionResponse { token, expires }))),
        Err(StoreError::Conflict) => Err(REFUSED),
        Err(error) => Err(error.into()),
    }
}

/// Every check but that of the nonce, which the store makes when it uses the nonce up.
async fn verify(
    relay: &Arc<Relay>,
    text: String,
    now: Timestamp,
) -> Result<(LoginStatement, Fingerprint), Refusal> {
    let asked = asked_desk(&text).ok_or(REFUSED)?;
    let members = relay.teams.desk(&asked).ok_or(REFUSED)?.members.clone();
    let verified = tokio::task::spawn_blocking(move || verify_login(&text, &members, now)).await;
    let (statement, member) = verified.map_err(|_| REFUSED)?.map_err(|_| REFUSED)?;
    let for_us = statement.relay == relay.identity.origin;
    let for_this_desk = statement.team == asked.team && statement.desk == asked.desk;
    if for_us && for_this_desk { Ok((statement, member)) } else { Err(REFUSED) }
}

/// Whose members' certificates to try. Read before anything is verified, and compared with the verified statement afterwards.
fn asked_desk(text: &str) -> Option<DeskAddress> {
    let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)).map(str::trim_end);
    Some(DeskAddress { team: value("team: ")?.parse().ok()?, desk: value("desk: ")?.parse().ok()? })
}

/// A token for its holder and the hash that is kept.
fn make_token() -> (String, SecretHash) {
    let mut secret = [0; 32];
    rand::rngs::OsRng.fill_bytes(&mut secret);
    let token = BASE64URL_NOPAD.encode(&secret);
    let hash =
        Capability::from_token(&token).expect("32 bytes in base64url are spelled like a capability").hash();
    (token, SecretHash::from_hex(hash))
}
