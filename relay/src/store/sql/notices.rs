//! The queue of notices.

use async_trait::async_trait;
use sealpost_shared::Timestamp;
use sealpost_shared::limits::MAX_PAGE_ROWS;

use super::SqlStore;
use super::database::{Tx, retrying};
use super::statement::sql;
use crate::store::rows::NoticeRow;
use crate::store::{DeskAddress, NewEntry, Notice, Notices, StoreError};

/// How long a relay has for what it took from a shared queue: longer than any mail server is waited for.
const CLAIM_SECONDS: i64 = 600;

/// Puts a letter into the queue, in the transaction that stores it.
pub(super) async fn enqueue(tx: &mut Tx, desk: &DeskAddress, entry: &NewEntry) -> Result<(), StoreError> {
    if !entry.notify {
        return Ok(());
    }
    let enqueue =
        sql("INSERT INTO notices (team, desk, case_id, entry_id, tries, due) VALUES ($1, $2, $3, $4, 0, 0)");
    let enqueue = enqueue.bind(desk.team.as_str()).bind(desk.desk.as_str());
    tx.on().run(enqueue.bind(entry.case.to_string()).bind(entry.entry.to_string())).await?;
    Ok(())
}

impl SqlStore {
    /// Takes those that no other relay is about to take, too.
    async fn claim_once(&self, now: Timestamp) -> Result<Vec<NoticeRow>, StoreError> {
        let mut tx = self.database.begin().await?;
        let claim = sql("WITH mine AS (SELECT id FROM notices WHERE due <= $1 ORDER BY due, id LIMIT $2 FOR UPDATE SKIP LOCKED),
                claimed AS (UPDATE notices SET due = $3 FROM mine WHERE notices.id = mine.id
                    RETURNING notices.id, team, desk, case_id, entry_id, tries)
             SELECT id, team, desk, case_id, entry_id, tries FROM claimed ORDER BY id");
        let claim = claim.bind(now.seconds()).bind(MAX_PAGE_ROWS).bind(now.seconds() + CLAIM_SECONDS);
        let rows = tx.on().all(claim).await?;
        tx.commit().await?;
        Ok(rows)
    }

    async fn settle_once(&self, ids: &[i64]) -> Result<(), StoreError> {
        let mut tx = self.database.begin().await?;
        for id in ids {
            tx.on().run(sql("DELETE FROM notices WHERE id = $1").bind(*id)).await?;
        }
        tx.commit().await
    }

    async fn postpone_once(&self, ids: &[i64], due: Timestamp, tried: bool) -> Result<(), StoreError> {
        let mut tx = self.database.begin().await?;
        for id in ids {
            let postpone = sql("UPDATE notices SET due = $2, tries = tries + $3 WHERE id = $1");
            tx.on().run(postpone.bind(*id).bind(due.seconds()).bind(i64::from(tried))).await?;
        }
        tx.commit().await
    }
}

#[async_trait]
impl Notices for SqlStore {
    async fn due_notices(&self, now: Timestamp) -> Result<Vec<Notice>, StoreError> {
        let rows: Vec<NoticeRow> = if self.database.is_shared() {
            retrying(|| self.claim_once(now)).await?
        } else {
            let due = sql(
                "SELECT id, team, desk, case_id, entry_id, tries FROM notices WHERE due <= $1 ORDER BY due, id LIMIT $2",
            );
            self.database.all(due.bind(now.seconds()).bind(MAX_PAGE_ROWS)).await?
        };
        rows.into_iter().map(Notice::try_from).collect()
    }

    async fn settle_notices(&self, ids: &[i64]) -> Result<(), StoreError> {
        retrying(|| self.settle_once(ids)).await
    }

    async fn postpone_notices(&self, ids: &[i64], due: Timestamp, tried: bool) -> Result<(), StoreError> {
        retrying(|| self.postpone_once(ids, due, tried)).await
    }
}
