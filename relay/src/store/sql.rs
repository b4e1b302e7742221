//! The store in SQL, in a SQLite file or on a PostgreSQL server: the same statements and the same order of locks for both.

mod announcements;
mod blobs;
mod cases;
mod database;
mod deletion;
pub(crate) mod inspect;
mod letters;
mod notices;
mod service;
mod sessions;
mod statement;
pub(crate) mod transfer;
mod version;

use std::collections::BTreeMap;

use async_trait::async_trait;
use sealpost_shared::id::Slug;
use sealpost_shared::limits::MAX_PAGE_ROWS;
use sealpost_shared::wire::v1::{DeletedCase, Deletion, EntryInfo, FeedRow};
use sealpost_shared::{CaseId, EntryId, Fingerprint, Timestamp};

use super::rows::{CaseRow, EntryRow, RestingRow};
use super::{
    CaseRecord, Deleted, DeskAddress, NewCase, NewEntry, NewSession, RestingCase, SecretHash, Session, Store,
    StoreError, Stored,
};
use database::{Database, retrying};
pub use database::{DatabaseAddress, PostgresAddress};
use statement::sql;

/// Cases, entries and sessions in one database.
#[derive(Debug)]
pub struct SqlStore {
    database: Database,
    desk_quota_bytes: u64,
}

impl SqlStore {
    /// Opens the database, or makes the file, and brings its tables up to date. A desk takes no more from reporters once it holds
    /// `desk_quota_bytes` of letters.
    ///
    /// # Errors
    /// When it cannot be opened or written, or was made by a newer version.
    pub async fn open(address: &DatabaseAddress, desk_quota_bytes: u64) -> Result<Self, StoreError> {
        Ok(Self { database: Database::open(address).await?, desk_quota_bytes })
    }
}

fn as_i64(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[async_trait]
impl Store for SqlStore {
    async fn open_case(&self, case: NewCase) -> Result<Stored, StoreError> {
        retrying(|| self.open_case_once(&case)).await
    }

    async fn append(&self, entry: NewEntry) -> Result<Stored, StoreError> {
        retrying(|| self.append_once(&entry)).await
    }

    async fn added_bytes(&self, case: CaseId) -> Result<u64, StoreError> {
        let added = sql("SELECT CAST(coalesce(sum(size), 0) AS BIGINT) FROM entries
             WHERE case_id = $1 AND author = 'reporter' AND entry_id <> case_id");
        let bytes: Option<(i64,)> = self.database.optional(added.bind(case.to_string())).await?;
        Ok(bytes.and_then(|(bytes,)| u64::try_from(bytes).ok()).unwrap_or_default())
    }

    async fn case(&self, case: CaseId) -> Result<Option<CaseRecord>, StoreError> {
        let row: Option<CaseRow> = self.database.optional(cases::select(case)).await?;
        row.map(CaseRecord::try_from).transpose()
    }

    async fn entries(&self, case: CaseId, after: u64) -> Result<Vec<EntryInfo>, StoreError> {
        let entries =
            sql("SELECT case_seq AS seq, case_id, entry_id, author, size, sha256, received FROM entries
             WHERE case_id = $1 AND case_seq > $2 ORDER BY case_seq LIMIT $3");
        let entries = entries.bind(case.to_string()).bind(as_i64(after)).bind(MAX_PAGE_ROWS);
        let rows: Vec<EntryRow> = self.database.all(entries).await?;
        rows.into_iter().map(EntryInfo::try_from).collect()
    }

    async fn letter(&self, case: CaseId, entry: EntryId) -> Result<Option<Vec<u8>>, StoreError> {
        let letter = sql("SELECT letter FROM entries WHERE case_id = $1 AND entry_id = $2");
        let letter: Option<(Vec<u8>,)> =
            self.database.optional(letter.bind(case.to_string()).bind(entry.to_string())).await?;
        Ok(letter.map(|(letter,)| letter))
    }

    async fn receipt(&self, case: CaseId, entry: EntryId) -> Result<Option<String>, StoreError> {
        let receipt = sql("SELECT receipt FROM entries WHERE case_id = $1 AND entry_id = $2");
        let receipt: Option<(String,)> =
            self.database.optional(receipt.bind(case.to_string()).bind(entry.to_string())).await?;
        Ok(receipt.map(|(receipt,)| receipt))
    }

    async fn feed(&self, desk: &DeskAddress, after: u64) -> Result<Vec<FeedRow>, StoreError> {
        let feed =
            sql("SELECT desk_seq AS seq, case_id, entry_id, author, size, sha256, received FROM entries
             WHERE team = $1 AND desk = $2 AND desk_seq > $3 ORDER BY desk_seq LIMIT $4");
        let feed = feed.bind(desk.team.as_str()).bind(desk.desk.as_str());
        let rows: Vec<EntryRow> = self.database.all(feed.bind(as_i64(after)).bind(MAX_PAGE_ROWS)).await?;
        rows.into_iter().map(FeedRow::try_from).collect()
    }

    async fn letters(
        &self,
        desk: &DeskAddress,
        after: u64,
        rows: u32,
        max_bytes: usize,
    ) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        self.read_letters(desk, after, rows, max_bytes).await
    }

    async fn delete_case(&self, case: CaseId, deletion: Deletion) -> Result<Deleted, StoreError> {
        retrying(|| self.delete_once(case, deletion)).await
    }

    async fn deletions(
        &self,
        desk: &DeskAddress,
        since: Timestamp,
        after: Option<CaseId>,
    ) -> Result<Vec<DeletedCase>, StoreError> {
        self.read_deletions(desk, since, after).await
    }

    async fn resting_cases(&self, team: &Slug, until: Timestamp) -> Result<Vec<RestingCase>, StoreError> {
        let resting = sql("SELECT case_id, last_received FROM cases WHERE team = $1 AND last_received <= $2 AND deleted IS NULL
             ORDER BY last_received, case_id LIMIT $3");
        let resting = resting.bind(team.as_str()).bind(until.seconds()).bind(MAX_PAGE_ROWS);
        let rows: Vec<RestingRow> = self.database.all(resting).await?;
        rows.into_iter().map(RestingCase::try_from).collect()
    }

    async fn purge(&self) -> Result<(), StoreError> {
        self.database.purge().await
    }

    async fn start_session(&self, session: NewSession, now: Timestamp) -> Result<(), StoreError> {
        retrying(|| self.start_session_once(&session, now)).await
    }

    async fn session(&self, token: &SecretHash) -> Result<Option<Session>, StoreError> {
        self.find_session(token).await
    }

    async fn policy_versions(&self) -> Result<BTreeMap<Slug, u32>, StoreError> {
        self.read_policy_versions().await
    }

    async fn note_policy_versions(&self, versions: &BTreeMap<Slug, u32>) -> Result<(), StoreError> {
        retrying(|| self.note_policy_versions_once(versions)).await
    }

    async fn note_relay_keys(&self, keys: &[Fingerprint]) -> Result<bool, StoreError> {
        retrying(|| self.note_relay_keys_once(keys)).await
    }

    async fn check_writable(&self) -> Result<(), StoreError> {
        let mut tx = self.database.begin().await?;
        tx.on().run(sql("UPDATE write_probe SET writes = writes + 1 WHERE id = 1")).await?;
        tx.commit().await
    }

    async fn close(&self) {
        self.database.close().await;
    }
}
