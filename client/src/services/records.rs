//! The records in their stored form, and the transactions that move a report from draft to outbox to case.

use js_sys::Uint8Array;
use sealpost_client_core::case_record::{self, CaseRecord, StoredReceipt};
use sealpost_client_core::draft::{DraftRecord, Saving};
use sealpost_client_core::outbox::{self, Item};
use sealpost_client_core::team::KnownTeam;
use sealpost_client_core::upload::Upload;
use sealpost_shared::id::Slug;
use sealpost_shared::{CaseId, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};

use super::store::{self, Change, Read, StoreError, Table};
use super::{browser, json};

pub(crate) mod carried;
pub(crate) mod letters;
pub(crate) mod moved;

fn text_of(value: &impl Serialize) -> Result<JsValue, StoreError> {
    serde_json::to_string(value).map(|text| JsValue::from_str(&text)).map_err(|_| StoreError::Foreign)
}

pub(super) fn put(table: Table, key: &impl ToString, value: &impl Serialize) -> Result<Change, StoreError> {
    Ok(Change::Put(table, key.to_string(), text_of(value)?))
}

pub(super) fn parse<T: DeserializeOwned>(value: &JsValue) -> Result<T, StoreError> {
    let text = value.as_string().ok_or(StoreError::Foreign)?;
    json::read(text.as_bytes()).ok_or(StoreError::Foreign)
}

fn found<T: DeserializeOwned>(read: Option<&JsValue>) -> Result<Option<T>, StoreError> {
    read.map(parse).transpose()
}

pub(super) fn first(reads: &[Read]) -> Option<&JsValue> {
    reads.first()?.as_ref()
}

pub(super) fn a_case(read: Option<&JsValue>) -> Result<CaseRecord, StoreError> {
    let record: CaseRecord = found(read)?.ok_or(StoreError::Gone)?;
    if record.v == case_record::VERSION { Ok(record) } else { Err(StoreError::Foreign) }
}

/// The draft of a team, if there is one.
///
/// # Errors
/// When storage fails.
pub(crate) async fn draft(team: &Slug) -> Result<Option<DraftRecord>, StoreError> {
    draft_at(team.as_str()).await
}

async fn draft_at(key: &str) -> Result<Option<DraftRecord>, StoreError> {
    found(store::get(Table::Drafts, key).await?.as_ref())
}

/// Makes a draft durable, and gives its new revision; an empty one is forgotten.
///
/// # Errors
/// [`StoreError::Overtaken`] when another tab saved since the draft's revision, or why it is not durable.
pub(crate) async fn save_draft(team: &Slug, draft: &DraftRecord) -> Result<u64, StoreError> {
    save_draft_at(team.as_str(), draft).await
}

async fn save_draft_at(key: &str, draft: &DraftRecord) -> Result<u64, StoreError> {
    let mut revision = 0;
    store::change(
        &[(Table::Drafts, key.to_owned())],
        Box::new(|reads| {
            let stored: Option<DraftRecord> = found(first(&reads))?;
            match draft.saving(stored.as_ref(), browser::dice()) {
                Saving::Overtaken => Err(StoreError::Overtaken),
                Saving::Forget => Ok(vec![Change::Delete(Table::Drafts, key.to_owned())]),
                Saving::Stored(stored) => {
                    revision = stored;
                    Ok(Vec::new())
                }
                Saving::Put(draft) => {
                    revision = draft.revision;
                    Ok(vec![put(Table::Drafts, &key, &draft)?])
                }
            }
        }),
    )
    .await?;
    Ok(revision)
}

/// Every case, oldest first.
///
/// # Errors
/// When storage fails. A record of another version is left out, not lost.
pub(crate) async fn cases() -> Result<Vec<CaseRecord>, StoreError> {
    let values = store::all(Table::Cases).await?;
    let mut cases: Vec<CaseRecord> = values.iter().filter_map(|value| a_case(Some(value)).ok()).collect();
    cases.sort_by_key(|record| record.queued_at);
    Ok(cases)
}

/// One case.
///
/// # Errors
/// When storage fails or the case is not there.
pub(crate) async fn case(case: CaseId) -> Result<CaseRecord, StoreError> {
    a_case(store::get(Table::Cases, &case.to_string()).await?.as_ref())
}

/// Everything in the outbox.
///
/// # Errors
/// When storage fails.
pub(crate) async fn outbox() -> Result<Vec<Item>, StoreError> {
    let values = store::all(Table::Outbox).await?;
    let items = values.iter().filter_map(|value| parse::<Item>(value).ok());
    Ok(items.filter(|item| item.v == outbox::VERSION).collect())
}

/// The sealed bytes that are stored under this name: [`Item::key`] says which.
///
/// # Errors
/// When storage fails or has lost them.
pub(crate) async fn sealed(key: &str) -> Result<Vec<u8>, StoreError> {
    let value = store::get(Table::Sealed, key).await?.ok_or(StoreError::Gone)?;
    value.dyn_into::<Uint8Array>().map(|bytes| bytes.to_vec()).map_err(|_| StoreError::Foreign)
}

/// Puts a sealed report into the outbox: case record, item, bytes, the reporter's own copy, the upload of its files and the draft's move, in one transaction.
///
/// # Errors
/// [`StoreError::Exists`] when another tab queued this case already, or why nothing was stored.
pub(crate) async fn queue(
    record: &CaseRecord,
    item: &Item,
    bytes: &[u8],
    own_copy: Option<&[u8]>,
    draft: &DraftRecord,
    upload: Option<&Upload>,
) -> Result<(), StoreError> {
    let key = record.case.to_string();
    let team = record.team.to_string();
    let mut changes = vec![
        put(Table::Cases, &key, record)?,
        put(Table::Outbox, &key, item)?,
        Change::Put(Table::Sealed, key.clone(), Uint8Array::from(bytes).into()),
        put(Table::Drafts, &key, draft)?,
    ];
    changes.extend(own_copy.map(|copy| carried::put_copy(record.case, copy)));
    if let Some(upload) = upload {
        changes.push(put(Table::Uploads, &key, upload)?);
    }
    store::change(
        &[(Table::Cases, key), (Table::Drafts, team.clone())],
        Box::new(|reads| {
            if first(&reads).is_some() {
                return Err(StoreError::Exists);
            }
            // What another tab wrote since is not part of this report, and stays.
            let stored: Option<DraftRecord> = found(reads.get(1).and_then(Option::as_ref))?;
            let mut changes = changes.clone();
            if stored.is_none_or(|stored| stored.revision == draft.revision || stored.says_the_same(draft)) {
                changes.push(Change::Delete(Table::Drafts, team.clone()));
            }
            Ok(changes)
        }),
    )
    .await
}

/// Makes an outbox item's new state durable, if the item is still there, and with it the moment of sending on its case's record.
///
/// # Errors
/// When it is not durable.
pub(crate) async fn save_item(item: &Item) -> Result<(), StoreError> {
    let case = item.case.to_string();
    let saved = put(Table::Outbox, &item.key(), item)?;
    let reads = [(Table::Outbox, item.key()), (Table::Cases, case.clone())];
    store::change(
        &reads,
        Box::new(|reads| {
            if first(&reads).is_none() {
                return Ok(Vec::new());
            }
            let mut changes = vec![saved.clone()];
            if let (Some(at), None) = (item.answered, item.entry) {
                let mut record = a_case(reads.get(1).and_then(Option::as_ref))?;
                record.sent(at).map_err(|_| StoreError::Foreign)?;
                changes.push(put(Table::Cases, &case, &record)?);
            }
            Ok(changes)
        }),
    )
    .await
}

/// Puts receipt and sending time on the case's record and forgets item, copy and draft, in one transaction.
///
/// # Errors
/// When it is not durable; then nothing was forgotten.
pub(crate) async fn settle(item: &Item, receipt: StoredReceipt, sent: Timestamp) -> Result<(), StoreError> {
    let (key, case) = (item.key(), item.case.to_string());
    store::change(
        &[(Table::Cases, case.clone())],
        Box::new(|reads| {
            let mut record = a_case(first(&reads))?;
            let settled = match item.entry {
                None => record.received(receipt.clone(), sent),
                Some(entry) => record.wrote(entry, item.embargo, receipt.clone(), sent),
            };
            settled.map_err(|_| StoreError::Foreign)?;
            Ok(vec![
                put(Table::Cases, &case, &record)?,
                Change::Delete(Table::Outbox, key.clone()),
                Change::Delete(Table::Sealed, key.clone()),
                Change::Delete(Table::Drafts, key.clone()),
            ])
        }),
    )
    .await
}

/// Takes a refused report back: its text becomes the team's draft again, without the spent secret. A case whose clocks run stays.
///
/// # Errors
/// [`StoreError::Exists`] when another draft of this team was begun meanwhile; nothing is changed then.
pub(crate) async fn take_back(case: CaseId, team: &Slug) -> Result<(), StoreError> {
    let key = case.to_string();
    let reads =
        [(Table::Drafts, key.clone()), (Table::Drafts, team.to_string()), (Table::Cases, key.clone())];
    store::change(
        &reads,
        Box::new(|reads| {
            let mut draft: DraftRecord = found(first(&reads))?.ok_or(StoreError::Gone)?;
            if matches!(reads.get(1), Some(Some(_))) {
                return Err(StoreError::Exists);
            }
            let is_sent = a_case(reads.get(2).and_then(Option::as_ref))?.events.sent().is_some();
            draft.secret = None;
            let mut changes = vec![
                put(Table::Drafts, team, &draft)?,
                Change::Delete(Table::Drafts, key.clone()),
                Change::Delete(Table::Outbox, key.clone()),
                Change::Delete(Table::Sealed, key.clone()),
                // Its chunks are swept away like those of any sealing that was given up.
                Change::Delete(Table::Uploads, key.clone()),
            ];
            changes.extend((!is_sent).then(|| carried::delete_copy(case)));
            changes.extend((!is_sent).then(|| Change::Delete(Table::Cases, key.clone())));
            Ok(changes)
        }),
    )
    .await
}

/// A change of a case's record; made again on the newer record when another tab was faster.
pub(crate) type Edit<'a> = Box<dyn FnMut(&mut CaseRecord) -> Result<(), StoreError> + 'a>;

/// Changes a case's record in one transaction, so that two tabs cannot undo each other.
///
/// # Errors
/// What `edit` says, or why the change is not durable.
pub(crate) async fn edit_case(case: CaseId, mut edit: Edit<'_>) -> Result<(), StoreError> {
    let key = case.to_string();
    store::change(
        &[(Table::Cases, key.clone())],
        Box::new(|reads| {
            let mut record = a_case(first(&reads))?;
            edit(&mut record)?;
            Ok(vec![put(Table::Cases, &key, &record)?])
        }),
    )
    .await
}

/// Every team this device has met.
///
/// # Errors
/// When storage fails.
pub(crate) async fn known_teams() -> Result<Vec<KnownTeam>, StoreError> {
    Ok(store::all(Table::Teams).await?.iter().filter_map(|value| parse(value).ok()).collect())
}

/// What is known of a team.
///
/// # Errors
/// When storage fails.
pub(crate) async fn known_team(team: &Slug) -> Result<Option<KnownTeam>, StoreError> {
    found(store::get(Table::Teams, team.as_str()).await?.as_ref())
}

/// Remembers a team's bundle.
///
/// # Errors
/// When it is not durable.
pub(crate) async fn remember_team(team: &Slug, known: &KnownTeam) -> Result<(), StoreError> {
    let change = put(Table::Teams, team, known)?;
    store::change(&[], Box::new(|_| Ok(vec![change.clone()]))).await
}
