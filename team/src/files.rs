//! Files: bounded reading, and writing that is whole or not there (written beside, flushed, renamed).

mod staging;

use std::fs::{self, File};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use anyhow::{Context as _, Result, bail};

pub(crate) use self::staging::Staging;

/// Only the owner may read what we keep: it is ciphertext, but it says who was written to and when.
const PRIVATE_FOLDER: u32 = 0o700;

/// How the name of a file begins that is not written to its end.
const HALF: &str = ".new-";

/// Reads a file of at most `limit` bytes; `-` is standard input.
///
/// # Errors
/// When it cannot be read or is longer.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>> {
    if path == Path::new("-") {
        return bounded(std::io::stdin().lock(), limit).context("standard input");
    }
    let file = File::open(path).map_err(|error| unopened(error, path))?;
    bounded(file, limit).with_context(|| path.display().to_string())
}

/// Like [`read`]; a missing file is `None`.
///
/// # Errors
/// When it is there and cannot be read, or is longer than `limit`.
pub(crate) fn read_if_there(path: &Path, limit: u64) -> Result<Option<Vec<u8>>> {
    match File::open(path) {
        Ok(file) => bounded(file, limit).map(Some).with_context(|| path.display().to_string()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unopened(error, path)),
    }
}

fn unopened(error: std::io::Error, path: &Path) -> anyhow::Error {
    let advice = match error.kind() {
        ErrorKind::NotFound => "check its name",
        ErrorKind::PermissionDenied => "make it readable for yourself (chmod u+r)",
        _ => "check the name and the disk",
    };
    anyhow::Error::new(error).context(format!("cannot open {}; {advice}", path.display()))
}

/// Reads UTF-8 text of at most `limit` bytes; `-` is standard input.
///
/// # Errors
/// When it cannot be read, is longer or is not UTF-8.
pub(crate) fn read_text(path: &Path, limit: u64) -> Result<String> {
    String::from_utf8(read(path, limit)?).with_context(|| {
        format!(
            "{} is not UTF-8 text; convert it first (iconv -t UTF-8), or attach it as a file",
            path.display()
        )
    })
}

fn bounded(source: impl std::io::Read, limit: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match source.take(limit + 1).read_to_end(&mut bytes) {
        Ok(_) if bytes.len() as u64 > limit => {
            bail!(
                "it is longer than {limit} bytes, the most that is read here; shorten it or name another file"
            )
        }
        Ok(_) => Ok(bytes),
        Err(error) if error.kind() == ErrorKind::IsADirectory => {
            bail!("it is a folder; name a file in it")
        }
        Err(error) => Err(error.into()),
    }
}

/// Opens a file for reading piece by piece.
///
/// # Errors
/// When it cannot be opened.
pub(crate) fn buffered(path: &Path) -> Result<std::io::BufReader<File>> {
    let file = File::open(path)
        .map_err(|error| anyhow::Error::new(error).context(format!("cannot open {}", path.display())))?;
    Ok(std::io::BufReader::with_capacity(1 << 16, file))
}

/// Makes a folder and those above it, readable by the owner only.
///
/// # Errors
/// When that fails.
pub(crate) fn private_folder(path: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(PRIVATE_FOLDER);
    builder.create(path).with_context(|| {
        format!("cannot make the folder {}; name another place, or make room", path.display())
    })
}

/// Puts bytes in place of a file, durably: after a crash either the old or the new content is there. Mode 0600.
///
/// # Errors
/// When the disk refuses; the old content stays.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().context("a file lies in a folder")?;
    // A bare name lies in the folder where the program was started.
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let put = || -> Result<()> {
        let mut file = tempfile::Builder::new().prefix(HALF).tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(File::open(folder)?.sync_all()?)
    };
    put().map_err(|error| {
        let kind =
            error.chain().find_map(|cause| cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind));
        let advice = advice(kind.unwrap_or(ErrorKind::Other));
        error.context(format!("cannot write {}; {advice}", path.display()))
    })
}

/// Removes what a program that was killed in [`replace`] left in a folder, while nobody else writes there.
///
/// # Errors
/// When the disk refuses.
pub(crate) fn sweep(folder: &Path) -> Result<()> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.starts_with(HALF) && path.is_file() {
            fs::remove_file(&path).map_err(|error| unmade(error, &path))?;
        }
    }
    Ok(())
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
    make().map_err(|error| unmade(error, path))
}

fn unmade(error: std::io::Error, path: &Path) -> anyhow::Error {
    let advice = advice(error.kind());
    anyhow::Error::new(error).context(format!("cannot write {}; {advice}", path.display()))
}

/// What to do about a disk that refuses.
const fn advice(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::AlreadyExists => {
            "it is there already and nothing is ever overwritten; choose another name"
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "the disk is full; make room and do it again",
        ErrorKind::PermissionDenied => "you may not write there; choose another folder",
        ErrorKind::ReadOnlyFilesystem => "nothing can be written there; choose another folder",
        _ => "check the folder and the disk, and do it again",
    }
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
        assert!(create(&path, b"other", 0o600).unwrap_err().to_string().contains("choose another name"));
        let nowhere = folder.path().join("none/key");
        assert!(!create(&nowhere, b"x", 0o600).unwrap_err().to_string().contains("overwritten"));
        assert!(read(folder.path(), 5).unwrap_err().root_cause().to_string().contains("name a file in it"));
        assert!(read(&folder.path().join("gone"), 5).unwrap_err().to_string().contains("check its name"));
        std::fs::write(folder.path().join("latin1"), b"\xe4").unwrap();
        let error = read_text(&folder.path().join("latin1"), 5).unwrap_err().to_string();
        assert!(error.contains("iconv"), "{error}");
        let full = unmade(ErrorKind::StorageFull.into(), &path).to_string();
        assert!(full.contains("make room") && !full.contains("overwritten"), "{full}");
        assert!(read(&path, 5).unwrap_err().root_cause().to_string().contains("longer than 5"));
        assert!(read_if_there(&folder.path().join("none"), 5).unwrap().is_none());
    }
}
