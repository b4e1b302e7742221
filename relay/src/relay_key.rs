//! The relay's own key: it signs receipts and decrypts nothing. Made at the first start, kept in the data folder, and followed by another
//! when the operator says so: in one file, the secret key of now, and behind it the certificates of former ones.

mod rotation;

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use sealpost_keys::{KeyError, RelayKeys, RelayKeysError, SigningKey, UncheckedCert};
use sealpost_shared::{Timestamp, limits};

pub use rotation::{Rotation, rotate};

/// What the certificates of former keys begin with.
const FORMER: &[u8] = b"-----BEGIN PGP PUBLIC KEY BLOCK-----";

/// The key, in the data folder.
pub(crate) const FILE: &str = "relay-key.asc";

/// Says why the relay has no key to sign with.
#[derive(Debug, thiserror::Error)]
pub enum RelayKeyError {
    /// The file cannot be read or written.
    #[error("{path}: {source}. The relay's key must be readable and writable by the relay's user.")]
    Io {
        /// The file or its folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is there, but is no key.
    #[error(
        "{path}: {source} If the file is damaged, restore it from a backup: without it, clients see another relay."
    )]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: KeyError,
    },
    /// The file's certificates of former keys are none, or of another relay's.
    #[error("{path}: {source} If the file is damaged, restore it from a backup.")]
    Former {
        /// The file.
        path: PathBuf,
        /// What is wrong with them.
        source: RelayKeysError,
    },
    /// There is no key to follow.
    #[error("{path}: there is no relay's key. --data names the folder that `sealpost-relay serve` uses.")]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
}

/// The key that signs, and the certificates by which all of this relay's receipts are checked.
pub(crate) struct OwnKey {
    pub(crate) signing: SigningKey,
    pub(crate) keys: RelayKeys,
}

/// Reads the key in `folder`, or makes one. The file is readable by its owner only and appears whole or not at all.
///
/// # Errors
/// When the folder cannot be used or the file holds something else; a key is never replaced.
pub(crate) fn load_or_make(folder: &Path, origin: &str, now: Timestamp) -> Result<OwnKey, RelayKeyError> {
    let path = folder.join(FILE);
    match read(&path) {
        Ok(bytes) => parse(&bytes, &path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(folder, &path, origin, now),
        Err(source) => Err(RelayKeyError::Io { path, source }),
    }
}

/// The certificates that receipts of this folder can be checked with; none where there is no key.
///
/// # Errors
/// When a file is there and cannot be read, or holds something else.
pub(crate) fn certificates(folder: &Path) -> Result<Option<RelayKeys>, RelayKeyError> {
    let path = folder.join(FILE);
    match read(&path) {
        Ok(bytes) => parse(&bytes, &path).map(|own| Some(own.keys)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(RelayKeyError::Io { path, source }),
    }
}

/// Reads the secret key, and the certificates behind it.
fn parse(bytes: &[u8], path: &Path) -> Result<OwnKey, RelayKeyError> {
    let begins = bytes.windows(FORMER.len()).position(|window| window == FORMER);
    let (secret, former) = bytes.split_at(begins.unwrap_or(bytes.len()));
    let signing = SigningKey::from_armored(secret, None)
        .map_err(|source| RelayKeyError::Key { path: path.to_owned(), source })?;
    let failed = |source| RelayKeyError::Former { path: path.to_owned(), source };
    let former = match former {
        [] => Vec::new(),
        former => UncheckedCert::parse_many(former).map_err(|error| failed(error.into()))?,
    };
    let keys = RelayKeys::new(signing.certificate(), former).map_err(failed)?;
    Ok(OwnKey { signing, keys })
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = 2 * limits::MAX_CERT_BYTES as u64;
    fs::File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn make(folder: &Path, path: &Path, origin: &str, now: Timestamp) -> Result<OwnKey, RelayKeyError> {
    // Receipts are signed as of the start of the hour they arrive in, and no key may be younger than its signatures.
    let failed = |source| RelayKeyError::Key { path: path.to_owned(), source };
    let key = SigningKey::generate_relay(&format!("Sealpost relay {origin}"), now.rounded_to_hour());
    let key = key.map_err(failed)?;
    let armored = key.to_armored().map_err(failed)?;
    write_whole(folder, path, armored.as_bytes())
        .map_err(|source| RelayKeyError::Io { path: path.to_owned(), source })?;
    tracing::info!(file = %path.display(), "made the relay's key; back it up");
    parse(armored.as_bytes(), path)
}

/// Writes beside, then renames: a crash leaves the old state or the new one.
fn write_whole(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = create_private(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    fs::File::open(folder)?.sync_all()
}

/// Makes a file that only its owner can read, and that was not there.
#[cfg(unix)]
pub(crate) fn create_private(path: &Path) -> io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
pub(crate) fn create_private(path: &Path) -> io::Result<fs::File> {
    fs::OpenOptions::new().write(true).create_new(true).open(path)
}

/// Makes the data folder, open to its owner only, if it is not there.
///
/// # Errors
/// When it cannot be made.
pub(crate) fn make_data_folder(folder: &Path) -> Result<(), RelayKeyError> {
    make_private_folder(folder).map_err(|source| RelayKeyError::Io { path: folder.to_owned(), source })
}

/// Makes a folder that only its owner can open, if it is not there.
///
/// # Errors
/// When it cannot be made.
pub(crate) fn make_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let now = "2026-11-23T12:34:56Z".parse().unwrap();
        let made = load_or_make(folder.path(), "https://relay.example", now).unwrap();
        let read = load_or_make(folder.path(), "https://relay.example", now).unwrap();
        assert_eq!(made.keys, read.keys);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_damaged_key_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), "damaged").unwrap();
        let now = "2026-11-23T12:34:56Z".parse().unwrap();
        let refused = load_or_make(folder.path(), "https://relay.example", now);
        assert!(matches!(refused, Err(RelayKeyError::Key { .. })));
        assert_eq!(fs::read(folder.path().join(FILE)).unwrap(), b"damaged");
    }
}
