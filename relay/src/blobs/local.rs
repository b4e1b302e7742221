//! A folder of chunks' files.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;

/// Opens a folder that is there. What is written to it is on disk when it is acknowledged.
pub(super) fn open(folder: &Path) -> io::Result<Arc<dyn ObjectStore>> {
    // Without `with_fsync` a crash of the machine could leave a file of zeroes behind a receipt.
    let store = LocalFileSystem::new_with_prefix(folder).map_err(io::Error::other)?.with_fsync(true);
    Ok(Arc::new(store))
}

/// Whether a name is of the kind that we give: none of them leads anywhere else.
pub(crate) fn is_ours(object: &str) -> bool {
    let ours = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    object.split('/').count() == 3 && object.split('/').all(ours)
}

/// Where a chunk's file lies. A name that is none of ours leads nowhere: it could lead anywhere.
pub(crate) fn path_of(folder: &Path, object: &str) -> io::Result<PathBuf> {
    if is_ours(object) {
        Ok(folder.join(object))
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "its row gives it a name that no file here can have"))
    }
}

/// Every finished file below a folder, as rows name them.
pub(crate) fn list(folder: &Path) -> io::Result<Vec<String>> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next)? {
            let (path, kind) = entry.and_then(|entry| Ok((entry.path(), entry.file_type()?)))?;
            if kind.is_dir() {
                folders.push(path);
            } else if let Some(name) = path.strip_prefix(folder).ok().and_then(Path::to_str)
                && !name.contains('#')
            {
                found.push(name.to_owned());
            }
        }
    }
    Ok(found)
}

/// A file that is being written bears a `#` in its name, which no finished one does. This process is the only one that writes here, and it
/// has only begun.
pub(super) fn remove_unfinished(folder: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_unfinished(&entry.path())?;
        } else if entry.file_name().to_string_lossy().contains('#') {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// How many bytes of the disk are free.
#[cfg(unix)]
pub(super) fn free_bytes(folder: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
pub(super) fn free_bytes(_: &Path) -> io::Result<u64> {
    Ok(u64::MAX)
}
