//! `GET /livez` and `GET /readyz`, for whoever keeps the relay running.

use std::sync::Arc;

use axum::extract::State;
use sealpost_shared::problem::ProblemCode;

use crate::error::Refusal;
use crate::state::Relay;

pub(super) async fn live() -> &'static str {
    "ok\n"
}

/// The cause of a failure is in the log already.
pub(super) async fn ready(State(relay): State<Arc<Relay>>) -> Result<&'static str, Refusal> {
    if relay.is_ready().await { Ok("ok\n") } else { Err(ProblemCode::Unavailable.into()) }
}
