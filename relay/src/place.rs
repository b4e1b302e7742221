//! Where all that a relay holds lies: its key in a folder, its cases in a file there or on a server, its chunks in a folder there or in a bucket.

use std::path::{Path, PathBuf};

use crate::blobs::{BlobsAddress, BucketAddress};
use crate::server::{BLOBS, DATABASE};
use crate::store::{DatabaseAddress, PostgresAddress};

/// The three places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The data folder, with the relay's key.
    pub data: PathBuf,
    /// Cases.
    pub database: DatabaseAddress,
    /// Chunks.
    pub blobs: BlobsAddress,
}

impl Place {
    /// A data folder with whatever does not lie elsewhere.
    #[must_use]
    pub fn new(data: &Path, database: Option<&PostgresAddress>, blobs: Option<&BucketAddress>) -> Self {
        let file = || DatabaseAddress::File(data.join(DATABASE));
        let folder = || BlobsAddress::Folder(data.join(BLOBS));
        Self {
            data: data.to_owned(),
            database: database.map_or_else(file, |server| DatabaseAddress::Server(server.clone())),
            blobs: blobs.map_or_else(folder, |bucket| BlobsAddress::Bucket(bucket.clone())),
        }
    }

    /// All of it in one folder: a backup, or a relay by itself.
    #[must_use]
    pub fn in_folder(data: &Path) -> Self {
        Self::new(data, None, None)
    }
}
