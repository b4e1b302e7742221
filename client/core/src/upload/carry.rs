//! Carries one upload out: asks what is there, sends what is missing, seals, and keeps the receipt.

use std::collections::BTreeSet;

use sealpost_shared::Timestamp;
use sealpost_shared::problem::ProblemCode;

use super::Upload;
use crate::case_record::StoredReceipt;
use crate::outbox::{Failure, Outcome, PortsError, Verdict, WaitReason};

/// What the relay says is there of a blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum There {
    /// These chunks.
    Chunks(Vec<u32>),
    /// It did not say.
    Failed(Outcome),
}

/// What an upload needs of the world.
#[expect(async_fn_in_trait, reason = "one thread: a browser page, or a test")]
pub trait UploadPorts {
    /// The page's clock.
    fn now(&self) -> Timestamp;
    /// Any number.
    fn dice(&self) -> u32;
    /// Whether the person has stopped it meanwhile.
    fn is_stopped(&self, upload: &Upload) -> bool;
    /// Hears how far it is, after every chunk.
    fn progress(&self, upload: &Upload);
    /// Which chunks the relay has. A blob that was never begun, or was forgotten, has none.
    async fn there(&self, upload: &Upload) -> There;
    /// Sends a chunk from this device's storage.
    ///
    /// # Errors
    /// When the storage does not answer, or has lost it.
    async fn put(&self, upload: &Upload, n: u32) -> Result<Outcome, PortsError>;
    /// Asks the relay to seal it.
    async fn seal(&self, upload: &Upload) -> Outcome;
    /// Has a receipt checked against the relay's certificate, the blob's id and its digest.
    async fn verify(&self, upload: &Upload, receipt: &str) -> Verdict;
    /// Makes the upload's new state durable, if it is still there.
    ///
    /// # Errors
    /// When it could not be made durable.
    async fn save(&self, upload: &Upload) -> Result<(), PortsError>;
    /// In one durable transaction: puts the receipt on the case's record, then forgets upload and chunks.
    ///
    /// # Errors
    /// When it could not be made durable; then nothing was forgotten.
    async fn settle(&self, upload: &Upload, receipt: StoredReceipt) -> Result<(), PortsError>;
}

/// Why an upload did not come to its end.
enum Halt {
    /// The device's storage failed.
    Ports(PortsError),
    /// The relay or the line did.
    Failure(Failure),
    /// The person stopped it.
    Stopped,
}

impl From<PortsError> for Halt {
    fn from(error: PortsError) -> Self {
        Self::Ports(error)
    }
}

/// Tries one upload, which is due. Only one may run at a time on a device.
///
/// # Errors
/// When the device's storage fails: what is stored stays as it was, and the next try goes on from there.
pub async fn carry(ports: &impl UploadPorts, upload: Upload) -> Result<(), PortsError> {
    let mut upload = upload.started(ports.now());
    ports.save(&upload).await?;
    match send_all(ports, &mut upload).await {
        Ok(receipt) => ports.settle(&upload, receipt).await,
        Err(Halt::Failure(failure)) => {
            let upload = upload.failed(failure, ports.now(), ports.dice());
            ports.save(&upload).await
        }
        Err(Halt::Stopped) => {
            upload.stopped = true;
            upload.state = crate::outbox::State::Queued;
            ports.save(&upload).await
        }
        Err(Halt::Ports(error)) => Err(error),
    }
}

async fn send_all(ports: &impl UploadPorts, upload: &mut Upload) -> Result<StoredReceipt, Halt> {
    let there = match ports.there(upload).await {
        There::Chunks(there) => BTreeSet::from_iter(there),
        There::Failed(outcome) => return Err(halt(&outcome)),
    };
    upload.done = there.iter().map(|n| upload.chunk_bytes(*n)).sum();
    ports.progress(upload);
    for n in (0..upload.chunks()).filter(|n| !there.contains(n)) {
        if ports.is_stopped(upload) {
            return Err(Halt::Stopped);
        }
        match ports.put(upload, n).await? {
            Outcome::Receipt(_) => {}
            // The work that a chunk costs is left when the person stops it.
            _ if ports.is_stopped(upload) => return Err(Halt::Stopped),
            other => return Err(halt(&other)),
        }
        upload.done += upload.chunk_bytes(n);
        // A line that lets something through is tried again soon when it breaks.
        upload.attempts = 1;
        ports.progress(upload);
    }
    match ports.seal(upload).await {
        Outcome::Receipt(text) => match ports.verify(upload, &text).await {
            Verdict::Genuine(receipt) => Ok(receipt),
            Verdict::Bad(sentence) => Err(wait(WaitReason::BadReceipt { sentence })),
            Verdict::Unknown(sentence) => Err(wait(WaitReason::Unchecked { sentence })),
        },
        other => Err(halt(&other)),
    }
}

fn wait(why: WaitReason) -> Halt {
    Halt::Failure(Failure::Wait(why))
}

fn halt(outcome: &Outcome) -> Halt {
    match *outcome {
        // What was not sealed in a day is forgotten by the relay: the next try begins again. A chunk that was bent on its way is sent again.
        Outcome::Problem(code @ (ProblemCode::Incomplete | ProblemCode::DigestMismatch)) => {
            wait(WaitReason::Busy { code })
        }
        Outcome::Problem(code) => Halt::Failure(code.into()),
        Outcome::Unreachable | Outcome::NotSent => wait(WaitReason::Unreachable),
        Outcome::Strange(status) => wait(WaitReason::Strange { status }),
        // Only a sealing is answered with a receipt; anything else that says so is no relay.
        Outcome::Receipt(_) => wait(WaitReason::Strange { status: 200 }),
    }
}
