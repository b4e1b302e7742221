//! The disclosure itself: its stages, the embargo's rules, who is told beforehand, and what is published in which order.

use serde::{Deserialize, Serialize};

use super::Length;
use crate::id::Slug;

/// How a case becomes public.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Disclosure {
    /// The stages in order.
    pub stages: Vec<Stage>,
    /// The embargo's rules; `None` where the policy has none.
    pub embargo: Option<EmbargoRule>,
    /// Who is told before everybody.
    pub prenotify: Vec<Prenotify>,
    /// What is published, in order.
    pub publish: Vec<Publication>,
    /// Which kinds of id the team uses, such as `CVE`.
    pub ids: Vec<String>,
    /// How the team rates severity.
    pub severity: SeverityScheme,
}

/// One stage of a disclosure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// Its name.
    pub id: Slug,
    /// What it means, in a sentence.
    pub title: String,
    /// What must be on record when it is reached, such as `handler` or `affected`.
    pub records: Vec<String>,
}

/// When an embargo starts and how long it may last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmbargoRule {
    /// From when lengths are counted.
    pub starts: EmbargoStart,
    /// What the team aims at.
    pub preferred: Option<Length>,
    /// Never shorter without agreement.
    pub minimum: Option<Length>,
    /// Never longer.
    pub maximum: Option<Length>,
    /// What may be added once when a fix is near.
    pub grace: Option<Length>,
    /// The reporter's own deadline, from sending: then it is public, whatever the team says.
    pub hard_deadline: Option<Length>,
    /// How long after a fix details stay back.
    pub after_fix: Option<Length>,
    /// Instead of `hard_deadline` when it is exploited in the wild.
    pub exploited: Option<Length>,
}

/// From when an embargo is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EmbargoStart {
    /// The moment of sending.
    Report,
    /// The stage `confirmed`.
    Confirmed,
    /// The stage `fixes-ready`.
    FixReady,
}

impl EmbargoStart {
    /// The stage that starts it; `None` for the moment of sending.
    #[must_use]
    pub const fn stage(self) -> Option<&'static str> {
        match self {
            Self::Report => None,
            Self::Confirmed => Some("confirmed"),
            Self::FixReady => Some("fixes-ready"),
        }
    }
}

/// Somebody who is told before everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prenotify {
    /// Who.
    pub audience: String,
    /// At the earliest so long before publication.
    pub earliest: Length,
    /// At the latest so long before publication.
    pub latest: Option<Length>,
    /// When at all, in words.
    pub condition: Option<String>,
}

/// Something that is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// What is done.
    pub action: String,
    /// At the latest so long after the embargo lifts.
    pub within: Length,
    /// Who does it.
    pub by: Doer,
}

/// Who does a step of a publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Doer {
    /// A person: pushing changes, writing on a blog.
    #[default]
    Person,
    /// The team's program, by a signed mail.
    Mail,
    /// The team's program, by publishing on the relay.
    Relay,
}

impl Doer {
    /// Whether it is what is meant where nothing is said.
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// How a team rates severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SeverityScheme {
    /// Low, medium, high, critical.
    #[default]
    Words,
    /// CVSS version 3.1.
    Cvss31,
    /// CVSS version 4.0.
    Cvss40,
    /// Not at all.
    None,
}
