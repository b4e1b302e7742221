//! Identifiers: cases, entries, desks and certificates. They know their spelling and nothing else.

use std::fmt;
use std::str::FromStr;

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE, HEXUPPER};
use serde::{Deserialize, Serialize};

/// Says why a text is not the identifier it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// A case or entry id is 32 lowercase hexadecimal digits.
    #[error("an id is 32 lowercase hexadecimal digits")]
    Id,
    /// A fingerprint is 40 (v4) or 64 (v6) hexadecimal digits; spaces are ignored.
    #[error("a fingerprint is 40 or 64 hexadecimal digits; spaces are ignored")]
    Fingerprint,
    /// A slug is 1 to 40 of `a-z`, `0-9` and `-`, and starts with a letter or digit.
    #[error("a slug is 1 to 40 of a-z, 0-9 and -, and starts with a letter or digit")]
    Slug,
}

macro_rules! random_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, pattern = "^[0-9a-f]{32}$"))]
        pub struct $name([u8; 16]);

        impl $name {
            /// Takes 128 bits made by the client.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The 128 bits.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }

            /// The first eight digits in two groups: enough for people to tell a handful apart, never an address.
            #[must_use]
            pub fn short(&self) -> String {
                let hex = HEXLOWER.encode(self.0.get(..4).unwrap_or_default());
                let (left, right) = hex.split_at(4);
                format!("{left}-{right}")
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| IdError::Id)?;
                bytes.try_into().map(Self).map_err(|_| IdError::Id)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&HEXLOWER.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    };
}

random_id!(
    /// Names one report at one desk. 128 bits, made by the reporter's client (PROTOCOL.md, "Names").
    CaseId
);
random_id!(
    /// Names one sealed letter of a case. The first letter's entry id equals its case id.
    EntryId
);

random_id!(
    /// Names the sealed enclosures of one letter. 128 bits, made by the client that writes.
    BlobId
);

impl From<BlobId> for EntryId {
    /// As it stands in the blob's receipt.
    fn from(blob: BlobId) -> Self {
        Self(blob.0)
    }
}

impl From<CaseId> for EntryId {
    fn from(case: CaseId) -> Self {
        Self(case.0)
    }
}

/// The fingerprint of an OpenPGP certificate: 20 bytes (v4) or 32 bytes (v6), spelled in uppercase hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, pattern = "^([0-9A-F]{40}|[0-9A-F]{64})$"))]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The uppercase digits without spaces.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digits in groups of four, as people compare them.
    #[must_use]
    pub fn grouped(&self) -> String {
        let mut grouped = String::with_capacity(self.0.len() * 5 / 4);
        for (n, digit) in self.0.chars().enumerate() {
            if n > 0 && n % 4 == 0 {
                grouped.push(' ');
            }
            grouped.push(digit);
        }
        grouped
    }
}

impl FromStr for Fingerprint {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let bytes = HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).map_err(|_| IdError::Fingerprint)?;
        match bytes.len() {
            20 | 32 => Ok(Self(HEXUPPER.encode(&bytes))),
            _ => Err(IdError::Fingerprint),
        }
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        fingerprint.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A short name that is safe in a path: of a team, a desk or a ladder step.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, pattern = "^[a-z0-9][a-z0-9-]{0,39}$"))]
pub struct Slug(String);

impl Slug {
    /// The name itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Slug {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let well_formed =
            (1..=40).contains(&text.len()) && text.chars().all(allowed) && !text.starts_with('-');
        if well_formed { Ok(Self(text.to_owned())) } else { Err(IdError::Slug) }
    }
}

impl TryFrom<String> for Slug {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_spelled_in_one_way_only() {
        let id: CaseId = "00112233445566778899aabbccddeeff".parse().unwrap();
        assert_eq!(id.to_string(), "00112233445566778899aabbccddeeff");
        assert_eq!(id.short(), "0011-2233");
        for bad in
            ["", "0011", "00112233445566778899AABBCCDDEEFF", "00112233445566778899aabbccddeeff0", "../../etc"]
        {
            assert_eq!(bad.parse::<CaseId>(), Err(IdError::Id), "{bad}");
        }
    }

    #[test]
    fn a_fingerprint_is_read_as_people_write_it() {
        let spaced: Fingerprint = "5769 c88b f5dd 3d14 a234  a7ac efb9 860a e752 0dac".parse().unwrap();
        assert_eq!(spaced.as_str(), "5769C88BF5DD3D14A234A7ACEFB9860AE7520DAC");
        assert_eq!(spaced.grouped(), "5769 C88B F5DD 3D14 A234 A7AC EFB9 860A E752 0DAC");
        assert!("5769C88B".parse::<Fingerprint>().is_err());
    }

    #[test]
    fn a_slug_cannot_leave_its_folder() {
        assert!("rust-security".parse::<Slug>().is_ok());
        for bad in ["", ".", "..", "a/b", "-a", "A", "a b", "é"] {
            assert!(bad.parse::<Slug>().is_err(), "{bad}");
        }
    }
}
