//! The outbox: sealed letters on their way. Nothing is lost, and nothing is sent twice from the person's view.
//!
//! A letter stays here, sealed, until a verified receipt of the relay is durable on this device (promise 3). A relay that takes the
//! letter and gives no good receipt does not stop the clocks: they run from the first such attempt. Sending is
//! idempotent: the same bytes under the same id, as often as needed. This module decides; [`flush()`] does, through [`Ports`].

mod backoff;
mod flush;

use sealpost_shared::id::Slug;
use sealpost_shared::letter::EmbargoWord;
use sealpost_shared::problem::ProblemCode;
use sealpost_shared::{CaseId, EntryId, Timestamp};
use serde::{Deserialize, Serialize};

pub use backoff::delay;
pub use flush::{Outcome, Ports, PortsError, Verdict, flush};

use crate::case_record::CaseRecord;
use crate::vault::{SealedFollowUp, SealedReport};

/// The stored form's version.
pub const VERSION: u32 = 1;

/// A sealed letter: one that opens a case, or a later one of the same case. Its bytes are stored beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// [`VERSION`].
    pub v: u32,
    /// The case it opens or belongs to.
    pub case: CaseId,
    /// Its entry id, if it is a later letter; the one that opens a case has the case's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<EntryId>,
    /// What a later letter says about the embargo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embargo: Option<EmbargoWord>,
    /// Whose relay path it goes to.
    pub team: Slug,
    /// The desk it is sealed to.
    pub desk: Slug,
    /// SHA-256 of the bytes, which the receipt must name.
    pub sha256: String,
    /// How often it was tried.
    pub attempts: u32,
    /// An attempt was begun of which nobody knows that nothing left this device: the letter may have arrived.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_have_left: bool,
    /// When the first attempt began that was answered with success but without a good receipt: as far as the reporter can know,
    /// the letter arrived then, and the clocks run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<Timestamp>,
    /// Where it stands.
    pub state: State,
}

/// Where a letter stands. There is no state for a sent one: it has left the outbox, and its case holds the receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum State {
    /// Sealed and durable, not tried yet.
    Queued,
    /// On its way. After a reload nobody knows whether it arrived, so it is tried again.
    Sending {
        /// Since when.
        since: Timestamp,
    },
    /// The last attempt failed; the next comes by itself.
    Waiting {
        /// Not before.
        until: Timestamp,
        /// What went wrong.
        why: WaitReason,
    },
    /// The relay refuses these bytes: trying again cannot help. The copy stays until the person decides.
    Refused {
        /// The relay's stable code.
        code: ProblemCode,
    },
}

/// Why an attempt failed in a way that may pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum WaitReason {
    /// No answer: no network, or no relay at the other end.
    Unreachable,
    /// The relay cannot take it just now.
    Busy {
        /// Its stable code.
        code: ProblemCode,
    },
    /// Something answered that is not this relay's protocol: a proxy, a portal, a maintenance page.
    Strange {
        /// Its HTTP status.
        status: u16,
    },
    /// The answer was a receipt that is not genuine or speaks of something else. It is not believed.
    BadReceipt {
        /// What the vault says.
        sentence: String,
    },
    /// The receipt could not be checked: the vault did not answer.
    Unchecked {
        /// What the vault's keeper says.
        sentence: String,
    },
    /// The sealed bytes are not on this device, so there is nothing to send. They may come with a file of all cases.
    Missing,
}

/// What sets a flush off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// Time went by, or the page was opened.
    Timer,
    /// The network seems to be back, or the page came to the front: those who wait for the network need not wait longer.
    Online,
    /// The person pressed the button: whatever is here is tried now.
    Button,
}

impl Item {
    /// A letter that was just sealed.
    #[must_use]
    pub fn queued(sealed: &SealedReport, team: Slug, desk: Slug) -> Self {
        Self {
            v: VERSION,
            case: sealed.case,
            entry: None,
            embargo: None,
            team,
            desk,
            sha256: sealed.sha256.clone(),
            attempts: 0,
            may_have_left: false,
            answered: None,
            state: State::Queued,
        }
    }

    /// A later letter of this case that was just sealed.
    #[must_use]
    pub fn follow_up(sealed: &SealedFollowUp, record: &CaseRecord, embargo: Option<EmbargoWord>) -> Self {
        Self {
            v: VERSION,
            case: record.case,
            entry: Some(sealed.entry),
            embargo,
            team: record.team.clone(),
            desk: record.desk.clone(),
            sha256: sealed.sha256.clone(),
            attempts: 0,
            may_have_left: false,
            answered: None,
            state: State::Queued,
        }
    }

    /// The entry it will be.
    #[must_use]
    pub fn entry(&self) -> EntryId {
        self.entry.unwrap_or_else(|| self.case.into())
    }

    /// The name under which the item, its bytes and what it was made from are stored. It ends with the case's.
    #[must_use]
    pub fn key(&self) -> String {
        self.entry.map_or_else(|| self.case.to_string(), |entry| format!("{entry}-{}", self.case))
    }

    /// Whether this is the letter that opens this case.
    #[must_use]
    pub fn opens(&self, case: CaseId) -> bool {
        self.case == case && self.entry.is_none()
    }

    /// Whether this is a later letter of this case.
    #[must_use]
    pub fn follows(&self, case: CaseId) -> bool {
        self.case == case && self.entry.is_some()
    }

    /// Whether it is to be tried at `now`.
    #[must_use]
    pub fn is_due(&self, now: Timestamp, trigger: Trigger) -> bool {
        is_due(&self.state, now, trigger)
    }

    /// Marks the start of an attempt.
    #[must_use]
    pub fn started(mut self, now: Timestamp) -> Self {
        self.attempts = self.attempts.saturating_add(1);
        self.may_have_left = true;
        self.state = State::Sending { since: now };
        self
    }

    /// Marks that there was nothing to send, because the bytes are not here. Nothing left the device by it.
    #[must_use]
    pub fn without_bytes(mut self, now: Timestamp, dice: u32) -> Self {
        self.attempts = self.attempts.saturating_add(1);
        self.failed(Failure::Wait(WaitReason::Missing), now, dice)
    }

    /// Whether its bytes were looked for here and not found.
    #[must_use]
    pub const fn is_missing(&self) -> bool {
        matches!(self.state, State::Waiting { why: WaitReason::Missing, .. })
    }

    /// Marks a failed attempt. `dice` spreads the next ones of many browsers apart.
    #[must_use]
    pub fn failed(mut self, failure: Failure, now: Timestamp, dice: u32) -> Self {
        if let (State::Sending { since }, true) = (&self.state, failure.was_answered()) {
            self.answered = self.answered.or(Some(*since));
        }
        let waiting = |why| State::Waiting { until: now + delay(self.attempts, dice), why };
        self.state = match failure {
            Failure::Refused(code) => State::Refused { code },
            Failure::Wait(why) => waiting(why),
            Failure::NotSent => waiting(WaitReason::Unreachable),
        };
        self
    }
}

/// Whether what stands so is to be tried at `now`.
#[must_use]
pub fn is_due(state: &State, now: Timestamp, trigger: Trigger) -> bool {
    match (state, trigger) {
        (State::Queued | State::Sending { .. }, _) | (_, Trigger::Button) => true,
        // Bytes may have come with a file; to look for them costs nothing.
        (State::Waiting { why: WaitReason::Unreachable | WaitReason::Missing, .. }, Trigger::Online) => true,
        // A clock that was set back must not keep anything here for years.
        (State::Waiting { until, .. }, _) => now >= *until || *until - now > backoff::LONGEST,
        (State::Refused { .. }, _) => false,
    }
}

/// A failed attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// For good.
    Refused(ProblemCode),
    /// For now.
    Wait(WaitReason),
    /// For now, and not a byte of the letter left this device.
    NotSent,
}

impl Failure {
    /// Whether the relay said that it took the letter, although it did not prove it.
    const fn was_answered(&self) -> bool {
        matches!(self, Self::Wait(WaitReason::BadReceipt { .. } | WaitReason::Unchecked { .. }))
    }
}

impl From<ProblemCode> for Failure {
    fn from(code: ProblemCode) -> Self {
        if code.may_pass_later() { Self::Wait(WaitReason::Busy { code }) } else { Self::Refused(code) }
    }
}

#[cfg(test)]
mod tests;
