//! Many files at once: written beside, waited for together, then moved to their places in the order in which they were written.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::{advice, private_folder};

/// Up to so many files are waited for one by one. For more, the whole file system is: that takes as long as what others write there.
const MAX_SINGLE: usize = 16;

/// Files that are written and not yet in their places.
#[derive(Debug)]
pub(crate) struct Staging {
    folder: PathBuf,
    /// Where each lies, and where it belongs.
    files: Vec<(PathBuf, PathBuf)>,
}

impl Staging {
    /// Begins in a folder that nobody else uses, on the file system of the places; what a killed program left there is removed.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn begin(folder: &Path) -> Result<Self> {
        remove(folder)?;
        private_folder(folder)?;
        Ok(Self { folder: folder.to_owned(), files: Vec::new() })
    }

    /// Writes what will be the file `to`. Mode 0600.
    ///
    /// # Errors
    /// When the disk refuses; no place has changed.
    pub(crate) fn write(&mut self, bytes: &[u8], to: PathBuf) -> Result<()> {
        let path = self.folder.join(self.files.len().to_string());
        let make = || -> std::io::Result<()> {
            fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?.write_all(bytes)
        };
        make().map_err(|error| refused(error, &to))?;
        self.files.push((path, to));
        Ok(())
    }

    /// Moves each file to its place, all of them durable before the first moves and each move before this returns. After a crash in
    /// between, each place has its old or its new content.
    ///
    /// # Errors
    /// When the disk refuses; doing it all again is harmless.
    pub(crate) fn finish(self) -> Result<()> {
        settle(&self.folder, self.files.iter().map(|(from, _)| from.as_path()))?;
        let mut folders = BTreeSet::new();
        for (from, to) in &self.files {
            let folder = to.parent().context("a file lies in a folder")?;
            if folders.insert(folder) && !folder.exists() {
                private_folder(folder)?;
                folders.extend(folder.parent());
            }
            fs::rename(from, to).map_err(|error| refused(error, to))?;
        }
        settle(&self.folder, folders.into_iter())?;
        remove(&self.folder)
    }
}

/// Waits until these files and folders are on the disk, as those above `folder` are.
fn settle<'a>(folder: &Path, paths: impl ExactSizeIterator<Item = &'a Path>) -> Result<()> {
    if paths.len() > MAX_SINGLE && settle_all(folder)? {
        return Ok(());
    }
    for path in paths {
        File::open(path).and_then(|file| file.sync_all()).map_err(|error| refused(error, path))?;
    }
    Ok(())
}

/// Waits for everything on a file system; says whether that is known here. Linux reports what could not be written (syncfs(2)).
#[cfg(target_os = "linux")]
fn settle_all(folder: &Path) -> Result<bool> {
    let sync = File::open(folder).and_then(|folder| Ok(rustix::fs::syncfs(&folder)?));
    sync.map(|()| true).map_err(|error| refused(error, folder))
}

#[cfg(not(target_os = "linux"))]
fn settle_all(_: &Path) -> Result<bool> {
    Ok(false)
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(refused(error, folder)),
        _ => Ok(()),
    }
}

fn refused(error: std::io::Error, path: &Path) -> anyhow::Error {
    let advice = advice(error.kind());
    anyhow::Error::new(error).context(format!("cannot write {}; {advice}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(n: usize) {
        let root = tempfile::tempdir().unwrap();
        let incoming = root.path().join("incoming");
        private_folder(&incoming).unwrap();
        fs::write(incoming.join("0"), "left by a killed program").unwrap();
        let mut staging = Staging::begin(&incoming).unwrap();
        for n in 0..n {
            staging.write(&n.to_be_bytes(), root.path().join(format!("case-{n}/letter"))).unwrap();
        }
        staging.write(b"later", root.path().join("case-0/letter")).unwrap();
        assert!(!root.path().join("case-0").exists(), "nothing has its place before everything is written");
        staging.finish().unwrap();
        assert_eq!(fs::read(root.path().join("case-0/letter")).unwrap(), b"later");
        assert_eq!(fs::read(root.path().join("case-1/letter")).unwrap(), 1_usize.to_be_bytes());
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), n, "nothing is left beside");
    }

    #[test]
    fn few_files_and_many_come_to_their_places() {
        store(2);
        store(MAX_SINGLE + 2);
    }
}
