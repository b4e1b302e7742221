//! `/v1/cases/{case}/entries`: appending to a case and reading it. **Rule:** PROTOCOL.md, "Appending" and "Reading".

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use sealpost_shared::limits::{FREE_LETTERS_BYTES, MAX_LETTER_BYTES};
use sealpost_shared::wire::v1::{Author, EntriesResponse};
use sealpost_shared::{CaseId, EntryId};
use serde::Deserialize;

use super::cases::pay;
use crate::arrival::{Destination, admit, receive};
use crate::changes::Change;
use crate::error::Refusal;
use crate::extract::{Came, CaseAccess, Ids, Page};
use crate::state::Relay;
use crate::store::Stored;
use crate::work::Route;

const TEXT: &str = "text/plain; charset=utf-8";

#[derive(Debug, Deserialize)]
pub(super) struct EntryPath {
    entry: EntryId,
}

pub(super) async fn append(
    State(relay): State<Arc<Relay>>,
    Ids(path): Ids<EntryPath>,
    access: CaseAccess,
    Came(origin): Came,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let CaseAccess { case, desk, author } = access;
    let keys = match author {
        Author::Reporter => Some(relay.teams.keys(&desk, relay.clock.now()).ok_or(Refusal::NOT_FOUND)?),
        // The relay does not know the reporter's key, so the team's letters may be sealed to any.
        Author::Team => None,
    };
    let mut letter = receive(&relay, &headers, body, MAX_LETTER_BYTES).await?;
    if author == Author::Reporter && costs(&relay, case, path.entry, letter.as_bytes().len()).await? {
        letter = pay(&relay, Route { desk: &desk, origin }, case, &headers, letter).await?;
    }
    let to = Destination { desk: desk.clone(), case, entry: path.entry, author };
    let (entry, _room) = admit(&relay, to, letter, keys).await?;
    let stored = relay.store.append(entry).await?;
    relay.changes.announce(Change::Written { case, desk: Arc::new(desk) });
    Ok(receipt_response(stored))
}

/// Whether a reporter's further letter costs as much as one that opens a case. **Rule:** PROTOCOL.md, "Proof of work".
async fn costs(relay: &Relay, case: CaseId, entry: EntryId, bytes: usize) -> Result<bool, Refusal> {
    if !relay.work.asks() || relay.store.added_bytes(case).await? + bytes as u64 <= FREE_LETTERS_BYTES {
        return Ok(false);
    }
    Ok(relay.store.receipt(case, entry).await?.is_none())
}

/// 201 for what is new, 200 for what was there; the receipt either way.
pub(super) fn receipt_response(stored: Stored) -> Response {
    let (status, receipt) = match stored {
        Stored::New { receipt } => (StatusCode::CREATED, receipt),
        Stored::Again { receipt } => (StatusCode::OK, receipt),
    };
    (status, [(CONTENT_TYPE, TEXT)], receipt).into_response()
}

pub(super) async fn list(
    State(relay): State<Arc<Relay>>,
    access: CaseAccess,
    page: Page,
) -> Result<Json<EntriesResponse>, Refusal> {
    let case = access.case;
    let fetch = || relay.store.entries(case, page.after);
    let entries = relay.changes.wait_for_some(page.wait, |written, _| *written == case, fetch).await?;
    let next = entries.last().map_or(page.after, |entry| entry.seq);
    Ok(Json(EntriesResponse { entries, next }))
}

pub(super) async fn letter(
    State(relay): State<Arc<Relay>>,
    Ids(path): Ids<EntryPath>,
    access: CaseAccess,
) -> Result<Response, Refusal> {
    let letter = relay.store.letter(access.case, path.entry).await?.ok_or(Refusal::NOT_FOUND)?;
    Ok(([(CONTENT_TYPE, "application/octet-stream")], letter).into_response())
}

pub(super) async fn receipt(
    State(relay): State<Arc<Relay>>,
    Ids(path): Ids<EntryPath>,
    access: CaseAccess,
) -> Result<Response, Refusal> {
    let receipt = relay.store.receipt(access.case, path.entry).await?.ok_or(Refusal::NOT_FOUND)?;
    Ok(([(CONTENT_TYPE, TEXT)], receipt).into_response())
}
