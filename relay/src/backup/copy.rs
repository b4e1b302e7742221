//! Files on their way into a backup and back: synced, for their owner only, and whole or not at all.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::{BackupError, io_error};
use crate::blobs::local;
use crate::relay_key::make_private_folder;

/// A folder that is being made beside the place where it is to be. Dropped before its end, it is removed.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    done: bool,
}

impl Folder {
    /// Begins; removes what an earlier try left that was cut off.
    pub(super) fn beside(to: &Path) -> Result<Self, BackupError> {
        let name = to.file_name().ok_or_else(|| {
            let source =
                io::Error::new(io::ErrorKind::InvalidInput, "this names no folder that could be made");
            BackupError::Io { path: to.to_owned(), source }
        })?;
        let mut partial = std::ffi::OsString::from(".");
        partial.push(name);
        partial.push(".partial");
        let path = to.with_file_name(partial);
        remove_folder(&path)?;
        make_private_folder(&path).map_err(io_error(&path))?;
        Ok(Self { path, done: false })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives it its name.
    pub(super) fn finish(mut self, to: &Path) -> Result<(), BackupError> {
        sync(&self.path)?;
        fs::rename(&self.path, to).map_err(io_error(to))?;
        self.done = true;
        sync(parent(to))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.done {
            let _removed_at_the_next_try_else = fs::remove_dir_all(&self.path);
        }
    }
}

/// The folder inside a data folder where a backup is copied to before its parts are put in place.
#[derive(Debug)]
pub(super) struct Staging {
    data: PathBuf,
    folder: Folder,
}

impl Staging {
    /// Begins, if the data folder is not there or empty.
    pub(super) fn inside(data: &Path) -> Result<Self, BackupError> {
        make_private_folder(data).map_err(io_error(data))?;
        let path = data.join(".restoring");
        remove_folder(&path)?;
        if fs::read_dir(data).map_err(io_error(data))?.next().is_some() {
            return Err(BackupError::InUse { path: data.to_owned() });
        }
        make_private_folder(&path).map_err(io_error(&path))?;
        Ok(Self { data: data.to_owned(), folder: Folder { path, done: false } })
    }

    pub(super) fn path(&self) -> &Path {
        &self.folder.path
    }

    /// Puts the parts in place, one after the other, as files of the data folder's owner.
    pub(super) fn finish(self, parts: &[&str]) -> Result<(), BackupError> {
        give_to_owner(&self.data, self.path()).map_err(io_error(&self.data))?;
        sync(self.path())?;
        for part in parts {
            let (from, to) = (self.path().join(part), self.data.join(part));
            fs::rename(from, &to).map_err(io_error(&to))?;
            sync(&self.data)?;
        }
        Ok(())
    }
}

/// Root restores for a relay that is not root.
#[cfg(unix)]
fn give_to_owner(data: &Path, path: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    let owner = fs::metadata(data)?;
    let now = fs::symlink_metadata(path)?;
    if (owner.uid(), owner.gid()) != (now.uid(), now.gid()) {
        std::os::unix::fs::lchown(path, Some(owner.uid()), Some(owner.gid()))?;
    }
    if now.is_dir() {
        for entry in fs::read_dir(path)? {
            give_to_owner(data, &entry?.path())?;
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn give_to_owner(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}

/// Copies a file that only its owner may read. One that is not there is left out: reading the copy tells.
pub(crate) fn private_file(from: &Path, to: &Path) -> Result<(), BackupError> {
    let mut source = match File::open(from) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened.map_err(io_error(from))?,
    };
    let mut copy = crate::relay_key::create_private(to).map_err(io_error(to))?;
    io::copy(&mut source, &mut copy).map_err(io_error(to))?;
    copy.sync_all().map_err(io_error(to))
}

/// Copies a chunk's file unless it was. `false` if it is not there, or can have no file.
pub(super) fn object(from: &Path, to: &Path, object: &str) -> Result<bool, BackupError> {
    let (Ok(source), Ok(target)) = (local::path_of(from, object), local::path_of(to, object)) else {
        return Ok(false);
    };
    if target.exists() {
        return Ok(true);
    }
    if !source.exists() {
        return Ok(false);
    }
    let folder = parent(&target);
    fs::create_dir_all(folder).map_err(io_error(folder))?;
    private_file(&source, &target)?;
    sync(folder)?;
    Ok(target.exists())
}

/// Removes files that were copied for an earlier state of the database.
pub(super) fn keep_only(folder: &Path, objects: &[String]) -> Result<(), BackupError> {
    let kept: HashSet<&str> = objects.iter().map(String::as_str).collect();
    for object in local::list(folder).map_err(io_error(folder))? {
        if !kept.contains(object.as_str()) {
            remove_file(&folder.join(&object))?;
        }
    }
    sync(folder)
}

pub(super) fn remove_file(path: &Path) -> Result<(), BackupError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_error(path)(error)),
        _ => Ok(()),
    }
}

fn remove_folder(path: &Path) -> Result<(), BackupError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_error(path)(error)),
        _ => Ok(()),
    }
}

/// Brings a file, or the names in a folder, to the disk.
pub(super) fn sync(path: &Path) -> Result<(), BackupError> {
    File::open(path).and_then(|file| file.sync_all()).map_err(io_error(path))
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
