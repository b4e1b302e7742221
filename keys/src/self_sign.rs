//! Putting version 4 keys together: our own self-signatures, with our own time, so that nothing reads a hidden clock.

use pgp::composed::{SignedKeyDetails, SignedSecretKey, SignedSecretSubKey};
use pgp::crypto::ecc_curve::ECCCurve;
use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::public_key::PublicKeyAlgorithm;
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::crypto::{ecdh, ed25519, eddsa_legacy};
use pgp::errors::Result;
use pgp::packet::{
    Features, KeyFlags, PacketTrait as _, PubKeyInner, PublicKey, PublicSubkey, SecretKey, SecretSubkey,
    SignatureConfig, SignatureType, Subpacket, SubpacketData, UserId,
};
use pgp::types::{
    CompressionAlgorithm, Duration as PgpDuration, KeyVersion, Password, PlainSecretParams, PublicParams,
    SecretParams, Timestamp as PgpTime,
};
use smallvec::smallvec;
use zeroize::Zeroize as _;

/// The hash of everything we sign: gpg 2.2 and all newer programs verify it.
pub(crate) const HASH: HashAlgorithm = HashAlgorithm::Sha512;

/// What a certificate says about itself.
pub(crate) struct SelfSignature<'a> {
    pub(crate) user_id: &'a str,
    pub(crate) at: PgpTime,
    /// Seconds after the creation of the key; `None` is for ever.
    pub(crate) expires_after: Option<u32>,
}

/// Makes a primary key from 32 secret bytes. **Rule:** legacy EdDSA, because gpg 2.2 imports no other Curve25519 key.
pub(crate) fn signing_part(mut secret: [u8; 32], created: PgpTime) -> Result<SecretKey> {
    let key = ed25519::SecretKey::try_from_bytes(secret, ed25519::Mode::EdDSALegacy)?;
    secret.zeroize();
    let params = PublicParams::EdDSALegacy((&key).into());
    let inner = PubKeyInner::new(KeyVersion::V4, PublicKeyAlgorithm::EdDSALegacy, created, None, params)?;
    let plain = PlainSecretParams::EdDSALegacy(eddsa_legacy::SecretKey::Ed25519(key));
    SecretKey::new(PublicKey::from_inner(inner)?, SecretParams::Plain(plain))
}

/// Makes a decryption subkey from 32 secret bytes (ECDH over Curve25519).
pub(crate) fn decryption_part(mut secret: [u8; 32], created: PgpTime) -> Result<SecretSubkey> {
    // RFC 7748, section 5: clamped as every other program expects it to be stored; OpenPGP's legacy form is big-endian.
    let [first, .., last] = &mut secret;
    *first &= 248;
    *last = (*last & 127) | 64;
    secret.reverse();
    let key = ecdh::SecretKey::Curve25519Legacy(ecdh::Curve25519Legacy::try_from_bytes_rev(&secret)?);
    secret.zeroize();
    debug_assert!(matches!(key.curve(), ECCCurve::Curve25519Legacy), "made from Curve25519 bytes");
    let params = PublicParams::ECDH((&key).try_into()?);
    let inner = PubKeyInner::new(KeyVersion::V4, PublicKeyAlgorithm::ECDH, created, None, params)?;
    SecretSubkey::new(PublicSubkey::from_inner(inner)?, SecretParams::Plain(PlainSecretParams::ECDH(key)))
}

/// Binds a primary key, its user id and an optional decryption subkey together.
pub(crate) fn assemble(
    primary: SecretKey,
    subkey: Option<SecretSubkey>,
    says: &SelfSignature<'_>,
) -> Result<SignedSecretKey> {
    let user = UserId::from_str(pgp::types::PacketHeaderVersion::New, says.user_id)?;
    let mut config = config(&primary, SignatureType::CertPositive, says.at)?;
    config.hashed_subpackets.extend(certificate_subpackets(says)?);
    let signature =
        config.sign_certification(&primary, primary.public_key(), &Password::empty(), user.tag(), &user)?;
    let details = SignedKeyDetails::new(vec![], vec![], vec![user.into_signed(signature)], vec![]);
    let subkeys = subkey.map(|subkey| bind(&primary, subkey, says)).transpose()?;
    Ok(SignedSecretKey::new(primary, details, vec![], subkeys.into_iter().collect()))
}

fn bind(primary: &SecretKey, subkey: SecretSubkey, says: &SelfSignature<'_>) -> Result<SignedSecretSubKey> {
    let mut flags = KeyFlags::default();
    flags.set_encrypt_comms(true);
    flags.set_encrypt_storage(true);
    let mut config = config(primary, SignatureType::SubkeyBinding, says.at)?;
    config.hashed_subpackets.push(Subpacket::critical(SubpacketData::KeyFlags(flags))?);
    config.hashed_subpackets.extend(expiry(says)?);
    let signature =
        config.sign_subkey_binding(primary, primary.public_key(), &Password::empty(), subkey.public_key())?;
    Ok(SignedSecretSubKey::new(subkey, vec![signature]))
}

/// A version 4 signature with its time and issuer.
pub(crate) fn config(
    signer: &impl pgp::types::KeyDetails,
    kind: SignatureType,
    at: PgpTime,
) -> Result<SignatureConfig> {
    let mut config = SignatureConfig::v4(kind, signer.algorithm(), HASH);
    config.hashed_subpackets = vec![
        Subpacket::critical(SubpacketData::SignatureCreationTime(at))?,
        Subpacket::regular(SubpacketData::IssuerFingerprint(signer.fingerprint()))?,
    ];
    config.unhashed_subpackets =
        vec![Subpacket::regular(SubpacketData::IssuerKeyId(signer.legacy_key_id()))?];
    Ok(config)
}

/// **Rule:** facts of gpg 2.2: it encrypts SEIPDv1 only, so the features say no more than that.
fn certificate_subpackets(says: &SelfSignature<'_>) -> Result<Vec<Subpacket>> {
    let mut flags = KeyFlags::default();
    flags.set_certify(true);
    flags.set_sign(true);
    let mut features = Features::default();
    features.set_seipd_v1(true);
    let ciphers = smallvec![SymmetricKeyAlgorithm::AES256, SymmetricKeyAlgorithm::AES128];
    let hashes = smallvec![HashAlgorithm::Sha512, HashAlgorithm::Sha256];
    let mut subpackets = vec![
        Subpacket::critical(SubpacketData::KeyFlags(flags))?,
        Subpacket::regular(SubpacketData::Features(features))?,
        Subpacket::regular(SubpacketData::PreferredSymmetricAlgorithms(ciphers))?,
        Subpacket::regular(SubpacketData::PreferredHashAlgorithms(hashes))?,
        Subpacket::regular(SubpacketData::PreferredCompressionAlgorithms(smallvec![
            CompressionAlgorithm::Uncompressed
        ]))?,
        Subpacket::regular(SubpacketData::IsPrimary(true))?,
    ];
    subpackets.extend(expiry(says)?);
    Ok(subpackets)
}

fn expiry(says: &SelfSignature<'_>) -> Result<Option<Subpacket>> {
    let life = says.expires_after.map(PgpDuration::from_secs);
    life.map(|life| Subpacket::critical(SubpacketData::KeyExpirationTime(life))).transpose()
}
