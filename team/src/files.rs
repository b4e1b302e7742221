//! Files: bounded reading, and writing that is whole or not there (written beside, flushed, renamed).

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use anyhow::{Context as _, Result, bail};

/// Only the owner may read what we keep: it is ciphertext, but it says who was written to and when.
const PRIVATE_FOLDER: u32 = 0o700;

/// Reads a file of at most `limit` bytes; `-` is standard input.
///
/// # Errors
/// When it cannot be read or is longer.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>> {
    if path == Path::new("-") {
        return bounded(std::io::stdin().lock(), limit).context("standard input");
    }
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    bounded(file, limit).with_context(|| path.display().to_string())
}

/// Like [`read`]; a missing file is `None`.
///
/// # Errors
/// When it is there and cannot be read, or is longer than `limit`.
pub(crate) fn read_if_there(path: &Path, limit: u64) -> Result<Option<Vec<u8>>> {
    match File::open(path) {
        Ok(file) => bounded(file, limit).map(Some).with_context(|| path.display().to_string()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot open {}", path.display())),
    }
}

/// Reads UTF-8 text of at most `limit` bytes; `-` is standard input.
///
/// # Errors
/// When it cannot be read, is longer or is not UTF-8.
pub(crate) fn read_text(path: &Path, limit: u64) -> Result<String> {
    String::from_utf8(read(path, limit)?).with_context(|| format!("{} is not UTF-8 text", path.display()))
}

fn bounded(source: impl std::io::Read, limit: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        bail!("is longer than {limit} bytes");
    }
    Ok(bytes)
}

/// Makes a folder and those above it, readable by the owner only.
///
/// # Errors
/// When that fails.
pub(crate) fn private_folder(path: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(PRIVATE_FOLDER);
    builder.create(path).with_context(|| format!("cannot make the folder {}", path.display()))
}

/// Puts bytes in place of a file, durably: after a crash either the old or the new content is there. Mode 0600.
///
/// # Errors
/// When the disk refuses; the old content stays.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().context("a file lies in a folder")?;
    let put = || -> Result<()> {
        let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(File::open(folder)?.sync_all()?)
    };
    put().with_context(|| format!("cannot write {}", path.display()))
}

/// Writes a file that must not be there yet, with these permissions.
///
/// # Errors
/// When it is there already, or the disk refuses.
pub(crate) fn create(path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    let make = || -> std::io::Result<()> {
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    make().with_context(|| format!("cannot write {} (nothing is ever overwritten)", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_stays_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cursor");
        replace(&path, b"1").unwrap();
        replace(&path, b"22").unwrap();
        assert_eq!(read(&path, 2).unwrap(), b"22");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_there_is_not_overwritten_and_what_is_long_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        create(&path, b"secret", 0o600).unwrap();
        assert!(create(&path, b"other", 0o600).is_err());
        assert!(read(&path, 5).unwrap_err().root_cause().to_string().contains("longer than 5"));
        assert!(read_if_there(&folder.path().join("none"), 5).unwrap().is_none());
    }
}
