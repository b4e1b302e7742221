//! From sealed bytes to a bounded plaintext and its signatures.

use std::io::Read as _;

use pgp::armor::BlockType;
use pgp::composed::{Esk, Message, PlainSessionKey, RawSessionKey};
use pgp::packet::Signature;
use pgp::types::{Password, PkeskVersion};
use sealpost_shared::limits;
use zeroize::Zeroizing;

use super::{OpenError, SessionKey, Unlock};
use crate::armor;

/// gpg compresses once; a pile of compressed packets is an attack.
const MAX_COMPRESSIONS: usize = 2;

/// The most bytes of plaintext, also after decompression.
const MAX_PLAIN_BYTES: usize = limits::MAX_LETTER_BYTES;

/// The most signatures kept of one letter.
const MAX_SIGNATURES: usize = 8;

pub(super) type Decrypted = (Zeroizing<Vec<u8>>, Vec<Signature>);

pub(super) fn decrypt(bytes: &[u8], unlock: Unlock<'_>) -> Result<Decrypted, OpenError> {
    let is_message = |kind: &BlockType| matches!(kind, BlockType::Message);
    let binary = armor::to_binary(bytes, is_message).ok_or(OpenError::Malformed)?;
    let message = Message::from_bytes(&*binary).map_err(|_| OpenError::Malformed)?;
    let Message::Encrypted { esk, .. } = &message else { return Err(OpenError::NotEncrypted) };
    let decrypted = match unlock {
        Unlock::Case(key) => message.decrypt(&Password::empty(), key.secret()),
        Unlock::Key(key) => message.decrypt(&Password::empty(), key.secret()),
        Unlock::Session(key) => {
            let key = plain_session_key(key, esk);
            message.decrypt_with_session_key(key)
        }
    };
    let mut message = decrypted.map_err(|error| match error {
        pgp::errors::Error::MissingKey => OpenError::NotForThisKey,
        _ => OpenError::Malformed,
    })?;
    for _ in 0..MAX_COMPRESSIONS {
        if !message.is_compressed() {
            break;
        }
        message = message.decompress().map_err(|_| OpenError::Malformed)?;
    }
    // Also refuses encryption inside encryption, and compression inside a signature.
    if message.literal_data_header().is_none() {
        return Err(OpenError::Malformed);
    }
    let plain = read_bounded(&mut message)?;
    let signatures = match &message {
        Message::Signed { reader, .. } => {
            let found = reader.signatures().unwrap_or_default().iter();
            found.take(MAX_SIGNATURES).map(|s| s.signature().clone()).collect()
        }
        _ => Vec::new(),
    };
    Ok((plain, signatures))
}

fn read_bounded(message: &mut Message<'_>) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let mut plain = Zeroizing::new(Vec::new());
    let limit = MAX_PLAIN_BYTES as u64 + 1;
    message.take(limit).read_to_end(&mut plain).map_err(|_| OpenError::Malformed)?;
    if plain.len() > MAX_PLAIN_BYTES { Err(OpenError::TooLarge) } else { Ok(plain) }
}

/// A version 6 session key packet carries no algorithm; version 2 encryption names its own (RFC 9580, 5.1.2).
pub(crate) fn plain_session_key(session: &SessionKey, esk: &[Esk]) -> PlainSessionKey {
    let key = RawSessionKey::from(session.key.as_slice());
    let modern =
        |esk: &Esk| matches!(esk, Esk::PublicKeyEncryptedSessionKey(p) if p.version() == PkeskVersion::V6);
    if esk.iter().any(modern) {
        PlainSessionKey::V6 { key }
    } else {
        PlainSessionKey::V3_4 { sym_alg: session.algorithm.into(), key }
    }
}
