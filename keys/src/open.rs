//! Opening sealed letters. Only with the feature `open`: browser and team have it, the relay does not.
//!
//! Opening and believing are two steps. [`open_letter`] gives an [`OpenedLetter`], which says nothing about who wrote it;
//! only its `verify_…` methods make a [`VerifiedLetter`].

use std::io::Read as _;

use pgp::armor::BlockType;
use pgp::composed::{Esk, Message, PlainSessionKey, RawSessionKey};
use pgp::packet::Signature;
use pgp::types::{Password, PkeskVersion};
use sealpost_shared::{Fingerprint, Timestamp, limits};
use zeroize::Zeroizing;

use crate::armor;
use crate::case_key::CaseKey;
use crate::cert::UncheckedCert;
use crate::judge::KeyId;
use crate::mime;
use crate::seal::SealedLetter;
use crate::signing_key::SigningKey;
use crate::verify::{self, SignatureError, ValidWhen, Verified};

mod contents;
#[cfg(test)]
mod tests;

pub use contents::Contents;

/// gpg compresses once; a pile of compressed packets is an attack.
const MAX_COMPRESSIONS: usize = 2;

/// The most bytes of plaintext, also after decompression.
const MAX_PLAIN_BYTES: usize = limits::MAX_LETTER_BYTES;

/// The most signatures kept of one letter.
const MAX_SIGNATURES: usize = 8;

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

/// Says why a letter could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Larger than [`limits::MAX_LETTER_BYTES`], sealed or open.
    #[error("The letter is larger than {} KiB.", limits::MAX_LETTER_BYTES / 1024)]
    TooLarge,
    /// Sealed to other keys.
    #[error("The letter is not sealed to this key. Open it with the key of the desk or case it belongs to.")]
    NotForThisKey,
    /// Not a letter, cut off, changed on the way, or made to confuse.
    #[error("The letter is damaged or was changed on the way: it cannot be opened.")]
    Malformed,
    /// Not encrypted at all.
    #[error("This is not an encrypted message, so anybody could have written and read it.")]
    NotEncrypted,
    /// Not what gpg prints.
    #[error("A session key is written as in 9:0123…, as gpg --show-session-key prints it.")]
    SessionKey,
}

/// What is known about a letter's signature before it is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignatureState {
    /// There is none.
    Unsigned,
    /// There is one that claims to be made by these keys; anybody can claim that.
    Unchecked {
        /// The key ids it names.
        claimed: Vec<KeyId>,
    },
}

/// A letter that was decrypted, by an unknown hand: anyone can seal a letter to a public key.
pub struct OpenedLetter {
    contents: Contents,
    plain: Zeroizing<Vec<u8>>,
    signatures: Vec<Signature>,
    reader: Option<Fingerprint>,
}

/// A letter whose signature was checked. Made by [`OpenedLetter`]'s `verify_…` methods only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedLetter {
    contents: Contents,
    verified: Verified,
}

/// Opens a letter (binary or armored) with one of the ways to unlock it.
///
/// # Errors
/// When it is sealed to others, damaged, or no encrypted message; see [`OpenError`].
pub fn open_letter<'a>(
    sealed: &SealedLetter,
    unlock: impl Into<Unlock<'a>>,
) -> Result<OpenedLetter, OpenError> {
    let unlock = unlock.into();
    let bytes = sealed.as_bytes();
    // Armor adds a third and line ends.
    if bytes.len() > limits::MAX_LETTER_BYTES / 2 * 3 {
        return Err(OpenError::TooLarge);
    }
    let (plain, signatures) = guarded(|| decrypt(bytes, unlock))?;
    let contents = guarded(|| Ok(mime::read::read(&plain)))?;
    let reader = match unlock {
        Unlock::Case(key) => Some(key.fingerprint()),
        Unlock::Key(key) => Some(key.fingerprint()),
        Unlock::Session(_) => None,
    };
    Ok(OpenedLetter { contents, plain, signatures, reader })
}

/// Parsers panic on input that nobody thought of; a native program goes on with the next letter, a browser restarts its worker.
#[cfg(not(target_arch = "wasm32"))]
fn guarded<T>(work: impl FnOnce() -> Result<T, OpenError>) -> Result<T, OpenError> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or(Err(OpenError::Malformed))
}

#[cfg(target_arch = "wasm32")]
fn guarded<T>(work: impl FnOnce() -> Result<T, OpenError>) -> Result<T, OpenError> {
    work()
}

type Decrypted = (Zeroizing<Vec<u8>>, Vec<Signature>);

fn decrypt(bytes: &[u8], unlock: Unlock<'_>) -> Result<Decrypted, OpenError> {
    let is_message = |kind: &BlockType| matches!(kind, BlockType::Message);
    let binary = armor::to_binary(bytes, is_message).ok_or(OpenError::Malformed)?;
    let message = Message::from_bytes(&*binary).map_err(|_| OpenError::Malformed)?;
    let Message::Encrypted { esk, .. } = &message else { return Err(OpenError::NotEncrypted) };
    let decrypted = match unlock {
        Unlock::Case(key) => message.decrypt(&Password::empty(), key.secret()),
        Unlock::Key(key) => message.decrypt(&Password::empty(), key.secret()),
        Unlock::Session(key) => {
            let key = plain_session_key(key, esk);
            message.decrypt_with_session_key(key)
        }
    };
    let mut message = decrypted.map_err(|error| match error {
        pgp::errors::Error::MissingKey => OpenError::NotForThisKey,
        _ => OpenError::Malformed,
    })?;
    for _ in 0..MAX_COMPRESSIONS {
        if !message.is_compressed() {
            break;
        }
        message = message.decompress().map_err(|_| OpenError::Malformed)?;
    }
    // Also refuses encryption inside encryption, and compression inside a signature.
    if message.literal_data_header().is_none() {
        return Err(OpenError::Malformed);
    }
    let plain = read_bounded(&mut message)?;
    let signatures = match &message {
        Message::Signed { reader, .. } => {
            let found = reader.signatures().unwrap_or_default().iter();
            found.take(MAX_SIGNATURES).map(|s| s.signature().clone()).collect()
        }
        _ => Vec::new(),
    };
    Ok((plain, signatures))
}

fn read_bounded(message: &mut Message<'_>) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let mut plain = Zeroizing::new(Vec::new());
    let limit = MAX_PLAIN_BYTES as u64 + 1;
    message.take(limit).read_to_end(&mut plain).map_err(|_| OpenError::Malformed)?;
    if plain.len() > MAX_PLAIN_BYTES { Err(OpenError::TooLarge) } else { Ok(plain) }
}

/// A version 6 session key packet carries no algorithm; version 2 encryption names its own (RFC 9580, 5.1.2).
fn plain_session_key(session: &SessionKey, esk: &[Esk]) -> PlainSessionKey {
    let key = RawSessionKey::from(session.key.as_slice());
    let modern =
        |esk: &Esk| matches!(esk, Esk::PublicKeyEncryptedSessionKey(p) if p.version() == PkeskVersion::V6);
    if esk.iter().any(modern) {
        PlainSessionKey::V6 { key }
    } else {
        PlainSessionKey::V3_4 { sym_alg: session.algorithm.into(), key }
    }
}

impl OpenedLetter {
    /// What is known about the signature so far.
    #[must_use]
    pub fn signature(&self) -> SignatureState {
        if self.signatures.is_empty() {
            return SignatureState::Unsigned;
        }
        let ids = |s: &Signature| -> Vec<KeyId> {
            let ids = s.issuer_key_id().into_iter();
            ids.filter_map(|id| id.as_ref().try_into().ok().map(KeyId::from_bytes)).collect()
        };
        SignatureState::Unchecked { claimed: self.signatures.iter().flat_map(ids).collect() }
    }

    /// The contents, by an unknown hand. Show them as such.
    #[must_use]
    pub const fn unverified(&self) -> &Contents {
        &self.contents
    }

    /// The plaintext as it was inside the encryption, for keeping or for showing raw.
    #[must_use]
    pub fn plaintext(&self) -> &[u8] {
        &self.plain
    }

    /// Verifies against the certificate that the letter itself brings: it proves only that the holder of that key wrote
    /// it, which is enough for the first letter of a case.
    ///
    /// # Errors
    /// When it brings none, or the signature does not hold.
    pub fn verify_reporter(&self, now: Timestamp) -> Result<VerifiedLetter, SignatureError> {
        let cert = self.contents.reporter_certificate.as_ref().ok_or(SignatureError::NoCertificate)?;
        self.verify_by(std::slice::from_ref(cert), now)
    }

    /// Verifies against the certificates of a desk; the result names the one that signed.
    ///
    /// # Errors
    /// When no signature by any of them holds.
    pub fn verify_team(
        &self,
        certs: &[UncheckedCert],
        now: Timestamp,
    ) -> Result<VerifiedLetter, SignatureError> {
        self.verify_by(certs, now)
    }

    /// Verifies against certificates that are known from before, such as the one of a case's first letter.
    ///
    /// # Errors
    /// When no signature by any of them holds, or the letter was meant for somebody else.
    pub fn verify_by(
        &self,
        certs: &[UncheckedCert],
        now: Timestamp,
    ) -> Result<VerifiedLetter, SignatureError> {
        if self.signatures.is_empty() {
            return Err(SignatureError::Unsigned);
        }
        let pairs = certs.iter().flat_map(|cert| self.signatures.iter().map(move |s| (cert, s)));
        let verified = verify::first_good(pairs, |(cert, s)| {
            verify::check(cert, s, &self.plain, now, ValidWhen::Signed)
        })?;
        let meant_for =
            |reader: &Fingerprint| verified.intended.is_empty() || verified.intended.contains(reader);
        if !self.reader.as_ref().is_none_or(meant_for) {
            return Err(SignatureError::ForSomebodyElse);
        }
        Ok(VerifiedLetter { contents: self.contents.clone(), verified })
    }
}

impl std::fmt::Debug for OpenedLetter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpenedLetter({:?})", self.signature())
    }
}

impl VerifiedLetter {
    /// What stands in the letter.
    #[must_use]
    pub const fn contents(&self) -> &Contents {
        &self.contents
    }

    /// What stands in the letter, given away.
    #[must_use]
    pub fn into_contents(self) -> Contents {
        self.contents
    }

    /// The certificate that signed, by its primary key.
    #[must_use]
    pub const fn signer(&self) -> &Fingerprint {
        &self.verified.signer
    }

    /// When it was signed, by the signer's clock.
    #[must_use]
    pub const fn signed_at(&self) -> Timestamp {
        self.verified.at
    }

    /// To whom the signer says it goes; empty when that is not said. After opening with a session key, compare it.
    #[must_use]
    pub fn intended(&self) -> &[Fingerprint] {
        &self.verified.intended
    }
}
