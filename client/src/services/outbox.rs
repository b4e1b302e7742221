//! The outbox's ports in a browser.

use sealpost_client_core::case_record::{CaseRecord, StoredReceipt};
use sealpost_client_core::outbox::{Item, Outcome, Ports, PortsError, Verdict};
use sealpost_client_core::vault::{VaultAnswer, VaultRequest};
use sealpost_shared::{EntryId, Timestamp};

use super::store::StoreError;
use super::vault::{self, VaultError};
use super::work::{self, Watch};
use super::{browser, clock, records, relay_keys};
use crate::text::text;

/// Relay, vault, storage and clock of this page. `told` hears of every change that became durable.
pub(crate) struct BrowserPorts<F: Fn(), W: Watch> {
    /// Called after every durable change.
    pub(crate) told: F,
    /// Looks on while work is done for the relay.
    pub(crate) watch: W,
}

fn failed(error: StoreError) -> PortsError {
    PortsError((text().errors.store)(error).to_owned())
}

impl<F: Fn(), W: Watch> BrowserPorts<F, W> {
    fn tell<T>(&self, result: Result<T, StoreError>) -> Result<T, PortsError> {
        if result.is_ok() {
            (self.told)();
        }
        result.map_err(failed)
    }
}

impl<F: Fn(), W: Watch> Ports for BrowserPorts<F, W> {
    fn now(&self) -> Timestamp {
        clock::now()
    }

    fn dice(&self) -> u32 {
        browser::dice()
    }

    async fn items(&self) -> Result<Vec<Item>, PortsError> {
        records::outbox().await.map_err(failed)
    }

    async fn sealed(&self, item: &Item) -> Result<Option<Vec<u8>>, PortsError> {
        match records::sealed(&item.key()).await {
            Err(StoreError::Gone) => Ok(None),
            other => other.map(Some).map_err(failed),
        }
    }

    async fn save(&self, item: &Item) -> Result<(), PortsError> {
        self.tell(records::save_item(item).await)
    }

    async fn send(&self, item: &Item, sealed: &[u8]) -> Outcome {
        let Ok(record) = records::case(item.case).await else { return Outcome::Unreachable };
        let capability = &record.secret.capability;
        match item.entry {
            None => work::open_case(item, capability, sealed, &self.watch).await,
            Some(entry) => work::add_entry((item, entry), capability, sealed, &self.watch).await,
        }
    }

    async fn verify(&self, item: &Item, receipt: &str) -> Verdict {
        let Ok(record) = records::case(item.case).await else {
            return Verdict::Unknown(text().errors.vault_died.to_owned());
        };
        verify_receipt(receipt, &record, (item.entry(), &item.sha256)).await
    }

    async fn settle(&self, item: &Item, receipt: StoredReceipt, sent: Timestamp) -> Result<(), PortsError> {
        self.tell(records::settle(item, receipt, sent).await)
    }
}

/// Has a receipt checked: it must be genuine, and speak of this entry and digest. A relay that changed its key is followed.
pub(crate) async fn verify_receipt(receipt: &str, record: &CaseRecord, place: (EntryId, &str)) -> Verdict {
    let verdict = verify_with(receipt, record.relay_certificate.clone(), place).await;
    if !matches!(verdict, Verdict::Bad(_)) {
        return verdict;
    }
    match relay_keys::follow(record).await {
        Some(certificate) => verify_with(receipt, certificate, place).await,
        None => verdict,
    }
}

async fn verify_with(receipt: &str, relay_certificate: String, (entry, sha256): (EntryId, &str)) -> Verdict {
    let question = VaultRequest::VerifyReceipt {
        receipt: receipt.to_owned(),
        relay_certificate,
        entry,
        sha256: sha256.to_owned(),
        now: clock::now(),
    };
    match vault::ask(&question).await {
        Ok(VaultAnswer::Receipt { text, received }) => {
            Verdict::Genuine(StoredReceipt { signed: receipt.to_owned(), text, received })
        }
        Err(VaultError::Failed(failure)) => Verdict::Bad(failure.sentence),
        Ok(_) | Err(VaultError::Died) => Verdict::Unknown(text().errors.vault_died.to_owned()),
        Err(VaultError::Unreachable) => Verdict::Unknown(text().errors.vault_unreachable.to_owned()),
    }
}
