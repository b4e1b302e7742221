//! Where all that a relay holds lies: its key in a folder, its cases in a file there or on a server, its chunks in a folder there or in a bucket.

use std::io;
use std::path::{Path, PathBuf};

use crate::blobs::{BlobsAddress, BucketAddress};
use crate::relay_key::RelayKeyError;
use crate::server::{BLOBS, DATABASE};
use crate::store::{DatabaseAddress, PostgresAddress, StoreError};

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

/// Says which of the three cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// A database.
    #[error("{database}: {source}")]
    Database {
        /// Which.
        database: DatabaseAddress,
        /// What is wrong.
        source: StoreError,
    },
    /// Files of chunks.
    #[error("{place}: {source}")]
    Blobs {
        /// Where.
        place: BlobsAddress,
        /// What is wrong.
        source: io::Error,
    },
    /// The relay's key.
    #[error(transparent)]
    Key(#[from] RelayKeyError),
}

impl PlaceError {
    /// Of this database.
    pub(crate) fn database(database: &DatabaseAddress) -> impl FnOnce(StoreError) -> Self {
        let database = database.clone();
        move |source| Self::Database { database, source }
    }

    /// Of these files.
    pub(crate) fn blobs<E: Into<io::Error>>(place: &BlobsAddress) -> impl FnOnce(E) -> Self {
        let place = place.clone();
        move |source| Self::Blobs { place, source: source.into() }
    }
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
