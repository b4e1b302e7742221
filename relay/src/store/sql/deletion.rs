//! Deleting a case: what it held goes, what lists need stays.

use sealpost_shared::limits::MAX_PAGE_ROWS;
use sealpost_shared::wire::v1::{DeletedCase, Deletion};
use sealpost_shared::{CaseId, Timestamp};

use super::SqlStore;
use super::cases::{alone_with, charge_desk};
use super::database::Tx;
use super::statement::sql;
use crate::store::rows::{DeletedRow, deleter_text};
use crate::store::{Deleted, DeskAddress, StoreError};

/// SHA-256 of no bytes: what stands for a letter that is gone.
const NOTHING_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

impl SqlStore {
    /// Deletes a case and all that it holds, in one transaction.
    pub(super) async fn delete_once(&self, case: CaseId, deletion: Deletion) -> Result<Deleted, StoreError> {
        let mut tx = self.database.begin().await?;
        let Some(record) = alone_with(&mut tx, case).await? else { return Err(StoreError::NotFound) };
        if let Some(deletion) = record.deleted {
            return Ok(Deleted { deletion, objects: Vec::new() });
        }
        let letters = empty_letters(&mut tx, case).await?;
        let (objects, blobs) = remove_blobs(&mut tx, case).await?;
        charge_desk(&mut tx, &record.desk, -(letters + blobs)).await?;
        tx.on().run(sql("DELETE FROM notices WHERE case_id = $1").bind(case.to_string())).await?;
        let mark =
            sql("UPDATE cases SET deleted = $2, deleted_by = $3 WHERE case_id = $1").bind(case.to_string());
        tx.on().run(mark.bind(deletion.at.seconds()).bind(deleter_text(deletion.by))).await?;
        tx.commit().await?;
        Ok(Deleted { deletion, objects })
    }
}

impl SqlStore {
    /// Reads what was deleted at a desk.
    pub(super) async fn read_deletions(
        &self,
        desk: &DeskAddress,
        since: Timestamp,
        after: Option<CaseId>,
    ) -> Result<Vec<DeletedCase>, StoreError> {
        // No id is smaller than the empty text.
        let after = after.map_or_else(String::new, |case| case.to_string());
        let deleted = sql("SELECT case_id, deleted, deleted_by FROM cases
             WHERE team = $1 AND desk = $2 AND (deleted > $3 OR (deleted = $3 AND case_id > $4))
             ORDER BY deleted, case_id LIMIT $5");
        let deleted = deleted.bind(desk.team.as_str()).bind(desk.desk.as_str()).bind(since.seconds());
        let rows: Vec<DeletedRow> = self.database.all(deleted.bind(after).bind(MAX_PAGE_ROWS)).await?;
        rows.into_iter().map(DeletedCase::try_from).collect()
    }
}

/// Takes the letters out of their rows; hands out how many bytes they had.
async fn empty_letters(tx: &mut Tx, case: CaseId) -> Result<i64, StoreError> {
    let sum = sql("SELECT CAST(coalesce(sum(size), 0) AS BIGINT) FROM entries WHERE case_id = $1");
    let (bytes,): (i64,) = tx.on().one(sum.bind(case.to_string())).await?;
    let empty = sql("UPDATE entries SET size = 0, sha256 = $2, receipt = '', letter = $3 WHERE case_id = $1");
    tx.on().run(empty.bind(case.to_string()).bind(NOTHING_SHA256).bind(&[][..])).await?;
    Ok(bytes)
}

/// Removes every blob of a case; hands out their files and how many bytes they had.
async fn remove_blobs(tx: &mut Tx, case: CaseId) -> Result<(Vec<String>, i64), StoreError> {
    let chunks = sql("DELETE FROM chunks WHERE case_id = $1 RETURNING object").bind(case.to_string());
    let objects: Vec<(String,)> = tx.on().all(chunks).await?;
    let blobs = sql("DELETE FROM blobs WHERE case_id = $1 RETURNING stored_bytes").bind(case.to_string());
    let bytes: Vec<(i64,)> = tx.on().all(blobs).await?;
    Ok((objects.into_iter().map(|(object,)| object).collect(), bytes.iter().map(|(bytes,)| bytes).sum()))
}
