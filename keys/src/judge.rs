//! Which certificates letters may be sealed to. A pure decision over a parsed certificate and a moment.

use pgp::composed::SignedPublicSubKey;
use sealpost_shared::{Fingerprint, Timestamp};

use crate::cert::UncheckedCert;
use crate::key_id::KeyId;
use crate::rules::{self, Standing};

mod subkey;
mod unusable;
mod warning;

pub use unusable::Unusable;
pub use warning::CertWarning;

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
    /// Whether it also withstands an attacker with a quantum computer (RFC 9980).
    pub post_quantum: bool,
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

    /// The key that letters are sealed to: a valid post-quantum one, else the newest valid one.
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

    /// Whether it ends within 30 days.
    #[must_use]
    pub fn expires_soon(&self) -> bool {
        self.warnings.iter().any(|warning| matches!(warning, CertWarning::ExpiresSoon { .. }))
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

impl Candidate {
    /// Post-quantum first; then subkeys before the primary key and the newest of them, as gpg chooses.
    const fn rank(&self) -> (bool, bool, Timestamp) {
        (self.key.post_quantum, self.place.is_some(), self.key.created)
    }
}

pub(crate) fn judge(cert: &UncheckedCert, now: Timestamp) -> Result<TeamCert, Unusable> {
    let standing = usable_standing(cert, now)?;
    let mut found = Vec::new();
    let mut passed_over = Vec::new();
    for (place, subkey) in cert.inner().public_subkeys.iter().enumerate() {
        match subkey::judge(&standing, subkey, now) {
            Ok(key) => found.extend(key.map(|key| Candidate { place: Some(place), key })),
            Err(why) => passed_over.push(why),
        }
    }
    found.extend(subkey::primary(&standing).map(|key| Candidate { place: None, key }));
    let key_ids = found.iter().map(|candidate| candidate.key.key_id).collect();
    let Some(chosen) = found.into_iter().max_by_key(Candidate::rank) else {
        return Err(passed_over.into_iter().fold(Unusable::NoEncryptionKey, subkey::later));
    };
    let expires = earlier(standing.expires, chosen.key.expires);
    Ok(TeamCert {
        cert: cert.clone(),
        place: chosen.place,
        key: chosen.key,
        key_ids,
        seipd_v2: standing.active.features().is_some_and(pgp::packet::Features::seipd_v2),
        expires,
        warnings: warning::collect(expires, &passed_over, now),
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
    rules::strength(standing.primary)?;
    Ok(standing)
}

fn earlier(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
