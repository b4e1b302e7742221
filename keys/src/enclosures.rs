//! Enclosures: files that travel beside a letter as one OpenPGP message over one tar, sealed and opened piece by piece. Whatever their
//! size, at most a few hundred KiB of them are in memory. **Rule:** PROTOCOL.md, "Enclosures".
//!
//! Sealing is a [`Read`]: whoever pulls decides the pace, so nothing piles up between a fast cipher and a slow disk.

mod framing;
#[cfg(feature = "open")]
mod opening;
mod signing;
mod tar;
#[cfg(feature = "open")]
mod untar;

use std::io::{self, Read};

use pgp::crypto::aead::{AeadAlgorithm, ChunkSize};
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::packet::SymEncryptedProtectedData;
use rand::RngCore as _;
use rand::rngs::OsRng;
use sealpost_shared::letter::EnclosedFile;
use sealpost_shared::{BlobId, Timestamp, limits};

use crate::case_key::CaseKey;
use crate::judge::TeamCert;
use crate::names::distinct_names;
use crate::seal::SealError;

#[cfg(feature = "open")]
pub use opening::{OpenedEnclosures, open_enclosures};
#[cfg(feature = "open")]
pub use untar::{Member, TarError, TarFiles};

use framing::Framed;
use signing::Signed;
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

/// Sealed bytes, made as they are read.
pub struct SealedEnclosures {
    files: Vec<EnclosedFile>,
    tar_bytes: u64,
    source: Box<dyn Read>,
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
    let source = encrypt(tar, to, signer, now).map_err(failed)?;
    Ok(SealedEnclosures { files: named, tar_bytes, source })
}

fn encrypt(
    tar: TarReader,
    to: &[TeamCert],
    signer: &CaseKey,
    now: Timestamp,
) -> pgp::errors::Result<Box<dyn Read>> {
    let key = signer.signer();
    let length = tar.len();
    let subpackets = crate::seal::subpackets(to, key, now)?;
    let signed = Signed::new(tar, length, key.clone(), subpackets)?;
    let cipher = SymmetricKeyAlgorithm::AES256;
    let session = cipher.new_session_key(OsRng);
    if to.iter().all(TeamCert::seipd_v2) {
        let (aead, chunk_size) = (AeadAlgorithm::Ocb, ChunkSize::C64KiB);
        let mut salt = [0; 32];
        OsRng.fill_bytes(&mut salt);
        let key = session.as_ref();
        let encrypted =
            SymEncryptedProtectedData::encrypt_seipdv2_stream(cipher, aead, chunk_size, key, salt, signed)?;
        let head = framing::session_keys_v6(&session, to)?;
        let parameters =
            pgp::packet::SymEncryptedProtectedDataConfig::V2 { sym_alg: cipher, aead, chunk_size, salt };
        Ok(Box::new(Framed::new(head, &parameters, encrypted)?))
    } else {
        let encrypted = cipher.stream_encryptor(OsRng, session.as_ref(), signed)?;
        let head = framing::session_keys_v3(&session, cipher, to)?;
        let parameters = pgp::packet::SymEncryptedProtectedDataConfig::V1;
        Ok(Box::new(Framed::new(head, &parameters, encrypted)?))
    }
}

/// The length a tar is filled up to.
fn bucket(length: u64) -> u64 {
    crate::padding::bucket_above(length, FLOOR_BYTES)
}

impl SealedEnclosures {
    /// What is inside, with the names it bears there.
    #[must_use]
    pub fn files(&self) -> &[EnclosedFile] {
        &self.files
    }

    /// About how many bytes reading will give: within a few KiB, for a progress bar.
    #[must_use]
    pub const fn expected_bytes(&self) -> u64 {
        self.tar_bytes
    }
}

impl Read for SealedEnclosures {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.source.read(buffer)
    }
}

impl std::fmt::Debug for SealedEnclosures {
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
