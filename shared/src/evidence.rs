//! Evidence: what was promised, kept and missed in one case, who says so, and what anybody can check. Never the report, nor its title.
//!
//! Pure: signatures are made and checked elsewhere, over [`Facts::canonical`]. **Rule:** PROTOCOL.md, "Evidence".

mod check;
mod said;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::{CaseId, EntryId, Fingerprint, Slug};
use crate::letter::{ReplyKind, Severity};
use crate::policy::Policy;
use crate::time::Timestamp;
use crate::timeline::{Case, TimelineView};

pub use check::Fault;
pub use said::{Line, Proof, readable};

/// The form's version; another one is refused.
pub const VERSION: u32 = 1;

/// The most bytes of an evidence file: a policy, a few certificates, and a receipt for each of some hundred entries.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// An evidence file: the facts, signed with the case's key where the reporter has one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// [`VERSION`].
    pub evidence: u32,
    /// What is stated.
    pub facts: Facts,
    /// Armored certificate of the case's key.
    pub certificate: Option<String>,
    /// Armored detached signature over [`Facts::canonical`].
    pub signature: Option<String>,
}

/// Everything that an evidence file states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// The moment the view is for.
    pub made_at: Timestamp,
    /// Which case.
    pub case: CaseId,
    /// The team.
    pub team: Slug,
    /// The desk it was sent to.
    pub desk: Slug,
    /// How grave the reporter called it, where that changes a promise.
    pub severity: Option<Severity>,
    /// Whether the reporter knew of attacks, where that changes a promise.
    pub exploited: bool,
    /// The policy in force when the case was opened.
    pub policy: PolicyProof,
    /// SHA-256 of the sealed report, which the receipt names.
    pub letter_sha256: Option<String>,
    /// Armored certificate of the relay's receipt key.
    pub relay_certificate: Option<String>,
    /// Receipts as the relay signed them: of the report, and of entries of the team.
    pub receipts: Vec<String>,
    /// The team's replies, without what they say.
    pub replies: Vec<ReplyFact>,
    /// Everything on the reporter's record.
    pub events: Case,
    /// What follows from all this at `made_at`.
    pub view: TimelineView,
}

/// A policy as its team published it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyProof {
    /// The file, byte for byte.
    pub text: String,
    /// Its armored detached signature; `None` for a policy that nobody signed, such as a preset.
    pub signature: Option<String>,
    /// The armored certificate of whom the policy names as its signer.
    pub certificate: Option<String>,
}

/// A verified reply of the team, without what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplyFact {
    /// The entry at the relay.
    pub entry: EntryId,
    /// What it means for the clocks.
    pub kind: ReplyKind,
    /// From when it counts.
    pub at: Timestamp,
    /// By whose certificate the reporter's program verified it.
    pub signed_by: Option<Fingerprint>,
}

impl Evidence {
    /// Reads a file. Gives with it whether the facts say nothing beside what was read: a key that is not known here, or an order of events
    /// that reading puts right, is not covered by a signature over what was read.
    ///
    /// # Errors
    /// When it is no evidence of this form.
    pub fn read(bytes: &[u8]) -> Result<(Self, bool), serde_json::Error> {
        let file: Value = serde_json::from_slice(bytes)?;
        let mut written = String::new();
        file.get("facts").into_iter().for_each(|facts| write_canonical(facts, &mut written));
        let read = Self::deserialize(file)?;
        let is_all = read.facts.canonical()? == written;
        Ok((read, is_all))
    }
}

impl Facts {
    /// What is signed: JSON without blanks, the keys of every object in order of their bytes.
    ///
    /// # Errors
    /// Never for facts that were read or made here; the type of the serialiser has no other way to say so.
    pub fn canonical(&self) -> Result<String, serde_json::Error> {
        let mut text = String::new();
        write_canonical(&serde_json::to_value(self)?, &mut text);
        Ok(text)
    }

    /// Leaves out how grave the case was called unless a promise hangs on it.
    pub fn keep_gravity_only_where_it_counts(&mut self, policy: &Policy) {
        if policy.clone().for_case(self.severity, false) == *policy {
            self.severity = None;
        }
        if policy.clone().for_case(None, self.exploited) == *policy {
            self.exploited = false;
        }
    }
}

fn write_canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(object) => {
            let mut keys: Vec<_> = object.iter().collect();
            keys.sort_by_key(|(key, _)| key.as_bytes());
            text.push('{');
            for (n, (key, value)) in keys.into_iter().enumerate() {
                if n > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
                write_canonical(value, text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    text.push(',');
                }
                write_canonical(item, text);
            }
            text.push(']');
        }
        leaf => text.push_str(&leaf.to_string()),
    }
}

#[cfg(all(test, feature = "toml"))]
mod tests;
