//! What a letter says of the disclosure beside its prose: who handles the case, which stages were reached, and until when nobody speaks.

use serde::{Deserialize, Serialize};

use crate::id::Slug;
use crate::time::Timestamp;
use crate::timeline::{PromiseId, PromiseState, PromiseView};

/// The most stages that one letter tells: a policy has five, and another's may have a few more.
pub const MAX_STAGES_TOLD: usize = 32;

/// The most characters of a handler's name: it stands on one line.
pub const MAX_HANDLER_CHARS: usize = 80;

/// What a letter of the team says of the disclosure. Every field is left out when it says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Matter {
    /// The primary handler's name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handler: Option<String>,
    /// The stages that were reached so far, with their dates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<StageMark>,
    /// What is proposed or agreed about the embargo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embargo: Option<EmbargoWord>,
}

impl Matter {
    /// The handler's name on one bounded line; `None` if there is none to show.
    #[must_use]
    pub fn handler_line(&self) -> Option<String> {
        let name = self.handler.as_ref()?;
        let line: String = name.chars().filter(|c| !c.is_control()).take(MAX_HANDLER_CHARS).collect();
        let line = line.trim();
        (!line.is_empty()).then(|| line.to_owned())
    }

    /// The stages told, at most [`MAX_STAGES_TOLD`].
    pub fn stages(&self) -> impl Iterator<Item = &StageMark> {
        self.stages.iter().take(MAX_STAGES_TOLD)
    }
}

/// A stage of the disclosure that was reached.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StageMark {
    /// Which.
    pub stage: Slug,
    /// When.
    pub at: Timestamp,
}

/// A word about when the embargo lifts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "word", rename_all = "lowercase")]
pub enum EmbargoWord {
    /// The writer proposes this moment. The shortest proposal wins until both agree.
    Proposed {
        /// When it would lift.
        until: Timestamp,
    },
    /// The writer agrees to a moment that the other side proposed.
    Agreed {
        /// When it lifts.
        until: Timestamp,
    },
    /// It ends now, for instance because attacks were seen.
    Lifted,
}

/// A promise that was not kept in time, by the reporter's own record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissedPromise {
    /// Which.
    pub promise: PromiseId,
    /// The last second at which it would have been kept.
    pub due: Timestamp,
    /// When it was met all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub met_at: Option<Timestamp>,
}

impl MissedPromise {
    /// Those of a view that are late.
    #[must_use]
    pub fn all(promises: &[PromiseView]) -> Vec<Self> {
        let late = promises.iter().filter(|promise| promise.state == PromiseState::Late);
        late.map(|late| Self { promise: late.id, due: late.due, met_at: late.met_at }).collect()
    }
}
