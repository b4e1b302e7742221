//! Opening enclosures, piece by piece. What comes out is not authentic before its end: the caller compares the sealed bytes with what the
//! letter says before, and believes nothing until [`OpenedEnclosures::verify`] was good.

use std::io::{self, BufRead, Read};

use pgp::composed::{DecryptionOptions, Esk, Message, TheRing};
use pgp::types::Seipdv1ReadMode;
use sealpost_shared::{Fingerprint, Timestamp};

use crate::cert::UncheckedCert;
use crate::open::{OpenError, Unlock};
use crate::verify::{self, Over, SignatureError, ValidWhen, Verified};

/// gpg compresses once; a pile of compressed packets is an attack.
const MAX_COMPRESSIONS: usize = 2;

/// The tar, as it is decrypted.
#[derive(Debug)]
pub struct OpenedEnclosures<'a> {
    message: Message<'a>,
    reader: Option<Fingerprint>,
}

/// Opens enclosures (binary) with one of the ways to unlock them.
///
/// # Errors
/// When they are sealed to others, or are no encrypted message.
pub fn open_enclosures<'a, 'u>(
    sealed: impl BufRead + std::fmt::Debug + Send + 'a,
    unlock: impl Into<Unlock<'u>>,
) -> Result<OpenedEnclosures<'a>, OpenError> {
    let unlock = unlock.into();
    let message = Message::from_bytes(sealed).map_err(|_| OpenError::Malformed)?;
    let Message::Encrypted { esk, .. } = &message else { return Err(OpenError::NotEncrypted) };
    let ring = ring(unlock, esk)?;
    let decrypted = message.decrypt_the_ring(ring, true);
    let (mut message, _) = decrypted.map_err(|error| match error {
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
    Ok(OpenedEnclosures { message, reader: unlock.reader() })
}

fn ring(unlock: Unlock<'_>, esk: &[Esk]) -> Result<TheRing<'static>, OpenError> {
    // The library's default holds the whole message in memory until its end is checked.
    let decrypt_options = DecryptionOptions::new().set_seipdv1_read_mode(Seipdv1ReadMode::Streaming);
    let session_keys = vec![unlock.session_key(esk)?];
    Ok(TheRing { decrypt_options, session_keys, ..TheRing::default() })
}

impl Read for OpenedEnclosures<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.message.read(buffer)
    }
}

impl OpenedEnclosures<'_> {
    /// Reads to the end, so that the message's own check of integrity is made, and verifies the signature against certificates that
    /// are known from the letter.
    ///
    /// # Errors
    /// When the message is damaged or cut off ([`SignatureError::Unreadable`]), or no signature by any of the certificates holds.
    pub fn verify(&mut self, certs: &[UncheckedCert], now: Timestamp) -> Result<Verified, SignatureError> {
        io::copy(&mut self.message, &mut io::sink()).map_err(|_| SignatureError::Unreadable)?;
        let Message::Signed { reader, .. } = &self.message else { return Err(SignatureError::Unsigned) };
        // The first is the outermost; a message of ours has one, and so has gpg's.
        let signature = reader.signature(0).ok_or(SignatureError::Unsigned)?;
        let verified = verify::first_good(certs.iter(), |cert| {
            verify::check(cert, signature, Over::Message(&self.message), now, ValidWhen::Signed)
        })?;
        let meant_for =
            |reader: &Fingerprint| verified.intended.is_empty() || verified.intended.contains(reader);
        if self.reader.as_ref().is_none_or(meant_for) {
            Ok(verified)
        } else {
            Err(SignatureError::ForSomebodyElse)
        }
    }
}
