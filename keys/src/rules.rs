//! Which signatures count. The library computes them; hashes, times, critical subpackets and revocations are decided here.

use pgp::composed::SignedPublicKey;
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{PublicKey, RevocationCode, Signature, SignatureType, SubpacketData};
use pgp::types::{EddsaLegacyPublicParams, KeyDetails, KeyVersion, PublicParams, Tag, Timestamp as PgpTime};
use sealpost_shared::Timestamp;

use crate::judge::Unusable;

/// The fewest bits of an RSA modulus: below this NIST SP 800-131A allows no signatures and no encryption.
const MIN_RSA_BITS: u16 = 2048;

/// What the newest acceptable self-signature says about a certificate.
pub(crate) struct Standing<'a> {
    pub(crate) primary: &'a PublicKey,
    pub(crate) active: &'a Signature,
    pub(crate) expires: Option<Timestamp>,
    pub(crate) revoked: Option<Revocation>,
}

/// How far back a revocation reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Revocation {
    /// Compromised, or no reason given: nothing the key ever signed counts (RFC 9580, 5.2.3.31).
    Hard,
    /// Retired or superseded: what was signed before stays good.
    Soft(Timestamp),
}

impl Revocation {
    pub(crate) fn covers(self, at: Timestamp) -> bool {
        match self {
            Self::Hard => true,
            Self::Soft(since) => at >= since,
        }
    }
}

/// Why no signature of a list is acceptable, the most telling reason first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    Weak,
    Future(Timestamp),
    Lapsed(Timestamp),
    Missing,
}

impl From<Flaw> for Unusable {
    fn from(flaw: Flaw) -> Self {
        match flaw {
            Flaw::Weak => Self::WeakSignature,
            Flaw::Future(from) => Self::NotYetValid { from },
            Flaw::Lapsed(at) => Self::Expired { at },
            Flaw::Missing => Self::NoSelfSignature,
        }
    }
}

pub(crate) fn to_pgp(at: Timestamp) -> PgpTime {
    PgpTime::from_secs(u32::try_from(at.seconds()).unwrap_or(u32::MAX))
}

pub(crate) fn from_pgp(at: PgpTime) -> Timestamp {
    Timestamp::from_seconds(i64::from(at.as_secs()))
}

/// **Rule:** RFC 9580, 9.5 (no MD5, no SHA-1, no RIPEMD-160); SHA-224 has no sender worth keeping it for.
pub(crate) fn hash_is_strong(signature: &Signature) -> bool {
    use HashAlgorithm::{Sha3_256, Sha3_512, Sha256, Sha384, Sha512};
    matches!(signature.hash_alg(), Some(Sha256 | Sha384 | Sha512 | Sha3_256 | Sha3_512))
}

/// **Rule:** RFC 9580, 5.2.3.7: a critical subpacket that we do not understand spoils its signature. The library lets
/// critical notations pass; we know none.
pub(crate) fn criticals_are_known(signature: &Signature) -> bool {
    use SubpacketData::{Experimental, Notation, Other};
    let unknown = |data: &SubpacketData| matches!(data, Notation(_) | Other(..) | Experimental(..));
    signature.config().is_some_and(|c| c.hashed_subpackets().all(|p| !p.is_critical || !unknown(&p.data)))
}

/// The end of a signature's own life, if it has one.
pub(crate) fn signature_end(signature: &Signature) -> Option<Timestamp> {
    let created = signature.created()?;
    let life = signature.signature_expiration_time().filter(|life| life.as_secs() != 0)?;
    Some(Timestamp::from_seconds(i64::from(created.as_secs()) + i64::from(life.as_secs())))
}

/// The end of a key's life as `signature` sets it for a key of that age.
pub(crate) fn key_end(created: PgpTime, signature: &Signature) -> Option<Timestamp> {
    let life = signature.key_expiration_time().filter(|life| life.as_secs() != 0)?;
    Some(Timestamp::from_seconds(i64::from(created.as_secs()) + i64::from(life.as_secs())))
}

/// Picks the newest acceptable of `signatures`, all of which are cryptographically valid.
pub(crate) fn newest_good<'a>(
    signatures: impl Iterator<Item = &'a Signature>,
    key_created: PgpTime,
    now: Timestamp,
) -> Result<&'a Signature, Flaw> {
    let mut best: Option<&Signature> = None;
    let mut flaw = Flaw::Missing;
    for signature in signatures {
        match flaw_of(signature, key_created, now) {
            Some(found) => flaw = worse(flaw, found),
            None if best.is_none_or(|b| b.created() <= signature.created()) => best = Some(signature),
            None => {}
        }
    }
    best.ok_or(flaw)
}

fn flaw_of(signature: &Signature, key_created: PgpTime, now: Timestamp) -> Option<Flaw> {
    let Some(created) = signature.created().filter(|c| *c >= key_created) else { return Some(Flaw::Missing) };
    if !hash_is_strong(signature) {
        Some(Flaw::Weak)
    } else if !criticals_are_known(signature) {
        Some(Flaw::Missing)
    } else if from_pgp(created) > now {
        Some(Flaw::Future(from_pgp(created)))
    } else {
        signature_end(signature).filter(|end| *end <= now).map(Flaw::Lapsed)
    }
}

fn worse(a: Flaw, b: Flaw) -> Flaw {
    let rank = |flaw: &Flaw| match flaw {
        Flaw::Missing => 0,
        Flaw::Lapsed(_) => 1,
        Flaw::Future(_) => 2,
        Flaw::Weak => 3,
    };
    if rank(&b) > rank(&a) { b } else { a }
}

/// Reads what the certificate says about itself. Third-party signatures never verify as self-signatures and are passed over.
pub(crate) fn standing(cert: &SignedPublicKey, now: Timestamp) -> Result<Standing<'_>, Unusable> {
    let primary = &cert.primary_key;
    if !matches!(primary.version(), KeyVersion::V4 | KeyVersion::V6) || !can_verify(primary) {
        return Err(Unusable::Unsupported);
    }
    if from_pgp(primary.created_at()) > now {
        return Err(Unusable::NotYetValid { from: from_pgp(primary.created_at()) });
    }
    let revoked = revocation(&cert.details.revocation_signatures, |s| {
        s.typ() == Some(SignatureType::KeyRevocation) && s.verify_key(primary).is_ok()
    });
    let active = active_self_signature(cert, now).map_err(|why| match why {
        Unusable::NoSelfSignature if claims_weakly(cert) => Unusable::WeakSignature,
        why => why,
    })?;
    Ok(Standing { primary, active, expires: key_end(primary.created_at(), active), revoked })
}

/// Whether a user id bears a signature in the certificate's own name by a broken hash. Where the key is a modern one, such
/// a signature does not even verify; this is asked only to name the reason.
fn claims_weakly(cert: &SignedPublicKey) -> bool {
    let own = cert.primary_key.legacy_key_id();
    let mut signatures = cert.details.users.iter().flat_map(|user| &user.signatures);
    signatures.any(|s| !hash_is_strong(s) && s.issuer_key_id().contains(&&own))
}

/// The furthest-reaching valid revocation. Neither age nor hash excuses one.
pub(crate) fn revocation(
    signatures: &[Signature],
    is_valid: impl Fn(&Signature) -> bool,
) -> Option<Revocation> {
    let mut found: Option<Revocation> = None;
    for signature in signatures.iter().filter(|s| is_valid(s)) {
        let reach = reach(signature);
        found = Some(match (found, reach) {
            (Some(Revocation::Soft(a)), Revocation::Soft(b)) => Revocation::Soft(a.min(b)),
            (None, reach) => reach,
            _ => Revocation::Hard,
        });
    }
    found
}

fn reach(signature: &Signature) -> Revocation {
    use RevocationCode::{CertUserIdInvalid, KeyRetired, KeySuperseded};
    match (signature.revocation_reason_code(), signature.created()) {
        (Some(KeyRetired | KeySuperseded | CertUserIdInvalid), Some(at)) => Revocation::Soft(from_pgp(at)),
        _ => Revocation::Hard,
    }
}

/// **Rule:** RFC 9580, 5.2.3.10: a v6 certificate speaks through its direct-key signature, a v4 one through the newest of
/// that and its user ids.
fn active_self_signature(cert: &SignedPublicKey, now: Timestamp) -> Result<&Signature, Unusable> {
    let primary = &cert.primary_key;
    let created = primary.created_at();
    let direct = cert.details.direct_signatures.iter();
    let direct = direct.filter(|s| s.typ() == Some(SignatureType::Key) && s.verify_key(primary).is_ok());
    let direct = newest_good(direct, created, now);
    if primary.version() == KeyVersion::V6 {
        return Ok(direct?);
    }
    match (direct, user_id_signature(cert, now)) {
        (Ok(d), Ok(u)) => Ok(if d.created() > u.created() { d } else { u }),
        (Ok(one), Err(_)) | (Err(_), Ok(one)) => Ok(one),
        (Err(a), Err(b)) => Err(worse(a, b).into()),
    }
}

/// The self-certification that speaks for a v4 certificate: the primary user id's, else the newest.
fn user_id_signature(cert: &SignedPublicKey, now: Timestamp) -> Result<&Signature, Flaw> {
    let primary = &cert.primary_key;
    let mut best: Option<&Signature> = None;
    let mut flaw = Flaw::Missing;
    for user in &cert.details.users {
        let own = |s: &&Signature| s.verify_certification(primary, Tag::UserId, &user.id).is_ok();
        let (revocations, certifications): (Vec<_>, Vec<_>) =
            user.signatures.iter().filter(own).partition(|s| s.typ() == Some(SignatureType::CertRevocation));
        let revoked = revocations.iter().filter_map(|s| s.created()).max();
        match newest_good(certifications.into_iter(), primary.created_at(), now) {
            Ok(found) if revoked.is_none_or(|at| Some(at) < found.created()) => {
                let rank = |s: &Signature| (s.is_primary(), s.created());
                best = best.filter(|b| rank(b) > rank(found)).or(Some(found));
            }
            Ok(_) => {}
            Err(found) => flaw = worse(flaw, found),
        }
    }
    best.ok_or(flaw)
}

/// Whether the library can check what this key signed; Brainpool curves and unknown algorithms it only reads.
fn can_verify(key: &impl KeyDetails) -> bool {
    match key.public_params() {
        PublicParams::ECDSA(ecdsa) => ecdsa.is_supported(),
        PublicParams::EdDSALegacy(eddsa) => !matches!(eddsa, EddsaLegacyPublicParams::Unsupported { .. }),
        PublicParams::Unknown { .. } => false,
        _ => true,
    }
}

/// Checks that a public key is strong enough to be trusted with anything.
pub(crate) fn strength(key: &impl KeyDetails) -> Result<(), Unusable> {
    match key.public_params() {
        PublicParams::RSA(_) if rsa_bits(key.public_params()) < MIN_RSA_BITS => Err(Unusable::WeakKey),
        PublicParams::DSA(_) | PublicParams::Elgamal(_) => Err(Unusable::WeakKey),
        PublicParams::Unknown { .. } => Err(Unusable::Unsupported),
        _ => Ok(()),
    }
}

/// An RSA key starts with its modulus, and that with its length in bits (RFC 9580, 3.2 and 5.5.5.1).
pub(crate) fn rsa_bits(params: &PublicParams) -> u16 {
    let bytes = pgp::ser::Serialize::to_bytes(params).unwrap_or_default();
    bytes.first_chunk::<2>().map_or(0, |head| u16::from_be_bytes(*head))
}
