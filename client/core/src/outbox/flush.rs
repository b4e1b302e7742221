//! Carries the outbox out: one pass over everything that is due.

use sealpost_shared::Timestamp;
use sealpost_shared::problem::ProblemCode;

use super::{Failure, Item, Trigger, WaitReason};
use crate::case_record::StoredReceipt;

/// What the outbox needs of the world. The browser's are in the app; the tests' lose messages and crash on purpose.
#[expect(async_fn_in_trait, reason = "one thread: a browser page, or a test")]
pub trait Ports {
    /// The page's clock.
    fn now(&self) -> Timestamp;
    /// Any number.
    fn dice(&self) -> u32;
    /// Everything in the outbox.
    ///
    /// # Errors
    /// When the device's storage does not answer.
    async fn items(&self) -> Result<Vec<Item>, PortsError>;
    /// The sealed bytes of an item; nothing where this device does not have them.
    ///
    /// # Errors
    /// When the device's storage does not answer.
    async fn sealed(&self, item: &Item) -> Result<Option<Vec<u8>>, PortsError>;
    /// Makes an item's new state durable, if the item is still there; in the same transaction, puts [`Item::answered`] on its
    /// case's record as the moment of sending.
    ///
    /// # Errors
    /// When it could not be made durable.
    async fn save(&self, item: &Item) -> Result<(), PortsError>;
    /// Sends the bytes, once.
    async fn send(&self, item: &Item, sealed: &[u8]) -> Outcome;
    /// Has a receipt checked against the relay's certificate, the item's id and its digest.
    async fn verify(&self, item: &Item, receipt: &str) -> Verdict;
    /// In one durable transaction: puts receipt and sending time on the case's record, then forgets item, sealed copy and draft. A later
    /// letter is put on record with its own receipt.
    ///
    /// # Errors
    /// When it could not be made durable; then nothing was forgotten.
    async fn settle(&self, item: &Item, receipt: StoredReceipt, sent: Timestamp) -> Result<(), PortsError>;
}

/// The device's storage failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PortsError(pub String);

/// What came back from sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Success, with this text in place of a receipt.
    Receipt(String),
    /// The relay's own refusal.
    Problem(ProblemCode),
    /// Nothing came back.
    Unreachable,
    /// The relay could not be reached before the letter was to be sent.
    NotSent,
    /// An answer in no known form.
    Strange(u16),
}

/// What the vault says of a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is genuine and speaks of this entry.
    Genuine(StoredReceipt),
    /// It is not.
    Bad(String),
    /// The vault could not say.
    Unknown(String),
}

/// Tries every item that is due, one after another. Only one flush may run at a time on a device. A later letter waits until the one
/// that opens its case has left: the relay would know nothing of its case. One that fails does not hold up the others.
///
/// # Errors
/// The first failure of the device's storage: what is stored of that letter stays as it was, and the next flush goes on from there.
pub async fn flush(ports: &impl Ports, trigger: Trigger) -> Result<(), PortsError> {
    let (opening, later): (Vec<Item>, Vec<Item>) =
        ports.items().await?.into_iter().partition(|item| item.entry.is_none());
    let mut done = Ok(());
    for item in opening.iter().filter(|item| item.is_due(ports.now(), trigger)) {
        done = done.and(attempt(ports, item.clone()).await);
    }
    let left = if later.is_empty() { Vec::new() } else { ports.items().await? };
    for item in later {
        let is_first = !left.iter().any(|other| other.opens(item.case));
        if is_first && item.is_due(ports.now(), trigger) {
            done = done.and(attempt(ports, item).await);
        }
    }
    done
}

async fn attempt(ports: &impl Ports, item: Item) -> Result<(), PortsError> {
    let Some(sealed) = ports.sealed(&item).await? else {
        return ports.save(&item.without_bytes(ports.now(), ports.dice())).await;
    };
    let (began, may_have_left) = (ports.now(), item.may_have_left);
    let item = item.started(began);
    ports.save(&item).await?;
    match try_once(ports, &item, &sealed).await {
        Ok(receipt) => ports.settle(&item, receipt, item.answered.unwrap_or(began)).await,
        Err(failure) => {
            let is_known = failure == Failure::NotSent;
            let mut item = item.failed(failure, ports.now(), ports.dice());
            item.may_have_left = may_have_left || !is_known;
            ports.save(&item).await
        }
    }
}

async fn try_once(ports: &impl Ports, item: &Item, sealed: &[u8]) -> Result<StoredReceipt, Failure> {
    let wait = |why| Err(Failure::Wait(why));
    match ports.send(item, sealed).await {
        Outcome::Receipt(text) => match ports.verify(item, &text).await {
            Verdict::Genuine(receipt) => Ok(receipt),
            Verdict::Bad(sentence) => wait(WaitReason::BadReceipt { sentence }),
            Verdict::Unknown(sentence) => wait(WaitReason::Unchecked { sentence }),
        },
        Outcome::Problem(code) => Err(code.into()),
        Outcome::Unreachable => wait(WaitReason::Unreachable),
        Outcome::NotSent => Err(Failure::NotSent),
        Outcome::Strange(status) => wait(WaitReason::Strange { status }),
    }
}
