//! Whose signature counts: detached, cleartext and inside letters, all by the same rules.

use pgp::armor::BlockType;
use pgp::composed::{Deserializable as _, DetachedSignature, SignedPublicSubKey};
use pgp::packet::{Signature, SignatureType, SubpacketData};
use pgp::types::KeyDetails as _;
use sealpost_shared::{Duration, Fingerprint, Timestamp};

use crate::armor;
use crate::cert::{UncheckedCert, fingerprint_of};
use crate::cleartext::Cleartext;
use crate::judge::Unusable;
use crate::rules::{self, Revocation, Standing};

/// How far a signer's clock may run ahead of ours: people set time zones wrong, and a day covers every zone.
const CLOCK_SKEW: Duration = Duration::from_hours(24);

/// The most signatures looked at: one per member of a desk is plenty.
const MAX_SIGNATURES: usize = 16;

/// A signature that was checked and found good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The certificate it belongs to, by its primary key, also when a subkey signed.
    pub signer: Fingerprint,
    /// When it was made, by the signer's clock.
    pub at: Timestamp,
    /// To whom the signer says the letter goes; empty when that is not said.
    pub intended: Vec<Fingerprint>,
}

/// Says why no signature counts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Not an OpenPGP signature, cut off, or something stands around it.
    #[error("The signature cannot be read: it is cut off, or something stands before or behind it.")]
    Unreadable,
    /// There is no signature at all.
    #[error("This is not signed.")]
    Unsigned,
    /// The letter brings no certificate to check it with.
    #[error("The letter brings no certificate to check its signature with.")]
    NoCertificate,
    /// Signed by somebody else, or changed afterwards.
    #[error("This was not signed by the expected key, or it was changed afterwards.")]
    NotBySigner,
    /// Made with SHA-1 or older, or over something else than a document.
    #[error(
        "The signature is of a kind that proves nothing (a broken hash, or not a signature over a text). Sign it again with a current program."
    )]
    Unacceptable,
    /// Made more than a day in the future.
    #[error(
        "The signature says it was made on {at}, which is in the future. Check the clocks on both sides."
    )]
    FromTheFuture {
        /// When it says it was made.
        at: Timestamp,
    },
    /// Its own life is over.
    #[error("The signature ran out on {at}. Ask for a new one.")]
    Expired {
        /// When it ended.
        at: Timestamp,
    },
    /// The key was expired when it signed, or is now where that matters.
    #[error("The signing key expired on {at}. Extend it and sign again.")]
    KeyExpired {
        /// When the key ended.
        at: Timestamp,
    },
    /// The key was revoked.
    #[error("The signing key was revoked. Nothing it signs counts.")]
    KeyRevoked,
    /// The certificate itself cannot be used to check anything.
    #[error("The signer's certificate cannot be used. {0}")]
    Certificate(Unusable),
    /// Signed without saying for whom.
    #[error("This does not say for whom it was signed, so it may have been passed on. Do not trust it.")]
    ForNobody,
    /// Signed for other recipients: somebody passed it on.
    #[error("This was signed for somebody else and passed on. Do not trust it.")]
    ForSomebodyElse,
}

/// When the signing key must be valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValidWhen {
    /// When it signed: for documents that are kept.
    Signed,
    /// When it signed and now: for logging in.
    SignedAndNow,
}

/// What a signature is over.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Over<'a> {
    /// These bytes.
    Bytes(&'a [u8]),
    /// What was read of a message, to its end; the signature is its first.
    #[cfg(feature = "open")]
    Message(&'a pgp::composed::Message<'a>),
}

impl Over<'_> {
    /// Whether this key made the signature. Says nothing of rules or times.
    fn is_signed_by(self, signature: &Signature, key: &impl pgp::types::VerifyingKey) -> bool {
        match self {
            Self::Bytes(data) => signature.verify(key, data).is_ok(),
            #[cfg(feature = "open")]
            Self::Message(message) => message.verify(key).is_ok(),
        }
    }
}

pub(crate) fn detached(
    cert: &UncheckedCert,
    data: &[u8],
    signature: &[u8],
    now: Timestamp,
) -> Result<Verified, SignatureError> {
    let found = parse_signatures(signature)?;
    first_good(found.iter(), |s| check(cert, s, Over::Bytes(data), now, ValidWhen::Signed))
}

/// Reads signatures, armored or binary; too many are an error, not a selection.
pub(crate) fn parse_signatures(bytes: &[u8]) -> Result<Vec<Signature>, SignatureError> {
    let is_signature = |kind: &BlockType| matches!(kind, BlockType::Signature);
    let binary = armor::to_binary(bytes, is_signature).ok_or(SignatureError::Unreadable)?;
    let found = DetachedSignature::from_bytes_many(&*binary).map_err(|_| SignatureError::Unreadable)?;
    let found: Result<Vec<_>, _> = found.take(MAX_SIGNATURES + 1).map(|s| s.map(|s| s.signature)).collect();
    let found = found.map_err(|_| SignatureError::Unreadable)?;
    if found.len() > MAX_SIGNATURES { Err(SignatureError::Unreadable) } else { Ok(found) }
}

pub(crate) fn cleartext(
    cert: &UncheckedCert,
    text: &str,
    now: Timestamp,
) -> Result<(String, Verified), SignatureError> {
    let message = Cleartext::parse(text)?;
    let verified = check_cleartext(&message, cert, now, ValidWhen::Signed)?;
    Ok((message.text, verified))
}

pub(crate) fn check_cleartext(
    message: &Cleartext,
    cert: &UncheckedCert,
    now: Timestamp,
    when: ValidWhen,
) -> Result<Verified, SignatureError> {
    let hashed = message.hashed();
    first_good(message.signatures.iter(), |s| check(cert, s, Over::Bytes(hashed.as_bytes()), now, when))
}

/// The first result that is good, else the most telling error.
pub(crate) fn first_good<T>(
    items: impl Iterator<Item = T>,
    check: impl Fn(T) -> Result<Verified, SignatureError>,
) -> Result<Verified, SignatureError> {
    let mut error = SignatureError::Unsigned;
    for item in items {
        match check(item) {
            Ok(verified) => return Ok(verified),
            Err(found) if matches!(error, SignatureError::Unsigned | SignatureError::NotBySigner) => {
                error = found;
            }
            Err(_) => {}
        }
    }
    Err(error)
}

/// Checks one signature over `data` against every signing key of `cert`.
pub(crate) fn check(
    cert: &UncheckedCert,
    signature: &Signature,
    data: Over<'_>,
    now: Timestamp,
    when: ValidWhen,
) -> Result<Verified, SignatureError> {
    let at = acceptable_form(signature, now)?;
    let standing = rules::standing(cert.inner(), now + CLOCK_SKEW).map_err(SignatureError::Certificate)?;
    let moments: &[Timestamp] = if when == ValidWhen::SignedAndNow { &[at, now] } else { &[at] };
    let life = signing_key_life(&standing, cert, signature, data, now)?;
    for moment in moments {
        valid_at(&standing, &life, *moment)?;
    }
    Ok(Verified { signer: cert.fingerprint(), at, intended: intended(signature) })
}

fn acceptable_form(signature: &Signature, now: Timestamp) -> Result<Timestamp, SignatureError> {
    let document = matches!(signature.typ(), Some(SignatureType::Binary | SignatureType::Text));
    let Some(created) = signature.created().filter(|_| document) else {
        return Err(SignatureError::Unacceptable);
    };
    if !rules::hash_is_strong(signature) || !rules::criticals_are_known(signature) {
        return Err(SignatureError::Unacceptable);
    }
    let at = rules::from_pgp(created);
    if at > now + CLOCK_SKEW {
        return Err(SignatureError::FromTheFuture { at });
    }
    match rules::signature_end(signature).filter(|end| *end <= now) {
        Some(at) => Err(SignatureError::Expired { at }),
        None => Ok(at),
    }
}

/// The life of the key that made a signature.
struct Life {
    begins: Timestamp,
    ends: Option<Timestamp>,
    revoked: Option<Revocation>,
}

fn signing_key_life(
    standing: &Standing<'_>,
    cert: &UncheckedCert,
    signature: &Signature,
    data: Over<'_>,
    now: Timestamp,
) -> Result<Life, SignatureError> {
    let primary = standing.primary;
    if standing.active.key_flags().sign() && data.is_signed_by(signature, primary) {
        let begins = rules::from_pgp(primary.created_at());
        return strong(primary, Life { begins, ends: standing.expires, revoked: standing.revoked });
    }
    let signed_it = |sub: &&SignedPublicSubKey| data.is_signed_by(signature, &sub.key);
    let Some(subkey) = cert.inner().public_subkeys.iter().find(signed_it) else {
        return Err(SignatureError::NotBySigner);
    };
    strong(&subkey.key, subkey_life(standing, subkey, now)?)
}

fn strong(key: &impl pgp::types::KeyDetails, life: Life) -> Result<Life, SignatureError> {
    rules::strength(key).map_err(SignatureError::Certificate)?;
    Ok(life)
}

/// A subkey signs for its certificate only if both say so: the binding, and the subkey's own back signature
/// (RFC 9580, 5.2.1.9).
fn subkey_life(
    standing: &Standing<'_>,
    subkey: &SignedPublicSubKey,
    now: Timestamp,
) -> Result<Life, SignatureError> {
    let primary = standing.primary;
    let bound = |s: &&Signature| s.verify_subkey_binding(primary, &subkey.key).is_ok();
    let bindings = subkey.signatures.iter().filter(bound);
    let bindings = bindings.filter(|s| s.typ() == Some(SignatureType::SubkeyBinding));
    let created = subkey.key.created_at();
    let binding = rules::newest_good(bindings, created, now + CLOCK_SKEW)
        .map_err(|flaw| SignatureError::Certificate(flaw.into()))?;
    let answers = |s: &Signature| {
        rules::hash_is_strong(s) && s.verify_primary_key_binding(&subkey.key, primary).is_ok()
    };
    if !binding.key_flags().sign() || !binding.embedded_signature().is_some_and(answers) {
        return Err(SignatureError::NotBySigner);
    }
    let revoked = rules::revocation(&subkey.signatures, |s| {
        s.typ() == Some(SignatureType::SubkeyRevocation) && bound(&s)
    });
    Ok(Life { begins: rules::from_pgp(created), ends: rules::key_end(created, binding), revoked })
}

fn valid_at(standing: &Standing<'_>, life: &Life, moment: Timestamp) -> Result<(), SignatureError> {
    let revoked = |revocation: Option<Revocation>| revocation.is_some_and(|r| r.covers(moment));
    if revoked(standing.revoked) || revoked(life.revoked) {
        return Err(SignatureError::KeyRevoked);
    }
    if moment + CLOCK_SKEW < life.begins {
        return Err(SignatureError::Unacceptable);
    }
    match [standing.expires, life.ends].into_iter().flatten().find(|end| *end <= moment) {
        Some(at) => Err(SignatureError::KeyExpired { at }),
        None => Ok(()),
    }
}

fn intended(signature: &Signature) -> Vec<Fingerprint> {
    let recipient = |data: &SubpacketData| match data {
        SubpacketData::IntendedRecipientFingerprint(fingerprint) => fingerprint_of(fingerprint),
        _ => None,
    };
    let Some(config) = signature.config() else { return Vec::new() };
    config.hashed_subpackets().filter_map(|p| recipient(&p.data)).collect()
}
