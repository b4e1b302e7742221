//! `GET /v1/teams/{team}/challenge`: what a new case costs. **Rule:** PROTOCOL.md, "Proof of work".

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use sealpost_shared::id::Slug;
use sealpost_shared::wire::v1::ChallengeResponse;
use serde::Deserialize;

use super::teams::TeamPath;
use crate::error::Refusal;
use crate::extract::{Came, Ids};
use crate::state::Relay;
use crate::store::DeskAddress;
use crate::work::Route;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    desk: Slug,
    size: u64,
}

pub(super) async fn show(
    State(relay): State<Arc<Relay>>,
    Ids(TeamPath { team }): Ids<TeamPath>,
    Came(origin): Came,
    wanted: Result<Query<Wanted>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<ChallengeResponse>, Refusal> {
    let Query(Wanted { desk, size }) = wanted.map_err(|_| Refusal::BAD_REQUEST)?;
    let desk = DeskAddress { team, desk };
    relay.teams.desk(&desk).ok_or(Refusal::NOT_FOUND)?;
    let route = Route { desk: &desk, origin };
    Ok(Json(relay.work.challenge(route, size, relay.clock.now())))
}
