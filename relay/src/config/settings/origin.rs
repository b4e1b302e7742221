//! The address people use for a relay.

use serde::{Deserialize, Serialize};

/// `http[s]://host[:port]` without anything behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origin(String);

impl Origin {
    /// One that was checked before.
    pub(super) const fn given(origin: String) -> Self {
        Self(origin)
    }
}

impl std::str::FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let clean = |host: &str| {
            let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-:[]".contains(c);
            !host.is_empty() && host.chars().all(allowed)
        };
        match rest {
            Some(host) if clean(host) => Ok(Self(text.to_owned())),
            _ => Err("an origin is http:// or https://, a lowercase host and perhaps a port, with no slash at the end: \
                      https://reports.example.org"
                .to_owned()),
        }
    }
}

impl TryFrom<String> for Origin {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.0
    }
}
