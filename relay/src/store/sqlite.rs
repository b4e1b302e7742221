//! The store in one SQLite file: one writer, several readers, and every commit on disk before it counts.

mod announcements;
mod blobs;
mod deletion;
pub(crate) mod inspect;
mod notices;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use sealpost_shared::id::Slug;
use sealpost_shared::limits::{MAX_CASE_ENTRIES, MAX_PAGE_ROWS};
use sealpost_shared::wire::v1::{Author, Deletion, EntryInfo, FeedRow};
use sealpost_shared::{CaseId, EntryId, Timestamp};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Sqlite, Transaction};

use super::rows::{CaseRow, EntryRow, PolicyVersionRow, RestingRow, SessionRow, TakenRow, author_text};
use super::{
    CaseRecord, Deleted, DeskAddress, NewCase, NewEntry, NewSession, RestingCase, SecretHash, Session, Store,
    StoreError, Stored,
};

/// Readers beside the one writer. SQLite reads are CPU-bound here; more would only queue elsewhere.
const READERS: u32 = 4;

/// How long a connection waits for a lock that another process holds (a backup, a shell).
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a request waits for its turn to write before it is told to come again.
const TURN_TIMEOUT: Duration = Duration::from_secs(10);

/// SQLite's primary result codes that pass by themselves or when an operator helps: busy, locked, read-only, IO error, full,
/// cannot open (sqlite.org/rescode.html).
const PASSING_CODES: [u32; 6] = [5, 6, 8, 10, 13, 14];

/// Cases, entries and sessions in one SQLite file.
#[derive(Debug)]
pub struct SqliteStore {
    writer: SqlitePool,
    readers: SqlitePool,
    desk_quota_bytes: u64,
}

type Writing = Transaction<'static, Sqlite>;

impl SqliteStore {
    /// Opens or makes the file and brings its tables up to date. A desk takes no more from reporters once it holds
    /// `desk_quota_bytes` of letters.
    ///
    /// # Errors
    /// When the file cannot be opened or written, or was made by a newer version.
    pub async fn open(file: &Path, desk_quota_bytes: u64) -> Result<Self, StoreError> {
        let options = connect_options(file);
        let writer = pool_options().max_connections(1);
        let writer = writer.connect_with(options.clone()).await?;
        sqlx::migrate!("migrations/sqlite")
            .run(&writer)
            .await
            .map_err(|error| StoreError::Broken(error.to_string()))?;
        let readers = pool_options().max_connections(READERS);
        let readers = readers.connect_with(options.read_only(true).create_if_missing(false)).await?;
        Ok(Self { writer, readers, desk_quota_bytes })
    }

    async fn begin(&self) -> Result<Writing, StoreError> {
        // Takes the write lock at once: a transaction that begins by reading could be refused it later.
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// Numbers and writes an entry whose id is free.
    async fn insert(
        &self,
        tx: &mut Writing,
        desk: &DeskAddress,
        entry: NewEntry,
    ) -> Result<String, StoreError> {
        let desk_seq = self.next_desk_seq(tx, desk, &entry).await?;
        let case_seq = next_case_seq(tx, &entry).await?;
        notices::enqueue(tx, desk, &entry).await?;
        let size = as_i64(entry.letter.len());
        sqlx::query(
            "INSERT INTO entries (case_id, entry_id, case_seq, team, desk, desk_seq, author, size, sha256, received, receipt, letter)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        )
        .bind(entry.case.to_string())
        .bind(entry.entry.to_string())
        .bind(case_seq)
        .bind(desk.team.as_str())
        .bind(desk.desk.as_str())
        .bind(desk_seq)
        .bind(author_text(entry.author))
        .bind(size)
        .bind(entry.sha256)
        .bind(entry.received.seconds())
        .bind(entry.receipt.clone())
        .bind(entry.letter)
        .execute(&mut **tx)
        .await?;
        Ok(entry.receipt)
    }

    async fn next_desk_seq(
        &self,
        tx: &mut Writing,
        desk: &DeskAddress,
        entry: &NewEntry,
    ) -> Result<i64, StoreError> {
        let (seq, stored): (i64, i64) = sqlx::query_as(
            "INSERT INTO desks (team, desk, last_seq, stored_bytes) VALUES ($1, $2, 1, $3)
             ON CONFLICT (team, desk) DO UPDATE
             SET last_seq = last_seq + 1, stored_bytes = stored_bytes + excluded.stored_bytes
             RETURNING last_seq, stored_bytes",
        )
        .bind(desk.team.as_str())
        .bind(desk.desk.as_str())
        .bind(as_i64(entry.letter.len()))
        .fetch_one(&mut **tx)
        .await?;
        let over = u64::try_from(stored).is_ok_and(|stored| stored > self.desk_quota_bytes);
        if over && entry.author == Author::Reporter { Err(StoreError::Full) } else { Ok(seq) }
    }
}

/// A connection to a file does not grow stale, so none is ever tested or replaced.
fn pool_options() -> SqlitePoolOptions {
    let options = SqlitePoolOptions::new().acquire_timeout(TURN_TIMEOUT).test_before_acquire(false);
    options.idle_timeout(None).max_lifetime(None)
}

fn connect_options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .journal_mode(SqliteJournalMode::Wal)
        // In WAL mode only FULL makes a commit survive the loss of power (sqlite.org/pragma.html#pragma_synchronous).
        .synchronous(SqliteSynchronous::Full)
        // What is deleted is overwritten, not only unlinked.
        .pragma("secure_delete", "ON")
        .disable_statement_logging()
}

fn as_i64(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

fn seq_after(after: u64) -> i64 {
    i64::try_from(after).unwrap_or(i64::MAX)
}

async fn next_case_seq(tx: &mut Writing, entry: &NewEntry) -> Result<i64, StoreError> {
    let seq: Option<i64> = sqlx::query_scalar(
        "UPDATE cases SET last_seq = last_seq + 1, last_received = max(last_received, $2)
         WHERE case_id = $1 AND deleted IS NULL RETURNING last_seq",
    )
    .bind(entry.case.to_string())
    .bind(entry.received.seconds())
    .fetch_optional(&mut **tx)
    .await?;
    match seq {
        None => Err(StoreError::NotFound),
        Some(seq) if seq > i64::from(MAX_CASE_ENTRIES) => Err(StoreError::Full),
        Some(seq) => Ok(seq),
    }
}

async fn find_case(tx: &mut Writing, case: CaseId) -> Result<Option<CaseRecord>, StoreError> {
    let row: Option<CaseRow> = sqlx::query_as(
        "SELECT team, desk, capability_sha256, deleted, deleted_by FROM cases WHERE case_id = $1",
    )
    .bind(case.to_string())
    .fetch_optional(&mut **tx)
    .await?;
    row.map(CaseRecord::try_from).transpose()
}

/// What stands under the entry's id already: nothing, the same (then its receipt), or something else.
async fn find_same(tx: &mut Writing, entry: &NewEntry) -> Result<Option<String>, StoreError> {
    let row: Option<TakenRow> =
        sqlx::query_as("SELECT author, sha256, receipt FROM entries WHERE case_id = $1 AND entry_id = $2")
            .bind(entry.case.to_string())
            .bind(entry.entry.to_string())
            .fetch_optional(&mut **tx)
            .await?;
    match row {
        None => Ok(None),
        Some(row) if row.sha256 == entry.sha256 && row.author == author_text(entry.author) => {
            Ok(Some(row.receipt))
        }
        Some(_) => Err(StoreError::Conflict),
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn open_case(&self, case: NewCase) -> Result<Stored, StoreError> {
        let mut tx = self.begin().await?;
        if let Some(there) = find_case(&mut tx, case.first.case).await? {
            let mine = there.capability.matches(&case.capability) && there.desk == case.desk;
            let same = find_same(&mut tx, &case.first).await?;
            return match same {
                Some(receipt) if mine => Ok(Stored::Again { receipt }),
                _ => Err(StoreError::Conflict),
            };
        }
        sqlx::query(
            "INSERT INTO cases (case_id, team, desk, capability_sha256, last_seq) VALUES ($1, $2, $3, $4, 0)",
        )
        .bind(case.first.case.to_string())
        .bind(case.desk.team.as_str())
        .bind(case.desk.desk.as_str())
        .bind(case.capability.as_str())
        .execute(&mut *tx)
        .await?;
        let receipt = self.insert(&mut tx, &case.desk, case.first).await?;
        tx.commit().await?;
        Ok(Stored::New { receipt })
    }

    async fn append(&self, entry: NewEntry) -> Result<Stored, StoreError> {
        let mut tx = self.begin().await?;
        let Some(case) = find_case(&mut tx, entry.case).await? else { return Err(StoreError::NotFound) };
        if let Some(receipt) = find_same(&mut tx, &entry).await? {
            return Ok(Stored::Again { receipt });
        }
        let receipt = self.insert(&mut tx, &case.desk, entry).await?;
        tx.commit().await?;
        Ok(Stored::New { receipt })
    }

    async fn case(&self, case: CaseId) -> Result<Option<CaseRecord>, StoreError> {
        let row: Option<CaseRow> = sqlx::query_as(
            "SELECT team, desk, capability_sha256, deleted, deleted_by FROM cases WHERE case_id = $1",
        )
        .bind(case.to_string())
        .fetch_optional(&self.readers)
        .await?;
        row.map(CaseRecord::try_from).transpose()
    }

    async fn entries(&self, case: CaseId, after: u64) -> Result<Vec<EntryInfo>, StoreError> {
        let rows: Vec<EntryRow> = sqlx::query_as(
            "SELECT case_seq AS seq, case_id, entry_id, author, size, sha256, received FROM entries
             WHERE case_id = $1 AND case_seq > $2 ORDER BY case_seq LIMIT $3",
        )
        .bind(case.to_string())
        .bind(seq_after(after))
        .bind(MAX_PAGE_ROWS)
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(EntryInfo::try_from).collect()
    }

    async fn letter(&self, case: CaseId, entry: EntryId) -> Result<Option<Vec<u8>>, StoreError> {
        let letter = sqlx::query_scalar("SELECT letter FROM entries WHERE case_id = $1 AND entry_id = $2")
            .bind(case.to_string())
            .bind(entry.to_string());
        Ok(letter.fetch_optional(&self.readers).await?)
    }

    async fn receipt(&self, case: CaseId, entry: EntryId) -> Result<Option<String>, StoreError> {
        let receipt = sqlx::query_scalar("SELECT receipt FROM entries WHERE case_id = $1 AND entry_id = $2")
            .bind(case.to_string())
            .bind(entry.to_string());
        Ok(receipt.fetch_optional(&self.readers).await?)
    }

    async fn feed(&self, desk: &DeskAddress, after: u64) -> Result<Vec<FeedRow>, StoreError> {
        let rows: Vec<EntryRow> = sqlx::query_as(
            "SELECT desk_seq AS seq, case_id, entry_id, author, size, sha256, received FROM entries
             WHERE team = $1 AND desk = $2 AND desk_seq > $3 ORDER BY desk_seq LIMIT $4",
        )
        .bind(desk.team.as_str())
        .bind(desk.desk.as_str())
        .bind(seq_after(after))
        .bind(MAX_PAGE_ROWS)
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(FeedRow::try_from).collect()
    }

    async fn delete_case(&self, case: CaseId, deletion: Deletion) -> Result<Deleted, StoreError> {
        self.delete(case, deletion).await
    }

    async fn resting_cases(&self, team: &Slug, until: Timestamp) -> Result<Vec<RestingCase>, StoreError> {
        let rows: Vec<RestingRow> = sqlx::query_as(
            "SELECT case_id, last_received FROM cases WHERE team = $1 AND last_received <= $2 AND deleted IS NULL
             ORDER BY last_received, case_id LIMIT $3",
        )
        .bind(team.as_str())
        .bind(until.seconds())
        .bind(MAX_PAGE_ROWS)
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(RestingCase::try_from).collect()
    }

    async fn purge(&self) -> Result<(), StoreError> {
        // Rows are overwritten as they go (`secure_delete`); this empties the log that still has them (sqlite.org/pragma.html).
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_optional(&self.writer).await?;
        Ok(())
    }

    async fn start_session(&self, new: NewSession, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        forget_ended(&mut tx, now).await?;
        sqlx::query("INSERT INTO login_nonces (nonce, expires) VALUES ($1, $2)")
            .bind(new.nonce)
            .bind(new.nonce_expires.seconds())
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "INSERT INTO sessions (token_sha256, team, desk, member, expires) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(new.token.as_str())
        .bind(new.session.desk.team.as_str())
        .bind(new.session.desk.desk.as_str())
        .bind(new.session.member.as_str())
        .bind(new.session.expires.seconds())
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    async fn session(&self, token: &SecretHash) -> Result<Option<Session>, StoreError> {
        let row: Option<SessionRow> =
            sqlx::query_as("SELECT team, desk, member, expires FROM sessions WHERE token_sha256 = $1")
                .bind(token.as_str())
                .fetch_optional(&self.readers)
                .await?;
        row.map(Session::try_from).transpose()
    }

    async fn policy_versions(&self) -> Result<BTreeMap<Slug, u32>, StoreError> {
        let rows: Vec<PolicyVersionRow> =
            sqlx::query_as("SELECT team, version FROM policy_versions").fetch_all(&self.readers).await?;
        rows.into_iter().map(<(Slug, u32)>::try_from).collect()
    }

    async fn note_policy_versions(&self, versions: &BTreeMap<Slug, u32>) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        for (team, version) in versions {
            sqlx::query(
                "INSERT INTO policy_versions (team, version) VALUES ($1, $2)
                 ON CONFLICT (team) DO UPDATE SET version = max(version, excluded.version)",
            )
            .bind(team.as_str())
            .bind(i64::from(*version))
            .execute(&mut *tx)
            .await?;
        }
        Ok(tx.commit().await?)
    }

    async fn check_writable(&self) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query("UPDATE write_probe SET writes = writes + 1 WHERE id = 1").execute(&mut *tx).await?;
        Ok(tx.commit().await?)
    }

    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

async fn forget_ended(tx: &mut Writing, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM login_nonces WHERE expires <= $1")
        .bind(now.seconds())
        .execute(&mut **tx)
        .await?;
    sqlx::query("DELETE FROM sessions WHERE expires <= $1").bind(now.seconds()).execute(&mut **tx).await?;
    Ok(())
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) => {
                Self::Unavailable(error)
            }
            sqlx::Error::Database(inner) if inner.is_unique_violation() => Self::Conflict,
            sqlx::Error::Database(inner) if passes(inner.as_ref()) => Self::Unavailable(error),
            _ => Self::Broken(error.to_string()),
        }
    }
}

fn passes(error: &dyn sqlx::error::DatabaseError) -> bool {
    let code = error.code().and_then(|code| code.parse::<u32>().ok());
    code.is_some_and(|extended| PASSING_CODES.contains(&(extended & 0xFF)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_commit_is_on_disk_before_it_counts() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("relay.sqlite"), 1).await.unwrap();
        let writer = &store.writer;
        let journal: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(writer).await.unwrap();
        let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(writer).await.unwrap();
        let foreign_keys: i64 = sqlx::query_scalar("PRAGMA foreign_keys").fetch_one(writer).await.unwrap();
        assert_eq!((journal.as_str(), synchronous, foreign_keys), ("wal", 2, 1));
        let written = sqlx::query("DELETE FROM cases").execute(&store.readers).await;
        assert!(written.is_err(), "readers cannot write");
    }
}
