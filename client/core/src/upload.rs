//! Sealed enclosures on their way to the relay: which chunks are still to be sent, and when it is tried again.
//!
//! The chunks lie sealed on this device before the letter that names them is sent, and go only when the relay's receipt for all of them
//! is durable here. So what a letter announces can always be delivered: after a reload, after days without a network, without the
//! original files. This module decides; [`carry`] does, through [`UploadPorts`].

mod carry;
mod pace;
#[cfg(test)]
mod tests;

use sealpost_shared::letter::{EnclosedFile, Enclosures};
use sealpost_shared::{BlobId, CaseId, Timestamp};
use serde::{Deserialize, Serialize};

pub use carry::{There, UploadPorts, carry};
pub use pace::Pace;

use crate::outbox::{Failure, State, Trigger, WaitReason, delay, is_due};

/// The stored form's version.
pub const VERSION: u32 = 1;

/// The bytes of every chunk but the last. The least that a relay takes: a line that breaks loses no more.
pub const CHUNK_BYTES: usize = sealpost_shared::limits::MIN_CHUNK_BYTES;

/// The enclosures of one letter. The sealed chunks are stored beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// [`VERSION`].
    pub v: u32,
    /// The case whose letter names it.
    pub case: CaseId,
    /// When its sealing began: the chunks on this device are named by it.
    pub began: Timestamp,
    /// Its name at the relay.
    pub blob: BlobId,
    /// Sealed bytes.
    pub size: u64,
    /// SHA-256 of the sealed bytes, which the receipt must name.
    pub sha256: String,
    /// SHA-256 of each chunk, in base64 as `Content-Digest` has it.
    pub digests: Vec<String>,
    /// What is inside.
    pub files: Vec<EnclosedFile>,
    /// Bytes that the relay has, as far as is known here.
    #[serde(default)]
    pub done: u64,
    /// How often it was tried since something last went through.
    #[serde(default)]
    pub attempts: u32,
    /// The person has stopped it.
    #[serde(default)]
    pub stopped: bool,
    /// Where it stands.
    pub state: State,
}

impl Upload {
    /// What was just sealed.
    #[must_use]
    pub fn queued(case: CaseId, began: Timestamp, sealed: Enclosures, digests: Vec<String>) -> Self {
        let Enclosures { blob, size, sha256, files } = sealed;
        Self {
            v: VERSION,
            case,
            began,
            blob,
            size,
            sha256,
            digests,
            files,
            done: 0,
            attempts: 0,
            stopped: false,
            state: State::Queued,
        }
    }

    /// As the letter names it.
    #[must_use]
    pub fn enclosures(&self) -> Enclosures {
        Enclosures {
            blob: self.blob,
            size: self.size,
            sha256: self.sha256.clone(),
            files: self.files.clone(),
        }
    }

    /// How many chunks.
    #[must_use]
    pub fn chunks(&self) -> u32 {
        u32::try_from(self.digests.len()).unwrap_or(u32::MAX)
    }

    /// The bytes of a chunk.
    #[must_use]
    pub fn chunk_bytes(&self, n: u32) -> u64 {
        let chunk = CHUNK_BYTES as u64;
        self.size.saturating_sub(u64::from(n) * chunk).min(chunk)
    }

    /// Whether it is to be tried at `now`.
    #[must_use]
    pub fn is_due(&self, now: Timestamp, trigger: Trigger) -> bool {
        (!self.stopped || trigger == Trigger::Button) && is_due(&self.state, now, trigger)
    }

    /// Marks the start of an attempt.
    #[must_use]
    pub fn started(mut self, now: Timestamp) -> Self {
        self.attempts = self.attempts.saturating_add(1);
        self.state = State::Sending { since: now };
        self
    }

    /// Marks a failed attempt.
    #[must_use]
    pub fn failed(mut self, failure: Failure, now: Timestamp, dice: u32) -> Self {
        let waiting = |why| State::Waiting { until: now + delay(self.attempts, dice), why };
        self.state = match failure {
            Failure::Refused(code) => State::Refused { code },
            Failure::Wait(why) => waiting(why),
            Failure::NotSent => waiting(WaitReason::Unreachable),
        };
        self
    }
}
