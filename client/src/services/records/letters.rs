//! Later letters: what was typed, kept until it is sealed, and from there until the relay has it.

use js_sys::Uint8Array;
use sealpost_client_core::draft::DraftRecord;
use sealpost_client_core::outbox::Item;
use sealpost_shared::CaseId;

use super::super::store::{self, Change, StoreError, Table};
use super::{draft_at, first, found, put, save_draft_at};

/// Where the letter lies that is being written in a case. No team's name has a colon.
fn draft_key(case: CaseId) -> String {
    format!("letter:{case}")
}

/// What was typed for a letter of this case and not sealed.
///
/// # Errors
/// When storage fails.
pub(crate) async fn draft(case: CaseId) -> Result<Option<DraftRecord>, StoreError> {
    draft_at(&draft_key(case)).await
}

/// Makes what was typed durable, and gives its new revision; nothing is forgotten.
///
/// # Errors
/// [`StoreError::Overtaken`] when another tab saved since the draft's revision, or why it is not durable.
pub(crate) async fn save_draft(case: CaseId, draft: &DraftRecord) -> Result<u64, StoreError> {
    save_draft_at(&draft_key(case), draft).await
}

/// Puts a sealed later letter into the outbox: item, bytes and the move of what it was made from, in one transaction.
///
/// # Errors
/// Why nothing was stored.
pub(crate) async fn queue(item: &Item, bytes: &[u8], draft: &DraftRecord) -> Result<(), StoreError> {
    let key = item.key();
    let changes = vec![
        put(Table::Outbox, &key, item)?,
        put(Table::Drafts, &key, draft)?,
        Change::Put(Table::Sealed, key, Uint8Array::from(bytes).into()),
    ];
    let writing = draft_key(item.case);
    store::change(
        &[(Table::Drafts, writing.clone())],
        Box::new(|reads| {
            // What another tab wrote since is not part of this letter, and stays.
            let stored: Option<DraftRecord> = found(first(&reads))?;
            let is_this = stored.is_some_and(|stored| stored.report.text == draft.report.text);
            let mut changes = changes.clone();
            changes.extend(is_this.then(|| Change::Delete(Table::Drafts, writing.clone())));
            Ok(changes)
        }),
    )
    .await
}

/// Takes a refused later letter back: its text is what is being written again.
///
/// # Errors
/// [`StoreError::Exists`] when another letter was begun meanwhile; nothing is changed then.
pub(crate) async fn take_back(item: &Item) -> Result<(), StoreError> {
    let (key, writing) = (item.key(), draft_key(item.case));
    store::change(
        &[(Table::Drafts, key.clone()), (Table::Drafts, writing.clone())],
        Box::new(|reads| {
            if matches!(reads.get(1), Some(Some(_))) {
                return Err(StoreError::Exists);
            }
            let draft: DraftRecord = found(first(&reads))?.ok_or(StoreError::Gone)?;
            Ok(vec![
                put(Table::Drafts, &writing, &draft)?,
                Change::Delete(Table::Drafts, key.clone()),
                Change::Delete(Table::Outbox, key.clone()),
                Change::Delete(Table::Sealed, key.clone()),
            ])
        }),
    )
    .await
}
