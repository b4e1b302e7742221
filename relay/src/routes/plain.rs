//! `GET /plain…`: what a browser without script gets, and the files that belong to it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderName;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{Html, IntoResponse, Response};
use sealpost_keys::UncheckedCert;
use sealpost_shared::id::Slug;
use sealpost_shared::wire::v1::{BundleResponse, OFFLINE_PAGE};
use serde::Deserialize;

use super::teams::TeamPath;
use crate::error::Refusal;
use crate::extract::Ids;
use crate::plain;
use crate::state::Relay;
use crate::store::DeskAddress;
use crate::teams::Team;

/// These pages run nothing and load nothing but their stylesheet and icon.
const HEADERS: [(HeaderName, &str); 2] = [
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (CACHE_CONTROL, "no-cache"),
];

#[derive(Debug, Deserialize)]
pub(super) struct FilePath {
    team: Slug,
    file: String,
}

/// The only team's page, or the list of teams.
pub(super) async fn start(State(relay): State<Arc<Relay>>) -> Response {
    let teams = relay.teams.current().summaries().teams;
    match &teams[..] {
        [only] => match relay.teams.team(&only.slug) {
            Some(team) => page(&relay, &team),
            None => Refusal::NOT_FOUND.into_response(),
        },
        several => (HEADERS, Html(plain::list(several))).into_response(),
    }
}

pub(super) async fn team(
    State(relay): State<Arc<Relay>>,
    Ids(path): Ids<TeamPath>,
) -> Result<Response, Refusal> {
    let team = relay.teams.team(&path.team).ok_or(Refusal::NOT_FOUND)?;
    Ok(page(&relay, &team))
}

/// The policy, its signature, a certificate that the policy names, or the offline page and its signature.
pub(super) async fn file(
    State(relay): State<Arc<Relay>>,
    Ids(path): Ids<FilePath>,
) -> Result<Response, Refusal> {
    let team = relay.teams.team(&path.team).ok_or(Refusal::NOT_FOUND)?;
    if let Some(page) = offline(&team, &path.file) {
        return Ok(page);
    }
    let bundle: BundleResponse = serde_json::from_slice(&team.bundle).map_err(|_| Refusal::NOT_FOUND)?;
    let text = match path.file.as_str() {
        "policy.toml" => bundle.policy,
        "policy.toml.asc" => bundle.policy_signature,
        file => certificate(bundle, file).ok_or(Refusal::NOT_FOUND)?,
    };
    Ok((HEADERS, [(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}

/// Saved and never shown: on this relay's address it would not be the page that works from a disk.
fn offline(team: &Team, file: &str) -> Option<Response> {
    let offline = team.offline.page()?;
    let is_signature = match file.strip_prefix(OFFLINE_PAGE)? {
        "" => false,
        ".asc" => true,
        _ => return None,
    };
    let bytes = if is_signature { &offline.signature } else { &offline.page };
    let saved = format!("attachment; filename=\"{file}\"");
    let kind = (CONTENT_TYPE, "application/octet-stream".to_owned());
    Some((HEADERS, [kind, (CONTENT_DISPOSITION, saved)], bytes.clone()).into_response())
}

pub(super) async fn style() -> Response {
    (HEADERS, [(CONTENT_TYPE, "text/css; charset=utf-8")], plain::STYLE).into_response()
}

fn page(relay: &Relay, team: &Team) -> Response {
    let desk = DeskAddress { team: team.slug().clone(), desk: team.policy.team_desk().id.clone() };
    let desk = relay.teams.current().desk(&desk);
    let page = plain::team(team, desk.as_deref(), &relay.identity.origin, relay.clock.now());
    (HEADERS, Html(page)).into_response()
}

fn certificate(bundle: BundleResponse, file: &str) -> Option<String> {
    let wanted = file.strip_suffix(".asc")?;
    let is_it = |armored: &String| {
        let cert = UncheckedCert::parse_one(armored.as_bytes());
        cert.is_ok_and(|cert| cert.fingerprint().as_str() == wanted)
    };
    bundle.certificates.into_iter().find(is_it)
}
