//! What the relay remembers, in the words of the domain. A backend keeps every promise written here; the contract suite in
//! `tests/store` holds each of them to it. A store knows no HTTP, no keys and no clock.

mod announcements;
pub mod blobs;
mod notices;
mod rows;
mod sql;

use std::collections::BTreeMap;

use async_trait::async_trait;
use sealpost_shared::id::Slug;
use sealpost_shared::wire::v1::{Author, DeletedCase, Deletion, EntryInfo, FeedRow};
use sealpost_shared::{CaseId, EntryId, Fingerprint, Timestamp};
use subtle::ConstantTimeEq as _;

pub use announcements::{AdvisoryRecord, Announcements, MAX_TEAM_ADVISORIES, PutAdvisory, StoredAdvisory};
pub use blobs::BlobRecords;
pub use notices::{Notice, Notices};
pub(crate) use sql::inspect::{self, Inspection};
pub(crate) use sql::transfer::Held;
pub use sql::{DatabaseAddress, PostgresAddress, SqlStore};

/// Names one desk of one team.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DeskAddress {
    /// The team.
    pub team: Slug,
    /// The desk within it.
    pub desk: Slug,
}

/// SHA-256 of a capability or session token in lowercase hexadecimal: all that is kept of a secret. Compares in constant time.
#[derive(Clone)]
pub struct SecretHash(String);

impl SecretHash {
    /// Takes 64 lowercase hexadecimal digits.
    #[must_use]
    pub const fn from_hex(hex: String) -> Self {
        Self(hex)
    }

    /// A hash that no known secret has: something to compare with where there is nothing to find.
    #[must_use]
    pub fn of_nothing() -> Self {
        Self("0".repeat(64))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Compares in constant time.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl std::fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretHash(..)")
    }
}

/// An entry that passed the gate, with the receipt that will be given for it once it is stored.
#[derive(Debug, Clone)]
pub struct NewEntry {
    /// The case it belongs to.
    pub case: CaseId,
    /// Its own id.
    pub entry: EntryId,
    /// Who wrote it.
    pub author: Author,
    /// The sealed bytes.
    pub letter: Vec<u8>,
    /// SHA-256 of `letter`, in lowercase hexadecimal.
    pub sha256: String,
    /// Arrival, already rounded down to the hour: a store refuses anything more exact.
    pub received: Timestamp,
    /// The signed receipt.
    pub receipt: String,
    /// Whether its desk is to be told by mail.
    pub notify: bool,
}

/// The first entry of a case that is not there yet.
#[derive(Debug, Clone)]
pub struct NewCase {
    /// Where the case is to be opened.
    pub desk: DeskAddress,
    /// What will open the case to its reporter.
    pub capability: SecretHash,
    /// The letter; its entry id equals its case id.
    pub first: NewEntry,
}

/// What became of a write. Either way the entry is durable and the receipt is the one that was stored with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// It was new.
    New {
        /// The receipt.
        receipt: String,
    },
    /// The same bytes by the same author were there already.
    Again {
        /// The receipt given the first time.
        receipt: String,
    },
}

/// A case as far as the relay knows it.
#[derive(Debug, Clone)]
pub struct CaseRecord {
    /// Where it was opened.
    pub desk: DeskAddress,
    /// What opens it to its reporter.
    pub capability: SecretHash,
    /// By whom and when it was deleted, if it was.
    pub deleted: Option<Deletion>,
}

/// What is left to do once a case was deleted, and what everybody is told from then on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    /// The deletion that holds: the first.
    pub deletion: Deletion,
    /// The files of its blobs, which nothing names any more.
    pub objects: Vec<String>,
}

/// A case in which nothing was said for long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RestingCase {
    /// The case.
    pub case: CaseId,
    /// The hour of its last entry.
    pub last_received: Timestamp,
}

/// A member's session at one desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The desk it opens.
    pub desk: DeskAddress,
    /// The certificate that logged in.
    pub member: Fingerprint,
    /// From when it opens nothing.
    pub expires: Timestamp,
}

/// A login that was verified and now needs its nonce used up.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// The statement's nonce.
    pub nonce: String,
    /// Until when the statement, and so its nonce, must be remembered.
    pub nonce_expires: Timestamp,
    /// Hash of the token.
    pub token: SecretHash,
    /// What the token opens.
    pub session: Session,
}

/// Says why a store did not do what it was asked. Whenever one is returned by a write, nothing of that write was kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The id or nonce is taken by something else.
    #[error("the id is taken by something else")]
    Conflict,
    /// The case is not there.
    #[error("there is no such case")]
    NotFound,
    /// The case or desk holds as much as it may.
    #[error("the case or desk holds as much as it may")]
    Full,
    /// The blob would grow over its limit.
    #[error("the blob is larger than it may be")]
    TooLarge,
    /// Chunks of the blob are missing.
    #[error("chunks of the blob are missing")]
    Incomplete,
    /// The disk is full, read-only or too busy. Trying again later may help.
    #[error("the database cannot be used just now: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// The database answered with something that cannot be.
    #[error("the database is not what it should be: {0}")]
    Broken(String),
}

/// What one relay, or several together, remember about cases, entries and sessions.
///
/// Every method that writes is one transaction: when it returns `Ok` the change is on disk, when it returns an error or is
/// dropped half-way nothing is changed, or everything is and the same call again says so.
#[async_trait]
pub trait Store: Announcements + BlobRecords + Notices {
    /// Opens a case with its first letter. The same bytes to the same desk with the same capability again are [`Stored::Again`].
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the id is taken by anything else; [`StoreError::Full`] when the desk has reached its quota.
    async fn open_case(&self, case: NewCase) -> Result<Stored, StoreError>;

    /// Appends to a case, with the next number of the case and of its desk. The same bytes by the same author under the same id
    /// again are [`Stored::Again`].
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the entry id is taken by anything else; [`StoreError::NotFound`] without such a case;
    /// [`StoreError::Full`] when the case has its 2,000 entries, or when the desk's quota is used up and the author is the
    /// reporter: a team can always answer.
    async fn append(&self, entry: NewEntry) -> Result<Stored, StoreError>;

    /// The bytes of the reporter's letters in a case, but for the one that opened it.
    async fn added_bytes(&self, case: CaseId) -> Result<u64, StoreError>;

    /// The case, if it is there.
    async fn case(&self, case: CaseId) -> Result<Option<CaseRecord>, StoreError>;

    /// The case's entries with `seq > after` in order, gapless from 1, at most 500.
    async fn entries(&self, case: CaseId, after: u64) -> Result<Vec<EntryInfo>, StoreError>;

    /// The sealed bytes of one entry, exactly as they came.
    async fn letter(&self, case: CaseId, entry: EntryId) -> Result<Option<Vec<u8>>, StoreError>;

    /// The receipt of one entry, exactly as it was given.
    async fn receipt(&self, case: CaseId, entry: EntryId) -> Result<Option<String>, StoreError>;

    /// Everything at a desk with `seq > after` in order, gapless from 1, at most 500. No row appears later below one that was seen, and
    /// one that was seen changes only by the deletion of its case: then its size is 0, and its digest that of no bytes.
    async fn feed(&self, desk: &DeskAddress, after: u64) -> Result<Vec<FeedRow>, StoreError>;

    /// The sealed bytes of rows of a desk's feed with their `seq`, in order and without a gap: those with `seq > after`, of at most `rows`
    /// rows, and as many as fit `max_bytes`, but at least one. Of a deleted case there are no bytes.
    async fn letters(
        &self,
        desk: &DeskAddress,
        after: u64,
        rows: u32,
        max_bytes: usize,
    ) -> Result<Vec<(u64, Vec<u8>)>, StoreError>;

    /// Deletes a case for good: letters, receipts and blobs go, their bytes no longer count against the desk, and nothing can be added.
    /// Its id stays taken and its rows in lists stay, without what they held. A case that was deleted before stays as it is.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] without such a case.
    async fn delete_case(&self, case: CaseId, deletion: Deletion) -> Result<Deleted, StoreError>;

    /// What was deleted at a desk at `since` or later, ordered by that and by case, at most 500; of what was deleted exactly then only
    /// cases with a greater id than `after`.
    async fn deletions(
        &self,
        desk: &DeskAddress,
        since: Timestamp,
        after: Option<CaseId>,
    ) -> Result<Vec<DeletedCase>, StoreError>;

    /// A team's cases whose last entry came at `until` or before, that were not deleted; the longest resting first, at most 500.
    async fn resting_cases(&self, team: &Slug, until: Timestamp) -> Result<Vec<RestingCase>, StoreError>;

    /// Takes care that nothing deleted is left in journals. May be done at any time, and takes longer while something reads.
    async fn purge(&self) -> Result<(), StoreError>;

    /// Uses up a nonce and starts a session, both or neither; forgets nonces and sessions that ended before `now`.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the nonce was used before.
    async fn start_session(&self, session: NewSession, now: Timestamp) -> Result<(), StoreError>;

    /// The session of a token, if it was ever started and not yet forgotten. It may have ended.
    async fn session(&self, token: &SecretHash) -> Result<Option<Session>, StoreError>;

    /// The highest policy version ever noted for each team.
    async fn policy_versions(&self) -> Result<BTreeMap<Slug, u32>, StoreError>;

    /// Notes the policy versions in service. A version lower than one noted before changes nothing.
    async fn note_policy_versions(&self, versions: &BTreeMap<Slug, u32>) -> Result<(), StoreError>;

    /// Notes the key of the relays over this database, unless one was noted before; says whether this one is noted.
    async fn note_relay_keys(&self, keys: &[Fingerprint]) -> Result<bool, StoreError>;

    /// Writes and commits something that means nothing.
    ///
    /// # Errors
    /// When a letter could not be stored now.
    async fn check_writable(&self) -> Result<(), StoreError>;

    /// Lets go of the files after all that was begun has ended.
    async fn close(&self);
}
