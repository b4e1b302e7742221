//! What goes another way than from a draft to its team: own copies, steps of the ladder, files, and cases that are only tracked.

use js_sys::Uint8Array;
use sealpost_client_core::case_record::{CaseRecord, StepOf};
use sealpost_client_core::outbox::{Item, State};
use sealpost_shared::id::Slug;
use sealpost_shared::{CaseId, Timestamp};
use wasm_bindgen::JsCast;

use super::super::store::{self, Change, StoreError, Table};
use super::{a_case, first, found, put};

/// Where the reporter's own sealed copy of a report lies, beside the outbox's.
fn copy_key(case: CaseId) -> String {
    format!("own-{case}")
}

pub(super) fn put_copy(case: CaseId, copy: &[u8]) -> Change {
    Change::Put(Table::Sealed, copy_key(case), Uint8Array::from(copy).into())
}

pub(super) fn delete_copy(case: CaseId) -> Change {
    Change::Delete(Table::Sealed, copy_key(case))
}

/// The reporter's own sealed copy of a report.
///
/// # Errors
/// When storage fails or there is none.
pub(crate) async fn own_copy(case: CaseId) -> Result<Vec<u8>, StoreError> {
    let value = store::get(Table::Sealed, &copy_key(case)).await?.ok_or(StoreError::Gone)?;
    value.dyn_into::<Uint8Array>().map(|bytes| bytes.to_vec()).map_err(|_| StoreError::Foreign)
}

/// Forgets the reporter's own copy, and a sealed file that was made for carrying.
///
/// # Errors
/// When it is not durable.
pub(crate) async fn forget_copy(case: CaseId) -> Result<(), StoreError> {
    let key = case.to_string();
    store::change(
        &[(Table::Cases, key.clone())],
        Box::new(|reads| {
            let mut record = a_case(first(&reads))?;
            record.own_copy = false;
            let mut changes = vec![put(Table::Cases, &key, &record)?, delete_copy(case)];
            changes.extend((!record.route.has_relay()).then(|| Change::Delete(Table::Sealed, key.clone())));
            Ok(changes)
        }),
    )
    .await
}

/// Takes a step and queues its letter, in one transaction: the step on the case's record, the new case, its item and its bytes.
///
/// # Errors
/// [`StoreError::Overtaken`] when another tab took the step or an answer closed the ladder, or why nothing was stored.
pub(crate) async fn queue_step(
    child: &CaseRecord,
    of: &StepOf,
    item: &Item,
    bytes: &[u8],
    now: Timestamp,
) -> Result<(), StoreError> {
    let (key, parent) = (child.case.to_string(), of.case.to_string());
    let changes = vec![
        put(Table::Cases, &key, child)?,
        put(Table::Outbox, &key, item)?,
        Change::Put(Table::Sealed, key.clone(), Uint8Array::from(bytes).into()),
    ];
    store::change(
        &[(Table::Cases, parent.clone()), (Table::Cases, key)],
        Box::new(|reads| {
            let mut record = a_case(first(&reads))?;
            let is_used = matches!(reads.get(1), Some(Some(_))) || record.next_index() != child.secret.index;
            if is_used || record.take_step(&of.step, now).is_err() {
                return Err(StoreError::Overtaken);
            }
            let mut changes = changes.clone();
            changes.push(put(Table::Cases, &parent, &record)?);
            Ok(changes)
        }),
    )
    .await
}

/// Takes a step back whose letter is still in the outbox: letter and case go, and the step is open again.
///
/// # Errors
/// [`StoreError::Overtaken`] when it is on its way or has arrived; nothing is changed then.
pub(crate) async fn take_back_step(child: CaseId, of: &StepOf) -> Result<(), StoreError> {
    let (key, parent) = (child.to_string(), of.case.to_string());
    let reads = [(Table::Outbox, key.clone()), (Table::Cases, key.clone()), (Table::Cases, parent.clone())];
    store::change(
        &reads,
        Box::new(|reads| {
            let read = |n: usize| reads.get(n).and_then(Option::as_ref);
            let item: Option<Item> = found(read(0))?;
            let is_here = item.is_some_and(|item| !matches!(item.state, State::Sending { .. }));
            if !is_here || a_case(read(1))?.events.sent().is_some() {
                return Err(StoreError::Overtaken);
            }
            let mut record = a_case(read(2))?;
            record.untake_step(&of.step);
            Ok(vec![
                put(Table::Cases, &parent, &record)?,
                Change::Delete(Table::Cases, key.clone()),
                Change::Delete(Table::Outbox, key.clone()),
                Change::Delete(Table::Sealed, key.clone()),
            ])
        }),
    )
    .await
}

/// A new case that no relay holds. With it, if it was sealed here: the sealed file, the own copy, and the draft it was made from.
///
/// # Errors
/// Why nothing was stored.
pub(crate) async fn keep_case(
    record: &CaseRecord,
    file: Option<(&[u8], Option<&[u8]>)>,
    draft: Option<&Slug>,
) -> Result<(), StoreError> {
    let key = record.case.to_string();
    let mut changes = vec![put(Table::Cases, &key, record)?];
    if let Some((bytes, own_copy)) = file {
        changes.push(Change::Put(Table::Sealed, key, Uint8Array::from(bytes).into()));
        changes.extend(own_copy.map(|copy| put_copy(record.case, copy)));
    }
    changes.extend(draft.map(|draft| Change::Delete(Table::Drafts, draft.to_string())));
    store::change(&[], Box::new(|_| Ok(changes.clone()))).await
}

/// Forgets a case that no relay holds, with everything that lies beside it.
///
/// # Errors
/// When it is not durable.
pub(crate) async fn delete_case(case: CaseId) -> Result<(), StoreError> {
    let key = case.to_string();
    let changes = vec![
        Change::Delete(Table::Cases, key.clone()),
        Change::Delete(Table::Sealed, key),
        delete_copy(case),
    ];
    store::change(&[], Box::new(|_| Ok(changes.clone()))).await
}
