//! What opens a letter: a case key, a key file, or what gpg says about this one letter.

use pgp::composed::{Esk, PlainSessionKey, RawSessionKey};
use pgp::types::PkeskVersion;
use sealpost_shared::Fingerprint;
use zeroize::Zeroizing;

use super::OpenError;
use crate::case_key::CaseKey;
use crate::case_key::opener::is_anonymous;
use crate::signing_key::SigningKey;

/// What opens a letter.
#[derive(Clone, Copy)]
pub struct Unlock<'a>(&'a dyn Opens);

impl Unlock<'_> {
    /// The session key of a message.
    pub(crate) fn session_key(self, esk: &[Esk]) -> Result<PlainSessionKey, OpenError> {
        self.0.session_key(esk)
    }

    /// Whose key it is, where that is known.
    pub(crate) fn reader(self) -> Option<Fingerprint> {
        self.0.reader()
    }
}

/// One way of coming to a letter's session key. Behind a pointer, so that a program carries only the ways it uses.
pub(crate) trait Opens {
    /// Finds or makes the session key of a message.
    fn session_key(&self, esk: &[Esk]) -> Result<PlainSessionKey, OpenError>;

    /// Whose key it is, where that is known.
    fn reader(&self) -> Option<Fingerprint>;
}

impl Opens for CaseKey {
    fn session_key(&self, esk: &[Esk]) -> Result<PlainSessionKey, OpenError> {
        self.opener().session_key(esk)
    }

    fn reader(&self) -> Option<Fingerprint> {
        Some(self.fingerprint())
    }
}

impl Opens for SigningKey {
    fn session_key(&self, esk: &[Esk]) -> Result<PlainSessionKey, OpenError> {
        let mut error = OpenError::NotForThisKey;
        for esk in esk {
            let Esk::PublicKeyEncryptedSessionKey(packet) = esk else { continue };
            for found in self.session_keys(packet) {
                match found {
                    Some(key) => return Ok(key),
                    None if !is_anonymous(packet) => error = OpenError::Altered,
                    None => {}
                }
            }
        }
        Err(error)
    }

    fn reader(&self) -> Option<Fingerprint> {
        Some(self.fingerprint())
    }
}

impl Opens for SessionKey {
    /// A version 6 session key packet carries no algorithm; version 2 encryption names its own (RFC 9580, 5.1.2).
    fn session_key(&self, esk: &[Esk]) -> Result<PlainSessionKey, OpenError> {
        let key = RawSessionKey::from(self.key.as_slice());
        let modern = |esk: &Esk| matches!(esk, Esk::PublicKeyEncryptedSessionKey(p) if p.version() == PkeskVersion::V6);
        Ok(if esk.iter().any(modern) {
            PlainSessionKey::V6 { key }
        } else {
            PlainSessionKey::V3_4 { sym_alg: self.algorithm.into(), key }
        })
    }

    fn reader(&self) -> Option<Fingerprint> {
        None
    }
}

impl std::fmt::Debug for Unlock<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Unlock(..)")
    }
}

impl<'a> From<&'a CaseKey> for Unlock<'a> {
    fn from(key: &'a CaseKey) -> Self {
        Self(key)
    }
}

impl<'a> From<&'a SigningKey> for Unlock<'a> {
    fn from(key: &'a SigningKey) -> Self {
        Self(key)
    }
}

impl<'a> From<&'a SessionKey> for Unlock<'a> {
    fn from(key: &'a SessionKey) -> Self {
        Self(key)
    }
}

/// The session key of one letter, as `gpg --show-session-key` prints it: `ALGORITHM:HEX`.
pub struct SessionKey {
    algorithm: u8,
    key: Zeroizing<Vec<u8>>,
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
