//! A database seen from outside, while a relay may be writing to it: nothing is changed, and no row is believed before it was checked.

use std::path::Path;

use super::DatabaseAddress;
use super::database::Database;
use super::statement::sql;
use crate::store::StoreError;

/// An entry as it stands in its row, and the desk and number it claims.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct EntryClaim {
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

/// One database, opened for reading only.
#[derive(Debug)]
pub(crate) struct Inspection {
    database: Database,
}

impl Inspection {
    /// Opens a database that is there.
    ///
    /// # Errors
    /// When it is no database, or its tables are of another version than this program's.
    pub(crate) async fn open(address: &DatabaseAddress) -> Result<Self, StoreError> {
        Ok(Self { database: Database::open_to_read(address).await? })
    }

    /// What SQLite itself finds wrong with pages, indexes and references, at most a hundred lines of the first two. A server sees to that
    /// by itself.
    pub(crate) async fn damage(&self) -> Result<Vec<String>, StoreError> {
        if matches!(self.database, Database::Postgres { .. }) {
            return Ok(Vec::new());
        }
        let pages: Vec<(String,)> = self.database.all(sql("PRAGMA integrity_check")).await?;
        let mut lines: Vec<String> =
            pages.into_iter().map(|(line,)| line).filter(|line| line != "ok").collect();
        let orphans =
            sql("SELECT \"table\", count(*) FROM pragma_foreign_key_check GROUP BY \"table\" ORDER BY 1");
        let orphans: Vec<(String, i64)> = self.database.all(orphans).await?;
        lines.extend(
            orphans
                .into_iter()
                .map(|(table, rows)| format!("{rows} rows of {table} belong to something that is not there")),
        );
        Ok(lines)
    }

    /// The first entry behind a case and entry; the very first behind two empty texts.
    pub(crate) async fn entry_behind(
        &self,
        (case, entry): (&str, &str),
    ) -> Result<Option<EntryClaim>, StoreError> {
        let claim = sql(
            "SELECT entries.case_id, entry_id, entries.team, entries.desk, size, sha256, received, receipt, letter, deleted
             FROM entries LEFT JOIN cases ON cases.case_id = entries.case_id
             WHERE (entries.case_id, entry_id) > ($1, $2) ORDER BY entries.case_id, entry_id LIMIT 1",
        );
        self.database.optional(claim.bind(case).bind(entry)).await
    }

    /// The first blob behind a case and blob.
    pub(crate) async fn blob_behind(
        &self,
        (case, blob): (&str, &str),
    ) -> Result<Option<BlobClaim>, StoreError> {
        let claim = sql("SELECT blobs.case_id, blob_id, team, desk, sha256, receipt
             FROM blobs JOIN cases ON cases.case_id = blobs.case_id
             WHERE (blobs.case_id, blob_id) > ($1, $2) ORDER BY blobs.case_id, blob_id LIMIT 1");
        self.database.optional(claim.bind(case).bind(blob)).await
    }

    /// A blob's chunks, by number.
    pub(crate) async fn chunks(&self, case: &str, blob: &str) -> Result<Vec<ChunkClaim>, StoreError> {
        let claims =
            sql("SELECT n, size, sha256, object FROM chunks WHERE case_id = $1 AND blob_id = $2 ORDER BY n");
        self.database.all(claims.bind(case).bind(blob)).await
    }

    /// The first advisory behind a team and advisory.
    pub(crate) async fn advisory_behind(
        &self,
        (team, advisory): (&str, &str),
    ) -> Result<Option<AdvisoryClaim>, StoreError> {
        let claim = sql("SELECT team, advisory_id, sha256, signed FROM advisories
             WHERE (team, advisory_id) > ($1, $2) ORDER BY team, advisory_id LIMIT 1");
        self.database.optional(claim.bind(team).bind(advisory)).await
    }

    /// Every count that is not what the rows add up to. Each statement sees one moment, so that writers do no harm.
    pub(crate) async fn wrong_tallies(&self) -> Result<Vec<Tally>, StoreError> {
        let mut wrong = Vec::new();
        for statement in TALLIES {
            let tallies: Vec<Tally> = self.database.all(sql(statement)).await?;
            wrong.extend(tallies);
        }
        Ok(wrong)
    }

    /// How many cases there are.
    pub(crate) async fn count_cases(&self) -> Result<i64, StoreError> {
        let count: Option<(i64,)> = self.database.optional(sql("SELECT count(*) FROM cases")).await?;
        Ok(count.map(|(count,)| count).unwrap_or_default())
    }

    /// The file of every chunk, in order.
    pub(crate) async fn objects(&self) -> Result<Vec<String>, StoreError> {
        let objects: Vec<(String,)> =
            self.database.all(sql("SELECT object FROM chunks ORDER BY object")).await?;
        Ok(objects.into_iter().map(|(object,)| object).collect())
    }

    /// Whether a chunk lies in that file, as of now.
    pub(crate) async fn names(&self, object: &str) -> Result<bool, StoreError> {
        let row: Option<(i64,)> =
            self.database.optional(sql("SELECT n FROM chunks WHERE object = $1").bind(object)).await?;
        Ok(row.is_some())
    }

    /// Writes all of a SQLite file, as of one moment, to a file that is not there. Nobody waits for that (sqlite.org/lang_vacuum.html).
    pub(crate) async fn copy_to(&self, file: &Path) -> Result<(), StoreError> {
        let name = file.to_str().ok_or_else(|| StoreError::Broken("the path is not text".to_owned()))?;
        let _no_rows: Vec<(i64,)> = self.database.all(sql("VACUUM INTO $1").bind(name)).await?;
        Ok(())
    }

    /// Lets go of it.
    pub(crate) async fn close(self) {
        self.database.close().await;
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
               CAST(coalesce((SELECT sum(size) FROM entries WHERE entries.team = desks.team AND entries.desk = desks.desk), 0)
               + coalesce((SELECT sum(blobs.stored_bytes) FROM blobs JOIN cases ON cases.case_id = blobs.case_id
                           WHERE cases.team = desks.team AND cases.desk = desks.desk), 0) AS BIGINT) AS found
        FROM desks) AS tallies WHERE stored_bytes <> found",
    "SELECT 'case ' || blobs.case_id || ', blob ' || blobs.blob_id AS place, 'bytes stored' AS what, stored_bytes AS said,
            CAST(coalesce(sum(chunks.size), 0) AS BIGINT) AS found
     FROM blobs LEFT JOIN chunks ON chunks.case_id = blobs.case_id AND chunks.blob_id = blobs.blob_id
     GROUP BY blobs.case_id, blobs.blob_id HAVING stored_bytes <> coalesce(sum(chunks.size), 0)",
];
