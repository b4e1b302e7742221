//! What the members of a desk tell each other about a case, and the one state that follows from it.
//!
//! **Rule** (PROTOCOL.md, "Notes of the desk"): the log is a set, so the order in which entries arrive, and how often, changes
//! nothing. Words are ordered by their moment, and by entry id where that is the same. Of two assignments the later holds; a
//! stage keeps its first date; of two records of the same thing in a stage the later holds; notes all stay.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::id::{CaseId, EntryId, Fingerprint, Slug};
use crate::time::{Duration, Timestamp};

#[cfg(test)]
mod tests;

/// A letter of the desk to itself: sealed to its own certificates and signed by a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskEntry {
    /// The case it belongs to.
    pub case: CaseId,
    /// The entry it is stored as: a copy of it under another id says nothing.
    pub entry: EntryId,
    /// When it was written, by the member's clock.
    pub written_at: Timestamp,
    /// What it says. A note's words, and what explains another entry, are the letter's prose.
    #[serde(flatten)]
    pub says: DeskWord,
}

/// What a member says to the other members.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "says", rename_all = "kebab-case")]
pub enum DeskWord {
    /// A note; its words are the letter's prose.
    Note,
    /// The case is somebody's to handle, or nobody's again.
    Assigned {
        /// The member, by fingerprint.
        to: Option<Fingerprint>,
    },
    /// A stage of the disclosure was reached, or more of what it must record is known.
    Stage {
        /// Which.
        stage: Slug,
        /// What the policy wants on record for it, by the policy's own names, such as `affected`.
        records: BTreeMap<String, String>,
    },
    /// Somebody outside was told before everybody.
    Prenotified {
        /// One of the policy's audiences.
        audience: String,
        /// Who it was sealed to, by fingerprint.
        to: Fingerprint,
    },
}

/// The moment a word of the team counts from: its own date, held within the hour in which the relay got it, so that a member's wrong
/// clock cannot outweigh everybody's later words. What has not arrived yet counts from its own date.
#[must_use]
pub fn counts_from(written_at: Timestamp, received: Option<Timestamp>) -> Timestamp {
    let last_of_hour = |hour: Timestamp| hour + Duration::from_seconds(3599);
    received.map_or(written_at, |hour| written_at.clamp(hour, last_of_hour(hour)))
}

/// One word of a member, with its place in the order. The fields stand in the order by which words are compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Said {
    /// When, see [`counts_from`].
    pub at: Timestamp,
    /// The entry.
    pub entry: EntryId,
    /// The member, by fingerprint.
    pub by: Fingerprint,
    /// What.
    pub word: DeskWord,
}

/// Everything the members said about one case: a set that grows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeskLog {
    said: BTreeSet<Said>,
}

impl DeskLog {
    /// Adds a word. One that is there already changes nothing.
    pub fn add(&mut self, said: Said) {
        self.said.insert(said);
    }

    /// Adds everything of another log.
    pub fn merge(&mut self, other: &Self) {
        self.said.extend(other.said.iter().cloned());
    }

    /// Everything, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Said> {
        self.said.iter()
    }

    /// The state that every member sees who has these words.
    #[must_use]
    pub fn state(&self) -> DeskState {
        let mut state = DeskState::default();
        for said in &self.said {
            state.hear(said);
        }
        state
    }
}

/// What follows from a [`DeskLog`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeskState {
    /// Whose case it is: the last assignment, which may have been to nobody.
    pub assigned: Option<Assignment>,
    /// The stages that were reached.
    pub stages: BTreeMap<Slug, StageRecord>,
    /// How many notes there are.
    pub notes: usize,
    /// Who was told beforehand.
    pub prenotified: Vec<(String, Fingerprint, Timestamp)>,
}

/// An assignment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Assignment {
    /// The member; `None` for nobody.
    pub to: Option<Fingerprint>,
    /// Who said so.
    pub by: Fingerprint,
    /// Since when.
    pub at: Timestamp,
}

/// A stage that was reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StageRecord {
    /// When it was said first.
    pub reached_at: Timestamp,
    /// Who said so first.
    pub by: Fingerprint,
    /// What is on record for it.
    pub records: BTreeMap<String, String>,
}

impl DeskState {
    /// The member who handles the case.
    #[must_use]
    pub fn handler(&self) -> Option<&Fingerprint> {
        self.assigned.as_ref()?.to.as_ref()
    }

    /// Words come in order, so that the later simply overwrites.
    fn hear(&mut self, said: &Said) {
        match &said.word {
            DeskWord::Note => self.notes += 1,
            DeskWord::Assigned { to } => {
                self.assigned = Some(Assignment { to: to.clone(), by: said.by.clone(), at: said.at });
            }
            DeskWord::Stage { stage, records } => {
                let first =
                    || StageRecord { reached_at: said.at, by: said.by.clone(), records: BTreeMap::new() };
                let known = self.stages.entry(stage.clone()).or_insert_with(first);
                known.records.extend(records.clone());
            }
            DeskWord::Prenotified { audience, to } => {
                self.prenotified.push((audience.clone(), to.clone(), said.at));
            }
        }
    }
}
