//! `GET /v1/desks/{team}/{desk}/feed`, `…/letters` and `…/deletions`: everything new at a desk, for its members, the sealed bytes of many rows at
//! once, and what was deleted.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use sealpost_shared::limits::MAX_BATCH_BYTES;
use sealpost_shared::wire::v1::{Author, DeletionsResponse, FeedResponse, FeedRow};

use crate::error::Refusal;
use crate::extract::{Batch, DeskAccess, Page, Since};
use crate::state::Relay;

/// Two numbers in a line: room for those that occur.
const HEAD_BYTES: usize = 24;

pub(super) async fn list(
    State(relay): State<Arc<Relay>>,
    DeskAccess(desk): DeskAccess,
    page: Page,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let fetch = || relay.store.feed(&desk, page.after);
    let rows = relay.changes.wait_for_some(page.wait, |_, written| *written == desk, fetch).await?;
    if wants_text(headers.get(ACCEPT)) {
        return Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], as_text(&rows)).into_response());
    }
    let next = rows.last().map_or(page.after, |row| row.seq);
    Ok(Json(FeedResponse { rows, next }).into_response())
}

/// **Rule:** PROTOCOL.md, "Many letters at once".
pub(super) async fn letters(
    State(relay): State<Arc<Relay>>,
    DeskAccess(desk): DeskAccess,
    batch: Batch,
) -> Result<Response, Refusal> {
    let letters = relay.store.letters(&desk, batch.after, batch.rows, MAX_BATCH_BYTES).await?;
    let mut bytes = Vec::with_capacity(letters.iter().map(|(_, letter)| letter.len() + HEAD_BYTES).sum());
    for (seq, letter) in letters {
        bytes.extend_from_slice(format!("{seq} {}\n", letter.len()).as_bytes());
        bytes.extend_from_slice(&letter);
    }
    Ok(([(CONTENT_TYPE, "application/octet-stream")], bytes).into_response())
}

/// **Rule:** PROTOCOL.md, "Deleting".
pub(super) async fn deletions(
    State(relay): State<Arc<Relay>>,
    DeskAccess(desk): DeskAccess,
    since: Since,
) -> Result<Json<DeletionsResponse>, Refusal> {
    let deletions = relay.store.deletions(&desk, since.since, since.after).await?;
    Ok(Json(DeletionsResponse { deletions }))
}

fn wants_text(accept: Option<&HeaderValue>) -> bool {
    let accept = accept.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut kinds = accept.split(',').filter_map(|kind| kind.split(';').next()).map(str::trim);
    kinds.any(|kind| kind.eq_ignore_ascii_case("text/plain"))
}

/// One line of seven fields for each row, for `while read` in a shell.
fn as_text(rows: &[FeedRow]) -> String {
    let mut text = String::new();
    for FeedRow { seq, case, entry: row } in rows {
        let author = match row.author {
            Author::Reporter => "reporter",
            Author::Team => "team",
        };
        let (entry, size, sha256, received) = (row.entry, row.size, &row.sha256, row.received);
        writeln!(text, "{seq} {case} {entry} {author} {size} {sha256} {received}")
            .expect("writing to memory does not fail");
    }
    text
}
