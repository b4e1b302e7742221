//! `GET /v1/teams` and `GET /v1/teams/{team}/bundle`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use sealpost_shared::id::Slug;
use sealpost_shared::wire::v1::TeamsResponse;
use serde::Deserialize;

use crate::error::Refusal;
use crate::extract::Ids;
use crate::state::Relay;

#[derive(Debug, Deserialize)]
pub(super) struct TeamPath {
    pub(super) team: Slug,
}

pub(super) async fn list(State(relay): State<Arc<Relay>>) -> Json<TeamsResponse> {
    Json(relay.teams.current().summaries())
}

pub(super) async fn bundle(
    State(relay): State<Arc<Relay>>,
    Ids(path): Ids<TeamPath>,
) -> Result<Response, Refusal> {
    let team = relay.teams.team(&path.team).ok_or(Refusal::NOT_FOUND)?;
    Ok(([(CONTENT_TYPE, "application/json")], team.bundle.clone()).into_response())
}
