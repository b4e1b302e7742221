//! From sealed bytes to a bounded plaintext and its signatures.

use std::io::Read as _;

use pgp::armor::BlockType;
use pgp::composed::Message;
use pgp::packet::Signature;
use sealpost_shared::limits;
use sealpost_shared::problem::ProblemCode;
use zeroize::Zeroizing;

use super::{OpenError, Unlock};
use crate::armor;
use crate::gate::{self, Fault};

/// gpg compresses once; a pile of compressed packets is an attack.
const MAX_COMPRESSIONS: usize = 2;

/// The most bytes of plaintext, also after decompression.
const MAX_PLAIN_BYTES: usize = limits::MAX_LETTER_BYTES;

/// The most signatures kept of one letter.
const MAX_SIGNATURES: usize = 8;

pub(super) type Decrypted = (Zeroizing<Vec<u8>>, Vec<Signature>);

pub(super) fn decrypt(bytes: &[u8], unlock: Unlock<'_>) -> Result<Decrypted, OpenError> {
    let is_message = |kind: &BlockType| matches!(kind, BlockType::Message);
    let binary = armor::to_binary(bytes, is_message).ok_or_else(|| not_a_message(bytes))?;
    // The gate's own reading comes first: it bounds the number of keys and sees whether anything is missing or too much.
    gate::check_sealed(&binary, None).map_err(|error| structure(error.fault()))?;
    let packets = decrypted(&binary, unlock)?;
    // From here on the bytes are what their sender sealed, whoever that was.
    let message = Message::from_bytes(&**packets).map_err(|_| OpenError::Malformed)?;
    let mut message = unpack(message)?;
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

fn not_a_message(bytes: &[u8]) -> OpenError {
    let armored = bytes.trim_ascii_start().starts_with(b"-----BEGIN PGP MESSAGE-----");
    if armored { OpenError::CutOff } else { OpenError::NotEncrypted }
}

const fn structure(fault: Fault) -> OpenError {
    match fault {
        Fault::CutOff => OpenError::CutOff,
        Fault::TooManyKeys => OpenError::TooManyKeys,
        Fault::Other(code) => match code {
            ProblemCode::TrailingData => OpenError::NotAlone,
            ProblemCode::PasswordEncrypted => OpenError::WithPassword,
            ProblemCode::NoIntegrity => OpenError::NoIntegrity,
            ProblemCode::WrongRecipient => OpenError::NotForThisKey,
            ProblemCode::NotOpenpgp | ProblemCode::Plaintext | ProblemCode::SignedOnly => {
                OpenError::NotEncrypted
            }
            _ => OpenError::Malformed,
        },
    }
}

/// The packets inside the encryption. They are fewer bytes than the letter, which is bounded.
fn decrypted(binary: &[u8], unlock: Unlock<'_>) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let message = Message::from_bytes(binary).map_err(|_| OpenError::Malformed)?;
    let Message::Encrypted { esk, mut edata, .. } = message else { return Err(OpenError::NotEncrypted) };
    let key = unlock.session_key(&esk)?;
    // The structure was whole, so what does not decrypt was changed.
    edata.decrypt(&key).map_err(|_| OpenError::Altered)?;
    let mut packets = Zeroizing::new(Vec::with_capacity(binary.len()));
    edata.read_to_end(&mut packets).map_err(|_| OpenError::Altered)?;
    Ok(packets)
}

/// Takes the packing off, up to a literal that may be signed.
fn unpack(mut message: Message<'_>) -> Result<Message<'_>, OpenError> {
    for _ in 0..MAX_COMPRESSIONS {
        if !message.is_compressed() {
            break;
        }
        message = message.decompress().map_err(|_| OpenError::Malformed)?;
    }
    if message.is_compressed() || matches!(message, Message::Encrypted { .. }) {
        return Err(OpenError::TooDeep);
    }
    // Also refuses compression inside a signature.
    if message.literal_data_header().is_none() { Err(OpenError::Malformed) } else { Ok(message) }
}

fn read_bounded(message: &mut Message<'_>) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let mut plain = Zeroizing::new(Vec::new());
    let limit = MAX_PLAIN_BYTES as u64 + 1;
    message.take(limit).read_to_end(&mut plain).map_err(|_| OpenError::Malformed)?;
    if plain.len() > MAX_PLAIN_BYTES { Err(OpenError::TooLarge) } else { Ok(plain) }
}
