//! `policy.toml` as it stands in the file, and the check that makes a [`Policy`] of it.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::{Carries, Clocks, Desk, Escalation, Identity, Length, Place, Policy, Role, Step};
use crate::id::{Fingerprint, Slug};
use crate::time::Timestamp;

/// The address schemes a contact may use.
const SCHEMES: [&str; 6] = ["mailto:", "https:", "tel:", "matrix:", "irc:", "ircs:"];

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
    #[error("{key}: {rule}")]
    Rule {
        /// The key, as in `escalation.steps[2].to`.
        key: String,
        /// The rule in a sentence.
        rule: String,
    },
}

fn broken<T>(key: impl Into<String>, rule: impl Into<String>) -> Result<T, PolicyError> {
    Err(PolicyError::Rule { key: key.into(), rule: rule.into() })
}

/// A policy file, read but not yet checked. Also the form in which the vault hands a policy to the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyFile {
    /// `[identity]`
    pub identity: IdentityTable,
    /// `[clocks]`
    pub clocks: ClocksTable,
    /// `[escalation]` and `[[escalation.steps]]`
    pub escalation: EscalationTable,
    /// `[[desks]]`
    pub desks: Vec<DeskTable>,
}

/// `[identity]`; see [`Identity`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is documented at `Identity`")]
pub struct IdentityTable {
    pub slug: Slug,
    pub name: String,
    pub project: String,
    pub version: u32,
    pub effective: Timestamp,
    pub expires: Timestamp,
    #[serde(default)]
    pub languages: Vec<String>,
    #[serde(default)]
    pub policy_url: Option<String>,
    pub contact: String,
    pub signed_by: Fingerprint,
    #[serde(default)]
    pub safe_harbour: Option<String>,
}

/// `[clocks]`; see [`Clocks`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is documented at `Clocks`")]
pub struct ClocksTable {
    pub acknowledge: String,
    pub answer: String,
    pub update: String,
    #[serde(default)]
    pub warn_before: Option<String>,
}

/// `[escalation]`; see [`Escalation`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is documented at `Escalation`")]
pub struct EscalationTable {
    pub no_reply: String,
    pub silence: String,
    #[serde(default)]
    pub steps: Vec<StepTable>,
}

/// `[[escalation.steps]]`; see [`Step`]. Exactly one of `to` and `public` is set.
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

/// `[[desks]]`; see [`Desk`].
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
        toml::from_str(text).map_err(|error| PolicyError::Syntax {
            line: error.span().map_or(1, |span| line_of(text, span.start)),
            message: error.message().to_owned(),
        })
    }

    /// Checks every rule and makes the [`Policy`].
    ///
    /// # Errors
    /// [`PolicyError::Rule`]: the first broken rule with its key.
    pub fn check(self) -> Result<Policy, PolicyError> {
        let identity = check_identity(self.identity)?;
        let clocks = check_clocks(&self.clocks)?;
        let desks = check_desks(self.desks)?;
        let escalation = check_escalation(self.escalation, &desks)?;
        Ok(Policy { identity, desks, clocks, escalation })
    }
}

#[cfg(feature = "toml")]
fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

fn check_identity(table: IdentityTable) -> Result<Identity, PolicyError> {
    if table.version == 0 {
        return broken("identity.version", "versions count from 1");
    }
    if table.expires <= table.effective {
        return broken("identity.expires", "must lie after identity.effective");
    }
    if !is_mail_address(&table.contact) {
        return broken("identity.contact", "must be a mail address, as in security@example.org");
    }
    if table.policy_url.as_ref().is_some_and(|url| !url.starts_with("https://")) {
        return broken("identity.policy_url", "must begin with https://");
    }
    for (key, text) in [("identity.name", &table.name), ("identity.project", &table.project)] {
        check_line(key, text)?;
    }
    Ok(Identity {
        slug: table.slug,
        name: table.name,
        project: table.project,
        version: table.version,
        effective: table.effective,
        expires: table.expires,
        languages: table.languages,
        policy_url: table.policy_url,
        contact: table.contact,
        signed_by: table.signed_by,
        safe_harbour: table.safe_harbour,
    })
}

fn is_mail_address(text: &str) -> bool {
    let mut parts = text.split('@');
    let (local, domain, rest) = (parts.next(), parts.next(), parts.next());
    let clean = text.chars().all(|c| c.is_ascii_graphic() && !"<>()[],;:\\\"?&%".contains(c));
    clean && rest.is_none() && local.is_some_and(|l| !l.is_empty()) && domain.is_some_and(|d| !d.is_empty())
}

fn check_line(key: &str, text: &str) -> Result<(), PolicyError> {
    if text.trim().is_empty() || text.chars().any(char::is_control) || text.chars().count() > 200 {
        broken(key, "must be one line of 1 to 200 characters")
    } else {
        Ok(())
    }
}

fn check_clocks(table: &ClocksTable) -> Result<Clocks, PolicyError> {
    let clocks = Clocks {
        acknowledge: positive("clocks.acknowledge", &table.acknowledge)?,
        answer: positive("clocks.answer", &table.answer)?,
        update: positive("clocks.update", &table.update)?,
        warn_before: match &table.warn_before {
            Some(text) => length("clocks.warn_before", text)?,
            None => Length::Hours(6),
        },
    };
    if clocks.answer.hours() < clocks.acknowledge.hours() {
        return broken("clocks.answer", "must not be shorter than clocks.acknowledge");
    }
    Ok(clocks)
}

fn length(key: &str, text: &str) -> Result<Length, PolicyError> {
    text.parse().or_else(|rule: super::LengthError| broken(key, rule.to_string()))
}

fn positive(key: &str, text: &str) -> Result<Length, PolicyError> {
    match length(key, text)? {
        length if length.hours() == 0 => broken(key, "must be longer than nothing"),
        length => Ok(length),
    }
}

fn check_desks(tables: Vec<DeskTable>) -> Result<Vec<Desk>, PolicyError> {
    let mut seen = HashSet::new();
    for (n, desk) in tables.iter().enumerate() {
        let key = |field: &str| format!("desks[{n}].{field}");
        if !seen.insert(desk.id.clone()) {
            return broken(key("id"), "another desk has this id");
        }
        check_line(&key("name"), &desk.name)?;
        if desk.fingerprints.len() > crate::limits::MAX_DESK_CERTS {
            return broken(key("fingerprints"), "a desk has at most 16 certificates");
        }
        if desk.role == Role::Team && desk.fingerprints.is_empty() {
            return broken(
                key("fingerprints"),
                "the team needs a certificate: without one nothing can be sealed",
            );
        }
        if desk.fingerprints.is_empty() && desk.uris.is_empty() {
            return broken(key("uris"), "a desk without a certificate needs at least one address");
        }
        if let Some(uri) = desk.uris.iter().find(|uri| !is_contact_uri(uri)) {
            return broken(key("uris"), format!("“{uri}” must begin with one of {}", SCHEMES.join(" ")));
        }
    }
    match tables.iter().filter(|desk| desk.role == Role::Team).count() {
        1 => Ok(tables.into_iter().map(desk).collect()),
        _ => broken("desks", "exactly one desk has the role \"team\""),
    }
}

fn is_contact_uri(uri: &str) -> bool {
    uri.chars().all(|c| c.is_ascii_graphic()) && SCHEMES.iter().any(|scheme| uri.starts_with(scheme))
}

fn desk(table: DeskTable) -> Desk {
    let members = if table.members.is_empty() { table.fingerprints.clone() } else { table.members };
    Desk {
        id: table.id,
        role: table.role,
        name: table.name,
        fingerprints: table.fingerprints,
        members,
        uris: table.uris,
    }
}

fn check_escalation(table: EscalationTable, desks: &[Desk]) -> Result<Escalation, PolicyError> {
    let no_reply = positive("escalation.no_reply", &table.no_reply)?;
    let silence = positive("escalation.silence", &table.silence)?;
    let mut seen = HashSet::new();
    let mut steps = Vec::with_capacity(table.steps.len());
    for (n, step) in table.steps.into_iter().enumerate() {
        if !seen.insert(step.id.clone()) {
            return broken(format!("escalation.steps[{n}].id"), "another step has this id");
        }
        steps.push(check_step(n, step, desks)?);
    }
    Ok(Escalation { no_reply, silence, steps })
}

fn check_step(n: usize, table: StepTable, desks: &[Desk]) -> Result<Step, PolicyError> {
    let key = |field: &str| format!("escalation.steps[{n}].{field}");
    let place = match (table.to, table.public) {
        (Some(to), None) => Place::Desk(check_target(&key("to"), to, table.carries, desks)?),
        (None, Some(url)) if !url.starts_with("https://") => {
            return broken(key("public"), "must begin with https://");
        }
        (None, Some(_)) if table.carries != Carries::Nothing => {
            return broken(key("carries"), "a public step carries \"nothing\": not a word about the problem");
        }
        (None, Some(url)) => Place::Public(url),
        _ => {
            return broken(key("to"), "a step has either \"to\" (a desk) or \"public\" (an address)");
        }
    };
    let wait = match &table.wait {
        Some(text) => length(&key("wait"), text)?,
        None => Length::ZERO,
    };
    Ok(Step { id: table.id, place, wait, carries: table.carries })
}

fn check_target(key: &str, to: Slug, carries: Carries, desks: &[Desk]) -> Result<Slug, PolicyError> {
    match desks.iter().find(|desk| desk.id == to) {
        None => broken(key, format!("there is no desk “{to}”")),
        Some(desk) if desk.role == Role::Team => broken(key, "the ladder leads past the team, not to it"),
        Some(desk) if carries == Carries::Full && desk.fingerprints.is_empty() => {
            broken(key, format!("“{to}” has no certificate, so it can carry a \"pointer\" but not \"full\""))
        }
        Some(_) => Ok(to),
    }
}
