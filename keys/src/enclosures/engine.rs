//! What encrypts the bulk of enclosures: AES-256 in cipher feedback mode, a piece at a time, by the library or by something faster.
//! **Rule:** RFC 9580, 5.13.1 (zeros before the first block, no resynchronisation); NIST SP 800-38A, 6.3.

use std::io;

use pgp::crypto::sym::SymmetricKeyAlgorithm;
use zeroize::Zeroizing;

/// What one piece hands to the next: the last block of its ciphertext.
pub type Block = [u8; 16];

/// The key of one message.
pub type SessionKey = [u8; 32];

/// Encrypts pieces of one message.
pub trait Engine: Sized {
    /// How many bytes make a piece; a multiple of a block. Only the last piece is shorter.
    const PIECE_BYTES: usize;

    /// Gets ready to encrypt with a key.
    fn take(key: &SessionKey) -> impl Future<Output = Self>;

    /// Encrypts a piece that follows the block `previous` of ciphertext: zeros before the first. The work begins with the call and not
    /// with the first look at what it returns, so that the next piece can be read and hashed meanwhile.
    ///
    /// # Errors
    /// When the engine fails; nothing of the message is of use then.
    fn encrypt(&self, previous: Block, piece: Vec<u8>) -> impl Future<Output = io::Result<Vec<u8>>>;
}

/// The library's own cipher: works everywhere, and waits for nothing.
pub struct Library(Zeroizing<SessionKey>);

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Library")
    }
}

impl Engine for Library {
    // Small enough for any memory, large enough to cost nothing.
    const PIECE_BYTES: usize = 64 * 1024;

    async fn take(key: &SessionKey) -> Self {
        Self(Zeroizing::new(*key))
    }

    async fn encrypt(&self, previous: Block, mut piece: Vec<u8>) -> io::Result<Vec<u8>> {
        let done =
            SymmetricKeyAlgorithm::AES256.encrypt_with_iv_regular(self.0.as_slice(), &previous, &mut piece);
        done.map(|()| piece).map_err(io::Error::other)
    }
}
