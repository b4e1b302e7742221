//! A team's policy as a checked type: who can be written to, what is promised, and the ladder when it is broken.
//!
//! Made only by [`PolicyFile::check`], so whoever holds a [`Policy`] holds one without contradictions.

mod calendar;
mod check;
mod clock;
mod disclosure;
pub mod explain;
mod ladder;
#[cfg(feature = "toml")]
mod lint;
#[cfg(feature = "toml")]
mod locate;
mod parse;
mod write;
mod zone;

use serde::{Deserialize, Serialize};

#[cfg(feature = "tzdb")]
pub use calendar::UnknownZone;
pub use calendar::{Calendar, Holiday, Shift};
pub use clock::{Clocks, Length, LengthError, Override, When};
pub use disclosure::{
    Disclosure, Doer, EmbargoRule, EmbargoStart, Prenotify, Publication, SeverityScheme, Stage,
};
pub use ladder::{Carries, Escalation, Place, Step};
#[cfg(feature = "toml")]
pub use lint::Linted;
pub use parse::{
    CalendarTable, ClocksTable, DeskTable, DisclosureTable, EmbargoTable, EscalationTable, IdentityTable,
    OverrideTable, PolicyError, PolicyFile, PrenotifyTable, PublicationTable, ReportsTable, StageTable,
    StepTable,
};

use crate::id::{Fingerprint, Slug};
use crate::letter::Severity;
use crate::time::Timestamp;

/// A checked policy. **Rule:** DESIGN.md section 4 names its parts; every preset names its sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Whose policy it is and since when.
    pub identity: Identity,
    /// Every place that can receive; exactly one has the role of the team.
    pub desks: Vec<Desk>,
    /// The calendar that days are counted on.
    pub calendar: Calendar,
    /// What is promised.
    pub clocks: Clocks,
    /// What is promised for graver cases.
    pub overrides: Vec<Override>,
    /// When silence becomes a reason, and whom to turn to, in order.
    pub escalation: Escalation,
    /// How a case becomes public.
    pub disclosure: Disclosure,
    /// What the team says about reports and those who write them.
    pub reports: Reports,
}

/// What the team says about reports and those who write them; `None` where the policy says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reports {
    /// Whether a report without a name is welcome.
    pub anonymous: Option<bool>,
    /// Whether reporters are named in the advisory if they wish.
    pub credit: Option<bool>,
    /// How long after the last word the sealed reports are deleted.
    pub retention: Option<Length>,
    /// How many MiB of files a letter may enclose; 0 for none at all.
    pub enclosures_mib: Option<u32>,
}

impl Reports {
    /// How many MiB of files a letter may enclose, said or not.
    #[must_use]
    pub fn enclosures_mib(self) -> u32 {
        self.enclosures_mib.unwrap_or(crate::limits::DEFAULT_ENCLOSURES_MIB)
    }
}

impl Policy {
    /// The desk of the team itself.
    #[must_use]
    pub fn team_desk(&self) -> &Desk {
        let team = self.desks.iter().find(|desk| desk.role == Role::Team);
        team.expect("PolicyFile::check refuses a policy without a team desk")
    }

    /// The desk of that name.
    #[must_use]
    pub fn desk(&self, id: &Slug) -> Option<&Desk> {
        self.desks.iter().find(|desk| desk.id == *id)
    }

    /// The policy as it holds for a case of this severity: overrides that apply are worked into the clocks.
    #[must_use]
    pub fn for_case(mut self, severity: Option<Severity>, exploited: bool) -> Self {
        let held = self.overrides.iter().copied().filter(|each| each.when.holds(severity, exploited));
        self.clocks = self.clocks.overridden(held);
        if exploited
            && let Some(embargo) = &mut self.disclosure.embargo
            && let Some(exploited) = embargo.exploited
        {
            embargo.hard_deadline = Some(exploited);
            // Grace is for a fix that needs a little longer, not for attacks that go on.
            embargo.grace = None;
        }
        self
    }

    /// The instant this long after `start`, on the policy's calendar.
    #[must_use]
    pub fn after(&self, start: Timestamp, length: Length) -> Timestamp {
        self.calendar.after(start, length)
    }

    /// The disclosure's stage of that name.
    #[must_use]
    pub fn stage(&self, id: &Slug) -> Option<&Stage> {
        self.disclosure.stages.iter().find(|stage| stage.id == *id)
    }

    /// The ladder's step of that name.
    #[must_use]
    pub fn step(&self, id: &Slug) -> Option<&Step> {
        self.escalation.steps.iter().find(|step| step.id == *id)
    }
}

/// Whose policy it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The team's name in paths.
    pub slug: Slug,
    /// The team's name for people.
    pub name: String,
    /// What the team looks after.
    pub project: String,
    /// Counts up with every change.
    pub version: u32,
    /// The version that this one takes the place of.
    pub supersedes: Option<u32>,
    /// From when it applies to new cases.
    pub effective: Timestamp,
    /// When it must have been renewed.
    pub expires: Timestamp,
    /// Languages the team reads, as BCP 47 tags, best first.
    pub languages: Vec<String>,
    /// Where the policy stands as prose.
    pub policy_url: Option<String>,
    /// Where to send comments on the policy itself.
    pub comments: Option<String>,
    /// The team's mail address.
    pub contact: String,
    /// The certificate whose key signs the policy file.
    pub signed_by: Fingerprint,
    /// What the team promises to those who report in good faith.
    pub safe_harbour: Option<String>,
}

impl Identity {
    /// Whether the policy applies at `now`.
    #[must_use]
    pub fn standing(&self, now: Timestamp) -> Standing {
        if now < self.effective {
            Standing::NotYet { from: self.effective }
        } else if now >= self.expires {
            Standing::Expired { at: self.expires }
        } else {
            Standing::InForce
        }
    }
}

/// Whether a policy applies at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "standing", rename_all = "kebab-case")]
pub enum Standing {
    /// It applies.
    InForce,
    /// It applies later.
    NotYet {
        /// From when.
        from: Timestamp,
    },
    /// It was not renewed in time; open cases keep it all the same (promise 4).
    Expired {
        /// Since when.
        at: Timestamp,
    },
}

/// A place that can receive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desk {
    /// Its name in paths.
    pub id: Slug,
    /// What it is in the policy's terms.
    pub role: Role,
    /// Its name for people.
    pub name: String,
    /// Certificates that every letter to it is encrypted to; empty for a contact without a key.
    pub fingerprints: Vec<Fingerprint>,
    /// Certificates whose holders may pull and answer; never empty where `fingerprints` is not.
    pub members: Vec<Fingerprint>,
    /// How people reach it, best first: `mailto:`, `https:`, `tel:`, `matrix:`, `irc:`, `ircs:`.
    pub uris: Vec<String>,
}

/// What a desk is in the policy's terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Those who can fix it.
    Team,
    /// The security coordinator.
    Coordinator,
    /// The back-up contact.
    Backup,
}

#[cfg(all(test, feature = "toml"))]
pub(crate) mod tests;
