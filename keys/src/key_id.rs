//! Key ids: what sealed letters name their recipients by.

use std::fmt;

use data_encoding::HEXUPPER;
use pgp::types::KeyDetails;

/// An OpenPGP key id: what a sealed letter names its recipients by. All zero means "not told".
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId([u8; 8]);

impl KeyId {
    /// Takes the eight bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// Whether this stands for "the recipient is not told".
    #[must_use]
    pub fn is_anonymous(self) -> bool {
        self.0 == [0; 8]
    }

    pub(crate) fn of(key: &impl KeyDetails) -> Self {
        Self(key.legacy_key_id().as_ref().try_into().unwrap_or_default())
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXUPPER.encode(&self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}
