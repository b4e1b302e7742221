//! The relay over HTTP. **Rule:** PROTOCOL.md, "Requests". Secrets travel in `Authorization` and nowhere else.

use std::ops::Range;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use data_encoding::BASE64;
use sealpost_shared::id::Slug;
use sealpost_shared::problem::ProblemCode;
use sealpost_shared::wire::v1::{
    BlobsResponse, BundleResponse, ChallengeResponse, ChunksResponse, Deletion, EntriesResponse,
    FeedResponse, Problem, SealRequest, SessionResponse,
};
use sealpost_shared::{BlobId, CaseId, EntryId, Timestamp, limits};
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use ureq::http::Response;
use ureq::typestate::WithBody;
use ureq::{Agent, Body, RequestBuilder};

use crate::bundle::MAX_BUNDLE_BYTES;
use crate::config::usage;

/// A relay that has not answered a connection by then is down.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// A whole request: 1 MiB at 20 KiB/s.
const DONE_WITHIN: Duration = Duration::from_secs(60);
/// A chunk of 1 MiB at 5 KiB/s: somebody with such a line has time.
const CHUNK_WITHIN: Duration = Duration::from_secs(200);
/// A page of 500 rows of 300 bytes, with room.
const MAX_PAGE_BYTES: u64 = 1024 * 1024;
/// A security.txt, or a certificate with many signatures.
const MAX_PROBED_BYTES: u64 = 2 * limits::MAX_CERT_BYTES as u64;
/// Receipts, tokens and problems.
const MAX_SHORT_BYTES: u64 = 64 * 1024;

/// Says why a relay did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// It refused, with a stable code.
    #[error("{} ({})", code.sentence(), code.as_str())]
    Refused {
        /// The code to match on.
        code: ProblemCode,
    },
    /// It answered something that is no Sealpost.
    #[error("{origin} answered with status {status}, but not as a relay does; check the address")]
    Strange {
        /// Who.
        origin: String,
        /// The HTTP status.
        status: u16,
    },
    /// It sent more than was asked for.
    #[error(
        "{origin} sends more than {limit} bytes, which is larger than this may be; ask who runs the relay"
    )]
    TooLong {
        /// Who.
        origin: String,
        /// The most bytes that are read.
        limit: u64,
    },
    /// It could not be reached.
    #[error("cannot reach {origin}: {cause}. Nothing is lost; try again later")]
    Unreachable {
        /// Who.
        origin: String,
        /// What the network said.
        cause: String,
    },
}

impl ApiError {
    /// Whether the relay is away, as against one answer being wrong.
    pub(crate) const fn is_outage(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Refused { code } => code.may_pass_later(),
            Self::Strange { .. } | Self::TooLong { .. } => false,
        }
    }

    /// Whether the relay asked for work, or for more of it.
    pub(crate) fn is_proof_needed(error: &anyhow::Error) -> bool {
        matches!(error.downcast_ref(), Some(Self::Refused { code: ProblemCode::ProofNeeded }))
    }

    /// Whether the case was deleted, by the team or because its time was over.
    pub(crate) fn is_deleted(error: &anyhow::Error) -> bool {
        matches!(error.downcast_ref(), Some(Self::Refused { code: ProblemCode::Deleted }))
    }

    /// Whether the relay said “nothing here for this caller”, which a stale token is answered with too.
    pub(crate) fn is_not_found(error: &anyhow::Error) -> bool {
        matches!(error.downcast_ref(), Some(Self::Refused { code: ProblemCode::NotFound }))
    }
}

/// A relay's success for a letter it was sent, and what it gave as a receipt.
#[derive(Debug)]
pub(crate) struct Taken {
    receipt: Result<Vec<u8>>,
}

impl Taken {
    /// The receipt's text, unverified.
    ///
    /// # Errors
    /// When it did not come whole, or is no text.
    pub(crate) fn receipt(self) -> Result<String> {
        String::from_utf8(self.receipt.context("the relay's receipt")?)
            .context("the relay's receipt is not text")
    }
}

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
}

impl RelayApi {
    /// Takes the relay's address. Only `https:` is accepted, and `http:` on this machine.
    ///
    /// # Errors
    /// A usage error for another address.
    pub(crate) fn new(origin: &str) -> Result<Self> {
        let origin = origin.trim_end_matches('/');
        if !is_safe(origin) {
            return usage(format!("“{origin}” must begin with https:// (http:// is for this machine only)"));
        }
        let config = Agent::config_builder()
            .timeout_connect(Some(CONNECT_WITHIN))
            .timeout_global(Some(DONE_WITHIN))
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent("sealpost")
            .build();
        Ok(Self { agent: config.into(), origin: origin.to_owned() })
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
        let teams: sealpost_shared::wire::v1::TeamsResponse =
            self.json(self.agent.get(self.url("v1/teams")), MAX_PAGE_BYTES)?;
        let team = teams.teams.first().with_context(|| format!("{} serves no team", self.origin))?;
        self.bundle(&team.slug)
    }

    /// Opens a case. Repeating it is harmless.
    ///
    /// # Errors
    /// See [`ApiError`]. Once this gave an answer, the relay has taken the letter.
    pub(crate) fn put_case(
        &self,
        team: &Slug,
        desk: &Slug,
        case: CaseId,
        capability: &str,
        sealed: &[u8],
        proof: Option<&str>,
    ) -> Result<Taken> {
        let request = self.agent.put(self.url(&format!("v1/teams/{team}/desks/{desk}/cases/{case}")));
        let request = match proof {
            Some(proof) => request.header("Sealpost-Proof", proof),
            None => request,
        };
        self.send(request, capability, sealed)
    }

    /// What opening a case costs now; `None` at a relay that asks for nothing and knows no such question.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub(crate) fn challenge(
        &self,
        team: &Slug,
        desk: &Slug,
        size: usize,
    ) -> Result<Option<ChallengeResponse>> {
        let url = self.url(&format!("v1/teams/{team}/challenge?desk={desk}&size={size}"));
        match self.json(self.agent.get(url), MAX_SHORT_BYTES) {
            Err(error) if ApiError::is_not_found(&error) => Ok(None),
            answer => answer.map(Some),
        }
    }

    /// Appends to a case; gives the receipt's text. Repeating it is harmless.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub(crate) fn put_entry(
        &self,
        case: CaseId,
        entry: EntryId,
        token: &str,
        sealed: &[u8],
    ) -> Result<String> {
        self.put(&format!("v1/cases/{case}/entries/{entry}"), token, sealed)?.receipt()
    }

    /// Entries of a case after `after`.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub(crate) fn entries(&self, case: CaseId, after: u64, token: &str) -> Result<EntriesResponse> {
        let url = self.url(&format!("v1/cases/{case}/entries?after={after}"));
        self.json(bearer(self.agent.get(url), token), MAX_PAGE_BYTES)
    }

    /// The sealed bytes of one entry.
    ///
    /// # Errors
    /// See [`ApiError`]; also when there are more bytes than a letter may have.
    pub(crate) fn entry(&self, case: CaseId, entry: EntryId, token: &str) -> Result<Vec<u8>> {
        let url = self.url(&format!("v1/cases/{case}/entries/{entry}"));
        let answer = self.sent(bearer(self.agent.get(url), token).call())?;
        self.bytes(answer, limits::MAX_LETTER_BYTES as u64)
    }

    /// The receipt of one entry, unverified.
    ///
    /// # Errors
    /// See [`ApiError`]; also when it is no text.
    pub(crate) fn receipt(&self, case: CaseId, entry: EntryId, token: &str) -> Result<String> {
        let url = self.url(&format!("v1/cases/{case}/entries/{entry}/receipt"));
        let answer = self.sent(bearer(self.agent.get(url), token).call())?;
        String::from_utf8(self.bytes(answer, MAX_SHORT_BYTES)?).context("the relay's receipt is not text")
    }

    /// Every blob of a case, whole or not.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub(crate) fn blobs(&self, case: CaseId, token: &str) -> Result<BlobsResponse> {
        let url = self.url(&format!("v1/cases/{case}/blobs"));
        self.json(bearer(self.agent.get(url), token), MAX_PAGE_BYTES)
    }

    /// A part of a sealed blob.
    ///
    /// # Errors
    /// See [`ApiError`]; “not found” also while the blob is not whole.
    pub(crate) fn blob(&self, case: CaseId, blob: BlobId, token: &str, part: Range<u64>) -> Result<Vec<u8>> {
        let url = self.url(&format!("v1/cases/{case}/blobs/{blob}"));
        let range = format!("bytes={}-{}", part.start, part.end.saturating_sub(1));
        let answer = self.sent(bearer(self.agent.get(url), token).header("Range", range).call())?;
        self.bytes(answer, part.end - part.start)
    }

    /// Deletes a case. Repeating it is harmless.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub(crate) fn delete_case(&self, case: CaseId, token: &str) -> Result<Deletion> {
        let url = self.url(&format!("v1/cases/{case}"));
        self.json(bearer(self.agent.delete(url), token), MAX_SHORT_BYTES)
    }

    /// The chunks of a blob that are there; none of one that was never begun.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub(crate) fn chunks(&self, case: CaseId, blob: BlobId, token: &str) -> Result<ChunksResponse> {
        let url = self.url(&format!("v1/cases/{case}/blobs/{blob}/chunks"));
        match self.json(bearer(self.agent.get(url), token), MAX_PAGE_BYTES) {
            Err(error) if ApiError::is_not_found(&error) => {
                Ok(ChunksResponse { chunks: Vec::new(), sealed: false })
            }
            outcome => outcome,
        }
    }

    /// Sends a chunk. Repeating it is harmless.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub(crate) fn put_chunk(
        &self,
        case: CaseId,
        blob: BlobId,
        n: u32,
        token: &str,
        bytes: &[u8],
    ) -> Result<()> {
        let digest = format!("sha-256=:{}:", BASE64.encode(&Sha256::digest(bytes)));
        let request = self.agent.put(self.url(&format!("v1/cases/{case}/blobs/{blob}/{n}")));
        let request =
            bearer(request, token).header("Content-Digest", digest).content_type("application/octet-stream");
        self.sent(request.config().timeout_global(Some(CHUNK_WITHIN)).build().send(bytes)).map(drop)
    }

    /// Seals a blob. Repeating it is harmless.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub(crate) fn seal_blob(
        &self,
        case: CaseId,
        blob: BlobId,
        token: &str,
        whole: &SealRequest,
    ) -> Result<Taken> {
        let request = bearer(self.agent.post(self.url(&format!("v1/cases/{case}/blobs/{blob}"))), token);
        let answer =
            self.sent(request.content_type("application/json").send(serde_json::to_vec(whole)?.as_slice()))?;
        Ok(Taken { receipt: self.bytes(answer, MAX_SHORT_BYTES) })
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

    /// Trades a signed login statement for a token.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub(crate) fn log_in(&self, statement: &str) -> Result<SessionResponse> {
        let request = self.agent.post(self.url("v1/sessions")).content_type("text/plain; charset=utf-8");
        let answer = self.sent(request.send(statement))?;
        self.parsed(answer, MAX_SHORT_BYTES)
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

    /// Asks for a public file and gives whatever came, with the relay's own time.
    ///
    /// # Errors
    /// When the relay cannot be reached, or sends too much.
    pub(crate) fn probe(&self, path: &str) -> Result<Probed> {
        let answer = self.agent.get(self.url(path)).call().map_err(|error| self.unreachable(&error))?;
        let status = answer.status().as_u16();
        let date = answer.headers().get("date").and_then(|date| date.to_str().ok()).and_then(http_date);
        let bytes = self.bytes(answer, MAX_PROBED_BYTES)?;
        Ok(Probed { status, date, bytes })
    }

    fn put(&self, path: &str, token: &str, sealed: &[u8]) -> Result<Taken> {
        self.send(self.agent.put(self.url(path)), token, sealed)
    }

    fn send(&self, request: RequestBuilder<WithBody>, token: &str, sealed: &[u8]) -> Result<Taken> {
        let request = bearer(request, token).content_type("application/octet-stream");
        let answer = self.sent(request.send(sealed))?;
        Ok(Taken { receipt: self.bytes(answer, MAX_SHORT_BYTES) })
    }

    fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.origin)
    }

    fn json<T: DeserializeOwned>(
        &self,
        request: RequestBuilder<ureq::typestate::WithoutBody>,
        limit: u64,
    ) -> Result<T> {
        let answer = self.sent(request.call())?;
        self.parsed(answer, limit)
    }

    fn parsed<T: DeserializeOwned>(&self, answer: Response<Body>, limit: u64) -> Result<T> {
        let status = answer.status().as_u16();
        let bytes = self.bytes(answer, limit)?;
        Ok(serde_json::from_slice(&bytes)
            .map_err(|_| ApiError::Strange { origin: self.origin.clone(), status })?)
    }

    /// Makes an error of everything but a success.
    fn sent(&self, answer: Result<Response<Body>, ureq::Error>) -> Result<Response<Body>> {
        let answer = answer.map_err(|error| self.unreachable(&error))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let bytes = self.bytes(answer, MAX_SHORT_BYTES).unwrap_or_default();
        match serde_json::from_slice::<Problem>(&bytes) {
            Ok(problem) => bail!(ApiError::Refused { code: problem.code }),
            Err(_) => bail!(ApiError::Strange { origin: self.origin.clone(), status: status.as_u16() }),
        }
    }

    fn bytes(&self, mut answer: Response<Body>, limit: u64) -> Result<Vec<u8>> {
        let read = answer.body_mut().with_config().limit(limit).read_to_vec();
        Ok(read.map_err(|error| match error {
            ureq::Error::BodyExceedsLimit(_) => ApiError::TooLong { origin: self.origin.clone(), limit },
            error => self.unreachable(&error),
        })?)
    }

    fn unreachable(&self, error: &ureq::Error) -> ApiError {
        ApiError::Unreachable { origin: self.origin.clone(), cause: error.to_string() }
    }
}

/// **Rule:** RFC 9110, 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(text: &str) -> Option<Timestamp> {
    let zoned = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(Timestamp::from_seconds(zoned.timestamp().as_second()))
}

fn bearer<B>(request: RequestBuilder<B>, token: &str) -> RequestBuilder<B> {
    request.header("Authorization", format!("Bearer {token}"))
}

/// `https:`, or `http:` to this machine or an onion service (which is encrypted by its name).
fn is_safe(origin: &str) -> bool {
    let Some(rest) = origin.strip_prefix("http://") else {
        return origin.strip_prefix("https://").is_some_and(|host| !host.is_empty());
    };
    let authority = rest.split('/').next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    !authority.contains('@')
        && (host == "localhost" || host == "::1" || host.ends_with(".onion") || is_loopback(host))
}

fn is_loopback(host: &str) -> bool {
    host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
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

    #[test]
    fn http_is_for_this_machine_only() {
        for good in ["https://relay.example", "http://127.0.0.1:8080", "http://localhost", "http://[::1]:80"]
        {
            assert!(is_safe(good), "{good}");
        }
        for bad in [
            "",
            "https://",
            "http://relay.example",
            "http://127.0.0.1.evil.example",
            "http://localhost@evil.example",
            "ftp://x",
        ] {
            assert!(!is_safe(bad), "{bad}");
        }
    }
}
