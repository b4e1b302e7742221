//! How a report goes to its team, and which case it was handed on from.

use sealpost_shared::CaseId;
use sealpost_shared::id::Slug;
use serde::{Deserialize, Serialize};

/// How a report goes to its team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "route", rename_all = "kebab-case")]
pub enum Route {
    /// Sealed here and sent through the relay, which signs a receipt and brings answers.
    #[default]
    Relay,
    /// Sealed here to a certificate that the reporter found; the reporter carries the file.
    File,
    /// Written and sent without this app; only its clock is kept here.
    Elsewhere {
        /// How it was sent.
        how: How,
    },
}

impl Route {
    /// Whether a relay holds the case: it can be asked for answers, and signs receipts.
    #[must_use]
    pub const fn has_relay(self) -> bool {
        matches!(self, Self::Relay)
    }
}

/// How a report was sent without this app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// By mail.
    Mail,
    /// Through a form on a web page.
    Form,
    /// Another way: a chat, a call, a ticket.
    Other,
}

impl How {
    /// All of them, in the order of a form.
    pub const ALL: [Self; 3] = [Self::Mail, Self::Form, Self::Other];

    /// Its name in forms.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Form => "form",
            Self::Other => "other",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|how| how.name() == name)
    }
}

/// The step that opened a case at another desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepOf {
    /// The case at the team, whose clock is the one that counts.
    pub case: CaseId,
    /// The step of its ladder.
    pub step: Slug,
}
