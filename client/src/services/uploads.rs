//! Enclosures on this device and on their way: sealed chunks in storage, and the upload's ports in a browser.

use std::cell::RefCell;

use js_sys::Uint8Array;
use sealpost_client_core::case_record::StoredReceipt;
use sealpost_client_core::outbox::{Outcome, PortsError, State, Verdict};
use sealpost_client_core::upload::{self, There, Upload, UploadPorts};

use sealpost_shared::wire::v1::ChallengeResponse;
use sealpost_shared::{CaseId, EntryId, Timestamp};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use super::records::{self, parse, put};
use super::store::{self, Change, StoreError, Table};

use super::work::{self, Watch};
use super::{browser, clock, relay};
use crate::text::text;

/// Sealed chunks that no upload names are forgotten after so many seconds: the tab that made them is long gone.
const ABANDONED_SECONDS: i64 = 24 * 3600;

/// A sealing's chunks, from when it began: two of one case never mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Batch {
    /// The case.
    pub(crate) case: CaseId,
    /// When its sealing began, in seconds since 1970.
    pub(crate) began: i64,
}

impl Batch {
    fn key(self, n: u32) -> String {
        format!("{}-{}-{n:04}", self.case, self.began)
    }

    fn of(upload: &Upload) -> Self {
        Self { case: upload.case, began: upload.began.seconds() }
    }

    /// Makes a chunk durable: as a blob, which never comes into the page's memory, or as bytes where a browser stores no blobs
    /// (private windows of some).
    ///
    /// # Errors
    /// Why it is not.
    pub(crate) async fn keep(self, n: u32, chunk: &Blob) -> Result<(), StoreError> {
        match self.put(n, chunk.into()).await {
            Err(StoreError::Aborted) => {
                let bytes = JsFuture::from(chunk.array_buffer()).await.map_err(|_| StoreError::Aborted)?;
                self.put(n, Uint8Array::new(&bytes).into()).await
            }
            kept => kept,
        }
    }

    async fn put(self, n: u32, chunk: JsValue) -> Result<(), StoreError> {
        let change = Change::Put(Table::Chunks, self.key(n), chunk);
        store::change(&[], Box::new(|_| Ok(vec![change.clone()]))).await
    }

    /// Forgets its first `count` chunks.
    ///
    /// # Errors
    /// When storage fails.
    pub(crate) async fn forget(self, count: u32) -> Result<(), StoreError> {
        let changes = self.deletions(count);
        store::change(&[], Box::new(|_| Ok(changes.clone()))).await
    }

    fn deletions(self, count: u32) -> Vec<Change> {
        (0..count).map(|n| Change::Delete(Table::Chunks, self.key(n))).collect()
    }
}

/// Every upload of this device.
///
/// # Errors
/// When storage fails.
pub(crate) async fn uploads() -> Result<Vec<Upload>, StoreError> {
    let values = store::all(Table::Uploads).await?;
    let uploads = values.iter().filter_map(|value| parse::<Upload>(value).ok());
    Ok(uploads.filter(|upload| upload.v == upload::VERSION).collect())
}

/// The change that queues an upload.
///
/// # Errors
/// Never in practice.
pub(crate) fn queued(upload: &Upload) -> Result<Change, StoreError> {
    put(Table::Uploads, &upload.case, upload)
}

/// Makes an upload's new state durable, if it is still there.
///
/// # Errors
/// When it is not durable.
pub(crate) async fn save(upload: &Upload) -> Result<(), StoreError> {
    let change = queued(upload)?;
    let key = upload.case.to_string();
    store::change(
        &[(Table::Uploads, key)],
        Box::new(|reads| {
            Ok(if matches!(reads.first(), Some(Some(_))) { vec![change.clone()] } else { Vec::new() })
        }),
    )
    .await
}

/// Puts on record that the person has stopped an upload that is not going just now.
///
/// # Errors
/// When it is not durable.
pub(crate) async fn stop(case: CaseId) -> Result<(), StoreError> {
    let key = case.to_string();
    store::change(
        &[(Table::Uploads, key)],
        Box::new(|reads| {
            let upload = records::first(&reads).map(parse::<Upload>).transpose()?;
            let stopped =
                upload.map(|upload| queued(&Upload { stopped: true, state: State::Queued, ..upload }));
            Ok(stopped.transpose()?.into_iter().collect())
        }),
    )
    .await
}

async fn settle(upload: &Upload, receipt: StoredReceipt) -> Result<(), StoreError> {
    let key = upload.case.to_string();
    let mut gone = Batch::of(upload).deletions(upload.chunks());
    gone.push(Change::Delete(Table::Uploads, key.clone()));
    store::change(
        &[(Table::Cases, key.clone())],
        Box::new(|reads| {
            let mut record = records::a_case(records::first(&reads))?;
            record.enclosures_receipt = Some(receipt.clone());
            let mut changes = gone.clone();
            changes.push(put(Table::Cases, &key, &record)?);
            Ok(changes)
        }),
    )
    .await
}

/// Forgets chunks of sealings that were never finished: the tab was closed, or the device died.
///
/// # Errors
/// When storage fails.
pub(crate) async fn forget_abandoned() -> Result<(), StoreError> {
    let kept: Vec<String> = uploads().await?.iter().map(|upload| Batch::of(upload).key(0)).collect();
    let now = clock::now().seconds();
    let is_abandoned = |key: &String| {
        let mut parts = key.rsplitn(2, '-');
        let (_, batch) = (parts.next(), parts.next().unwrap_or_default());
        let began = batch.rsplit('-').next().and_then(|began| began.parse::<i64>().ok());
        let is_kept = kept.iter().any(|first| first.rsplit_once('-').is_some_and(|(of, _)| of == batch));
        !is_kept && began.is_none_or(|began| now - began > ABANDONED_SECONDS)
    };
    let abandoned = store::keys(Table::Chunks).await?.into_iter().filter(is_abandoned);
    let changes: Vec<Change> = abandoned.map(|key| Change::Delete(Table::Chunks, key)).collect();
    store::change(&[], Box::new(|_| Ok(changes.clone()))).await
}

/// Relay, vault, storage and clock of this page. `told` hears how far it is, and of every change that became durable.
pub(crate) struct BrowserUploads<T: Fn(Option<&Upload>), S: Fn(CaseId) -> bool> {
    /// Hears how far an upload is; `None` when what is stored has changed.
    pub(crate) told: T,
    /// Whether the person has stopped the case's upload.
    pub(crate) is_stopped: S,
    /// What the relay asks for a chunk, as far as it is known.
    pub(crate) challenge: RefCell<Option<ChallengeResponse>>,
}

/// Looks on while work is done for a chunk. How far the upload is shows from chunk to chunk.
struct Looking<S: Fn() -> bool>(S);

impl<S: Fn() -> bool> Watch for Looking<S> {
    fn show(&self, _percent: Option<u8>) {}

    fn is_stopped(&self) -> bool {
        (self.0)()
    }
}

fn failed(error: StoreError) -> PortsError {
    PortsError((text().errors.store)(error).to_owned())
}

impl<T: Fn(Option<&Upload>), S: Fn(CaseId) -> bool> BrowserUploads<T, S> {
    async fn capability(&self, upload: &Upload) -> Option<String> {
        records::case(upload.case).await.ok().map(|record| record.secret.capability)
    }
}

impl<T: Fn(Option<&Upload>), S: Fn(CaseId) -> bool> UploadPorts for BrowserUploads<T, S> {
    fn now(&self) -> Timestamp {
        clock::now()
    }

    fn dice(&self) -> u32 {
        browser::dice()
    }

    fn is_stopped(&self, upload: &Upload) -> bool {
        (self.is_stopped)(upload.case)
    }

    fn progress(&self, upload: &Upload) {
        (self.told)(Some(upload));
    }

    async fn there(&self, upload: &Upload) -> There {
        match self.capability(upload).await {
            Some(capability) => relay::chunks(upload, &capability).await,
            None => There::Failed(Outcome::Unreachable),
        }
    }

    async fn put(&self, upload: &Upload, n: u32) -> Result<Outcome, PortsError> {
        let chunk = store::get(Table::Chunks, &Batch::of(upload).key(n)).await.map_err(failed)?;
        let chunk = chunk.ok_or(failed(StoreError::Gone))?;
        let Ok(record) = records::case(upload.case).await else { return Ok(Outcome::Unreachable) };
        let looking = Looking(|| (self.is_stopped)(upload.case));
        Ok(work::put_chunk((upload, n), &record, &chunk, &self.challenge, &looking).await)
    }

    async fn seal(&self, upload: &Upload) -> Outcome {
        match self.capability(upload).await {
            Some(capability) => relay::seal_blob(upload, &capability).await,
            None => Outcome::Unreachable,
        }
    }

    async fn verify(&self, upload: &Upload, receipt: &str) -> Verdict {
        let Ok(record) = records::case(upload.case).await else {
            return Verdict::Unknown(text().errors.vault_died.to_owned());
        };
        let place = (EntryId::from(upload.blob), upload.sha256.as_str());
        super::outbox::verify_receipt(receipt, &record, place).await
    }

    async fn save(&self, upload: &Upload) -> Result<(), PortsError> {
        save(upload).await.map_err(failed)?;
        (self.told)(None);
        Ok(())
    }

    async fn settle(&self, upload: &Upload, receipt: StoredReceipt) -> Result<(), PortsError> {
        settle(upload, receipt).await.map_err(failed)?;
        (self.told)(None);
        Ok(())
    }
}
