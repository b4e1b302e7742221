//! Opening cases and appending to them. Who writes is alone with the desk from before the numbers are given until the commit: numbers become
//! visible in their order, without a gap.

use sealpost_shared::CaseId;
use sealpost_shared::limits::MAX_CASE_ENTRIES;
use sealpost_shared::wire::v1::Author;

use super::database::{Alone, Tx};
use super::statement::{Statement, sql};
use super::{SqlStore, as_i64, notices};
use crate::store::rows::{CaseRow, TakenRow, author_text};
use crate::store::{CaseRecord, DeskAddress, NewCase, NewEntry, StoreError, Stored};

/// One case.
pub(super) fn select(case: CaseId) -> Statement {
    sql("SELECT team, desk, capability_sha256, deleted, deleted_by FROM cases WHERE case_id = $1")
        .bind(case.to_string())
}

async fn find(tx: &mut Tx, case: CaseId) -> Result<Option<CaseRecord>, StoreError> {
    let row: Option<CaseRow> = tx.on().optional(select(case)).await?;
    row.map(CaseRecord::try_from).transpose()
}

/// The case as it is once this transaction is alone with its desk.
pub(super) async fn alone_with(tx: &mut Tx, case: CaseId) -> Result<Option<CaseRecord>, StoreError> {
    let Some(record) = find(tx, case).await? else { return Ok(None) };
    tx.alone(Alone::Desk(&record.desk)).await?;
    find(tx, case).await
}

/// Counts bytes for a desk; takes them off with a negative number. Hands out what the desk holds then.
pub(super) async fn charge_desk(tx: &mut Tx, desk: &DeskAddress, bytes: i64) -> Result<u64, StoreError> {
    let charge = sql(
        "UPDATE desks SET stored_bytes = stored_bytes + $3 WHERE team = $1 AND desk = $2 RETURNING stored_bytes",
    );
    let (stored,): (i64,) =
        tx.on().one(charge.bind(desk.team.as_str()).bind(desk.desk.as_str()).bind(bytes)).await?;
    Ok(u64::try_from(stored).unwrap_or_default())
}

/// What stands under the entry's id already: nothing, the same (then its receipt), or something else.
async fn find_same(tx: &mut Tx, entry: &NewEntry) -> Result<Option<String>, StoreError> {
    let there = sql("SELECT author, sha256, receipt FROM entries WHERE case_id = $1 AND entry_id = $2");
    let there = there.bind(entry.case.to_string()).bind(entry.entry.to_string());
    let row: Option<TakenRow> = tx.on().optional(there).await?;
    match row {
        None => Ok(None),
        Some(row) if row.sha256 == entry.sha256 && row.author == author_text(entry.author) => {
            Ok(Some(row.receipt))
        }
        Some(_) => Err(StoreError::Conflict),
    }
}

async fn next_case_seq(tx: &mut Tx, entry: &NewEntry) -> Result<i64, StoreError> {
    let next = sql("UPDATE cases SET last_seq = last_seq + 1,
             last_received = CASE WHEN last_received < $2 THEN $2 ELSE last_received END
         WHERE case_id = $1 AND deleted IS NULL RETURNING last_seq");
    let next = next.bind(entry.case.to_string()).bind(entry.received.seconds());
    let seq: Option<(i64,)> = tx.on().optional(next).await?;
    match seq {
        None => Err(StoreError::NotFound),
        Some((seq,)) if seq > i64::from(MAX_CASE_ENTRIES) => Err(StoreError::Full),
        Some((seq,)) => Ok(seq),
    }
}

impl SqlStore {
    pub(super) async fn open_case_once(&self, case: &NewCase) -> Result<Stored, StoreError> {
        let mut tx = self.database.begin().await?;
        tx.alone(Alone::Desk(&case.desk)).await?;
        if let Some(there) = find(&mut tx, case.first.case).await? {
            let mine = there.capability.matches(&case.capability) && there.desk == case.desk;
            return match find_same(&mut tx, &case.first).await? {
                Some(receipt) if mine => Ok(Stored::Again { receipt }),
                _ => Err(StoreError::Conflict),
            };
        }
        let open = sql(
            "INSERT INTO cases (case_id, team, desk, capability_sha256, last_seq) VALUES ($1, $2, $3, $4, 0)",
        );
        let open = open.bind(case.first.case.to_string()).bind(case.desk.team.as_str());
        tx.on().run(open.bind(case.desk.desk.as_str()).bind(case.capability.as_str())).await?;
        self.insert(tx, &case.desk, &case.first).await
    }

    pub(super) async fn append_once(&self, entry: &NewEntry) -> Result<Stored, StoreError> {
        let mut tx = self.database.begin().await?;
        let Some(case) = alone_with(&mut tx, entry.case).await? else { return Err(StoreError::NotFound) };
        if let Some(receipt) = find_same(&mut tx, entry).await? {
            return Ok(Stored::Again { receipt });
        }
        self.insert(tx, &case.desk, entry).await
    }

    /// Numbers and writes an entry whose id is free, and commits.
    async fn insert(&self, mut tx: Tx, desk: &DeskAddress, entry: &NewEntry) -> Result<Stored, StoreError> {
        let desk_seq = self.next_desk_seq(&mut tx, desk, entry).await?;
        let case_seq = next_case_seq(&mut tx, entry).await?;
        notices::enqueue(&mut tx, desk, entry).await?;
        let insert = sql(
            "INSERT INTO entries (case_id, entry_id, case_seq, team, desk, desk_seq, author, size, sha256, received, receipt, letter)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        );
        let insert = insert.bind(entry.case.to_string()).bind(entry.entry.to_string()).bind(case_seq);
        let insert = insert.bind(desk.team.as_str()).bind(desk.desk.as_str()).bind(desk_seq);
        let insert = insert.bind(author_text(entry.author)).bind(as_i64(entry.letter.len() as u64));
        let insert = insert.bind(entry.sha256.as_str()).bind(entry.received.seconds());
        tx.on().run(insert.bind(entry.receipt.as_str()).bind(entry.letter.as_slice())).await?;
        tx.commit().await?;
        Ok(Stored::New { receipt: entry.receipt.clone() })
    }

    async fn next_desk_seq(
        &self,
        tx: &mut Tx,
        desk: &DeskAddress,
        entry: &NewEntry,
    ) -> Result<i64, StoreError> {
        let next = sql("INSERT INTO desks (team, desk, last_seq, stored_bytes) VALUES ($1, $2, 1, $3)
             ON CONFLICT (team, desk) DO UPDATE
             SET last_seq = desks.last_seq + 1, stored_bytes = desks.stored_bytes + excluded.stored_bytes
             RETURNING last_seq, stored_bytes");
        let next = next.bind(desk.team.as_str()).bind(desk.desk.as_str());
        let (seq, stored): (i64, i64) = tx.on().one(next.bind(as_i64(entry.letter.len() as u64))).await?;
        let over = u64::try_from(stored).is_ok_and(|stored| stored > self.desk_quota_bytes);
        if over && entry.author == Author::Reporter { Err(StoreError::Full) } else { Ok(seq) }
    }
}
