//! The ladder: when it opens and its steps.

use serde::{Deserialize, Serialize};

use super::Length;
use crate::id::Slug;

/// When silence becomes a reason to escalate, and to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escalation {
    /// The ladder opens this long after sending when no human ever replied.
    pub no_reply: Length,
    /// The ladder opens this long after the last human message.
    pub silence: Length,
    /// The steps in the order they may be taken.
    pub steps: Vec<Step>,
}

/// One step of the ladder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its name.
    pub id: Slug,
    /// Where it leads.
    pub place: Place,
    /// How long after the step before it was taken; zero in the classic policy.
    pub wait: Length,
    /// What it may say.
    pub carries: Carries,
}

/// Where a step leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// To a desk of the same policy, which is not the team.
    Desk(Slug),
    /// To a public place: the address of a forum or list.
    Public(String),
}

/// What a step may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Carries {
    /// The whole report, sealed again to that desk's certificates.
    Full,
    /// Case id and dates only.
    Pointer,
    /// "I am trying to reach the security team", and nothing about the problem (promise 6).
    Nothing,
}
