//! The files that hold the chunks of blobs, in a folder or in a bucket: written whole and safe before anybody is told, read piece by piece.
//! Which file holds what is the store's to know.

mod bucket;
pub(crate) mod local;

use std::fmt;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::body::Bytes;
use futures_util::stream::{self, Stream};
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path as ObjectPath;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt as _};
use rand::RngCore as _;
use sealpost_shared::{BlobId, CaseId, Timestamp};
use tokio::sync::Semaphore;

pub use bucket::BucketAddress;

/// How much of a chunk is in memory at one time, while it is written and while it is read from a disk.
pub(crate) const PART_BYTES: usize = 128 * 1024;

/// How much of a chunk is asked of a bucket at one time: each piece is a request.
const BUCKET_PART_BYTES: u64 = 1 << 20;

/// Where the chunks' files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlobsAddress {
    /// In this folder.
    Folder(PathBuf),
    /// In a bucket of an S3 server.
    Bucket(BucketAddress),
}

impl fmt::Display for BlobsAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => path.display().fmt(f),
            Self::Bucket(address) => address.fmt(f),
        }
    }
}

/// The chunks' files in one place.
#[derive(Debug)]
pub struct BlobFiles {
    store: Arc<dyn ObjectStore>,
    /// For a bucket: whose turn it is to send.
    turns: Option<Arc<Semaphore>>,
    /// The folder itself, or where chunks wait on their way to the bucket.
    folder: PathBuf,
    floor_bytes: u64,
}

impl BlobFiles {
    /// Opens the folder, or makes it, and removes what an upload left that was cut off by the end of the process; or sees that the bucket
    /// can be listed, with `waiting` for chunks on their way there. Nothing is written once less than `floor_bytes` of the disk are free.
    ///
    /// # Errors
    /// When the folder cannot be made or listed, or the bucket cannot.
    pub async fn open(address: &BlobsAddress, waiting: &Path, floor_bytes: u64) -> io::Result<Self> {
        match address {
            BlobsAddress::Folder(folder) => {
                std::fs::create_dir_all(folder)?;
                local::remove_unfinished(folder)?;
                let store = local::open(folder)?;
                Ok(Self { store, turns: None, folder: folder.clone(), floor_bytes })
            }
            BlobsAddress::Bucket(bucket) => {
                std::fs::create_dir_all(waiting)?;
                let (store, turns) = (bucket::open(bucket)?, Some(bucket::turns()));
                let files = Self { store, turns, folder: waiting.to_owned(), floor_bytes };
                files.store.list(None).next().await.transpose().map_err(io::Error::other)?;
                Ok(files)
            }
        }
    }

    /// Opens what is there, and changes nothing.
    ///
    /// # Errors
    /// When there is no such folder, or the settings for a bucket do not hold.
    pub(crate) fn open_to_read(address: &BlobsAddress) -> io::Result<Self> {
        let nowhere = PathBuf::new();
        Ok(match address {
            BlobsAddress::Folder(folder) => {
                Self { store: local::open(folder)?, turns: None, folder: nowhere, floor_bytes: 0 }
            }
            BlobsAddress::Bucket(address) => {
                let (store, turns) = (bucket::open(address)?, Some(bucket::turns()));
                Self { store, turns, folder: nowhere, floor_bytes: 0 }
            }
        })
    }

    /// Whether the disk has room for `bytes` more.
    ///
    /// # Errors
    /// When the disk does not say.
    pub fn has_room(&self, bytes: u64) -> io::Result<bool> {
        Ok(local::free_bytes(&self.folder)? >= self.floor_bytes.saturating_add(bytes))
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
        self.begin_as(format!("{case}/{blob}/{n}-{}", data_encoding::HEXLOWER.encode(&dice))).await
    }

    /// Begins a file of this name.
    pub(crate) async fn begin_as(&self, object: String) -> Result<ChunkWriter, object_store::Error> {
        let to = match &self.turns {
            None => To::Folder(self.store.put_multipart(&ObjectPath::from(object.as_str())).await?),
            Some(turns) => {
                let sending = bucket::Sending::begin(&self.store, turns, &self.folder);
                To::Bucket(sending.map_err(spool)?)
            }
        };
        Ok(ChunkWriter { object, to })
    }

    /// A range of a file, piece by piece.
    pub fn read(
        &self,
        object: &str,
        range: Range<u64>,
    ) -> impl Stream<Item = Result<Bytes, object_store::Error>> + Send + 'static {
        let store = Arc::clone(&self.store);
        let path = ObjectPath::from(object);
        let piece = if self.turns.is_some() { BUCKET_PART_BYTES } else { PART_BYTES as u64 };
        stream::try_unfold((store, path, range), move |(store, path, left)| async move {
            if left.is_empty() {
                return Ok(None);
            }
            let end = left.end.min(left.start + piece);
            let bytes = store.get_range(&path, left.start..end).await?;
            Ok(Some((bytes, (store, path, end..left.end))))
        })
    }

    /// How many bytes a file has.
    ///
    /// # Errors
    /// When it is not there, or does not say.
    pub(crate) async fn size(&self, object: &str) -> Result<u64, object_store::Error> {
        Ok(self.store.head(&ObjectPath::from(object)).await?.size)
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
    /// When the folder or bucket cannot be listed.
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
    to: To,
}

#[derive(Debug)]
enum To {
    Folder(Box<dyn MultipartUpload>),
    Bucket(bucket::Sending),
}

impl ChunkWriter {
    /// Writes the next bytes.
    ///
    /// # Errors
    /// When the disk refuses them.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), object_store::Error> {
        match &mut self.to {
            To::Folder(upload) => upload.put_part(bytes.into()).await,
            To::Bucket(sending) => sending.write(&bytes).await.map_err(spool),
        }
    }

    /// Ends the file and hands out its name. When this returns, bytes and name are on disk, or in the bucket.
    ///
    /// # Errors
    /// When disk or server refuses.
    pub async fn finish(self) -> Result<String, object_store::Error> {
        match self.to {
            To::Folder(mut upload) => {
                upload.complete().await?;
            }
            To::Bucket(sending) => sending.finish(&self.object).await?,
        }
        Ok(self.object)
    }
}

/// What the disk says of chunks that wait for their bucket.
fn spool(error: io::Error) -> object_store::Error {
    object_store::Error::Generic { store: "spool", source: error.into() }
}
