//! `GET /livez` and `GET /readyz`, for whoever keeps the relay running.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use crate::state::Relay;

pub(super) async fn live() -> &'static str {
    "ok\n"
}

/// `ok` or `not ready`, then a line for each thing that needs somebody. Trouble with a team is said and does not make the relay
/// unready: the others are served.
pub(super) async fn ready(State(relay): State<Arc<Relay>>) -> (StatusCode, String) {
    let (status, mut text) = match relay.is_ready().await {
        true => (StatusCode::OK, "ok\n".to_owned()),
        false => (StatusCode::SERVICE_UNAVAILABLE, "not ready\nstore: nothing can be written\n".to_owned()),
    };
    text.push_str(&attention(&relay));
    (status, text)
}

/// What may be said to anybody: a policy and its certificates are public, the paths of this machine are not.
fn attention(relay: &Relay) -> String {
    let (teams, now) = (relay.teams.current(), relay.clock.now());
    let mut text = String::new();
    for fault in teams.faults() {
        let team = fault.team.as_ref().map_or("(folder)", |team| team.as_str());
        let served = if fault.kept { "what was served before stays" } else { "not served" };
        line(&mut text, team, fault.error.code(), format_args!("refused, {served}; the log says why"));
    }
    for team in teams.iter() {
        for each in &team.judged(now).attention {
            line(&mut text, team.slug().as_str(), each.code(), format_args!("{each}"));
        }
    }
    text
}

fn line(text: &mut String, team: &str, code: &str, words: std::fmt::Arguments<'_>) {
    writeln!(text, "team {team}: {code}: {words}").expect("writing to memory does not fail");
}
