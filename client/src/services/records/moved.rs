//! Cases that come from another device: brought back by their words, or out of a backup. They join what is here; nothing is overwritten.

use data_encoding::BASE64;
use js_sys::Uint8Array;
use sealpost_client_core::backup::{Backup, VERSION};
use sealpost_client_core::case_record::CaseRecord;
use sealpost_client_core::draft::DraftRecord;
use sealpost_client_core::outbox::Item;
use sealpost_shared::Timestamp;
use wasm_bindgen::{JsCast, JsValue};

use super::super::store::{self, Change, StoreError, Table};
use super::{a_case, cases, found, outbox, put};

/// Everything of this device's cases that another device needs.
///
/// # Errors
/// When storage fails.
pub(crate) async fn backup(now: Timestamp) -> Result<Backup, StoreError> {
    let mut backup = Backup {
        v: VERSION,
        made_at: now,
        cases: Vec::new(),
        unsent: outbox().await?,
        sealed: [].into(),
        drafts: [].into(),
        written: Vec::new(),
    };
    for (key, value) in store::entries(Table::Sealed).await? {
        if let Some(bytes) = value.dyn_ref::<Uint8Array>() {
            backup.sealed.insert(key, BASE64.encode(&bytes.to_vec()));
        }
    }
    // A letter that was settled meanwhile has its receipt in the cases, which are read last, and is not to be sent again.
    let left = outbox().await?;
    backup.unsent.retain(|item| left.iter().any(|other| other.key() == item.key()));
    backup.cases = cases().await?;
    for item in &backup.unsent {
        let key = item.key();
        let draft: Option<DraftRecord> = found(store::get(Table::Drafts, &key).await?.as_ref())?;
        backup.drafts.extend(draft.map(|draft| (key, draft)));
    }
    Ok(backup)
}

/// Joins one case with what is here of it; with it go its unsent letters and what they were made from.
///
/// # Errors
/// Why nothing was stored.
pub(crate) async fn join(record: &CaseRecord, from: Option<&Backup>) -> Result<(), StoreError> {
    let key = record.case.to_string();
    let of_case = |item: &&Item| item.case == record.case;
    let unsent: Vec<&Item> = from.map(|b| b.unsent.iter().filter(of_case).collect()).unwrap_or_default();
    let sealed: Vec<(String, JsValue)> = from.map(|backup| sealed_of(backup, &key)).unwrap_or_default();
    let draft = |item: &Item| from.and_then(|backup| backup.drafts.get(&item.key()));
    let mut reads = vec![(Table::Cases, key.clone())];
    reads.extend(unsent.iter().map(|item| (Table::Outbox, item.key())));
    reads.extend(sealed.iter().map(|(name, _)| (Table::Sealed, name.clone())));
    store::change(
        &reads,
        Box::new(|reads| {
            let known =
                reads.first().and_then(Option::as_ref).map(|value| a_case(Some(value))).transpose()?;
            let joined = match &known {
                Some(known) => known.merged(record).map_err(|_| StoreError::Foreign)?,
                None => record.clone(),
            };
            let mut changes = Vec::new();
            if known.as_ref() != Some(&joined) {
                changes.push(put(Table::Cases, &key, &joined)?);
            }
            let places = sealed.iter().zip(reads.iter().skip(1 + unsent.len()));
            let missing = places.filter(|(_, there)| there.is_none());
            changes.extend(
                missing.map(|((name, bytes), _)| Change::Put(Table::Sealed, name.clone(), bytes.clone())),
            );
            for (item, there) in unsent.iter().zip(reads.iter().skip(1)) {
                if there.is_none() && Backup::is_unsent(item, &joined) {
                    changes.push(put(Table::Outbox, &item.key(), item)?);
                    if let Some(draft) = draft(item) {
                        changes.push(put(Table::Drafts, &item.key(), draft)?);
                    }
                }
            }
            Ok(changes)
        }),
    )
    .await
}

/// The sealed bytes that belong to a case: stored under its number, or under a name that ends with it.
fn sealed_of(backup: &Backup, key: &str) -> Vec<(String, JsValue)> {
    let own = backup.sealed.iter().filter(|(name, _)| name.ends_with(key));
    own.filter_map(|(name, base64)| {
        let bytes = BASE64.decode(base64.as_bytes()).ok()?;
        Some((name.clone(), Uint8Array::from(&bytes[..]).into()))
    })
    .collect()
}
