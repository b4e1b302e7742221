//! Packets for the recipients of a message: session keys for each, and the data if it is at hand. **Rule:** RFC 9580, 5.1 and 5.13.
//!
//! The library's own builder of messages would do the same, but it compiles each of eleven ciphers for each of four kinds of reader:
//! a hundred kilobytes that a browser would load for nothing.

use pgp::composed::RawSessionKey;
use pgp::crypto::aead::{AeadAlgorithm, ChunkSize};
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::packet::{PacketTrait as _, PublicKeyEncryptedSessionKey, SymEncryptedProtectedData};
use rand::rngs::OsRng;

use crate::judge::TeamCert;

/// What everything is encrypted with.
pub(crate) const CIPHER: SymmetricKeyAlgorithm = SymmetricKeyAlgorithm::AES256;
/// The mode of version 2: every reader of RFC 9580 knows it.
pub(crate) const AEAD: AeadAlgorithm = AeadAlgorithm::Ocb;
/// The library's own choice of 4 KiB is slower.
pub(crate) const CHUNK_SIZE: ChunkSize = ChunkSize::C64KiB;

/// Encrypts packets to every certificate: version 2 if all of them announce it, else version 1.
pub(crate) fn encrypt(packets: &[u8], to: &[TeamCert]) -> pgp::errors::Result<Vec<u8>> {
    let session = CIPHER.new_session_key(OsRng);
    let (key, newer) = (session.as_ref(), to.iter().all(TeamCert::seipd_v2));
    let data = if newer {
        SymEncryptedProtectedData::encrypt_seipdv2(OsRng, CIPHER, AEAD, CHUNK_SIZE, key, packets)?
    } else {
        SymEncryptedProtectedData::encrypt_seipdv1(OsRng, CIPHER, key, packets)?
    };
    let mut out = if newer { session_keys_v6(&session, to)? } else { session_keys_v3(&session, to)? };
    data.to_writer_with_header(&mut out)?;
    Ok(out)
}

/// The session key packets that go with version 1 of encryption.
pub(crate) fn session_keys_v3(session: &RawSessionKey, to: &[TeamCert]) -> pgp::errors::Result<Vec<u8>> {
    let mut head = Vec::new();
    for cert in to {
        let packet = match cert.subkey() {
            Some(subkey) => {
                PublicKeyEncryptedSessionKey::from_session_key_v3(OsRng, session, CIPHER, &subkey.key)?
            }
            None => PublicKeyEncryptedSessionKey::from_session_key_v3(
                OsRng,
                session,
                CIPHER,
                &cert.cert().inner().primary_key,
            )?,
        };
        packet.to_writer_with_header(&mut head)?;
    }
    Ok(head)
}

/// The session key packets that go with version 2 of encryption.
pub(crate) fn session_keys_v6(session: &RawSessionKey, to: &[TeamCert]) -> pgp::errors::Result<Vec<u8>> {
    let mut head = Vec::new();
    for cert in to {
        let packet = match cert.subkey() {
            Some(subkey) => PublicKeyEncryptedSessionKey::from_session_key_v6(OsRng, session, &subkey.key)?,
            None => PublicKeyEncryptedSessionKey::from_session_key_v6(
                OsRng,
                session,
                &cert.cert().inner().primary_key,
            )?,
        };
        packet.to_writer_with_header(&mut head)?;
    }
    Ok(head)
}
