//! The outside of encrypted data that nobody knows the length of before its end: one data packet in pieces.
//! **Rule:** RFC 9580, 4.2.1.4 and 5.13.

use std::io;

use pgp::packet::{PacketHeader, SymEncryptedProtectedDataConfig};
use pgp::ser::Serialize as _;
use pgp::types::{PacketHeaderVersion as HeaderVersion, PacketLength, Tag};

use super::PIECE_BYTES;

/// Puts the data packet's header, parameters and lengths around bytes as they come.
pub(super) struct Framing {
    /// What does not fill a piece yet; the parameters come first.
    held: Vec<u8>,
    is_first: bool,
}

impl Framing {
    pub(super) fn new(parameters: &SymEncryptedProtectedDataConfig) -> pgp::errors::Result<Self> {
        let mut held = Vec::new();
        parameters.to_writer(&mut held)?;
        Ok(Self { held, is_first: true })
    }

    /// Takes encrypted bytes, and writes the pieces that are full. A full one says that another follows.
    pub(super) fn add(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        let mut held = std::mem::take(&mut self.held);
        held.extend_from_slice(bytes);
        let mut pieces = held.chunks_exact(PIECE_BYTES);
        for piece in &mut pieces {
            self.write(PacketLength::Partial(length(piece)?), piece, out)?;
        }
        self.held = pieces.remainder().to_vec();
        Ok(())
    }

    /// Writes the last piece, which may be empty.
    pub(super) fn end(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        let piece = std::mem::take(&mut self.held);
        self.write(PacketLength::Fixed(length(&piece)?), &piece, out)
    }

    fn write(&mut self, length: PacketLength, piece: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        let written = if std::mem::take(&mut self.is_first) {
            let tag = Tag::SymEncryptedProtectedData;
            PacketHeader::from_parts(HeaderVersion::New, tag, length).and_then(|header| header.to_writer(out))
        } else {
            length.to_writer_new(out)
        };
        written.map_err(io::Error::other)?;
        out.extend_from_slice(piece);
        Ok(())
    }
}

fn length(piece: &[u8]) -> io::Result<u32> {
    u32::try_from(piece.len()).map_err(io::Error::other)
}
