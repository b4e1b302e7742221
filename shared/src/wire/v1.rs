//! Version 1 of the wire.

use serde::{Deserialize, Serialize};

use crate::id::{BlobId, CaseId, EntryId, Fingerprint, Slug};
use crate::letter::Severity;
use crate::problem::ProblemCode;
use crate::time::Timestamp;

/// `GET /v1/teams`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TeamsResponse {
    /// Every team this relay serves, by slug.
    pub teams: Vec<TeamSummary>,
}

/// One team in [`TeamsResponse`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TeamSummary {
    /// Its name in paths.
    pub slug: Slug,
    /// Its name for people.
    pub name: String,
    /// What it looks after.
    pub project: String,
}

/// `GET /v1/teams/{team}/bundle`: everything a client needs to judge, seal and keep the clock. Believed only after checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BundleResponse {
    /// The policy file, byte for byte as it was signed.
    pub policy: String,
    /// Detached armored signature over those bytes.
    pub policy_signature: String,
    /// Armored certificates of every desk that has any: those sealed to and those of members.
    pub certificates: Vec<String>,
    /// Who the relay is.
    pub relay: RelayIdentity,
    /// The team's offline page, if it has one. Never part of a bundle that stands in such a page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offline: Option<OfflinePage>,
}

/// The name of a team's offline page, beside its other files: `GET /plain/{team}/sealpost-offline.html`, its signature with `.asc`.
pub const OFFLINE_PAGE: &str = "sealpost-offline.html";

/// A page in one file that seals without a network, signed by the key that signs the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OfflinePage {
    /// SHA-256 of the file in lowercase hexadecimal.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
}

/// The relay's address and receipt key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RelayIdentity {
    /// The address people use for it, without a slash at the end.
    pub origin: String,
    /// Armored certificate of the key that signs receipts.
    pub certificate: String,
}

/// Who wrote an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Author {
    /// Whoever holds the case's capability.
    Reporter,
    /// A member with a session at the case's desk.
    Team,
}

/// One sealed entry, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EntryInfo {
    /// Place in the case's log, gapless from 1.
    pub seq: u64,
    /// Its id.
    pub entry: EntryId,
    /// Who wrote it.
    pub author: Author,
    /// Sealed bytes.
    pub size: u64,
    /// SHA-256 of the sealed bytes, in lowercase hexadecimal.
    pub sha256: String,
    /// Arrival, rounded down to the hour.
    pub received: Timestamp,
}

/// `GET /v1/cases/{case}/entries?after=N`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EntriesResponse {
    /// Entries with `seq > after`, in order; at most [`crate::limits::MAX_PAGE_ROWS`].
    pub entries: Vec<EntryInfo>,
    /// What to pass as `after` next time.
    pub next: u64,
}

/// One row of a desk's feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeedRow {
    /// Place in the desk's feed, gapless from 1.
    pub seq: u64,
    /// The case.
    pub case: CaseId,
    /// The entry; its `seq` there counts within the case.
    #[serde(flatten)]
    pub entry: FeedEntry,
}

/// The entry of a [`FeedRow`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeedEntry {
    /// Its id; equal to the case id for the letter that opened the case.
    pub entry: EntryId,
    /// Who wrote it.
    pub author: Author,
    /// Sealed bytes; 0 once the case was deleted.
    pub size: u64,
    /// SHA-256 of the sealed bytes, in lowercase hexadecimal; that of no bytes once the case was deleted.
    pub sha256: String,
    /// Arrival, rounded down to the hour.
    pub received: Timestamp,
}

impl FeedEntry {
    /// Whether nothing of it is left at the relay but this row: its case was deleted.
    #[must_use]
    pub const fn is_deleted(&self) -> bool {
        self.size == 0
    }
}

/// `GET /v1/desks/{team}/{desk}/feed?after=N`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeedResponse {
    /// Rows with `seq > after`, in order; at most [`crate::limits::MAX_PAGE_ROWS`].
    pub rows: Vec<FeedRow>,
    /// What to pass as `after` next time.
    pub next: u64,
}

/// `GET /v1/cases/{case}/blobs`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BlobsResponse {
    /// Every blob of the case, whole or not, by id.
    pub blobs: Vec<BlobInfo>,
}

/// What is there of one blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BlobInfo {
    /// Its id.
    pub blob: BlobId,
    /// Who uploads it.
    pub author: Author,
    /// Bytes of the chunks that are there.
    pub size: u64,
    /// How many chunks are there.
    pub chunks: u32,
    /// SHA-256 of the whole in lowercase hexadecimal; only once it is sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// `GET /v1/cases/{case}/blobs/{blob}/chunks`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChunksResponse {
    /// The chunks that are there, by number.
    pub chunks: Vec<ChunkInfo>,
    /// Whether the blob was sealed: it is whole, and takes no more.
    pub sealed: bool,
}

/// One chunk of a blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChunkInfo {
    /// Its number, from 0.
    pub n: u32,
    /// Its bytes.
    pub size: u64,
    /// SHA-256 of its bytes, in lowercase hexadecimal.
    pub sha256: String,
}

/// `POST /v1/cases/{case}/blobs/{blob}`: the chunks `0..chunks` in order are this many bytes with this digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SealRequest {
    /// How many chunks.
    pub chunks: u32,
    /// Bytes of all of them.
    pub size: u64,
    /// SHA-256 of all of them in order, in lowercase hexadecimal.
    pub sha256: String,
}

/// `POST /v1/sessions`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionResponse {
    /// Opaque bearer token for one desk.
    pub token: String,
    /// When it ends.
    pub expires: Timestamp,
}

/// `GET /v1/teams/{team}/advisories`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdvisoriesResponse {
    /// Public advisories, the last changed first; at most 500.
    pub advisories: Vec<AdvisorySummary>,
}

/// One advisory in [`AdvisoriesResponse`]. What counts is the signed text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdvisorySummary {
    /// Its id.
    pub id: String,
    /// One line.
    pub title: String,
    /// What can happen to whom.
    pub summary: String,
    /// How bad it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Other ids of the same problem.
    pub aliases: Vec<String>,
    /// When the embargo lifted.
    pub published: Timestamp,
    /// When this version was made.
    pub modified: Timestamp,
    /// Since when it no longer holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Timestamp>,
    /// The member who signed it.
    pub signer: Fingerprint,
    /// SHA-256 of the signed text, in lowercase hexadecimal.
    pub sha256: String,
}

/// `GET /v1/teams/{team}/challenge?desk=D&size=N`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChallengeResponse {
    /// How it is solved; `sha256-1` is the only way so far.
    pub alg: String,
    /// Opaque ASCII text, to be sent back as it is.
    pub challenge: String,
    /// Zero bits wanted.
    pub bits: u8,
    /// Until when it can be used.
    pub expires: Timestamp,
}

/// A refusal with the code `proof-needed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProofProblem {
    /// The refusal.
    #[serde(flatten)]
    pub problem: Problem,
    /// What to solve.
    pub challenge: ChallengeResponse,
}

/// By whom a case was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Deleter {
    /// A member of its desk.
    Team,
    /// Its time was over, as the policy says.
    Policy,
}

/// `DELETE /v1/cases/{case}`, and what a refusal with the code `deleted` carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Deletion {
    /// By whom.
    pub by: Deleter,
    /// When, rounded down to the hour.
    pub at: Timestamp,
}

/// `GET /v1/desks/{team}/{desk}/deletions?since=TIME&after=CASE`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeletionsResponse {
    /// What was deleted at the desk, by hour, then by case; at most [`crate::limits::MAX_PAGE_ROWS`].
    pub deletions: Vec<DeletedCase>,
}

/// One case in [`DeletionsResponse`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeletedCase {
    /// Which.
    pub case: CaseId,
    /// By whom and when.
    #[serde(flatten)]
    pub deletion: Deletion,
}

/// A refusal with the code `deleted`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeletedProblem {
    /// The refusal.
    #[serde(flatten)]
    pub problem: Problem,
    /// What became of the case.
    pub deleted: Deletion,
}

/// Every refusal, as `application/problem+json` (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// `urn:sealpost:problem:CODE`
    #[serde(rename = "type")]
    pub kind: String,
    /// The sentence of the code.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The stable code.
    pub code: ProblemCode,
}

impl From<ProblemCode> for Problem {
    fn from(code: ProblemCode) -> Self {
        Self {
            kind: format!("urn:sealpost:problem:{}", code.as_str()),
            title: code.sentence().to_owned(),
            status: code.status(),
            code,
        }
    }
}
