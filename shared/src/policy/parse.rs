//! `policy.toml` as it stands in the file: its tables, and where in it an error is.

use serde::{Deserialize, Serialize};

use super::check::{Tables, check};
use super::{Carries, Doer, EmbargoStart, Policy, Role, SeverityScheme, Shift};
use crate::id::{Fingerprint, Slug};
use crate::letter::Severity;
use crate::time::Timestamp;

/// Says what is wrong in a policy file: the place and the rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Not TOML, an unknown key, a missing key or a value of the wrong type.
    #[error("line {line}: {message}")]
    Syntax {
        /// Counted from 1.
        line: usize,
        /// What the reader of TOML says.
        message: String,
    },
    /// A value that breaks a rule or contradicts another.
    #[error("{}{key}: {rule}", line.map(|line| format!("line {line}: ")).unwrap_or_default())]
    Rule {
        /// Counted from 1; `None` when the policy was not read from a file.
        line: Option<usize>,
        /// The key, as in `escalation.steps[2].to`.
        key: String,
        /// The rule in a sentence.
        rule: String,
    },
}

impl PolicyError {
    /// Where in the file, counted from 1; `None` when the policy was not read from a file.
    #[must_use]
    pub const fn line(&self) -> Option<usize> {
        match self {
            Self::Syntax { line, .. } => Some(*line),
            Self::Rule { line, .. } => *line,
        }
    }

    pub(super) fn rule(key: impl Into<String>, rule: impl Into<String>) -> Self {
        Self::Rule { line: None, key: key.into(), rule: rule.into() }
    }

    #[cfg(feature = "toml")]
    pub(super) fn syntax(text: &str, error: &toml::de::Error) -> Self {
        let line = error.span().map_or(1, |span| super::locate::line_of(text, span.start));
        Self::Syntax { line, message: error.message().to_owned() }
    }
}

/// A policy file, read but not yet checked. Also the form in which the vault hands a policy to the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyFile {
    /// `[identity]`
    pub identity: IdentityTable,
    /// `[calendar]`
    #[serde(default)]
    pub calendar: Option<CalendarTable>,
    /// `[clocks]`
    pub clocks: ClocksTable,
    /// `[escalation]` and `[[escalation.steps]]`
    pub escalation: EscalationTable,
    /// `[[desks]]`
    pub desks: Vec<DeskTable>,
    /// `[disclosure]`
    #[serde(default)]
    pub disclosure: Option<DisclosureTable>,
    /// `[reports]`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reports: Option<ReportsTable>,
}

/// `[identity]`; see [`super::Identity`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is documented at `Identity`")]
pub struct IdentityTable {
    pub slug: Slug,
    pub name: String,
    pub project: String,
    pub version: u32,
    #[serde(default)]
    pub supersedes: Option<u32>,
    pub effective: Timestamp,
    pub expires: Timestamp,
    #[serde(default)]
    pub languages: Vec<String>,
    #[serde(default)]
    pub policy_url: Option<String>,
    #[serde(default)]
    pub comments: Option<String>,
    pub contact: String,
    pub signed_by: Fingerprint,
    #[serde(default)]
    pub safe_harbour: Option<String>,
}

/// `[clocks]`; see [`super::Clocks`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is documented at `Clocks`")]
pub struct ClocksTable {
    pub acknowledge: String,
    pub answer: String,
    pub update: String,
    #[serde(default)]
    pub warn_before: Option<String>,
    #[serde(default)]
    pub overrides: Vec<OverrideTable>,
}

/// `[escalation]`; see [`super::Escalation`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is documented at `Escalation`")]
pub struct EscalationTable {
    pub no_reply: String,
    pub silence: String,
    #[serde(default)]
    pub steps: Vec<StepTable>,
}

/// `[[escalation.steps]]`; see [`super::Step`]. Exactly one of `to` and `public` is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is documented at `Step`")]
pub struct StepTable {
    pub id: Slug,
    #[serde(default)]
    pub to: Option<Slug>,
    #[serde(default)]
    pub public: Option<String>,
    #[serde(default)]
    pub wait: Option<String>,
    pub carries: Carries,
}

/// `[[desks]]`; see [`super::Desk`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is documented at `Desk`")]
pub struct DeskTable {
    pub id: Slug,
    pub role: Role,
    pub name: String,
    #[serde(default)]
    pub fingerprints: Vec<Fingerprint>,
    #[serde(default)]
    pub members: Vec<Fingerprint>,
    #[serde(default)]
    pub uris: Vec<String>,
}

/// `[calendar]`; see [`super::Calendar`]. `zone_rule` is the POSIX form of `zone`, so that no client needs a zone database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is documented at `Calendar`")]
pub struct CalendarTable {
    #[serde(default = "utc")]
    pub zone: String,
    #[serde(default)]
    pub zone_rule: Option<String>,
    #[serde(default)]
    pub weekend: Option<Vec<String>>,
    #[serde(default)]
    pub holidays: Vec<String>,
    #[serde(default)]
    pub shift: Shift,
}

fn utc() -> String {
    "UTC".to_owned()
}

/// `[[clocks.overrides]]`; see [`super::Override`]. Exactly one of `severity` and `exploited` is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is documented at `Override`")]
pub struct OverrideTable {
    #[serde(default)]
    pub severity: Option<Severity>,
    #[serde(default)]
    pub exploited: bool,
    #[serde(default)]
    pub acknowledge: Option<String>,
    #[serde(default)]
    pub answer: Option<String>,
    #[serde(default)]
    pub update: Option<String>,
}

/// `[disclosure]`; see [`super::Disclosure`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "each field is documented at `Disclosure`")]
pub struct DisclosureTable {
    pub ids: Vec<String>,
    pub severity: SeverityScheme,
    pub embargo: Option<EmbargoTable>,
    pub stages: Vec<StageTable>,
    pub prenotify: Vec<PrenotifyTable>,
    pub publish: Vec<PublicationTable>,
}

/// `[disclosure.embargo]`; see [`super::EmbargoRule`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is documented at `EmbargoRule`")]
pub struct EmbargoTable {
    pub starts: EmbargoStart,
    #[serde(default)]
    pub preferred: Option<String>,
    #[serde(default)]
    pub minimum: Option<String>,
    #[serde(default)]
    pub maximum: Option<String>,
    #[serde(default)]
    pub grace: Option<String>,
    #[serde(default)]
    pub hard_deadline: Option<String>,
    #[serde(default)]
    pub after_fix: Option<String>,
    #[serde(default)]
    pub exploited: Option<String>,
}

/// `[[disclosure.stages]]`; see [`super::Stage`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is documented at `Stage`")]
pub struct StageTable {
    pub id: Slug,
    pub title: String,
    #[serde(default)]
    pub records: Vec<String>,
}

/// `[[disclosure.prenotify]]`; see [`super::Prenotify`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is documented at `Prenotify`")]
pub struct PrenotifyTable {
    pub audience: String,
    pub earliest: String,
    #[serde(default)]
    pub latest: Option<String>,
    #[serde(default)]
    pub condition: Option<String>,
}

/// `[[disclosure.publish]]`; see [`super::Publication`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is documented at `Publication`")]
pub struct PublicationTable {
    pub action: String,
    pub within: String,
    #[serde(default, skip_serializing_if = "Doer::is_default")]
    pub by: Doer,
}

/// `[reports]`; see [`super::Reports`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "each field is documented at `Reports`")]
pub struct ReportsTable {
    pub anonymous: Option<bool>,
    pub credit: Option<bool>,
    pub retention: Option<String>,
    pub enclosures_mib: Option<u32>,
}

impl Policy {
    /// Reads and checks a policy file: TOML without unknown keys, every rule kept.
    ///
    /// # Errors
    /// The first error, with line, key and rule.
    #[cfg(feature = "toml")]
    pub fn from_toml(text: &str) -> Result<Self, PolicyError> {
        PolicyFile::from_toml(text)?.check().map_err(|error| super::locate::in_file(text, error))
    }
}

impl PolicyFile {
    /// Reads TOML. Unknown keys are errors.
    ///
    /// # Errors
    /// [`PolicyError::Syntax`] with the line; a file over [`crate::limits::MAX_POLICY_BYTES`] is refused unread.
    #[cfg(feature = "toml")]
    pub fn from_toml(text: &str) -> Result<Self, PolicyError> {
        if text.len() > crate::limits::MAX_POLICY_BYTES {
            return Err(PolicyError::Syntax {
                line: 1,
                message: "a policy file is at most 64 KiB".to_owned(),
            });
        }
        toml::from_str(text).map_err(|error| PolicyError::syntax(text, &error))
    }

    /// Checks every rule and makes the [`Policy`].
    ///
    /// # Errors
    /// [`PolicyError::Rule`]: the first broken rule with its key.
    pub fn check(self) -> Result<Policy, PolicyError> {
        check(Tables::from(self)).map(|(policy, _)| policy).map_err(|faults| {
            let first = faults.into_iter().next();
            first.expect("a file has every table, so only a broken rule keeps a policy from being made")
        })
    }
}
