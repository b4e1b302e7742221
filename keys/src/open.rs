//! Opening sealed letters. Only with the feature `open`: browser and team have it, the relay does not.
//!
//! Opening and believing are two steps. [`open_letter`] gives an [`OpenedLetter`], which says nothing about who wrote it;
//! only its `verify_…` methods make a [`VerifiedLetter`].

use pgp::packet::Signature;
use sealpost_shared::{Fingerprint, Timestamp, limits};
use zeroize::Zeroizing;

use crate::cert::UncheckedCert;
use crate::guard::guarded;
use crate::key_id::KeyId;
use crate::mime;
use crate::seal::SealedLetter;
use crate::verify::{self, Over, SignatureError, ValidWhen, Verified};

mod contents;
mod decrypt;
#[cfg(test)]
mod tests;
mod unlock;

pub use contents::Contents;
pub use unlock::{SessionKey, Unlock};

use decrypt::decrypt;

/// Says why a letter could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Larger than [`limits::MAX_LETTER_BYTES`], sealed or open.
    #[error("The letter is larger than {} KiB.", limits::MAX_LETTER_BYTES / 1024)]
    TooLarge,
    /// Sealed to other keys.
    #[error("The letter is not sealed to this key. Open it with the key of the desk or case it belongs to.")]
    NotForThisKey,
    /// The end is missing.
    #[error("The letter is cut off: only a part of it is here. Fetch it again, whole.")]
    CutOff,
    /// A byte is not what it was when it was sealed.
    #[error("The letter was changed on the way: it is not what was sealed. Fetch it again.")]
    Altered,
    /// Packets before or behind the one message.
    #[error("Something stands before or behind the letter, so it is not what was sealed. Fetch it again.")]
    NotAlone,
    /// More session keys than any desk has certificates.
    #[error(
        "The letter claims to be sealed to more keys than any desk has. It was made to keep you busy; ignore it."
    )]
    TooManyKeys,
    /// Compressed more than twice, or encrypted again inside.
    #[error(
        "The letter is packed inside packing, which no program does by itself. It was made to confuse; ignore it."
    )]
    TooDeep,
    /// Encrypted, but what is inside is no message.
    #[error("The letter is malformed: what wrote it is broken, or it was made to confuse.")]
    Malformed,
    /// Encrypted with a password.
    #[error("This is sealed with a password and not to a key. Ask for it to be sealed to the key.")]
    WithPassword,
    /// Encrypted in the old way, which anybody can change unseen.
    #[error(
        "This encryption has no protection against changes. Ask for it to be sealed with a current program."
    )]
    NoIntegrity,
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
    let (plain, signatures) = guarded(OpenError::Malformed, || decrypt(bytes, unlock))?;
    let contents = guarded(OpenError::Malformed, || Ok(mime::read::read(&plain)))?;
    let reader = unlock.reader();
    Ok(OpenedLetter { contents, plain, signatures, reader })
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
        self.verify(certs, now)
    }

    /// Verifies against certificates of case keys that are known from before, such as the one of a case's first letter. A reporter's
    /// clock may be ahead, and nothing of the team's hangs on it: such a letter is judged as of its own date.
    ///
    /// # Errors
    /// When no signature by any of them holds, or it does not say that the letter was meant for the reader: case keys are in
    /// our programs only, and those always say for whom. gpg 2.2 cannot, so of a team's replies it is not asked.
    pub fn verify_by(
        &self,
        certs: &[UncheckedCert],
        now: Timestamp,
    ) -> Result<VerifiedLetter, SignatureError> {
        let dated = self.signatures.iter().filter_map(Signature::created).map(crate::rules::from_pgp).max();
        let verified = self.verify(certs, dated.map_or(now, |dated| dated.max(now)))?;
        if verified.intended().is_empty() { Err(SignatureError::ForNobody) } else { Ok(verified) }
    }

    fn verify(&self, certs: &[UncheckedCert], now: Timestamp) -> Result<VerifiedLetter, SignatureError> {
        if self.signatures.is_empty() {
            return Err(SignatureError::Unsigned);
        }
        let pairs = certs.iter().flat_map(|cert| self.signatures.iter().map(move |s| (cert, s)));
        let verified = verify::first_good(pairs, |(cert, s)| {
            verify::check(cert, s, Over::Bytes(&self.plain), now, ValidWhen::Signed)
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
