//! A database seen from outside, while a relay may be writing to it: nothing is changed, and no row is believed before it was checked.

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

use super::{BUSY_TIMEOUT, pool_options};
use crate::store::StoreError;

/// An entry as it stands in its row, and the desk and number it claims.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct EntryClaim {
    pub(crate) row: i64,
    pub(crate) case_id: String,
    pub(crate) entry_id: String,
    pub(crate) team: String,
    pub(crate) desk: String,
    pub(crate) size: i64,
    pub(crate) sha256: String,
    pub(crate) received: i64,
    pub(crate) receipt: String,
    pub(crate) letter: Vec<u8>,
    pub(crate) deleted: Option<i64>,
}

/// A blob as it stands in its row.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct BlobClaim {
    pub(crate) row: i64,
    pub(crate) case_id: String,
    pub(crate) blob_id: String,
    pub(crate) team: String,
    pub(crate) desk: String,
    pub(crate) sha256: Option<String>,
    pub(crate) receipt: Option<String>,
}

/// A chunk as it stands in its row.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct ChunkClaim {
    pub(crate) n: i64,
    pub(crate) size: i64,
    pub(crate) sha256: String,
    pub(crate) object: String,
}

/// An advisory as it stands in its row.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct AdvisoryClaim {
    pub(crate) row: i64,
    pub(crate) team: String,
    pub(crate) advisory_id: String,
    pub(crate) sha256: String,
    pub(crate) signed: String,
}

/// What a desk or case says it holds, and what it holds.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Tally {
    pub(crate) place: String,
    pub(crate) what: String,
    pub(crate) said: i64,
    pub(crate) found: i64,
}

/// One database file, opened for reading only.
#[derive(Debug)]
pub(crate) struct Inspection {
    pool: SqlitePool,
}

impl Inspection {
    /// Opens a file that is there.
    ///
    /// # Errors
    /// When it is no database, or its tables are of another version than this program's.
    pub(crate) async fn open(file: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new().filename(file).read_only(true).busy_timeout(BUSY_TIMEOUT);
        let pool = pool_options().max_connections(1).connect_with(options).await?;
        let inspection = Self { pool };
        inspection.check_version().await?;
        Ok(inspection)
    }

    async fn check_version(&self) -> Result<(), StoreError> {
        let applied: Option<i64> =
            sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations").fetch_one(&self.pool).await?;
        let known = sqlx::migrate!("migrations/sqlite").iter().map(|migration| migration.version).max();
        if applied == known {
            return Ok(());
        }
        let older = "its tables are of an earlier version: start the relay of this version on it once, which brings them up to date";
        let newer = "its tables are of a later version: use the sealpost-relay of that version";
        Err(StoreError::Broken(if applied < known { older } else { newer }.to_owned()))
    }

    /// What SQLite itself finds wrong with pages, indexes and references; at most a hundred lines of the first two.
    pub(crate) async fn damage(&self) -> Result<Vec<String>, StoreError> {
        let pages: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check").fetch_all(&self.pool).await?;
        let mut lines: Vec<String> = pages.into_iter().filter(|line| line != "ok").collect();
        let orphans: Vec<(String, i64)> = sqlx::query_as(
            "SELECT \"table\", count(*) FROM pragma_foreign_key_check GROUP BY \"table\" ORDER BY 1",
        )
        .fetch_all(&self.pool)
        .await?;
        lines.extend(
            orphans
                .into_iter()
                .map(|(table, rows)| format!("{rows} rows of {table} belong to something that is not there")),
        );
        Ok(lines)
    }

    /// The first entry behind a row.
    pub(crate) async fn entry_behind(&self, row: i64) -> Result<Option<EntryClaim>, StoreError> {
        let claim = sqlx::query_as(
            "SELECT entries.rowid AS row, entries.case_id, entry_id, entries.team, entries.desk, size, sha256, received, receipt, letter, deleted
             FROM entries LEFT JOIN cases ON cases.case_id = entries.case_id WHERE entries.rowid > $1 ORDER BY entries.rowid LIMIT 1",
        );
        Ok(claim.bind(row).fetch_optional(&self.pool).await?)
    }

    /// The first blob behind a row.
    pub(crate) async fn blob_behind(&self, row: i64) -> Result<Option<BlobClaim>, StoreError> {
        let claim = sqlx::query_as(
            "SELECT blobs.rowid AS row, blobs.case_id, blob_id, team, desk, sha256, receipt
             FROM blobs JOIN cases ON cases.case_id = blobs.case_id WHERE blobs.rowid > $1 ORDER BY blobs.rowid LIMIT 1",
        );
        Ok(claim.bind(row).fetch_optional(&self.pool).await?)
    }

    /// A blob's chunks, by number.
    pub(crate) async fn chunks(&self, case: &str, blob: &str) -> Result<Vec<ChunkClaim>, StoreError> {
        let claims = sqlx::query_as(
            "SELECT n, size, sha256, object FROM chunks WHERE case_id = $1 AND blob_id = $2 ORDER BY n",
        );
        Ok(claims.bind(case).bind(blob).fetch_all(&self.pool).await?)
    }

    /// The first advisory behind a row.
    pub(crate) async fn advisory_behind(&self, row: i64) -> Result<Option<AdvisoryClaim>, StoreError> {
        let claim = sqlx::query_as(
            "SELECT rowid AS row, team, advisory_id, sha256, signed FROM advisories WHERE rowid > $1 ORDER BY rowid LIMIT 1",
        );
        Ok(claim.bind(row).fetch_optional(&self.pool).await?)
    }

    /// Every count that is not what the rows add up to. Each statement sees one moment, so that writers do no harm.
    pub(crate) async fn wrong_tallies(&self) -> Result<Vec<Tally>, StoreError> {
        let mut wrong = Vec::new();
        for statement in TALLIES {
            let tallies: Vec<Tally> = sqlx::query_as(statement).fetch_all(&self.pool).await?;
            wrong.extend(tallies);
        }
        Ok(wrong)
    }

    /// How many cases there are.
    pub(crate) async fn count_cases(&self) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar("SELECT count(*) FROM cases").fetch_one(&self.pool).await?)
    }

    /// The file of every chunk, in order.
    pub(crate) async fn objects(&self) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar("SELECT object FROM chunks ORDER BY object").fetch_all(&self.pool).await?)
    }

    /// Whether a chunk lies in that file, as of now.
    pub(crate) async fn names(&self, object: &str) -> Result<bool, StoreError> {
        let row: Option<i64> = sqlx::query_scalar("SELECT n FROM chunks WHERE object = $1")
            .bind(object)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.is_some())
    }

    /// Writes all of it, as of one moment, to a file that is not there. Nobody waits for that (sqlite.org/lang_vacuum.html).
    pub(crate) async fn copy_to(&self, file: &Path) -> Result<(), StoreError> {
        let name = file.to_str().ok_or_else(|| StoreError::Broken("the path is not text".to_owned()))?;
        sqlx::query("VACUUM INTO $1").bind(name).execute(&self.pool).await?;
        Ok(())
    }

    /// Lets go of the file.
    pub(crate) async fn close(self) {
        self.pool.close().await;
    }
}

const TALLIES: [&str; 4] = [
    "SELECT 'desk ' || desks.team || '/' || desks.desk AS place, 'rows of its feed' AS what, last_seq AS said, count(entries.desk_seq) AS found
     FROM desks LEFT JOIN entries ON entries.team = desks.team AND entries.desk = desks.desk
     GROUP BY desks.team, desks.desk HAVING last_seq <> count(entries.desk_seq) OR last_seq <> coalesce(max(desk_seq), 0)",
    "SELECT 'case ' || cases.case_id AS place, 'entries' AS what, last_seq AS said, count(entries.case_seq) AS found
     FROM cases LEFT JOIN entries ON entries.case_id = cases.case_id
     GROUP BY cases.case_id HAVING last_seq <> count(entries.case_seq) OR last_seq <> coalesce(max(case_seq), 0)",
    "SELECT 'desk ' || team || '/' || desk AS place, 'bytes stored' AS what, stored_bytes AS said, found FROM (
        SELECT desks.team, desks.desk, desks.stored_bytes,
               coalesce((SELECT sum(size) FROM entries WHERE entries.team = desks.team AND entries.desk = desks.desk), 0)
               + coalesce((SELECT sum(blobs.stored_bytes) FROM blobs JOIN cases ON cases.case_id = blobs.case_id
                           WHERE cases.team = desks.team AND cases.desk = desks.desk), 0) AS found
        FROM desks) WHERE stored_bytes <> found",
    "SELECT 'case ' || blobs.case_id || ', blob ' || blobs.blob_id AS place, 'bytes stored' AS what, stored_bytes AS said,
            coalesce(sum(chunks.size), 0) AS found
     FROM blobs LEFT JOIN chunks ON chunks.case_id = blobs.case_id AND chunks.blob_id = blobs.blob_id
     GROUP BY blobs.case_id, blobs.blob_id HAVING stored_bytes <> coalesce(sum(chunks.size), 0)",
];
