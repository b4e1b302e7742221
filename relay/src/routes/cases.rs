//! `PUT /v1/teams/{team}/desks/{desk}/cases/{case}`: a reporter opens a case. **Rule:** PROTOCOL.md, "Opening a case".

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use sealpost_shared::CaseId;
use sealpost_shared::id::Slug;
use sealpost_shared::limits::MAX_LETTER_BYTES;
use sealpost_shared::wire::v1::Author;
use serde::Deserialize;

use super::entries::receipt_response;
use crate::arrival::{Destination, admit, receive};
use crate::changes::Change;
use crate::error::Refusal;
use crate::extract::{Bearer, Ids};
use crate::state::Relay;
use crate::store::{DeskAddress, NewCase};

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
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let desk = DeskAddress { team: path.team, desk: path.desk };
    let keys = relay.teams.keys(&desk, relay.clock.now()).ok_or(Refusal::NOT_FOUND)?;
    let capability = capability.ok_or(Refusal::BAD_REQUEST)?;
    let letter = receive(&relay, &headers, body, MAX_LETTER_BYTES).await?;
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
