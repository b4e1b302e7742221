//! Putting version 4 keys together: our own self-signatures, with our own time, so that nothing reads a hidden clock.

use pgp::composed::{SignedKeyDetails, SignedSecretKey, SignedSecretSubKey};
use pgp::crypto::ecc_curve::ECCCurve;
use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::public_key::PublicKeyAlgorithm;
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::crypto::{ecdh, ed25519, eddsa_legacy, ml_kem768_x25519};
use pgp::errors::Result;
use pgp::packet::{
    Features, KeyFlags, PacketTrait as _, PubKeyInner, PublicKey, PublicSubkey, SecretKey, SecretSubkey,
    Signature, SignatureConfig, SignatureType, Subpacket, SubpacketData, UserId,
};
use pgp::types::{
    CompressionAlgorithm, Duration as PgpDuration, KeyVersion, Password, PlainSecretParams, PublicParams,
    SecretParams, SigningKey, Timestamp as PgpTime,
};
use rand::rngs::OsRng;
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
pub(crate) fn signing_pair(
    mut secret: [u8; 32],
    created: PgpTime,
) -> Result<(PublicKey, ed25519::SecretKey)> {
    let key = ed25519::SecretKey::try_from_bytes(secret, ed25519::Mode::EdDSALegacy)?;
    secret.zeroize();
    let params = PublicParams::EdDSALegacy((&key).into());
    let inner = PubKeyInner::new(KeyVersion::V4, PublicKeyAlgorithm::EdDSALegacy, created, None, params)?;
    Ok((PublicKey::from_inner(inner)?, key))
}

/// Makes a decryption subkey from 32 secret bytes (ECDH over Curve25519).
pub(crate) fn decryption_pair(
    mut secret: [u8; 32],
    created: PgpTime,
) -> Result<(PublicSubkey, ecdh::SecretKey)> {
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
    Ok((PublicSubkey::from_inner(inner)?, key))
}

/// The same as a packet of a key file.
pub(crate) fn signing_part(secret: [u8; 32], created: PgpTime) -> Result<SecretKey> {
    let (public, key) = signing_pair(secret, created)?;
    let plain = PlainSecretParams::EdDSALegacy(eddsa_legacy::SecretKey::Ed25519(key));
    SecretKey::new(public, SecretParams::Plain(plain))
}

/// The same as a packet of a key file.
pub(crate) fn decryption_part(secret: [u8; 32], created: PgpTime) -> Result<SecretSubkey> {
    let (public, key) = decryption_pair(secret, created)?;
    SecretSubkey::new(public, SecretParams::Plain(PlainSecretParams::ECDH(key)))
}

/// Makes a post-quantum decryption subkey: ML-KEM-768 with X25519. **Rule:** RFC 9980, 3.5: the one such kind that a version 4
/// certificate may have; programs that do not know it pass it over and use the subkey beside it.
pub(crate) fn post_quantum_part(created: PgpTime) -> Result<SecretSubkey> {
    let key = ml_kem768_x25519::SecretKey::generate(OsRng);
    let params = PublicParams::MlKem768X25519((&key).into());
    let inner = PubKeyInner::new(KeyVersion::V4, PublicKeyAlgorithm::MlKem768X25519, created, None, params)?;
    let secret = SecretParams::Plain(PlainSecretParams::MlKem768X25519(key));
    SecretSubkey::new(PublicSubkey::from_inner(inner)?, secret)
}

/// Binds a primary key, its user id and its decryption subkeys together.
pub(crate) fn assemble(
    primary: SecretKey,
    subkeys: Vec<SecretSubkey>,
    says: &SelfSignature<'_>,
) -> Result<SignedSecretKey> {
    let details = certify(&primary, primary.public_key(), says)?;
    let bound = |subkey: SecretSubkey| {
        let signature = bind(&primary, primary.public_key(), subkey.public_key(), says)?;
        Ok(SignedSecretSubKey::new(subkey, vec![signature]))
    };
    let subkeys = subkeys.into_iter().map(bound).collect::<Result<_>>()?;
    Ok(SignedSecretKey::new(primary, details, vec![], subkeys))
}

/// Signs the user id.
pub(crate) fn certify(
    signer: &impl SigningKey,
    primary: &PublicKey,
    says: &SelfSignature<'_>,
) -> Result<SignedKeyDetails> {
    let user = UserId::from_str(pgp::types::PacketHeaderVersion::New, says.user_id)?;
    let mut config = config(signer, SignatureType::CertPositive, says.at)?;
    config.hashed_subpackets.extend(certificate_subpackets(says)?);
    let signature = config.sign_certification(signer, primary, &Password::empty(), user.tag(), &user)?;
    Ok(SignedKeyDetails::new(vec![], vec![], vec![user.into_signed(signature)], vec![]))
}

/// Signs a decryption subkey.
pub(crate) fn bind(
    signer: &impl SigningKey,
    primary: &PublicKey,
    subkey: &PublicSubkey,
    says: &SelfSignature<'_>,
) -> Result<Signature> {
    let mut flags = KeyFlags::default();
    flags.set_encrypt_comms(true);
    flags.set_encrypt_storage(true);
    let mut config = config(signer, SignatureType::SubkeyBinding, says.at)?;
    config.hashed_subpackets.push(Subpacket::critical(SubpacketData::KeyFlags(flags))?);
    config.hashed_subpackets.extend(expiry(says)?);
    config.sign_subkey_binding(signer, primary, &Password::empty(), subkey)
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
