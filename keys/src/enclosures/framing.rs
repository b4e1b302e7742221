//! The outside of an encrypted message: session keys for every recipient, and one data packet in pieces, because nobody knows its
//! length before its end. **Rule:** RFC 9580, 4.2.1.4, 5.1 and 5.13.

use std::io::{self, Read};

use pgp::composed::RawSessionKey;
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::packet::{
    PacketHeader, PacketTrait as _, PublicKeyEncryptedSessionKey, SymEncryptedProtectedDataConfig,
};
use pgp::ser::Serialize as _;
use pgp::types::{PacketHeaderVersion as HeaderVersion, PacketLength, Tag};
use rand::rngs::OsRng;

use super::PIECE_BYTES;
use crate::judge::TeamCert;

/// The session key packets that go with version 1 of encryption.
pub(super) fn session_keys_v3(
    session: &RawSessionKey,
    cipher: SymmetricKeyAlgorithm,
    to: &[TeamCert],
) -> pgp::errors::Result<Vec<u8>> {
    let mut head = Vec::new();
    for cert in to {
        let packet = match cert.subkey() {
            Some(subkey) => {
                PublicKeyEncryptedSessionKey::from_session_key_v3(OsRng, session, cipher, &subkey.key)?
            }
            None => PublicKeyEncryptedSessionKey::from_session_key_v3(
                OsRng,
                session,
                cipher,
                &cert.cert().inner().primary_key,
            )?,
        };
        packet.to_writer_with_header(&mut head)?;
    }
    Ok(head)
}

/// The session key packets that go with version 2 of encryption.
pub(super) fn session_keys_v6(session: &RawSessionKey, to: &[TeamCert]) -> pgp::errors::Result<Vec<u8>> {
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

/// Reads as the whole message: session keys, then `source` in pieces behind the data packet's header and parameters.
pub(super) struct Framed<R> {
    source: R,
    /// What is ready to be read.
    ready: Vec<u8>,
    read: usize,
    /// Parameters that the first piece begins with.
    parameters: Vec<u8>,
    is_first: bool,
    is_done: bool,
}

impl<R: Read> Framed<R> {
    pub(super) fn new(
        session_keys: Vec<u8>,
        parameters: &SymEncryptedProtectedDataConfig,
        source: R,
    ) -> pgp::errors::Result<Self> {
        let mut bytes = Vec::new();
        parameters.to_writer(&mut bytes)?;
        Ok(Self { source, ready: session_keys, read: 0, parameters: bytes, is_first: true, is_done: false })
    }

    /// Makes the next piece. A full one says that another follows; the last may be empty.
    fn next_piece(&mut self) -> io::Result<()> {
        let mut piece = std::mem::take(&mut self.parameters);
        let room = PIECE_BYTES - piece.len();
        (&mut self.source).take(room as u64).read_to_end(&mut piece)?;
        let whole = u32::try_from(piece.len()).map_err(io::Error::other)?;
        self.is_done = piece.len() < PIECE_BYTES;
        let length = if self.is_done { PacketLength::Fixed(whole) } else { PacketLength::Partial(whole) };
        self.ready.clear();
        self.read = 0;
        let written = if self.is_first {
            let tag = Tag::SymEncryptedProtectedData;
            PacketHeader::from_parts(HeaderVersion::New, tag, length)
                .and_then(|header| header.to_writer(&mut self.ready))
        } else {
            length.to_writer_new(&mut self.ready)
        };
        written.map_err(io::Error::other)?;
        self.is_first = false;
        self.ready.append(&mut piece);
        Ok(())
    }
}

impl<R: Read> Read for Framed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read == self.ready.len() && !self.is_done {
            self.next_piece()?;
        }
        let mut left = self.ready.get(self.read..).unwrap_or_default();
        let read = left.read(buffer)?;
        self.read += read;
        Ok(read)
    }
}
