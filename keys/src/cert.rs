//! Certificates as they arrive: parsed, bounded, not yet believed.

use std::fmt;

use data_encoding::HEXUPPER;
use pgp::armor::BlockType;
use pgp::composed::{ArmorOptions, Deserializable as _, SignedPublicKey};
use pgp::ser::Serialize as _;
use pgp::types::{Fingerprint as PgpFingerprint, KeyDetails as _};
use sealpost_shared::{Fingerprint, Timestamp, limits};

use crate::armor;
use crate::guard::guarded;
use crate::judge::{self, TeamCert, Unusable};
use crate::verify::{self, SignatureError, Verified};

/// Armor adds a third and line ends.
const MAX_ARMORED_CERT_BYTES: usize = limits::MAX_CERT_BYTES / 2 * 3;
const ARMOR_START: &str = "-----BEGIN PGP PUBLIC KEY BLOCK-----";

/// An OpenPGP certificate (public key) that nothing has been decided about: neither whose it is nor whether it is usable.
#[derive(Clone, PartialEq, Eq)]
pub struct UncheckedCert {
    fingerprint: Fingerprint,
    inner: SignedPublicKey,
}

/// Says why bytes are not a certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertError {
    /// Larger than [`limits::MAX_CERT_BYTES`].
    #[error(
        "This certificate is too large. Export it again without foreign signatures (gpg --export-options export-minimal)."
    )]
    TooLarge,
    /// Not OpenPGP at all, or damaged.
    #[error("This is not an OpenPGP certificate. Export one with: gpg --armor --export ADDRESS")]
    Unreadable,
    /// A secret key where a certificate belongs.
    #[error(
        "This is a SECRET key. Keep it to yourself, and give the public one: gpg --armor --export ADDRESS"
    )]
    SecretKey,
    /// No certificate inside.
    #[error("There is no certificate in here. Export one with: gpg --armor --export ADDRESS")]
    Empty,
    /// Another number of certificates than one.
    #[error("There is more than one certificate in here. Give one at a time.")]
    Several,
    /// More than [`limits::MAX_DESK_CERTS`].
    #[error("There are more than {} certificates in here.", limits::MAX_DESK_CERTS)]
    TooMany,
    /// A version 3 key (PGP 2.6): its fingerprint is MD5.
    #[error("This certificate is of version 3, which has been broken for decades. A new key is needed.")]
    Outdated,
}

impl UncheckedCert {
    /// Reads exactly one certificate, armored or binary.
    ///
    /// # Errors
    /// When it is none, several, a secret key, or too large.
    pub fn parse_one(bytes: &[u8]) -> Result<Self, CertError> {
        let mut found = Self::parse_many(bytes)?;
        match (found.pop(), found.is_empty()) {
            (Some(cert), true) => Ok(cert),
            (None, _) => Err(CertError::Empty),
            (Some(_), false) => Err(CertError::Several),
        }
    }

    /// Reads up to [`limits::MAX_DESK_CERTS`] certificates: binary, or armored blocks one after the other.
    ///
    /// # Errors
    /// When one of them cannot be read, is a secret key or too large; an empty input is [`CertError::Empty`].
    pub fn parse_many(bytes: &[u8]) -> Result<Vec<Self>, CertError> {
        if bytes.len() > MAX_ARMORED_CERT_BYTES * limits::MAX_DESK_CERTS {
            return Err(CertError::TooLarge);
        }
        let mut certs = Vec::new();
        for block in blocks(bytes)? {
            guarded(CertError::Unreadable, || read_block(block, &mut certs))?;
        }
        if certs.is_empty() { Err(CertError::Empty) } else { Ok(certs) }
    }

    pub(crate) fn from_inner(inner: SignedPublicKey) -> Result<Self, CertError> {
        let fingerprint = fingerprint_of(&inner.fingerprint()).ok_or(CertError::Outdated)?;
        Ok(Self { fingerprint, inner })
    }

    pub(crate) const fn inner(&self) -> &SignedPublicKey {
        &self.inner
    }

    /// The fingerprint of the primary key.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint.clone()
    }

    /// The user ids as the certificate claims them, unchecked; what is not UTF-8 is replaced, control characters left out.
    #[must_use]
    pub fn user_ids(&self) -> Vec<String> {
        let text = |id: &[u8]| String::from_utf8_lossy(id).chars().filter(|c| !c.is_control()).collect();
        self.inner.details.users.iter().map(|user| text(user.id.id())).collect()
    }

    /// The certificate in ASCII armor, without comments or headers.
    #[must_use]
    pub fn to_armored(&self) -> String {
        self.inner.to_armored_string(ArmorOptions::default()).expect("writing to memory does not fail")
    }

    /// The certificate in binary.
    #[must_use]
    pub fn to_binary(&self) -> Vec<u8> {
        self.inner.to_bytes().expect("writing to memory does not fail")
    }

    /// Decides whether letters may be sealed to this certificate at `now`. **Rule:** DESIGN, "Sealing"; promise 1.
    ///
    /// # Errors
    /// The first reason why not, in a sentence for the person who configures or uses the desk.
    pub fn judge(&self, now: Timestamp) -> Result<TeamCert, Unusable> {
        guarded(Unusable::Unsupported, || judge::judge(self, now))
    }

    /// Verifies a detached signature (armored or binary) over `data` by any signing key of this certificate.
    ///
    /// # Errors
    /// When no signature in it is acceptable: see [`SignatureError`].
    pub fn verify_detached(
        &self,
        data: &[u8],
        signature: &[u8],
        now: Timestamp,
    ) -> Result<Verified, SignatureError> {
        verify::detached(self, data, signature, now)
    }

    /// Verifies a cleartext-signed text and hands out the text that was signed, with `\n` line ends.
    ///
    /// # Errors
    /// When the framing is malformed, something stands around it, or no signature is acceptable.
    pub fn verify_cleartext(&self, text: &str, now: Timestamp) -> Result<(String, Verified), SignatureError> {
        verify::cleartext(self, text, now)
    }
}

impl fmt::Debug for UncheckedCert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UncheckedCert({})", self.fingerprint)
    }
}

/// Spells a fingerprint; version 3 ones (16 bytes of MD5) have no spelling here.
pub(crate) fn fingerprint_of(fingerprint: &PgpFingerprint) -> Option<Fingerprint> {
    HEXUPPER.encode(fingerprint.as_bytes()).parse().ok()
}

/// Cuts armored text into its blocks; binary is one block.
fn blocks(bytes: &[u8]) -> Result<Vec<&[u8]>, CertError> {
    if bytes.first().is_some_and(|first| first & 0x80 != 0) {
        return Ok(vec![bytes]);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| CertError::Unreadable)?;
    if text.contains("-----BEGIN PGP PRIVATE KEY BLOCK-----") {
        return Err(CertError::SecretKey);
    }
    let mut starts: Vec<usize> = text.match_indices(ARMOR_START).map(|(at, _)| at).collect();
    if starts.is_empty() {
        return Err(if text.trim().is_empty() { CertError::Empty } else { CertError::Unreadable });
    }
    if starts.len() > limits::MAX_DESK_CERTS {
        return Err(CertError::TooMany);
    }
    starts.push(bytes.len());
    Ok(starts.windows(2).filter_map(|pair| bytes.get(*pair.first()?..*pair.last()?)).collect())
}

fn read_block(block: &[u8], certs: &mut Vec<UncheckedCert>) -> Result<(), CertError> {
    if is_secret_packet(block) {
        return Err(CertError::SecretKey);
    }
    let is_public = |kind: &BlockType| matches!(kind, BlockType::PublicKey);
    let binary = armor::to_binary(block, is_public).ok_or(CertError::Unreadable)?;
    let found = SignedPublicKey::from_bytes_many(&*binary).map_err(|_| CertError::Unreadable)?;
    for cert in found {
        let cert = UncheckedCert::from_inner(cert.map_err(|_| CertError::Unreadable)?)?;
        if cert.to_binary().len() > limits::MAX_CERT_BYTES {
            return Err(CertError::TooLarge);
        }
        if certs.len() == limits::MAX_DESK_CERTS {
            return Err(CertError::TooMany);
        }
        certs.push(cert);
    }
    Ok(())
}

/// Packet tag 5 in either header format.
fn is_secret_packet(block: &[u8]) -> bool {
    block.first().is_some_and(|first| first & 0xFC == 0x94 || *first == 0xC5)
}
