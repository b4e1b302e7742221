//! Deleting a case in SQLite: what it held goes, what lists need stays.

use sealpost_shared::CaseId;
use sealpost_shared::wire::v1::Deletion;

use super::{SqliteStore, Writing, find_case};
use crate::store::rows::deleter_text;
use crate::store::{Deleted, StoreError};

/// SHA-256 of no bytes: what stands for a letter that is gone.
pub(super) const NOTHING_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

impl SqliteStore {
    /// Deletes a case and all that it holds, in one transaction.
    pub(super) async fn delete(&self, case: CaseId, deletion: Deletion) -> Result<Deleted, StoreError> {
        let mut tx = self.begin().await?;
        let Some(record) = find_case(&mut tx, case).await? else { return Err(StoreError::NotFound) };
        if let Some(deletion) = record.deleted {
            return Ok(Deleted { deletion, objects: Vec::new() });
        }
        let letters = empty_letters(&mut tx, case).await?;
        let (objects, blobs) = remove_blobs(&mut tx, case).await?;
        self.charge_desk(&mut tx, &record.desk, -(letters + blobs)).await?;
        sqlx::query("DELETE FROM notices WHERE case_id = $1")
            .bind(case.to_string())
            .execute(&mut *tx)
            .await?;
        sqlx::query("UPDATE cases SET deleted = $2, deleted_by = $3 WHERE case_id = $1")
            .bind(case.to_string())
            .bind(deletion.at.seconds())
            .bind(deleter_text(deletion.by))
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(Deleted { deletion, objects })
    }
}

/// Takes the letters out of their rows; hands out how many bytes they had.
async fn empty_letters(tx: &mut Writing, case: CaseId) -> Result<i64, StoreError> {
    let bytes: i64 = sqlx::query_scalar("SELECT coalesce(sum(size), 0) FROM entries WHERE case_id = $1")
        .bind(case.to_string())
        .fetch_one(&mut **tx)
        .await?;
    sqlx::query("UPDATE entries SET size = 0, sha256 = $2, receipt = '', letter = x'' WHERE case_id = $1")
        .bind(case.to_string())
        .bind(NOTHING_SHA256)
        .execute(&mut **tx)
        .await?;
    Ok(bytes)
}

/// Removes every blob of a case; hands out their files and how many bytes they had.
async fn remove_blobs(tx: &mut Writing, case: CaseId) -> Result<(Vec<String>, i64), StoreError> {
    let objects = sqlx::query_scalar("DELETE FROM chunks WHERE case_id = $1 RETURNING object")
        .bind(case.to_string())
        .fetch_all(&mut **tx)
        .await?;
    let bytes: Vec<i64> = sqlx::query_scalar("DELETE FROM blobs WHERE case_id = $1 RETURNING stored_bytes")
        .bind(case.to_string())
        .fetch_all(&mut **tx)
        .await?;
    Ok((objects, bytes.iter().sum()))
}
