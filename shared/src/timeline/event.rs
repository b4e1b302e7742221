//! What can happen to a case, in the documented JSON form (PROTOCOL.md, "Events").

use serde::{Deserialize, Serialize};

use crate::id::Slug;
use crate::letter::{EmbargoWord, ReplyKind};
use crate::time::Timestamp;

/// Something that happened, when, and who says so.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Event {
    /// When, by the reporter's record.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub kind: EventKind,
    /// Who says so.
    #[serde(default)]
    pub by: Witness,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EventKind {
    /// The reporter sent the report: every clock starts here ("date of contact" is the moment of sending).
    Sent,
    /// The relay signed a receipt. Satisfies nothing: a relay is not a person.
    Received,
    /// An automatic answer came. Satisfies nothing (promise 5).
    AutoReply,
    /// A person of the team answered.
    HumanReply {
        /// What the answer says.
        kind: ReplyKind,
    },
    /// The reporter wrote again. Satisfies nothing and restarts nothing.
    FollowUp,
    /// The reporter took a step of the ladder.
    StepTaken {
        /// Which.
        step: Slug,
    },
    /// The team reached a stage of the disclosure.
    StageReached {
        /// Which.
        stage: Slug,
    },
    /// Somebody proposed when the embargo lifts. The shortest proposal wins.
    EmbargoProposed {
        /// When it would lift.
        until: Timestamp,
    },
    /// Both sides agreed when the embargo lifts. A later agreement replaces an earlier one.
    EmbargoAgreed {
        /// When it lifts.
        until: Timestamp,
    },
    /// The embargo ended before its date, for instance because attacks were seen.
    EmbargoLifted,
    /// The team published. Ends the embargo.
    Published,
    /// The reporter closed the case. The team cannot: it can only say that it would.
    Closed,
}

impl From<EmbargoWord> for EventKind {
    fn from(word: EmbargoWord) -> Self {
        match word {
            EmbargoWord::Proposed { until } => Self::EmbargoProposed { until },
            EmbargoWord::Agreed { until } => Self::EmbargoAgreed { until },
            EmbargoWord::Lifted => Self::EmbargoLifted,
        }
    }
}

/// Who says that something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Witness {
    /// The reporter's own hand.
    #[default]
    Reporter,
    /// The relay's signed receipt.
    Relay,
    /// A signature of the team.
    Team,
}
