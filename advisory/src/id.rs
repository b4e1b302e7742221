//! The id of an advisory, as it stands in addresses and file names.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The most characters of an id: the longest in use (SUSE's) have 20.
const MAX_CHARS: usize = 64;

/// Names one advisory of a team: 3 to 64 of `A-Z a-z 0-9 -`, starting with a letter and ending with a letter or digit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AdvisoryId(String);

/// Says that a text is no advisory id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "an advisory's id is 3 to 64 of A-Z, a-z, 0-9 and -, begins with a letter and ends with a letter or digit, as in DEMO-2026-0001"
)]
pub struct AdvisoryIdError;

impl AdvisoryId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AdvisoryId {
    type Err = AdvisoryIdError;

    fn from_str(text: &str) -> Result<Self, AdvisoryIdError> {
        let known = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        let ends = text.starts_with(|c: char| c.is_ascii_alphabetic()) && !text.ends_with('-');
        let long_enough = (3..=MAX_CHARS).contains(&text.len());
        if known && ends && long_enough { Ok(Self(text.to_owned())) } else { Err(AdvisoryIdError) }
    }
}

impl TryFrom<String> for AdvisoryId {
    type Error = AdvisoryIdError;

    fn try_from(text: String) -> Result<Self, AdvisoryIdError> {
        text.parse()
    }
}

impl From<AdvisoryId> for String {
    fn from(id: AdvisoryId) -> Self {
        id.0
    }
}

impl fmt::Display for AdvisoryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_safe_in_a_path_and_a_file_name() {
        for good in ["DEMO-2026-0001", "GHSA-jfh8-c2jp-5v3q", "abc"] {
            assert_eq!(good.parse::<AdvisoryId>().unwrap().as_str(), good);
        }
        for bad in ["", "ab", "../x", "A B", "-AB", "AB-", "2026-1", "ä-2026", &"A".repeat(65)] {
            assert!(bad.parse::<AdvisoryId>().is_err(), "{bad}");
        }
    }
}
