//! Which certificates letters may be sealed to. A pure decision over a parsed certificate and a moment.

use pgp::composed::SignedPublicSubKey;
use pgp::packet::{KeyFlags, SignatureType};
use pgp::types::{KeyDetails, PublicParams};
use sealpost_shared::{Duration, Fingerprint, Timestamp};

use crate::cert::{UncheckedCert, fingerprint_of};
use crate::key_id::KeyId;
use crate::rules::{self, Flaw, Standing};

mod unusable;

pub use unusable::Unusable;

/// How long before the end of a certificate people are warned: a month to renew and republish it.
const WARN_BEFORE: Duration = Duration::from_hours(30 * 24);

/// Something about a usable certificate that its owner should see to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertWarning {
    /// It ends within 30 days.
    ExpiresSoon {
        /// When it ends.
        at: Timestamp,
    },
}

/// The key of a certificate that letters are sealed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncryptionKeyInfo {
    /// What sealed letters name it by.
    pub key_id: KeyId,
    /// Its own fingerprint.
    pub fingerprint: Fingerprint,
    /// Its algorithm in words, such as `ECDH` or `RSA 3072`.
    pub algorithm: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it ends, if it does.
    pub expires: Option<Timestamp>,
}

/// A certificate that was found usable for sealing at one moment. Made by [`UncheckedCert::judge`] only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamCert {
    cert: UncheckedCert,
    /// The chosen subkey's place in the certificate; `None` is the primary key.
    place: Option<usize>,
    key: EncryptionKeyInfo,
    key_ids: Vec<KeyId>,
    seipd_v2: bool,
    expires: Option<Timestamp>,
    warnings: Vec<CertWarning>,
}

impl TeamCert {
    /// The fingerprint of the primary key.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.cert.fingerprint()
    }

    /// The certificate itself.
    #[must_use]
    pub const fn cert(&self) -> &UncheckedCert {
        &self.cert
    }

    /// The key that letters are sealed to: the newest valid one.
    #[must_use]
    pub const fn encryption_key(&self) -> &EncryptionKeyInfo {
        &self.key
    }

    /// The ids of all its keys that are valid for encryption: what a relay accepts, as other programs may choose otherwise.
    #[must_use]
    pub fn encryption_key_ids(&self) -> &[KeyId] {
        &self.key_ids
    }

    /// Whether it announces version 2 of integrity-protected encryption (RFC 9580, 5.2.3.32).
    #[must_use]
    pub const fn seipd_v2(&self) -> bool {
        self.seipd_v2
    }

    /// When the certificate or its encryption key ends, whichever is first.
    #[must_use]
    pub const fn expires(&self) -> Option<Timestamp> {
        self.expires
    }

    /// What its owner should see to.
    #[must_use]
    pub fn warnings(&self) -> &[CertWarning] {
        &self.warnings
    }

    pub(crate) fn subkey(&self) -> Option<&SignedPublicSubKey> {
        self.place.and_then(|place| self.cert.inner().public_subkeys.get(place))
    }
}

/// A key of the certificate that letters can be sealed to.
struct Candidate {
    place: Option<usize>,
    key: EncryptionKeyInfo,
}

pub(crate) fn judge(cert: &UncheckedCert, now: Timestamp) -> Result<TeamCert, Unusable> {
    let standing = usable_standing(cert, now)?;
    let mut found = Vec::new();
    let mut reason = Unusable::NoEncryptionKey;
    for (place, subkey) in cert.inner().public_subkeys.iter().enumerate() {
        match judge_subkey(&standing, subkey, now) {
            Ok(Some(key)) => found.push(Candidate { place: Some(place), key }),
            Ok(None) => {}
            Err(why) => reason = later(reason, why),
        }
    }
    if let Some(key) = primary_as_encryption_key(&standing) {
        found.push(Candidate { place: None, key });
    }
    let key_ids = found.iter().map(|candidate| candidate.key.key_id).collect();
    // Subkeys before the primary key, then the newest, as gpg chooses.
    let chosen = found.into_iter().max_by_key(|c| (c.place.is_some(), c.key.created)).ok_or(reason)?;
    let expires = earlier(standing.expires, chosen.key.expires);
    let soon = expires.filter(|at| *at <= now + WARN_BEFORE);
    Ok(TeamCert {
        cert: cert.clone(),
        place: chosen.place,
        key: chosen.key,
        key_ids,
        seipd_v2: standing.active.features().is_some_and(pgp::packet::Features::seipd_v2),
        expires,
        warnings: soon.map(|at| CertWarning::ExpiresSoon { at }).into_iter().collect(),
    })
}

fn usable_standing(cert: &UncheckedCert, now: Timestamp) -> Result<Standing<'_>, Unusable> {
    let standing = rules::standing(cert.inner(), now)?;
    if standing.revoked.is_some() {
        return Err(Unusable::Revoked);
    }
    if let Some(at) = standing.expires.filter(|at| *at <= now) {
        return Err(Unusable::Expired { at });
    }
    if !rules::key_is_strong(standing.primary.public_params()) {
        return Err(Unusable::WeakKey);
    }
    Ok(standing)
}

/// `Ok(None)` is a subkey for another purpose.
fn judge_subkey(
    standing: &Standing<'_>,
    subkey: &SignedPublicSubKey,
    now: Timestamp,
) -> Result<Option<EncryptionKeyInfo>, Unusable> {
    let bound = |s: &&pgp::packet::Signature| s.verify_subkey_binding(standing.primary, &subkey.key).is_ok();
    let valid: Vec<_> = subkey.signatures.iter().filter(bound).collect();
    let bindings = valid.iter().copied().filter(|s| s.typ() == Some(SignatureType::SubkeyBinding));
    if !bindings.clone().any(|s| encrypts(&s.key_flags())) {
        return Ok(None);
    }
    if valid.iter().any(|s| s.typ() == Some(SignatureType::SubkeyRevocation)) {
        return Err(Unusable::SubkeyRevoked);
    }
    let created = subkey.key.created_at();
    let binding = rules::newest_good(bindings, created, now).map_err(|flaw| match flaw {
        Flaw::Lapsed(at) => Unusable::SubkeyExpired { at },
        other => other.into(),
    })?;
    let expires = rules::key_end(created, binding);
    if let Some(at) = expires.filter(|at| *at <= now) {
        return Err(Unusable::SubkeyExpired { at });
    }
    if !encrypts(&binding.key_flags()) {
        return Ok(None);
    }
    if !rules::key_is_strong(subkey.key.public_params()) {
        return Err(Unusable::WeakKey);
    }
    if !rules::can_encrypt(subkey.key.public_params()) {
        return Err(Unusable::Unsupported);
    }
    Ok(key_info(&subkey.key, expires))
}

fn primary_as_encryption_key(standing: &Standing<'_>) -> Option<EncryptionKeyInfo> {
    let params = standing.primary.public_params();
    let usable = encrypts(&standing.active.key_flags()) && rules::can_encrypt(params);
    if usable { key_info(standing.primary, standing.expires) } else { None }
}

fn encrypts(flags: &KeyFlags) -> bool {
    flags.encrypt_comms() || flags.encrypt_storage()
}

fn key_info(key: &impl KeyDetails, expires: Option<Timestamp>) -> Option<EncryptionKeyInfo> {
    Some(EncryptionKeyInfo {
        key_id: KeyId::of(key),
        fingerprint: fingerprint_of(&key.fingerprint())?,
        algorithm: algorithm(key),
        created: rules::from_pgp(key.created_at()),
        expires,
    })
}

fn algorithm(key: &impl KeyDetails) -> String {
    match key.public_params() {
        PublicParams::RSA(_) => format!("RSA {}", rules::rsa_bits(key.public_params())),
        PublicParams::ECDH(ecdh) => format!("ECDH {}", ecdh.curve()),
        _ => format!("{:?}", key.algorithm()),
    }
}

/// Of two reasons why no subkey is usable, the one that tells its owner more; of two ends, the later.
fn later(a: Unusable, b: Unusable) -> Unusable {
    match (a, b) {
        (Unusable::NoEncryptionKey, b) => b,
        (Unusable::SubkeyExpired { at: a }, Unusable::SubkeyExpired { at: b }) => {
            Unusable::SubkeyExpired { at: a.max(b) }
        }
        (Unusable::SubkeyRevoked, b @ Unusable::SubkeyExpired { .. }) => b,
        (a, _) => a,
    }
}

fn earlier(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
