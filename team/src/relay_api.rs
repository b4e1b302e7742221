//! The relay over HTTP. **Rule:** PROTOCOL.md, "Requests". Secrets travel in `Authorization` and nowhere else.

mod blobs;
mod cases;
mod error;
mod http;
mod letters;
mod origin;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, Result};
use sealpost_shared::id::Slug;
use sealpost_shared::wire::v1::{
    AdvisoriesResponse, BundleResponse, DeletionsResponse, FeedResponse, SessionResponse, TeamsResponse,
};
use sealpost_shared::{CaseId, Timestamp, limits};
use ureq::Agent;

pub(crate) use self::cases::Of;
pub(crate) use self::error::{ApiError, deleted};
pub(crate) use self::http::Taken;
use self::http::bearer;
use crate::bundle::MAX_BUNDLE_BYTES;
use crate::config::usage;

/// A relay that has not answered a connection by then is down.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// A whole request: 1 MiB at 20 KiB/s.
const DONE_WITHIN: Duration = Duration::from_secs(60);
/// A page of 500 rows of 300 bytes, with room.
const MAX_PAGE_BYTES: u64 = 1024 * 1024;
/// A list of 500 advisories with titles and summaries of a few sentences.
const MAX_LIST_BYTES: u64 = 4 * 1024 * 1024;
/// A security.txt, or a certificate with many signatures.
const MAX_PROBED_BYTES: u64 = 2 * limits::MAX_CERT_BYTES as u64;
/// Receipts, tokens and problems.
const MAX_SHORT_BYTES: u64 = 64 * 1024;

/// What came for a public file.
#[derive(Debug)]
pub(crate) struct Probed {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The relay's clock, if it tells it.
    pub(crate) date: Option<Timestamp>,
    /// The body.
    pub(crate) bytes: Vec<u8>,
}

/// One relay.
#[derive(Debug, Clone)]
pub(crate) struct RelayApi {
    agent: Agent,
    origin: String,
    /// What its last answer gave as the time.
    date: Arc<Mutex<Option<Timestamp>>>,
}

impl RelayApi {
    /// Takes the relay's address. Only `https:` is accepted, and `http:` on this machine.
    ///
    /// # Errors
    /// A usage error for another address.
    pub(crate) fn new(origin: &str) -> Result<Self> {
        let origin = origin.trim_end_matches('/');
        if !origin::is_safe(origin) {
            return usage(format!("“{origin}” must begin with https:// (http:// is for this machine only)"));
        }
        let config = Agent::config_builder()
            .timeout_connect(Some(CONNECT_WITHIN))
            .timeout_global(Some(DONE_WITHIN))
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent("sealpost")
            .build();
        Ok(Self { agent: config.into(), origin: origin.to_owned(), date: Arc::default() })
    }

    /// The time by the relay's last answer, if it gave one.
    pub(crate) fn date(&self) -> Option<Timestamp> {
        self.date.lock().ok().and_then(|date| *date)
    }

    /// `GET /v1/teams/{team}/bundle`
    ///
    /// # Errors
    /// See [`ApiError`].
    pub(crate) fn bundle(&self, team: &Slug) -> Result<BundleResponse> {
        let url = self.url(&format!("v1/teams/{team}/bundle"));
        self.json(self.agent.get(&url), MAX_BUNDLE_BYTES).map_err(|error| match error {
            error if ApiError::is_not_found(&error) => error.context(format!(
                "{} has no team “{team}”; check the address and the name ({0}/v1/teams lists them)",
                self.origin
            )),
            error => error,
        })
    }

    /// `GET /v1/teams`, then the first team's bundle: every bundle names the relay's certificate.
    ///
    /// # Errors
    /// See [`ApiError`]; also when the relay serves no team.
    pub(crate) fn any_bundle(&self) -> Result<BundleResponse> {
        let teams: TeamsResponse = self.json(self.agent.get(self.url("v1/teams")), MAX_PAGE_BYTES)?;
        let team = teams.teams.first().with_context(|| format!("{} serves no team", self.origin))?;
        self.bundle(&team.slug)
    }

    /// A file of the browser app; "" is the page.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub(crate) fn file(&self, path: &str, limit: u64) -> Result<Vec<u8>> {
        let answer = self.sent(self.agent.get(self.url(path)).call())?;
        self.bytes(answer, limit)
    }

    /// Rows of a desk's feed after `after`; the relay may hold the answer for `wait` seconds until there are some.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub(crate) fn feed(
        &self,
        team: &Slug,
        desk: &Slug,
        after: u64,
        wait: u32,
        token: &str,
    ) -> Result<FeedResponse> {
        let wait = if wait == 0 { String::new() } else { format!("&wait={wait}") };
        let url = self.url(&format!("v1/desks/{team}/{desk}/feed?after={after}{wait}"));
        self.json(bearer(self.agent.get(url), token), MAX_PAGE_BYTES)
    }

    /// What was deleted at a desk since a moment, and of that moment after a case.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub(crate) fn deletions(
        &self,
        team: &Slug,
        desk: &Slug,
        since: Timestamp,
        after: Option<CaseId>,
        token: &str,
    ) -> Result<DeletionsResponse> {
        let after = after.map_or_else(String::new, |case| format!("&after={case}"));
        let url = self.url(&format!("v1/desks/{team}/{desk}/deletions?since={since}{after}"));
        self.json(bearer(self.agent.get(url), token), MAX_PAGE_BYTES)
    }

    /// Trades a signed login statement for a token.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub(crate) fn log_in(&self, statement: &str) -> Result<SessionResponse> {
        let request = self.agent.post(self.url("v1/sessions")).content_type("text/plain; charset=utf-8");
        let answer = self.sent(request.send(statement))?;
        self.parsed(answer, MAX_SHORT_BYTES)
    }

    /// A signed advisory, as everybody gets it.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub(crate) fn advisory(&self, team: &Slug, id: &sealpost_advisory::AdvisoryId) -> Result<Vec<u8>> {
        self.file(&format!("v1/teams/{team}/advisories/{id}"), MAX_PAGE_BYTES)
    }

    /// Publishes a signed advisory. Repeating it is harmless.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub(crate) fn put_advisory(
        &self,
        team: &Slug,
        id: &sealpost_advisory::AdvisoryId,
        token: &str,
        signed: &str,
    ) -> Result<()> {
        let url = self.url(&format!("v1/teams/{team}/advisories/{id}"));
        let request = bearer(self.agent.put(url), token).content_type("text/plain; charset=utf-8");
        self.sent(request.send(signed)).map(drop)
    }

    /// `GET /v1/teams/{team}/advisories`: what is public, the last changed first.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub(crate) fn advisories(&self, team: &Slug) -> Result<AdvisoriesResponse> {
        let url = self.url(&format!("v1/teams/{team}/advisories"));
        self.json(self.agent.get(url), MAX_LIST_BYTES)
    }

    /// Asks for a public file and gives whatever came, with the relay's own time.
    ///
    /// # Errors
    /// When the relay cannot be reached, or sends too much.
    pub(crate) fn probe(&self, path: &str) -> Result<Probed> {
        let answer = self.agent.get(self.url(path)).call().map_err(|error| self.unreachable(&error))?;
        let status = answer.status().as_u16();
        let date = date_of(answer.headers());
        let bytes = self.bytes(answer, MAX_PROBED_BYTES)?;
        Ok(Probed { status, date, bytes })
    }
}

/// What an answer gives as the time.
fn date_of(headers: &ureq::http::HeaderMap) -> Option<Timestamp> {
    headers.get("date").and_then(|date| date.to_str().ok()).and_then(http_date)
}

/// **Rule:** RFC 9110, 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(text: &str) -> Option<Timestamp> {
    let zoned = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(Timestamp::from_seconds(zoned.timestamp().as_second()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relays_clock_is_read_from_its_answer() {
        let at = http_date("Mon, 23 Nov 2026 12:00:00 GMT").unwrap();
        assert_eq!(at.to_string(), "2026-11-23T12:00:00Z");
        assert_eq!(http_date("yesterday"), None);
    }
}
