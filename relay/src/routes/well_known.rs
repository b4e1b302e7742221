//! `/.well-known/`: security.txt (RFC 9116) and the Web Key Directory for the teams' mail addresses.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderName;
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::error::Refusal;
use crate::extract::Ids;
use crate::state::Relay;
use crate::teams::Team;
use crate::wkd;

/// Certificates are public, and programs in other pages may look for them.
const OPEN: [(HeaderName, &str); 2] = [
    (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
];

#[derive(Debug, Deserialize)]
pub(super) struct KeyPath {
    hash: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct DomainPath {
    domain: String,
}

pub(super) async fn security_txt(State(relay): State<Arc<Relay>>) -> Result<Response, Refusal> {
    let file = relay.teams.current().security_txt().ok_or(Refusal::NOT_FOUND)?;
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], file).into_response())
}

/// The policy file of a Web Key Directory may be empty, and ours has nothing to say.
pub(super) async fn policy() -> Response {
    (OPEN, [(CONTENT_TYPE, "text/plain")], "").into_response()
}

pub(super) async fn policy_of_domain(
    State(relay): State<Arc<Relay>>,
    Ids(path): Ids<DomainPath>,
) -> Result<Response, Refusal> {
    let known = relay.teams.current().iter().any(|team| domain_of(team) == path.domain.to_ascii_lowercase());
    if known { Ok(policy().await) } else { Err(Refusal::NOT_FOUND) }
}

pub(super) async fn key(
    State(relay): State<Arc<Relay>>,
    Ids(path): Ids<KeyPath>,
) -> Result<Response, Refusal> {
    let origin = &relay.identity.origin;
    let host = origin.split("://").nth(1).and_then(|host| host.split(':').next()).unwrap_or_default();
    let teams = relay.teams.current();
    let mut found: Vec<&Team> = teams.iter().filter(|team| is_contact(team, &path.hash)).collect();
    // Two teams may have the same local part at different domains: then the relay's own domain decides, or nothing does.
    if found.len() > 1 {
        found.retain(|team| domain_of(team) == host);
    }
    match found.as_slice() {
        [team] => Ok(certificate(team)),
        _ => Err(Refusal::NOT_FOUND),
    }
}

pub(super) async fn key_of_domain(
    State(relay): State<Arc<Relay>>,
    Ids(DomainPath { domain }): Ids<DomainPath>,
    Ids(path): Ids<KeyPath>,
) -> Result<Response, Refusal> {
    let domain = domain.to_ascii_lowercase();
    let teams = relay.teams.current();
    let team = teams.iter().find(|team| domain_of(team) == domain && is_contact(team, &path.hash));
    team.map(certificate).ok_or(Refusal::NOT_FOUND)
}

fn is_contact(team: &Team, hash: &str) -> bool {
    wkd::hashed_local_part(&team.policy.identity.contact) == hash
}

fn domain_of(team: &Team) -> String {
    wkd::domain(&team.policy.identity.contact)
}

fn certificate(team: &Team) -> Response {
    let kind = [(CONTENT_TYPE, "application/octet-stream")];
    (OPEN, kind, team.contact_certificate.clone()).into_response()
}
