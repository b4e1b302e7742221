//! Rows as the database spells them, and their way into the domain. A row that cannot be is an error, never a guess.

use std::str::FromStr;

use sealpost_shared::Timestamp;
use sealpost_shared::id::Slug;
use sealpost_shared::wire::v1::{
    Author, BlobInfo, ChunkInfo, DeletedCase, Deleter, Deletion, EntryInfo, FeedEntry, FeedRow,
};

use super::blobs::{BlobRecord, Sealed, StoredChunk};
use super::{CaseRecord, DeskAddress, Notice, RestingCase, SecretHash, Session, StoreError};

/// `cases`
#[derive(Debug, sqlx::FromRow)]
pub(super) struct CaseRow {
    team: String,
    desk: String,
    capability_sha256: String,
    deleted: Option<i64>,
    deleted_by: Option<String>,
}

/// `cases` by age.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct RestingRow {
    case_id: String,
    last_received: i64,
}

/// `cases` that were deleted.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct DeletedRow {
    case_id: String,
    deleted: Option<i64>,
    deleted_by: Option<String>,
}

/// `notices`
#[derive(Debug, sqlx::FromRow)]
pub(super) struct NoticeRow {
    id: i64,
    team: String,
    desk: String,
    case_id: String,
    entry_id: String,
    tries: i64,
}

/// `entries` without the letter.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct EntryRow {
    seq: i64,
    case_id: String,
    entry_id: String,
    author: String,
    size: i64,
    sha256: String,
    received: i64,
}

/// What is compared when an id is used twice.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct TakenRow {
    pub(super) author: String,
    pub(super) sha256: String,
    pub(super) receipt: String,
}

/// `sessions`
#[derive(Debug, sqlx::FromRow)]
pub(super) struct SessionRow {
    team: String,
    desk: String,
    member: String,
    expires: i64,
}

/// `policy_versions`
#[derive(Debug, sqlx::FromRow)]
pub(super) struct PolicyVersionRow {
    team: String,
    version: i64,
}

/// `blobs`
#[derive(Debug, sqlx::FromRow)]
pub(super) struct BlobRow {
    pub(super) author: String,
    pub(super) sha256: Option<String>,
    pub(super) receipt: Option<String>,
}

/// `chunks`
#[derive(Debug, sqlx::FromRow)]
pub(super) struct ChunkRow {
    n: i64,
    size: i64,
    sha256: String,
    object: String,
}

/// `blobs` with the count of its `chunks`.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct BlobInfoRow {
    blob_id: String,
    author: String,
    stored_bytes: i64,
    sha256: Option<String>,
    chunks: i64,
}

/// How an author stands in the database.
pub(super) const fn author_text(author: Author) -> &'static str {
    match author {
        Author::Reporter => "reporter",
        Author::Team => "team",
    }
}

fn author(text: &str) -> Result<Author, StoreError> {
    match text {
        "reporter" => Ok(Author::Reporter),
        "team" => Ok(Author::Team),
        _ => Err(broken("an author")),
    }
}

pub(super) fn broken(what: &str) -> StoreError {
    StoreError::Broken(format!("{what} is malformed"))
}

pub(super) fn parse<T: FromStr>(text: &str, what: &str) -> Result<T, StoreError> {
    text.parse().map_err(|_| broken(what))
}

fn count(number: i64, what: &str) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| broken(what))
}

impl TryFrom<CaseRow> for CaseRecord {
    type Error = StoreError;

    fn try_from(row: CaseRow) -> Result<Self, StoreError> {
        Ok(Self {
            desk: DeskAddress { team: parse(&row.team, "a team")?, desk: parse(&row.desk, "a desk")? },
            capability: SecretHash::from_hex(row.capability_sha256),
            deleted: deletion(row.deleted, row.deleted_by.as_deref())?,
        })
    }
}

/// How a deleter stands in the database.
pub(super) const fn deleter_text(by: Deleter) -> &'static str {
    match by {
        Deleter::Team => "team",
        Deleter::Policy => "policy",
    }
}

fn deletion(at: Option<i64>, by: Option<&str>) -> Result<Option<Deletion>, StoreError> {
    let by = match (at, by) {
        (None, None) => return Ok(None),
        (Some(_), Some("team")) => Deleter::Team,
        (Some(_), Some("policy")) => Deleter::Policy,
        _ => return Err(broken("a deletion")),
    };
    Ok(at.map(|at| Deletion { by, at: Timestamp::from_seconds(at) }))
}

impl TryFrom<DeletedRow> for DeletedCase {
    type Error = StoreError;

    fn try_from(row: DeletedRow) -> Result<Self, StoreError> {
        let deletion = deletion(row.deleted, row.deleted_by.as_deref())?;
        Ok(Self {
            case: parse(&row.case_id, "a case id")?,
            deletion: deletion.ok_or_else(|| broken("a deletion"))?,
        })
    }
}

impl TryFrom<RestingRow> for RestingCase {
    type Error = StoreError;

    fn try_from(row: RestingRow) -> Result<Self, StoreError> {
        let case = parse(&row.case_id, "a case id")?;
        Ok(Self { case, last_received: Timestamp::from_seconds(row.last_received) })
    }
}

impl TryFrom<NoticeRow> for Notice {
    type Error = StoreError;

    fn try_from(row: NoticeRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            desk: DeskAddress { team: parse(&row.team, "a team")?, desk: parse(&row.desk, "a desk")? },
            case: parse(&row.case_id, "a case id")?,
            entry: parse(&row.entry_id, "an entry id")?,
            tries: u32::try_from(row.tries).map_err(|_| broken("a number"))?,
        })
    }
}

impl TryFrom<SessionRow> for Session {
    type Error = StoreError;

    fn try_from(row: SessionRow) -> Result<Self, StoreError> {
        Ok(Self {
            desk: DeskAddress { team: parse(&row.team, "a team")?, desk: parse(&row.desk, "a desk")? },
            member: parse(&row.member, "a fingerprint")?,
            expires: Timestamp::from_seconds(row.expires),
        })
    }
}

impl TryFrom<PolicyVersionRow> for (Slug, u32) {
    type Error = StoreError;

    fn try_from(row: PolicyVersionRow) -> Result<Self, StoreError> {
        let version = u32::try_from(row.version).map_err(|_| broken("a version"))?;
        Ok((parse(&row.team, "a team")?, version))
    }
}

impl TryFrom<EntryRow> for EntryInfo {
    type Error = StoreError;

    fn try_from(row: EntryRow) -> Result<Self, StoreError> {
        Ok(Self {
            seq: count(row.seq, "a number")?,
            entry: parse(&row.entry_id, "an entry id")?,
            author: author(&row.author)?,
            size: count(row.size, "a size")?,
            sha256: row.sha256,
            received: Timestamp::from_seconds(row.received),
        })
    }
}

impl TryFrom<EntryRow> for FeedRow {
    type Error = StoreError;

    fn try_from(row: EntryRow) -> Result<Self, StoreError> {
        let case = parse(&row.case_id, "a case id")?;
        let info = EntryInfo::try_from(row)?;
        let EntryInfo { seq, entry, author, size, sha256, received } = info;
        Ok(Self { seq, case, entry: FeedEntry { entry, author, size, sha256, received } })
    }
}

impl BlobRow {
    /// The blob with its chunks.
    pub(super) fn with(self, chunks: Vec<ChunkRow>) -> Result<BlobRecord, StoreError> {
        let sealed = match (self.sha256, self.receipt) {
            (Some(sha256), Some(receipt)) => Some(Sealed { sha256, receipt }),
            _ => None,
        };
        let chunks = chunks.into_iter().map(StoredChunk::try_from).collect::<Result<_, _>>()?;
        Ok(BlobRecord { author: author(&self.author)?, chunks, sealed })
    }
}

impl TryFrom<ChunkRow> for StoredChunk {
    type Error = StoreError;

    fn try_from(row: ChunkRow) -> Result<Self, StoreError> {
        let n = u32::try_from(row.n).map_err(|_| broken("a number"))?;
        let info = ChunkInfo { n, size: count(row.size, "a size")?, sha256: row.sha256 };
        Ok(Self { info, object: row.object })
    }
}

impl TryFrom<BlobInfoRow> for BlobInfo {
    type Error = StoreError;

    fn try_from(row: BlobInfoRow) -> Result<Self, StoreError> {
        Ok(Self {
            blob: parse(&row.blob_id, "a blob id")?,
            author: author(&row.author)?,
            size: count(row.stored_bytes, "a size")?,
            chunks: u32::try_from(row.chunks).map_err(|_| broken("a number"))?,
            sha256: row.sha256,
        })
    }
}
