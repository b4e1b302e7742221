//! Blobs in SQLite.

use async_trait::async_trait;
use sealpost_shared::limits::MAX_CASE_BLOBS;
use sealpost_shared::wire::v1::{Author, BlobInfo};
use sealpost_shared::{BlobId, CaseId, Timestamp};

use super::{SqliteStore, Writing, find_case};
use crate::store::blobs::{BlobRecord, BlobRecords, ChunkStored, NewChunk, Sealed};
use crate::store::rows::{BlobInfoRow, BlobRow, ChunkRow, author_text};
use crate::store::{DeskAddress, StoreError, Stored};

/// How many quarters of a desk's quota reporters' files may fill: the last is left to letters, so that a flood of files silences nobody.
const FILES_QUARTERS: u64 = 3;

fn as_i64(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

async fn find_blob(tx: &mut Writing, case: CaseId, blob: BlobId) -> Result<Option<BlobRow>, StoreError> {
    let row = sqlx::query_as("SELECT author, sha256, receipt FROM blobs WHERE case_id = $1 AND blob_id = $2");
    Ok(row.bind(case.to_string()).bind(blob.to_string()).fetch_optional(&mut **tx).await?)
}

/// What stands under the chunk's number already.
async fn find_chunk(tx: &mut Writing, new: &NewChunk) -> Result<Option<ChunkStored>, StoreError> {
    let there: Option<String> =
        sqlx::query_scalar("SELECT sha256 FROM chunks WHERE case_id = $1 AND blob_id = $2 AND n = $3")
            .bind(new.case.to_string())
            .bind(new.blob.to_string())
            .bind(new.chunk.n)
            .fetch_optional(&mut **tx)
            .await?;
    match there {
        None => Ok(None),
        Some(sha256) if sha256 == new.chunk.sha256 => Ok(Some(ChunkStored::Again)),
        Some(_) => Err(StoreError::Conflict),
    }
}

async fn begin_blob(tx: &mut Writing, new: &NewChunk) -> Result<(), StoreError> {
    if new.chunk.n != 0 {
        return Err(StoreError::Incomplete);
    }
    let blobs: i64 = sqlx::query_scalar("SELECT count(*) FROM blobs WHERE case_id = $1")
        .bind(new.case.to_string())
        .fetch_one(&mut **tx)
        .await?;
    if blobs >= i64::from(MAX_CASE_BLOBS) {
        return Err(StoreError::Full);
    }
    sqlx::query(
        "INSERT INTO blobs (case_id, blob_id, author, stored_bytes, touched) VALUES ($1, $2, $3, 0, $4)",
    )
    .bind(new.case.to_string())
    .bind(new.blob.to_string())
    .bind(author_text(new.author))
    .bind(new.received.seconds())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Counts the chunk's bytes for its blob.
async fn charge_blob(tx: &mut Writing, new: &NewChunk) -> Result<(), StoreError> {
    let stored: i64 = sqlx::query_scalar(
        "UPDATE blobs SET stored_bytes = stored_bytes + $3, touched = max(touched, $4)
         WHERE case_id = $1 AND blob_id = $2 RETURNING stored_bytes",
    )
    .bind(new.case.to_string())
    .bind(new.blob.to_string())
    .bind(as_i64(new.chunk.size))
    .bind(new.received.seconds())
    .fetch_one(&mut **tx)
    .await?;
    if stored > as_i64(new.max_blob_bytes) { Err(StoreError::TooLarge) } else { Ok(()) }
}

impl SqliteStore {
    /// Counts bytes for a desk; takes them off with a negative number. Hands out what the desk holds then.
    pub(super) async fn charge_desk(
        &self,
        tx: &mut Writing,
        desk: &DeskAddress,
        bytes: i64,
    ) -> Result<u64, StoreError> {
        let stored: i64 = sqlx::query_scalar(
            "UPDATE desks SET stored_bytes = stored_bytes + $3 WHERE team = $1 AND desk = $2 RETURNING stored_bytes",
        )
        .bind(desk.team.as_str())
        .bind(desk.desk.as_str())
        .bind(bytes)
        .fetch_one(&mut **tx)
        .await?;
        Ok(u64::try_from(stored).unwrap_or_default())
    }

    async fn insert_chunk(&self, tx: &mut Writing, new: &NewChunk) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO chunks (case_id, blob_id, n, size, sha256, object) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(new.case.to_string())
        .bind(new.blob.to_string())
        .bind(new.chunk.n)
        .bind(as_i64(new.chunk.size))
        .bind(&new.chunk.sha256)
        .bind(&new.object)
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    /// Forgets one unsealed blob; hands out its files.
    async fn forget_blob(
        &self,
        tx: &mut Writing,
        case: CaseId,
        blob: &str,
    ) -> Result<Vec<String>, StoreError> {
        let objects =
            sqlx::query_scalar("DELETE FROM chunks WHERE case_id = $1 AND blob_id = $2 RETURNING object")
                .bind(case.to_string())
                .bind(blob)
                .fetch_all(&mut **tx)
                .await?;
        let stored: i64 = sqlx::query_scalar(
            "DELETE FROM blobs WHERE case_id = $1 AND blob_id = $2 RETURNING stored_bytes",
        )
        .bind(case.to_string())
        .bind(blob)
        .fetch_one(&mut **tx)
        .await?;
        let Some(record) = find_case(tx, case).await? else { return Err(StoreError::NotFound) };
        self.charge_desk(tx, &record.desk, -stored).await?;
        Ok(objects)
    }
}

#[async_trait]
impl BlobRecords for SqliteStore {
    async fn add_chunk(&self, new: NewChunk) -> Result<ChunkStored, StoreError> {
        let mut tx = self.begin().await?;
        let case = find_case(&mut tx, new.case).await?.filter(|case| case.deleted.is_none());
        let Some(case) = case else { return Err(StoreError::NotFound) };
        match find_blob(&mut tx, new.case, new.blob).await? {
            None => begin_blob(&mut tx, &new).await?,
            Some(blob) if blob.author != author_text(new.author) => return Err(StoreError::Conflict),
            Some(blob) => {
                if let Some(again) = find_chunk(&mut tx, &new).await? {
                    return Ok(again);
                }
                if blob.sha256.is_some() {
                    return Err(StoreError::Conflict);
                }
            }
        }
        charge_blob(&mut tx, &new).await?;
        let held = self.charge_desk(&mut tx, &case.desk, as_i64(new.chunk.size)).await?;
        if held > self.desk_quota_bytes / 4 * FILES_QUARTERS && new.author == Author::Reporter {
            return Err(StoreError::Full);
        }
        self.insert_chunk(&mut tx, &new).await?;
        tx.commit().await?;
        Ok(ChunkStored::New)
    }

    async fn seal_blob(
        &self,
        case: CaseId,
        blob: BlobId,
        chunks: u32,
        sealed: Sealed,
    ) -> Result<Stored, StoreError> {
        let mut tx = self.begin().await?;
        let Some(row) = find_blob(&mut tx, case, blob).await? else { return Err(StoreError::Incomplete) };
        if let (Some(sha256), Some(receipt)) = (row.sha256, row.receipt) {
            return if sha256 == sealed.sha256 {
                Ok(Stored::Again { receipt })
            } else {
                Err(StoreError::Conflict)
            };
        }
        let there: i64 =
            sqlx::query_scalar("SELECT count(*) FROM chunks WHERE case_id = $1 AND blob_id = $2")
                .bind(case.to_string())
                .bind(blob.to_string())
                .fetch_one(&mut *tx)
                .await?;
        if there != i64::from(chunks) {
            return Err(StoreError::Incomplete);
        }
        sqlx::query("UPDATE blobs SET sha256 = $3, receipt = $4 WHERE case_id = $1 AND blob_id = $2")
            .bind(case.to_string())
            .bind(blob.to_string())
            .bind(sealed.sha256)
            .bind(&sealed.receipt)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(Stored::New { receipt: sealed.receipt })
    }

    async fn blob(&self, case: CaseId, blob: BlobId) -> Result<Option<BlobRecord>, StoreError> {
        // One snapshot for both, so that a blob and its chunks agree.
        let mut tx = self.readers.begin().await?;
        let row: Option<BlobRow> =
            sqlx::query_as("SELECT author, sha256, receipt FROM blobs WHERE case_id = $1 AND blob_id = $2")
                .bind(case.to_string())
                .bind(blob.to_string())
                .fetch_optional(&mut *tx)
                .await?;
        let Some(row) = row else { return Ok(None) };
        let chunks: Vec<ChunkRow> = sqlx::query_as(
            "SELECT n, size, sha256, object FROM chunks WHERE case_id = $1 AND blob_id = $2 ORDER BY n",
        )
        .bind(case.to_string())
        .bind(blob.to_string())
        .fetch_all(&mut *tx)
        .await?;
        row.with(chunks).map(Some)
    }

    async fn blobs(&self, case: CaseId) -> Result<Vec<BlobInfo>, StoreError> {
        let rows: Vec<BlobInfoRow> = sqlx::query_as(
            "SELECT blob_id, author, stored_bytes, blobs.sha256,
                    (SELECT count(*) FROM chunks WHERE chunks.case_id = blobs.case_id AND chunks.blob_id = blobs.blob_id) AS chunks
             FROM blobs WHERE case_id = $1 ORDER BY blob_id",
        )
        .bind(case.to_string())
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(BlobInfo::try_from).collect()
    }

    async fn forget_unsealed(&self, before: Timestamp) -> Result<Vec<String>, StoreError> {
        let mut tx = self.begin().await?;
        let stale: Vec<(String, String)> =
            sqlx::query_as("SELECT case_id, blob_id FROM blobs WHERE sha256 IS NULL AND touched < $1")
                .bind(before.seconds())
                .fetch_all(&mut *tx)
                .await?;
        let mut objects = Vec::new();
        for (case, blob) in stale {
            let case = case.parse().map_err(|_| StoreError::Broken("a case id is malformed".to_owned()))?;
            objects.extend(self.forget_blob(&mut tx, case, &blob).await?);
        }
        tx.commit().await?;
        Ok(objects)
    }

    async fn names_object(&self, object: &str) -> Result<bool, StoreError> {
        let found: Option<i64> = sqlx::query_scalar("SELECT n FROM chunks WHERE object = $1")
            .bind(object)
            .fetch_optional(&self.readers)
            .await?;
        Ok(found.is_some())
    }
}
