//! `PUT /v1/teams/{team}/desks/{desk}/cases/{case}`: a reporter opens a case; `DELETE /v1/cases/{case}`: a team deletes it.
//! **Rule:** PROTOCOL.md, "Opening a case" and "Deleting".

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use data_encoding::HEXLOWER;
use sealpost_shared::CaseId;
use sealpost_shared::id::Slug;
use sealpost_shared::limits::MAX_LETTER_BYTES;
use sealpost_shared::wire::v1::{Author, Deleter, Deletion};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::entries::receipt_response;
use crate::arrival::{Destination, Received, admit, receive};
use crate::changes::Change;
use crate::error::Refusal;
use crate::extract::{Bearer, Came, Ids, TeamsCase};
use crate::retention;
use crate::state::Relay;
use crate::store::{CaseRecord, DeskAddress, NewCase, SecretHash};
use crate::work::{Goods, Route};

#[derive(Debug, Deserialize)]
pub(super) struct NewCasePath {
    team: Slug,
    desk: Slug,
    case: CaseId,
}

pub(super) async fn open(
    State(relay): State<Arc<Relay>>,
    Ids(path): Ids<NewCasePath>,
    Bearer(capability): Bearer,
    Came(origin): Came,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let desk = DeskAddress { team: path.team, desk: path.desk };
    let keys = relay.teams.keys(&desk, relay.clock.now()).ok_or(Refusal::NOT_FOUND)?;
    let capability = capability.ok_or(Refusal::BAD_REQUEST)?;
    let letter = receive(&relay, &headers, body, MAX_LETTER_BYTES).await?;
    let theirs = find_theirs(&relay, path.case, &capability).await?;
    if let Some(deletion) = theirs.as_ref().and_then(|record| record.deleted) {
        return Err(Refusal::Deleted(deletion));
    }
    let letter = if relay.work.asks() && theirs.is_none() {
        pay(&relay, Route { desk: &desk, origin }, path.case, &headers, letter).await?
    } else {
        letter
    };
    let to = Destination {
        desk: desk.clone(),
        case: path.case,
        entry: path.case.into(),
        author: Author::Reporter,
    };
    let (first, _room) = admit(&relay, to, letter, Some(keys)).await?;
    let stored = relay.store.open_case(NewCase { desk: desk.clone(), capability, first }).await?;
    relay.changes.announce(Change::Written { case: path.case, desk: Arc::new(desk) });
    Ok(receipt_response(stored))
}

/// The case, if it is there and the caller's: then this is a repetition, which was paid for the first time.
async fn find_theirs(
    relay: &Relay,
    case: CaseId,
    capability: &SecretHash,
) -> Result<Option<CaseRecord>, Refusal> {
    let record = relay.store.case(case).await?;
    Ok(record.filter(|record| record.capability.matches(capability)))
}

/// `DELETE /v1/cases/{case}`. **Rule:** PROTOCOL.md, "Deleting".
pub(super) async fn delete(
    State(relay): State<Arc<Relay>>,
    TeamsCase(case): TeamsCase,
) -> Result<Json<Deletion>, Refusal> {
    let deletion = Deletion { by: Deleter::Team, at: relay.clock.now().rounded_to_hour() };
    Ok(Json(retention::delete(&relay, case, deletion).await?))
}

/// Lets a letter through whose sender did the work for it. **Rule:** PROTOCOL.md, "Proof of work".
pub(super) async fn pay(
    relay: &Relay,
    route: Route<'_>,
    case: CaseId,
    headers: &HeaderMap,
    letter: Received,
) -> Result<Received, Refusal> {
    let (now, goods) = (relay.clock.now(), Goods::Letter(letter.as_bytes().len() as u64));
    if let Some(proof) = relay.work.admit(proof_header(headers), route, goods, now) {
        // A MiB takes milliseconds: too long for a thread that serves others.
        let checked = tokio::task::spawn_blocking(move || {
            let sha256 = HEXLOWER.encode(&Sha256::digest(letter.as_bytes()));
            proof.holds(case, &sha256).then_some(letter)
        });
        if let Some(letter) = checked.await.map_err(|_| Refusal::internal("checking a proof panicked"))? {
            relay.work.count(route, now);
            return Ok(letter);
        }
    }
    Err(Refusal::Proof(Box::new(relay.work.challenge(route, goods, now))))
}

/// The proof as it came; empty without one.
pub(super) fn proof_header(headers: &HeaderMap) -> &str {
    headers.get("sealpost-proof").and_then(|value| value.to_str().ok()).unwrap_or_default()
}
