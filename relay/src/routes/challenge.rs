//! `GET /v1/teams/{team}/challenge`: what a new case, or a chunk of a file, costs. **Rule:** PROTOCOL.md, "Proof of work".

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
use crate::work::{Goods, Route};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    desk: Slug,
    size: u64,
    #[serde(default)]
    of: Of,
}

/// What is to be sent.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Of {
    #[default]
    Letter,
    Chunk,
}

pub(super) async fn show(
    State(relay): State<Arc<Relay>>,
    Ids(TeamPath { team }): Ids<TeamPath>,
    Came(origin): Came,
    wanted: Result<Query<Wanted>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<ChallengeResponse>, Refusal> {
    let Query(Wanted { desk, size, of }) = wanted.map_err(|_| Refusal::BAD_REQUEST)?;
    let desk = DeskAddress { team, desk };
    relay.teams.desk(&desk).ok_or(Refusal::NOT_FOUND)?;
    let goods = match of {
        Of::Letter => Goods::Letter(size),
        Of::Chunk => Goods::Chunk(size, relay.store.files_share(&desk).await?),
    };
    let route = Route { desk: &desk, origin };
    Ok(Json(relay.work.challenge(route, goods, relay.clock.now())))
}
