//! A signed message around bytes that come: one-pass signature, literal data, signature. **Rule:** RFC 9580, 10.3 and 5.4.

use std::io::{self, Read};

use pgp::composed::SubpacketConfig;
use pgp::packet::{
    DataMode, LiteralDataHeader, OnePassSignature, PacketHeader, PacketTrait as _, SignatureConfig,
    SignatureHasher, SignatureType,
};
use pgp::ser::Serialize as _;
use pgp::types::{KeyDetails as _, Password, Tag};

use crate::case_key::CaseSigner;
use crate::self_sign::HASH;

/// Reads as the message, while `source` is read and hashed.
pub(crate) struct Signed<R> {
    head: io::Cursor<Vec<u8>>,
    source: R,
    /// What signs once the source has ended.
    pending: Option<(SignatureHasher, CaseSigner)>,
    tail: io::Cursor<Vec<u8>>,
}

impl<R: Read> Signed<R> {
    /// `length` is exactly what `source` gives.
    pub(crate) fn new(
        source: R,
        length: u64,
        key: CaseSigner,
        subpackets: SubpacketConfig,
    ) -> pgp::errors::Result<Self> {
        let kind = SignatureType::Binary;
        let mut config = SignatureConfig::v4(kind, key.algorithm(), HASH);
        if let SubpacketConfig::UserDefined { hashed, unhashed } = subpackets {
            (config.hashed_subpackets, config.unhashed_subpackets) = (hashed, unhashed);
        }
        let mut head = Vec::new();
        OnePassSignature::v3(kind, HASH, key.algorithm(), key.legacy_key_id())
            .to_writer_with_header(&mut head)?;
        let literal = LiteralDataHeader::new(DataMode::Binary);
        let body = length + literal.write_len() as u64;
        PacketHeader::new_fixed(Tag::LiteralData, body.try_into()?).to_writer(&mut head)?;
        literal.to_writer(&mut head)?;
        let pending = Some((config.into_hasher()?, key));
        Ok(Self { head: io::Cursor::new(head), source, pending, tail: io::Cursor::default() })
    }

    fn sign(&mut self) -> pgp::errors::Result<()> {
        if let Some((hasher, key)) = self.pending.take() {
            let signature = hasher.sign(&key, &Password::empty())?;
            let mut tail = Vec::new();
            signature.to_writer_with_header(&mut tail)?;
            self.tail = io::Cursor::new(tail);
        }
        Ok(())
    }
}

impl<R: Read> Read for Signed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let read = self.head.read(buffer)?;
        if read > 0 {
            return Ok(read);
        }
        if let Some((hasher, _)) = &mut self.pending {
            let read = self.source.read(buffer)?;
            if read > 0 {
                io::Write::write_all(hasher, buffer.get(..read).unwrap_or_default())?;
                return Ok(read);
            }
            self.sign().map_err(io::Error::other)?;
        }
        self.tail.read(buffer)
    }
}
