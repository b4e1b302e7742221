//! Encrypted pieces in order: while the engine works on one, the next is read and hashed.

use std::io::{self, Read};

use super::engine::{Block, Engine};

/// Plaintext on its way through an engine.
pub(super) struct Chain<R, E> {
    plain: R,
    engine: E,
    previous: Block,
    /// The next piece of plaintext; `None` before the first.
    prepared: Option<Vec<u8>>,
}

impl<R: Read, E: Engine> Chain<R, E> {
    pub(super) fn new(plain: R, engine: E) -> Self {
        Self { plain, engine, previous: Block::default(), prepared: None }
    }

    /// The next piece of ciphertext. What is shorter than a piece is the last one.
    pub(super) async fn next(&mut self) -> io::Result<Vec<u8>> {
        let piece = match self.prepared.take() {
            Some(piece) => piece,
            None => read_piece(&mut self.plain, E::PIECE_BYTES)?,
        };
        let is_last = piece.len() < E::PIECE_BYTES;
        let work = self.engine.encrypt(self.previous, piece);
        if !is_last {
            self.prepared = Some(read_piece(&mut self.plain, E::PIECE_BYTES)?);
        }
        let sealed = work.await?;
        if let Some(last) = sealed.last_chunk() {
            self.previous = *last;
        }
        Ok(sealed)
    }
}

/// Reads a whole piece, or less at the end.
pub(super) fn read_piece(source: &mut impl Read, length: usize) -> io::Result<Vec<u8>> {
    let (mut piece, mut filled) = (vec![0; length], 0);
    while filled < length {
        match source.read(piece.get_mut(filled..).unwrap_or_default())? {
            0 => break,
            read => filled += read,
        }
    }
    piece.truncate(filled);
    Ok(piece)
}
