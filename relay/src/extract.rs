//! What handlers are given: ids, pages and credentials, each checked, and one refusal for all who may not know.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use sealpost_keys::Capability;
use sealpost_shared::wire::v1::{Author, Deletion};
use sealpost_shared::{CaseId, Timestamp, limits};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::Refusal;
use crate::state::Relay;
use crate::store::{CaseRecord, DeskAddress, SecretHash, Session};
use crate::work::Origin;

/// The ids in a path. A misspelt one is `bad-request`.
#[derive(Debug)]
pub struct Ids<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Arc<Relay>> for Ids<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, relay: &Arc<Relay>) -> Result<Self, Refusal> {
        let path = Path::<T>::from_request_parts(parts, relay).await;
        path.map(|Path(ids)| Self(ids)).map_err(|_| Refusal::BAD_REQUEST)
    }
}

/// Where a page of rows begins and how long to wait for one. **Rule:** PROTOCOL.md, "Reading".
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct PageQuery {
    #[serde(default)]
    after: u64,
    #[serde(default)]
    wait: u32,
}

/// Where a page of rows begins and how long to wait for one.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// Rows with a greater number are wanted.
    pub after: u64,
    /// At most [`limits::MAX_WAIT_SECONDS`].
    pub wait: std::time::Duration,
}

impl FromRequestParts<Arc<Relay>> for Page {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, relay: &Arc<Relay>) -> Result<Self, Refusal> {
        match Query::<PageQuery>::from_request_parts(parts, relay).await {
            Ok(Query(page)) if page.wait <= limits::MAX_WAIT_SECONDS => {
                let wait = std::time::Duration::from_secs(page.wait.into());
                Ok(Self { after: page.after, wait })
            }
            _ => Err(Refusal::BAD_REQUEST),
        }
    }
}

/// Which letters of a feed are wanted at once. **Rule:** PROTOCOL.md, "Many letters at once".
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct BatchQuery {
    #[serde(default)]
    after: u64,
    #[serde(default = "whole_page")]
    rows: u32,
}

const fn whole_page() -> u32 {
    limits::MAX_PAGE_ROWS
}

/// Which letters of a feed are wanted at once.
#[derive(Debug, Clone, Copy)]
pub struct Batch {
    /// Those of rows with a greater number.
    pub after: u64,
    /// Of so many rows, from 1 to [`limits::MAX_PAGE_ROWS`].
    pub rows: u32,
}

impl FromRequestParts<Arc<Relay>> for Batch {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, relay: &Arc<Relay>) -> Result<Self, Refusal> {
        match Query::<BatchQuery>::from_request_parts(parts, relay).await {
            Ok(Query(BatchQuery { after, rows })) if (1..=limits::MAX_PAGE_ROWS).contains(&rows) => {
                Ok(Self { after, rows })
            }
            _ => Err(Refusal::BAD_REQUEST),
        }
    }
}

/// From where on deletions are wanted. **Rule:** PROTOCOL.md, "Deleting".
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Since {
    /// Those of this moment and later ones.
    #[serde(default = "beginning")]
    pub since: Timestamp,
    /// Of those of exactly that moment, cases with a greater id.
    #[serde(default)]
    pub after: Option<CaseId>,
}

const fn beginning() -> Timestamp {
    Timestamp::from_seconds(0)
}

impl FromRequestParts<Arc<Relay>> for Since {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, relay: &Arc<Relay>) -> Result<Self, Refusal> {
        let query = Query::<Self>::from_request_parts(parts, relay).await;
        query.map(|Query(since)| since).map_err(|_| Refusal::BAD_REQUEST)
    }
}

/// The hash of what stands in `Authorization: Bearer …`, if that is 256 bits in base64url. The secret itself goes no further.
#[derive(Debug)]
pub struct Bearer(pub Option<SecretHash>);

impl FromRequestParts<Arc<Relay>> for Bearer {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Relay>) -> Result<Self, Refusal> {
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(|text| text.split_once(' '));
        let token = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token);
        let secret = token.and_then(|token| Capability::from_token(token.trim()).ok());
        Ok(Self(secret.map(|secret| SecretHash::from_hex(secret.hash()))))
    }
}

#[derive(Debug, Deserialize)]
struct CasePath {
    case: CaseId,
}

/// A case and what the caller is to it. Whoever is nothing to it gets the answer for a case that does not exist, after the same
/// look-ups and comparisons; others are told if it was deleted.
#[derive(Debug)]
pub struct CaseAccess {
    /// The case.
    pub case: CaseId,
    /// The desk it lies at.
    pub desk: DeskAddress,
    /// As whom the caller writes.
    pub author: Author,
}

impl FromRequestParts<Arc<Relay>> for CaseAccess {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, relay: &Arc<Relay>) -> Result<Self, Refusal> {
        let (access, deleted) = find_access(parts, relay).await?;
        deleted.map_or(Ok(access), |deletion| Err(Refusal::Deleted(deletion)))
    }
}

/// A case, deleted or not, of a caller with a session at its desk.
#[derive(Debug)]
pub struct TeamsCase(pub CaseId);

impl FromRequestParts<Arc<Relay>> for TeamsCase {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, relay: &Arc<Relay>) -> Result<Self, Refusal> {
        let (access, _) = find_access(parts, relay).await?;
        if access.author == Author::Team { Ok(Self(access.case)) } else { Err(Refusal::NOT_FOUND) }
    }
}

async fn find_access(
    parts: &mut Parts,
    relay: &Arc<Relay>,
) -> Result<(CaseAccess, Option<Deletion>), Refusal> {
    let Ids(CasePath { case }) = Ids::from_request_parts(parts, relay).await?;
    let Bearer(secret) = Bearer::from_request_parts(parts, relay).await?;
    let secret = secret.unwrap_or_else(SecretHash::of_nothing);
    let record = relay.store.case(case).await?;
    let session = open_session(relay, &secret).await?;
    let (known, record) = match record {
        Some(record) => (true, record),
        None => (false, nowhere()),
    };
    let is_reporter = record.capability.matches(&secret);
    let is_team = session.is_some_and(|session| session.desk == record.desk);
    let author = match (is_reporter, is_team) {
        (true, _) => Author::Reporter,
        (false, true) => Author::Team,
        (false, false) => return Err(Refusal::NOT_FOUND),
    };
    let access = CaseAccess { case, desk: record.desk, author };
    if known { Ok((access, record.deleted)) } else { Err(Refusal::NOT_FOUND) }
}

/// Stands in for a case that is not there, so that it is compared all the same. Nobody's secret hashes to it, and `known` is
/// asked last.
fn nowhere() -> CaseRecord {
    let slug = |text: &str| text.parse().expect("a letter is a slug");
    CaseRecord {
        desk: DeskAddress { team: slug("x"), desk: slug("x") },
        capability: SecretHash::from_hex("f".repeat(64)),
        deleted: None,
    }
}

/// The session of a token that has not ended and whose holder is still a member of its desk.
async fn open_session(relay: &Relay, token: &SecretHash) -> Result<Option<Session>, Refusal> {
    let session = relay.store.session(token).await?;
    let now = relay.clock.now();
    Ok(session.filter(|session| {
        let desk = relay.teams.desk(&session.desk);
        session.expires > now && desk.is_some_and(|desk| desk.has_member(&session.member))
    }))
}

/// A desk that the caller has a session for.
#[derive(Debug)]
pub struct DeskAccess(pub DeskAddress);

#[derive(Debug, Deserialize)]
struct DeskPath {
    team: sealpost_shared::id::Slug,
    desk: sealpost_shared::id::Slug,
}

impl FromRequestParts<Arc<Relay>> for DeskAccess {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, relay: &Arc<Relay>) -> Result<Self, Refusal> {
        let Ids(DeskPath { team, desk }) = Ids::from_request_parts(parts, relay).await?;
        let Bearer(secret) = Bearer::from_request_parts(parts, relay).await?;
        let asked = DeskAddress { team, desk };
        let session = open_session(relay, &secret.unwrap_or_else(SecretHash::of_nothing)).await?;
        match session {
            Some(session) if session.desk == asked => Ok(Self(asked)),
            _ => Err(Refusal::NOT_FOUND),
        }
    }
}

/// The team's own desk, of a caller who has a session there.
#[derive(Debug)]
pub struct TeamMember(pub DeskAddress);

#[derive(Debug, Deserialize)]
struct TeamPath {
    team: sealpost_shared::id::Slug,
}

impl FromRequestParts<Arc<Relay>> for TeamMember {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, relay: &Arc<Relay>) -> Result<Self, Refusal> {
        let Ids(TeamPath { team }) = Ids::from_request_parts(parts, relay).await?;
        let Bearer(secret) = Bearer::from_request_parts(parts, relay).await?;
        let session = open_session(relay, &secret.unwrap_or_else(SecretHash::of_nothing)).await?;
        let desk = relay.teams.team(&team).map(|team| team.policy.team_desk().id.clone());
        let own = desk.map(|desk| DeskAddress { team, desk });
        match (session, own) {
            (Some(session), Some(own)) if session.desk == own => Ok(Self(own)),
            _ => Err(Refusal::NOT_FOUND),
        }
    }
}

/// From which part of the network a request comes, as far as that is looked at.
#[derive(Debug)]
pub struct Came(pub Origin);

impl FromRequestParts<Arc<Relay>> for Came {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Relay>) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.extensions.get().copied().unwrap_or_default()))
    }
}
