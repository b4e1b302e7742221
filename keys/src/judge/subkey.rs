//! Which subkeys of a certificate letters may be sealed to.

use pgp::composed::SignedPublicSubKey;
use pgp::crypto::public_key::PublicKeyAlgorithm;
use pgp::packet::{KeyFlags, Signature, SignatureType};
use pgp::types::{EcdhPublicParams, KeyDetails, KeyVersion, PublicParams};
use sealpost_shared::Timestamp;

use super::{EncryptionKeyInfo, Unusable};
use crate::cert::fingerprint_of;
use crate::key_id::KeyId;
use crate::rules::{self, Flaw, Standing};

/// Judges one subkey; `Ok(None)` is one for another purpose.
pub(super) fn judge(
    standing: &Standing<'_>,
    subkey: &SignedPublicSubKey,
    now: Timestamp,
) -> Result<Option<EncryptionKeyInfo>, Unusable> {
    let bound = |s: &&Signature| s.verify_subkey_binding(standing.primary, &subkey.key).is_ok();
    let valid: Vec<_> = subkey.signatures.iter().filter(bound).collect();
    let bindings = valid.iter().copied().filter(|s| s.typ() == Some(SignatureType::SubkeyBinding));
    if !bindings.clone().any(|s| encrypts(&s.key_flags())) {
        return if bound_weakly(subkey) { Err(Unusable::WeakSignature) } else { Ok(None) };
    }
    // A soft reason is no better than a hard one: its owner wants nothing new sealed to it.
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
    rules::strength(&subkey.key)?;
    if can_encrypt(&subkey.key) { Ok(key_info(&subkey.key, expires)) } else { Err(Unusable::Unsupported) }
}

/// A modern key's signature over a broken hash does not even verify; here only to name the reason.
fn bound_weakly(subkey: &SignedPublicSubKey) -> bool {
    subkey.signatures.iter().any(|s| encrypts(&s.key_flags()) && !rules::hash_is_strong(s))
}

/// The primary key, where the certificate lets it encrypt (old RSA keys).
pub(super) fn primary(standing: &Standing<'_>) -> Option<EncryptionKeyInfo> {
    let usable = encrypts(&standing.active.key_flags()) && can_encrypt(standing.primary);
    if usable { key_info(standing.primary, standing.expires) } else { None }
}

fn encrypts(flags: &KeyFlags) -> bool {
    flags.encrypt_comms() || flags.encrypt_storage()
}

/// Whether we can encrypt to a key of this kind. The library would encrypt to a sign-only RSA key as well, and calls
/// Brainpool supported, which it only reads.
fn can_encrypt(key: &impl KeyDetails) -> bool {
    match key.public_params() {
        PublicParams::RSA(_) => key.algorithm() != PublicKeyAlgorithm::RSASign,
        PublicParams::X25519(_) | PublicParams::X448(_) => true,
        PublicParams::ECDH(ecdh) => match ecdh {
            // RFC 9580, 9.2: the legacy form does not exist in version 6.
            EcdhPublicParams::Curve25519Legacy { .. } => key.version() == KeyVersion::V4,
            EcdhPublicParams::P256 { .. } | EcdhPublicParams::P384 { .. } | EcdhPublicParams::P521 { .. } => {
                true
            }
            _ => false,
        },
        _ => is_post_quantum(key),
    }
}

/// **Rule:** RFC 9980, 4.2: ML-KEM together with a curve, so that both must break.
fn is_post_quantum(key: &impl KeyDetails) -> bool {
    matches!(key.algorithm(), PublicKeyAlgorithm::MlKem768X25519 | PublicKeyAlgorithm::MlKem1024X448)
}

fn key_info(key: &impl KeyDetails, expires: Option<Timestamp>) -> Option<EncryptionKeyInfo> {
    Some(EncryptionKeyInfo {
        key_id: KeyId::of(key),
        fingerprint: fingerprint_of(&key.fingerprint())?,
        algorithm: algorithm(key),
        created: rules::from_pgp(key.created_at()),
        expires,
        post_quantum: is_post_quantum(key),
    })
}

fn algorithm(key: &impl KeyDetails) -> String {
    match key.public_params() {
        PublicParams::RSA(_) => format!("RSA {}", rules::rsa_bits(key.public_params())),
        PublicParams::ECDH(EcdhPublicParams::Curve25519Legacy { .. }) => "ECDH Curve25519".to_owned(),
        PublicParams::ECDH(ecdh) => format!("ECDH {}", ecdh.curve()),
        _ => match key.algorithm() {
            PublicKeyAlgorithm::MlKem768X25519 => "ML-KEM-768+X25519".to_owned(),
            PublicKeyAlgorithm::MlKem1024X448 => "ML-KEM-1024+X448".to_owned(),
            other => format!("{other:?}"),
        },
    }
}

/// Of two reasons why no subkey is usable, the one that tells its owner more; of two ends, the later.
pub(super) fn later(a: Unusable, b: Unusable) -> Unusable {
    match (a, b) {
        (Unusable::NoEncryptionKey, b) => b,
        (Unusable::SubkeyExpired { at: a }, Unusable::SubkeyExpired { at: b }) => {
            Unusable::SubkeyExpired { at: a.max(b) }
        }
        (Unusable::SubkeyRevoked, b @ Unusable::SubkeyExpired { .. }) => b,
        (a, _) => a,
    }
}
