//! `/v1/teams/{team}/advisories`, the feeds beside it, and the pages under `/t`. **Rule:** PROTOCOL.md, "Advisories".

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sealpost_advisory::{Advisory, AdvisoryId, Format, export};
use sealpost_shared::id::Slug;
use sealpost_shared::problem::ProblemCode;
use sealpost_shared::wire::v1::AdvisoriesResponse;
use serde::Deserialize;
use serde_json::json;

use super::teams::TeamPath;
use crate::announce::fresh::Fresh;
use crate::announce::{self, MAX_IN_FEED, MAX_LISTED, MAX_SIGNED_BYTES, atom, page};
use crate::arrival::receive;
use crate::error::Refusal;
use crate::extract::{Ids, TeamMember};
use crate::state::Relay;
use crate::store::{AdvisoryRecord, DeskAddress, PutAdvisory, StoredAdvisory};
use crate::teams::Team;

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";
const ATOM: &str = "application/atom+xml; charset=utf-8";

#[derive(Debug, Deserialize)]
pub(super) struct AdvisoryPath {
    team: Slug,
    id: AdvisoryId,
}

#[derive(Debug, Deserialize)]
pub(super) struct OsvPath {
    team: Slug,
    file: String,
}

/// A member publishes. Whoever may log in at the team's desk may bring a document; whose signature it bears is judged by itself.
pub(super) async fn publish(
    State(relay): State<Arc<Relay>>,
    Ids(path): Ids<AdvisoryPath>,
    TeamMember(desk): TeamMember,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let received = receive(&relay, &headers, body, MAX_SIGNED_BYTES).await?;
    let signed = String::from_utf8(received.as_bytes().to_vec()).map_err(|_| ProblemCode::BadAdvisory)?;
    let stored = judged(&relay, desk, &path, signed).await?;
    let status = match relay.store.put_advisory(&path.team, stored).await? {
        PutAdvisory::New => StatusCode::CREATED,
        PutAdvisory::Corrected | PutAdvisory::Again => StatusCode::OK,
    };
    let page = announce::page_url(&relay.identity.origin, &path.team, &path.id);
    Ok((status, [(header::CONTENT_TYPE, JSON)], json!({ "page": page }).to_string()).into_response())
}

/// Public-key arithmetic and parsing take milliseconds: too long for a thread that serves others.
async fn judged(
    relay: &Relay,
    desk: DeskAddress,
    path: &AdvisoryPath,
    signed: String,
) -> Result<StoredAdvisory, Refusal> {
    let members = relay.teams.desk(&desk).ok_or(Refusal::NOT_FOUND)?.members.clone();
    let (team, id, now) = (path.team.clone(), path.id.clone(), relay.clock.now());
    let work = tokio::task::spawn_blocking(move || announce::judge(signed, &team, &id, &members, now));
    Ok(work.await.map_err(|_| Refusal::internal("judging an advisory panicked"))??)
}

fn known(relay: &Relay, team: &Slug) -> Result<Arc<Team>, Refusal> {
    relay.teams.team(team).ok_or(Refusal::NOT_FOUND)
}

async fn newest(relay: &Relay, team: &Slug, most: u32) -> Result<Vec<AdvisoryRecord>, Refusal> {
    Ok(relay.store.advisories(team, relay.clock.now(), most).await?)
}

async fn stored(relay: &Relay, path: &AdvisoryPath) -> Result<StoredAdvisory, Refusal> {
    let found = relay.store.advisory(&path.team, &path.id, relay.clock.now()).await?;
    found.ok_or(Refusal::NOT_FOUND)
}

fn parsed(stored: &StoredAdvisory) -> Result<Advisory, Refusal> {
    let parsed = sealpost_advisory::parse(&stored.document);
    parsed.map_err(|_| Refusal::internal("a stored advisory no longer passes the rules"))
}

pub(super) async fn list(
    State(relay): State<Arc<Relay>>,
    Ids(path): Ids<TeamPath>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let team = known(&relay, &path.team)?;
    let records = newest(&relay, &path.team, MAX_LISTED).await?;
    let modified = atom::changed(&team.policy, &records);
    let list = AdvisoriesResponse { advisories: records.into_iter().map(announce::summary).collect() };
    let text = serde_json::to_string(&list).expect("a list is plain strings");
    Ok(Fresh { content_type: JSON, text, modified, open: true }.answer(&headers))
}

pub(super) async fn signed(
    State(relay): State<Arc<Relay>>,
    Ids(path): Ids<AdvisoryPath>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let stored = stored(&relay, &path).await?;
    let modified = stored.record.modified;
    Ok(Fresh { content_type: TEXT, text: stored.signed, modified, open: true }.answer(&headers))
}

pub(super) async fn feed(
    State(relay): State<Arc<Relay>>,
    Ids(path): Ids<TeamPath>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let team = known(&relay, &path.team)?;
    let records = newest(&relay, &path.team, MAX_IN_FEED).await?;
    let text = atom::write(&relay.identity.origin, &team.policy, &records);
    let modified = atom::changed(&team.policy, &records);
    Ok(Fresh { content_type: ATOM, text, modified, open: true }.answer(&headers))
}

/// Ids and dates, as importers of OSV ask for them.
pub(super) async fn osv_index(
    State(relay): State<Arc<Relay>>,
    Ids(path): Ids<TeamPath>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let team = known(&relay, &path.team)?;
    let records = newest(&relay, &path.team, MAX_LISTED).await?;
    let rows: Vec<_> =
        records.iter().map(|each| json!({ "id": each.id, "modified": each.modified })).collect();
    let (text, modified) = (json!(rows).to_string(), atom::changed(&team.policy, &records));
    Ok(Fresh { content_type: JSON, text, modified, open: true }.answer(&headers))
}

pub(super) async fn osv(
    State(relay): State<Arc<Relay>>,
    Ids(path): Ids<OsvPath>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let id = path.file.strip_suffix(".json").and_then(|id| id.parse().ok()).ok_or(Refusal::NOT_FOUND)?;
    let stored = stored(&relay, &AdvisoryPath { team: path.team, id }).await?;
    let told = export(&parsed(&stored)?, Format::Osv).ok().and_then(|files| files.into_iter().next());
    let text = told.ok_or_else(|| Refusal::internal("an advisory cannot be told as OSV"))?.text;
    Ok(Fresh { content_type: JSON, text, modified: stored.record.modified, open: true }.answer(&headers))
}

pub(super) async fn list_page(
    State(relay): State<Arc<Relay>>,
    Ids(path): Ids<TeamPath>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let team = known(&relay, &path.team)?;
    let records = newest(&relay, &path.team, MAX_LISTED).await?;
    let text = page::list(&relay.identity.origin, &team.policy, &records);
    Ok(as_page(text, atom::changed(&team.policy, &records), &headers))
}

pub(super) async fn one_page(
    State(relay): State<Arc<Relay>>,
    Ids(path): Ids<AdvisoryPath>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let team = known(&relay, &path.team)?;
    let stored = stored(&relay, &path).await?;
    let text = page::one(&relay.identity.origin, &team.policy, &stored, &parsed(&stored)?);
    Ok(as_page(text, stored.record.modified, &headers))
}

/// A page changes with the program too, so only its digest is compared, not its date.
fn as_page(text: String, modified: sealpost_shared::Timestamp, request: &HeaderMap) -> Response {
    let mut request = request.clone();
    request.remove(header::IF_MODIFIED_SINCE);
    let fresh = Fresh { content_type: HTML, text, modified, open: false };
    ([(header::CONTENT_SECURITY_POLICY, page::POLICY)], fresh.answer(&request)).into_response()
}

pub(super) async fn style(headers: HeaderMap) -> Response {
    let modified = sealpost_shared::Timestamp::from_seconds(0);
    let fresh = Fresh {
        content_type: "text/css; charset=utf-8",
        text: page::STYLE.to_owned(),
        modified,
        open: false,
    };
    let mut headers = headers;
    headers.remove(header::IF_MODIFIED_SINCE);
    fresh.answer(&headers)
}
