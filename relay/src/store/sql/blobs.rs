//! Blobs and their chunks.

use async_trait::async_trait;
use sealpost_shared::limits::MAX_CASE_BLOBS;
use sealpost_shared::wire::v1::{Author, BlobInfo};
use sealpost_shared::{BlobId, CaseId, Timestamp};

use super::cases::{alone_with, charge_desk};
use super::database::{Tx, retrying};
use super::statement::{Statement, sql};
use super::{SqlStore, as_i64};
use crate::store::blobs::{BlobRecord, BlobRecords, ChunkStored, FilesShare, NewChunk, Sealed};
use crate::store::rows::{BlobInfoRow, BlobRow, ChunkRow, author_text, parse};
use crate::store::{DeskAddress, StoreError, Stored};

/// How many quarters of a desk's quota reporters' files may fill: the last is left to letters, so that a flood of files silences nobody.
const FILES_QUARTERS: u64 = 3;

fn select_blob(case: CaseId, blob: BlobId) -> Statement {
    sql("SELECT author, sha256, receipt FROM blobs WHERE case_id = $1 AND blob_id = $2")
        .bind(case.to_string())
        .bind(blob.to_string())
}

/// What stands under the chunk's number already.
async fn find_chunk(tx: &mut Tx, new: &NewChunk) -> Result<Option<ChunkStored>, StoreError> {
    let there = sql("SELECT sha256 FROM chunks WHERE case_id = $1 AND blob_id = $2 AND n = $3");
    let there = there.bind(new.case.to_string()).bind(new.blob.to_string()).bind(new.chunk.n);
    let there: Option<(String,)> = tx.on().optional(there).await?;
    match there {
        None => Ok(None),
        Some((sha256,)) if sha256 == new.chunk.sha256 => Ok(Some(ChunkStored::Again)),
        Some(_) => Err(StoreError::Conflict),
    }
}

async fn begin_blob(tx: &mut Tx, new: &NewChunk) -> Result<(), StoreError> {
    if new.chunk.n != 0 {
        return Err(StoreError::Incomplete);
    }
    let count = sql("SELECT count(*) FROM blobs WHERE case_id = $1").bind(new.case.to_string());
    let (blobs,): (i64,) = tx.on().one(count).await?;
    if blobs >= i64::from(MAX_CASE_BLOBS) {
        return Err(StoreError::Full);
    }
    let begin =
        sql("INSERT INTO blobs (case_id, blob_id, author, stored_bytes, touched) VALUES ($1, $2, $3, 0, $4)");
    let begin = begin.bind(new.case.to_string()).bind(new.blob.to_string()).bind(author_text(new.author));
    tx.on().run(begin.bind(new.received.seconds())).await?;
    Ok(())
}

/// Counts the chunk's bytes for its blob.
async fn charge_blob(tx: &mut Tx, new: &NewChunk) -> Result<(), StoreError> {
    let charge = sql("UPDATE blobs SET stored_bytes = stored_bytes + $3, touched = CASE WHEN touched < $4 THEN $4 ELSE touched END
         WHERE case_id = $1 AND blob_id = $2 RETURNING stored_bytes");
    let charge = charge.bind(new.case.to_string()).bind(new.blob.to_string());
    let (stored,): (i64,) =
        tx.on().one(charge.bind(as_i64(new.chunk.size)).bind(new.received.seconds())).await?;
    if stored > as_i64(new.max_blob_bytes) { Err(StoreError::TooLarge) } else { Ok(()) }
}

async fn insert_chunk(tx: &mut Tx, new: &NewChunk) -> Result<(), StoreError> {
    let insert =
        sql("INSERT INTO chunks (case_id, blob_id, n, size, sha256, object) VALUES ($1, $2, $3, $4, $5, $6)");
    let insert = insert.bind(new.case.to_string()).bind(new.blob.to_string()).bind(new.chunk.n);
    let insert = insert.bind(as_i64(new.chunk.size)).bind(new.chunk.sha256.as_str());
    tx.on().run(insert.bind(new.object.as_str())).await?;
    Ok(())
}

/// Forgets one blob if it is still unsealed and was not touched since; hands out its files.
async fn forget_blob(
    tx: &mut Tx,
    case: CaseId,
    blob: &str,
    before: Timestamp,
) -> Result<Vec<String>, StoreError> {
    let Some(record) = alone_with(tx, case).await? else { return Ok(Vec::new()) };
    let stale = sql(
        "SELECT stored_bytes FROM blobs WHERE case_id = $1 AND blob_id = $2 AND sha256 IS NULL AND touched < $3",
    );
    let stale = stale.bind(case.to_string()).bind(blob).bind(before.seconds());
    let stale: Option<(i64,)> = tx.on().optional(stale).await?;
    let Some((stored,)) = stale else { return Ok(Vec::new()) };
    let chunks = sql("DELETE FROM chunks WHERE case_id = $1 AND blob_id = $2 RETURNING object");
    let objects: Vec<(String,)> = tx.on().all(chunks.bind(case.to_string()).bind(blob)).await?;
    let row = sql("DELETE FROM blobs WHERE case_id = $1 AND blob_id = $2");
    tx.on().run(row.bind(case.to_string()).bind(blob)).await?;
    charge_desk(tx, &record.desk, -stored).await?;
    Ok(objects.into_iter().map(|(object,)| object).collect())
}

impl SqlStore {
    /// The bytes of a desk from which on it takes no more files of reporters.
    const fn files_most(&self) -> u64 {
        self.desk_quota_bytes / 4 * FILES_QUARTERS
    }

    async fn add_chunk_once(&self, new: &NewChunk) -> Result<ChunkStored, StoreError> {
        let mut tx = self.database.begin().await?;
        let case = alone_with(&mut tx, new.case).await?.filter(|case| case.deleted.is_none());
        let Some(case) = case else { return Err(StoreError::NotFound) };
        let blob: Option<BlobRow> = tx.on().optional(select_blob(new.case, new.blob)).await?;
        match blob {
            None => begin_blob(&mut tx, new).await?,
            Some(blob) if blob.author != author_text(new.author) => return Err(StoreError::Conflict),
            Some(blob) => {
                if let Some(again) = find_chunk(&mut tx, new).await? {
                    return Ok(again);
                }
                if blob.sha256.is_some() {
                    return Err(StoreError::Conflict);
                }
            }
        }
        charge_blob(&mut tx, new).await?;
        let held = charge_desk(&mut tx, &case.desk, as_i64(new.chunk.size)).await?;
        if held > self.files_most() && new.author == Author::Reporter {
            return Err(StoreError::Full);
        }
        insert_chunk(&mut tx, new).await?;
        tx.commit().await?;
        Ok(ChunkStored::New)
    }

    async fn seal_once(
        &self,
        case: CaseId,
        blob: BlobId,
        chunks: u32,
        sealed: &Sealed,
    ) -> Result<Stored, StoreError> {
        let mut tx = self.database.begin().await?;
        alone_with(&mut tx, case).await?.ok_or(StoreError::Incomplete)?;
        let row: Option<BlobRow> = tx.on().optional(select_blob(case, blob)).await?;
        let row = row.ok_or(StoreError::Incomplete)?;
        if let (Some(sha256), Some(receipt)) = (row.sha256, row.receipt) {
            let same = sha256 == sealed.sha256;
            return if same { Ok(Stored::Again { receipt }) } else { Err(StoreError::Conflict) };
        }
        let count = sql("SELECT count(*) FROM chunks WHERE case_id = $1 AND blob_id = $2");
        let (there,): (i64,) = tx.on().one(count.bind(case.to_string()).bind(blob.to_string())).await?;
        if there != i64::from(chunks) {
            return Err(StoreError::Incomplete);
        }
        let seal = sql("UPDATE blobs SET sha256 = $3, receipt = $4 WHERE case_id = $1 AND blob_id = $2");
        let seal = seal.bind(case.to_string()).bind(blob.to_string());
        tx.on().run(seal.bind(sealed.sha256.as_str()).bind(sealed.receipt.as_str())).await?;
        tx.commit().await?;
        Ok(Stored::New { receipt: sealed.receipt.clone() })
    }

    async fn forget_unsealed_once(&self, before: Timestamp) -> Result<Vec<String>, StoreError> {
        let mut tx = self.database.begin().await?;
        // In one order for all relays, so that none waits for one that waits for it.
        let stale = sql(
            "SELECT case_id, blob_id FROM blobs WHERE sha256 IS NULL AND touched < $1 ORDER BY case_id, blob_id",
        );
        let stale: Vec<(String, String)> = tx.on().all(stale.bind(before.seconds())).await?;
        let mut objects = Vec::new();
        for (case, blob) in stale {
            objects.extend(forget_blob(&mut tx, parse(&case, "a case id")?, &blob, before).await?);
        }
        tx.commit().await?;
        Ok(objects)
    }
}

#[async_trait]
impl BlobRecords for SqlStore {
    async fn add_chunk(&self, chunk: NewChunk) -> Result<ChunkStored, StoreError> {
        retrying(|| self.add_chunk_once(&chunk)).await
    }

    async fn files_share(&self, desk: &DeskAddress) -> Result<FilesShare, StoreError> {
        let held = sql("SELECT stored_bytes FROM desks WHERE team = $1 AND desk = $2");
        let held: Option<(i64,)> =
            self.database.optional(held.bind(desk.team.as_str()).bind(desk.desk.as_str())).await?;
        let held = held.and_then(|(held,)| u64::try_from(held).ok()).unwrap_or_default();
        Ok(FilesShare { held, most: self.files_most() })
    }

    async fn seal_blob(
        &self,
        case: CaseId,
        blob: BlobId,
        chunks: u32,
        sealed: Sealed,
    ) -> Result<Stored, StoreError> {
        retrying(|| self.seal_once(case, blob, chunks, &sealed)).await
    }

    async fn blob(&self, case: CaseId, blob: BlobId) -> Result<Option<BlobRecord>, StoreError> {
        // One snapshot for both, so that a blob and its chunks agree.
        let mut tx = self.database.snapshot().await?;
        let row: Option<BlobRow> = tx.on().optional(select_blob(case, blob)).await?;
        let Some(row) = row else { return Ok(None) };
        let chunks =
            sql("SELECT n, size, sha256, object FROM chunks WHERE case_id = $1 AND blob_id = $2 ORDER BY n");
        let chunks: Vec<ChunkRow> = tx.on().all(chunks.bind(case.to_string()).bind(blob.to_string())).await?;
        row.with(chunks).map(Some)
    }

    async fn blobs(&self, case: CaseId) -> Result<Vec<BlobInfo>, StoreError> {
        let blobs = sql("SELECT blob_id, author, stored_bytes, blobs.sha256,
                    (SELECT count(*) FROM chunks WHERE chunks.case_id = blobs.case_id AND chunks.blob_id = blobs.blob_id) AS chunks
             FROM blobs WHERE case_id = $1 ORDER BY blob_id");
        let rows: Vec<BlobInfoRow> = self.database.all(blobs.bind(case.to_string())).await?;
        rows.into_iter().map(BlobInfo::try_from).collect()
    }

    async fn forget_unsealed(&self, before: Timestamp) -> Result<Vec<String>, StoreError> {
        retrying(|| self.forget_unsealed_once(before)).await
    }

    async fn names_object(&self, object: &str) -> Result<bool, StoreError> {
        let found: Option<(i64,)> =
            self.database.optional(sql("SELECT n FROM chunks WHERE object = $1").bind(object)).await?;
        Ok(found.is_some())
    }
}
