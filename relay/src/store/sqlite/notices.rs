//! The queue of notices in SQLite.

use async_trait::async_trait;
use sealpost_shared::Timestamp;
use sealpost_shared::limits::MAX_PAGE_ROWS;

use super::{SqliteStore, Writing};
use crate::store::rows::NoticeRow;
use crate::store::{DeskAddress, NewEntry, Notice, Notices, StoreError};

/// Puts a letter into the queue, in the transaction that stores it.
pub(super) async fn enqueue(
    tx: &mut Writing,
    desk: &DeskAddress,
    entry: &NewEntry,
) -> Result<(), StoreError> {
    if !entry.notify {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO notices (team, desk, case_id, entry_id, tries, due) VALUES ($1, $2, $3, $4, 0, 0)",
    )
    .bind(desk.team.as_str())
    .bind(desk.desk.as_str())
    .bind(entry.case.to_string())
    .bind(entry.entry.to_string())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

#[async_trait]
impl Notices for SqliteStore {
    async fn due_notices(&self, now: Timestamp) -> Result<Vec<Notice>, StoreError> {
        let rows: Vec<NoticeRow> = sqlx::query_as(
            "SELECT id, team, desk, case_id, entry_id, tries FROM notices WHERE due <= $1 ORDER BY due, id LIMIT $2",
        )
        .bind(now.seconds())
        .bind(MAX_PAGE_ROWS)
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(Notice::try_from).collect()
    }

    async fn settle_notices(&self, ids: &[i64]) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        for id in ids {
            sqlx::query("DELETE FROM notices WHERE id = $1").bind(id).execute(&mut *tx).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn postpone_notices(&self, ids: &[i64], due: Timestamp, tried: bool) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        for id in ids {
            sqlx::query("UPDATE notices SET due = $2, tries = tries + $3 WHERE id = $1")
                .bind(id)
                .bind(due.seconds())
                .bind(i64::from(tried))
                .execute(&mut *tx)
                .await?;
        }
        Ok(tx.commit().await?)
    }
}
