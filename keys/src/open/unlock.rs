//! What opens a letter: a case key, a key file, or what gpg says about this one letter.

use zeroize::Zeroizing;

use super::OpenError;
use crate::case_key::CaseKey;
use crate::signing_key::SigningKey;

/// What opens a letter.
#[derive(Debug, Clone, Copy)]
pub enum Unlock<'a> {
    /// The reporter's case key.
    Case(&'a CaseKey),
    /// A team's key file.
    Key(&'a SigningKey),
    /// The key of this one letter, as gpg told it.
    Session(&'a SessionKey),
}

impl<'a> From<&'a CaseKey> for Unlock<'a> {
    fn from(key: &'a CaseKey) -> Self {
        Self::Case(key)
    }
}

impl<'a> From<&'a SigningKey> for Unlock<'a> {
    fn from(key: &'a SigningKey) -> Self {
        Self::Key(key)
    }
}

impl<'a> From<&'a SessionKey> for Unlock<'a> {
    fn from(key: &'a SessionKey) -> Self {
        Self::Session(key)
    }
}

/// The session key of one letter, as `gpg --show-session-key` prints it: `ALGORITHM:HEX`.
pub struct SessionKey {
    pub(super) algorithm: u8,
    pub(super) key: Zeroizing<Vec<u8>>,
}

impl std::str::FromStr for SessionKey {
    type Err = OpenError;

    fn from_str(text: &str) -> Result<Self, OpenError> {
        let (algorithm, hex) = text.trim().split_once(':').ok_or(OpenError::SessionKey)?;
        let algorithm = algorithm.parse().map_err(|_| OpenError::SessionKey)?;
        let key =
            data_encoding::HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).map_err(|_| OpenError::SessionKey)?;
        let key = Zeroizing::new(key);
        if (16..=32).contains(&key.len()) { Ok(Self { algorithm, key }) } else { Err(OpenError::SessionKey) }
    }
}

impl std::fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionKey(..)")
    }
}
