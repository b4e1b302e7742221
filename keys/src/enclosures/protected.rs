//! What version 1 of encrypted data encrypts: a random prefix, the signed message, and the SHA-1 of both. **Rule:** RFC 9580, 5.13.1.

use std::io::{self, Read};

use rand::RngCore as _;
use rand::rngs::OsRng;
use sha1::{Digest as _, Sha1};

/// Random bytes, the last two of them twice.
const PREFIX_BYTES: usize = 16 + 2;

/// Tag and length of the packet with the digest.
const DIGEST_HEADER: [u8; 2] = [0xD3, 20];

/// Reads as the plaintext, while `source` is read and hashed.
pub(super) struct Protected<R> {
    head: io::Cursor<[u8; PREFIX_BYTES]>,
    source: R,
    /// `None` once the digest is in `tail`.
    hash: Option<Sha1>,
    tail: io::Cursor<Vec<u8>>,
}

impl<R: Read> Protected<R> {
    pub(super) fn new(source: R) -> Self {
        let mut prefix = [0; PREFIX_BYTES];
        OsRng.fill_bytes(&mut prefix);
        prefix.copy_within(PREFIX_BYTES - 4..PREFIX_BYTES - 2, PREFIX_BYTES - 2);
        let hash = Some(Sha1::new_with_prefix(prefix));
        Self { head: io::Cursor::new(prefix), source, hash, tail: io::Cursor::default() }
    }
}

impl<R: Read> Read for Protected<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let read = self.head.read(buffer)?;
        if read > 0 {
            return Ok(read);
        }
        if let Some(mut hash) = self.hash.take() {
            let read = self.source.read(buffer)?;
            if read > 0 {
                hash.update(buffer.get(..read).unwrap_or_default());
                self.hash = Some(hash);
                return Ok(read);
            }
            hash.update(DIGEST_HEADER);
            self.tail = io::Cursor::new([&DIGEST_HEADER[..], &hash.finalize()].concat());
        }
        self.tail.read(buffer)
    }
}
