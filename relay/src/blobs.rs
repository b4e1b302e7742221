//! The files that hold the chunks of blobs: written whole and synced before anybody is told, read piece by piece. Which file holds what
//! is the store's to know.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::body::Bytes;
use futures_util::TryStreamExt as _;
use futures_util::stream::{self, Stream};
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt as _};
use rand::RngCore as _;
use sealpost_shared::{BlobId, CaseId, Timestamp};

/// How much of a chunk is in memory at one time, while it is written and while it is read.
pub(crate) const PART_BYTES: usize = 128 * 1024;

/// The chunks' files in one folder.
#[derive(Debug)]
pub struct BlobFiles {
    store: Arc<dyn ObjectStore>,
    folder: PathBuf,
    floor_bytes: u64,
}

impl BlobFiles {
    /// Opens the folder, or makes it, and removes what an upload left that was cut off by the end of the process. Nothing is written once
    /// less than `floor_bytes` of the disk are free.
    ///
    /// # Errors
    /// When the folder cannot be made or listed.
    pub fn open(folder: &Path, floor_bytes: u64) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        remove_unfinished(folder)?;
        // Without `with_fsync` a crash of the machine could leave a file of zeroes behind a receipt.
        let store = LocalFileSystem::new_with_prefix(folder).map_err(io::Error::other)?.with_fsync(true);
        Ok(Self { store: Arc::new(store), folder: folder.to_owned(), floor_bytes })
    }

    /// Whether the disk has room for `bytes` more.
    ///
    /// # Errors
    /// When the disk does not say.
    pub fn has_room(&self, bytes: u64) -> io::Result<bool> {
        Ok(free_bytes(&self.folder)? >= self.floor_bytes.saturating_add(bytes))
    }

    /// Begins a file of its own for a chunk.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn begin(
        &self,
        case: CaseId,
        blob: BlobId,
        n: u32,
    ) -> Result<ChunkWriter, object_store::Error> {
        // Two uploads of one chunk never write to one file; the store says which of them counts.
        let mut dice = [0; 8];
        rand::rngs::OsRng.fill_bytes(&mut dice);
        let object = format!("{case}/{blob}/{n}-{}", data_encoding::HEXLOWER.encode(&dice));
        let upload = self.store.put_multipart(&ObjectPath::from(object.as_str())).await?;
        Ok(ChunkWriter { object, upload })
    }

    /// A range of a file, piece by piece.
    pub fn read(
        &self,
        object: &str,
        range: Range<u64>,
    ) -> impl Stream<Item = Result<Bytes, object_store::Error>> + Send + 'static {
        let store = Arc::clone(&self.store);
        let path = ObjectPath::from(object);
        stream::try_unfold((store, path, range), |(store, path, left)| async move {
            if left.is_empty() {
                return Ok(None);
            }
            let end = left.end.min(left.start + PART_BYTES as u64);
            let bytes = store.get_range(&path, left.start..end).await?;
            Ok(Some((bytes, (store, path, end..left.end))))
        })
    }

    /// Removes a file. One that is gone already is no error.
    ///
    /// # Errors
    /// When it is there and stays.
    pub async fn remove(&self, object: &str) -> Result<(), object_store::Error> {
        match self.store.delete(&ObjectPath::from(object)).await {
            Err(object_store::Error::NotFound { .. }) => Ok(()),
            other => other,
        }
    }

    /// Every file that was last written before `before`.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub async fn older_than(&self, before: Timestamp) -> Result<Vec<String>, object_store::Error> {
        let files = self.store.list(None);
        let old = files.try_filter_map(|file| async move {
            Ok((file.last_modified.timestamp() < before.seconds()).then(|| file.location.to_string()))
        });
        old.try_collect().await
    }
}

/// A chunk's file while it is written. Dropped before its end, nothing of it stays.
#[derive(Debug)]
pub struct ChunkWriter {
    object: String,
    upload: Box<dyn MultipartUpload>,
}

impl ChunkWriter {
    /// Writes the next bytes.
    ///
    /// # Errors
    /// When the disk refuses them.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), object_store::Error> {
        self.upload.put_part(bytes.into()).await
    }

    /// Ends the file and hands out its name. When this returns, bytes and name are on disk.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn finish(mut self) -> Result<String, object_store::Error> {
        self.upload.complete().await?;
        Ok(self.object)
    }
}

/// Where a chunk's file lies. A name that is none of ours leads nowhere: it could lead anywhere.
pub(crate) fn path_of(folder: &Path, object: &str) -> io::Result<PathBuf> {
    let ours = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    if object.split('/').count() == 3 && object.split('/').all(ours) {
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
fn remove_unfinished(folder: &Path) -> io::Result<()> {
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

#[cfg(unix)]
fn free_bytes(folder: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
fn free_bytes(_: &Path) -> io::Result<u64> {
    Ok(u64::MAX)
}
