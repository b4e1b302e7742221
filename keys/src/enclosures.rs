//! Enclosures: files that travel beside a letter as one OpenPGP message over one tar, sealed and opened piece by piece. Whatever their
//! size, at most a few hundred KiB of them are in memory. **Rule:** PROTOCOL.md, "Enclosures".
//!
//! Sealing is pulled, by [`Read`] or piece by piece: whoever pulls decides the pace, so nothing piles up between a fast cipher and a slow disk.

mod chain;
mod engine;
mod framing;
#[cfg(feature = "open")]
mod opening;
mod protected;
mod tar;
#[cfg(feature = "open")]
mod untar;

use std::io::{self, Read};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use pgp::composed::RawSessionKey;
use pgp::packet::{SymEncryptedProtectedData, SymEncryptedProtectedDataConfig};
use rand::RngCore as _;
use rand::rngs::OsRng;
use sealpost_shared::letter::EnclosedFile;
use sealpost_shared::{BlobId, Timestamp, limits};
use zeroize::Zeroizing;

use crate::case_key::CaseKey;
use crate::judge::TeamCert;
use crate::names::distinct_names;
use crate::recipients::{self, AEAD, CHUNK_SIZE, CIPHER};
use crate::seal::SealError;
use crate::signed_stream::Signed;

pub use engine::{Block, Engine, Library, SessionKey};
#[cfg(feature = "open")]
pub use opening::{OpenedEnclosures, open_enclosures};
#[cfg(feature = "open")]
pub use untar::{Member, TarError, TarFiles};

use chain::{Chain, read_piece};
use framing::Framing;
use protected::Protected;
use tar::{Packed, TarReader};

/// The smallest bucket: what is smaller fits a letter or nearly does. Above it every bucket is a multiple of the tar's blocks.
const FLOOR_BYTES: u64 = 64 * 1024;

/// Pieces of the data packet; a power of two (RFC 9580, 4.2.1.4). Small enough for any memory, large enough to cost nothing.
const PIECE_BYTES: usize = 64 * 1024;

/// A file that is to be enclosed.
pub struct FileSource {
    /// What its owner calls it; made harmless here.
    pub name: String,
    /// How many bytes `bytes` will give: one more or one less fails the sealing.
    pub size: u64,
    /// Its contents.
    pub bytes: Box<dyn Read>,
}

impl std::fmt::Debug for FileSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FileSource({} bytes)", self.size)
    }
}

/// Sealed bytes, made as they are asked for.
pub struct SealedEnclosures<E = Library> {
    files: Vec<EnclosedFile>,
    tar_bytes: u64,
    body: Body<E>,
    framing: Framing,
    /// What is ready to be given, and how much of it was read.
    ready: Vec<u8>,
    read: usize,
}

/// What is encrypted, and how.
enum Body<E> {
    /// Version 1: an engine has the bulk of the work.
    Feedback(Box<Chain<Protected<Signed<TarReader>>, E>>),
    /// Version 2: reads as ciphertext. No engine does OCB faster than the library.
    Authenticated(Box<dyn Read>),
    /// Everything was given.
    End,
}

/// A new name for what is sealed.
#[must_use]
pub fn make_blob_id() -> BlobId {
    let mut bytes = [0; 16];
    OsRng.fill_bytes(&mut bytes);
    BlobId::from_bytes(bytes)
}

/// Seals files to every certificate of a desk, signed with the case key, as the letter is that names them. The bytes come from
/// [`SealedEnclosures`] when it is read.
///
/// # Errors
/// Without a recipient or with too many; without a file, or with more than [`limits::MAX_ENCLOSED_FILES`].
pub fn seal_enclosures(
    files: Vec<FileSource>,
    to: &[TeamCert],
    signer: &CaseKey,
    now: Timestamp,
) -> Result<SealedEnclosures, SealError> {
    at_once(seal_enclosures_with(files, to, signer, now))
        .unwrap_or_else(|| Err(SealError::Failed("the cipher is not ready".to_owned())))
}

/// Like [`seal_enclosures`], with an engine of the caller's. The bytes come from [`SealedEnclosures::next`].
///
/// # Errors
/// As [`seal_enclosures`].
pub async fn seal_enclosures_with<E: Engine>(
    files: Vec<FileSource>,
    to: &[TeamCert],
    signer: &CaseKey,
    now: Timestamp,
) -> Result<SealedEnclosures<E>, SealError> {
    if to.is_empty() {
        return Err(SealError::NoRecipient);
    }
    if to.len() > limits::MAX_DESK_CERTS {
        return Err(SealError::TooManyRecipients);
    }
    if files.is_empty() || files.len() > limits::MAX_ENCLOSED_FILES {
        return Err(SealError::TooManyEnclosures);
    }
    let names = distinct_names(files.iter().map(|file| file.name.as_str()));
    let members: Vec<Packed> = names
        .into_iter()
        .zip(files)
        .map(|(name, file)| Packed { file: EnclosedFile { name, size: file.size }, bytes: file.bytes })
        .collect();
    let named = members.iter().map(|member| member.file.clone()).collect();
    let tar = TarReader::new(members, bucket);
    let tar_bytes = tar.len();
    let failed = |error: pgp::errors::Error| SealError::Failed(error.to_string());
    let (ready, framing, body) = encrypt(tar, to, signer, now).await.map_err(failed)?;
    Ok(SealedEnclosures { files: named, tar_bytes, body, framing, ready, read: 0 })
}

/// The packets of session keys, what goes around the data packet, and what goes into it.
async fn encrypt<E: Engine>(
    tar: TarReader,
    to: &[TeamCert],
    signer: &CaseKey,
    now: Timestamp,
) -> pgp::errors::Result<(Vec<u8>, Framing, Body<E>)> {
    let key = signer.signer();
    let length = tar.len();
    let subpackets = crate::seal::subpackets(to, key, now)?;
    let signed = Signed::new(tar, length, key.clone(), subpackets)?;
    let mut bytes = Zeroizing::new(SessionKey::default());
    OsRng.fill_bytes(bytes.as_mut_slice());
    let session = RawSessionKey::from(bytes.as_slice());
    if to.iter().all(TeamCert::seipd_v2) {
        let (sym_alg, aead, chunk_size) = (CIPHER, AEAD, CHUNK_SIZE);
        let mut salt = [0; 32];
        OsRng.fill_bytes(&mut salt);
        let key = session.as_ref();
        let encrypted =
            SymEncryptedProtectedData::encrypt_seipdv2_stream(sym_alg, aead, chunk_size, key, salt, signed)?;
        let parameters = SymEncryptedProtectedDataConfig::V2 { sym_alg, aead, chunk_size, salt };
        let head = recipients::session_keys_v6(&session, to)?;
        Ok((head, Framing::new(&parameters)?, Body::Authenticated(Box::new(encrypted))))
    } else {
        let chain = Chain::new(Protected::new(signed), E::take(&bytes).await);
        let head = recipients::session_keys_v3(&session, to)?;
        Ok((head, Framing::new(&SymEncryptedProtectedDataConfig::V1)?, Body::Feedback(Box::new(chain))))
    }
}

/// The length a tar is filled up to.
fn bucket(length: u64) -> u64 {
    crate::padding::bucket_above(length, FLOOR_BYTES)
}

impl<E> SealedEnclosures<E> {
    /// What is inside, with the names it bears there.
    #[must_use]
    pub fn files(&self) -> &[EnclosedFile] {
        &self.files
    }

    /// About how many bytes will come: within a few KiB, for a progress bar.
    #[must_use]
    pub const fn expected_bytes(&self) -> u64 {
        self.tar_bytes
    }
}

impl<E: Engine> SealedEnclosures<E> {
    /// The next bytes of the message, about as many as the engine takes at a time; none at its end.
    ///
    /// # Errors
    /// When a file cannot be read to its end or the engine fails.
    pub async fn next(&mut self) -> io::Result<Vec<u8>> {
        let mut out = self.ready.split_off(self.read);
        (self.ready, self.read) = (Vec::new(), 0);
        while out.is_empty() {
            let (piece, length) = match &mut self.body {
                Body::Feedback(chain) => (chain.next().await?, E::PIECE_BYTES),
                Body::Authenticated(source) => (read_piece(source, PIECE_BYTES)?, PIECE_BYTES),
                Body::End => break,
            };
            self.framing.add(&piece, &mut out)?;
            if piece.len() < length {
                self.framing.end(&mut out)?;
                self.body = Body::End;
            }
        }
        Ok(out)
    }
}

impl Read for SealedEnclosures {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read == self.ready.len() {
            self.ready = at_once(self.next()).ok_or_else(|| io::Error::other("the cipher waits"))??;
        }
        let read = self.ready.get(self.read..).unwrap_or_default().read(buffer)?;
        self.read += read;
        Ok(read)
    }
}

/// What a future that waits for nothing gives.
fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}

impl<E> std::fmt::Debug for SealedEnclosures<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SealedEnclosures({} files)", self.files.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tar_length(sizes: &[u64]) -> (u64, u64) {
        let member = |size: &u64| Packed {
            file: EnclosedFile { name: "file".to_owned(), size: *size },
            bytes: Box::new(io::repeat(0).take(*size)),
        };
        let bare = TarReader::new(sizes.iter().map(member).collect(), |length| length).len();
        (bare, TarReader::new(sizes.iter().map(member).collect(), bucket).len())
    }

    #[test]
    fn padding_adds_less_than_twelve_percent_over_thousands_of_sizes() {
        let mut size = FLOOR_BYTES;
        let mut seen = 0;
        while size < 1 << 30 {
            let (bare, padded) = tar_length(&[size]);
            assert!(padded >= bare && padded.is_multiple_of(512), "{size}");
            assert!((padded - size) * 100 < size * 12, "{size} became {padded}");
            size += size / 400 + 7;
            seen += 1;
        }
        assert!(seen > 3000, "only {seen} sizes");
    }

    proptest! {
        #[test]
        fn lengths_inside_a_bucket_cannot_be_told_apart(a in 0_u64..400_000_000, b in 0_u64..400_000_000) {
            let (bare_a, padded_a) = tar_length(&[a]);
            let (bare_b, padded_b) = tar_length(&[b]);
            prop_assert_eq!(bucket(bare_a) == bucket(bare_b), padded_a == padded_b);
            // A number of files is no other length than one file of their size.
            let (bare_two, padded_two) = tar_length(&[a / 2, a - a / 2]);
            prop_assert_eq!(padded_two, bucket(bare_two));
        }
    }
}
