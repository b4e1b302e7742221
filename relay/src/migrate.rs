//! `sealpost-relay migrate`: copies all that a relay holds to another place, from a folder to servers or back. Files go first and are read back;
//! then all rows in one transaction, or none. Run again after a break, it goes on: files that are there already are only read.

use std::fs;
use std::io;
use std::path::PathBuf;

use data_encoding::HEXLOWER;
use futures_util::TryStreamExt as _;
use sealpost_shared::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::backup::BackupError;
use crate::backup::copy::private_file;
use crate::blobs::BlobFiles;
use crate::place::{Place, PlaceError};
use crate::relay_key::{self, RelayKeyError};
use crate::store::{DatabaseAddress, Held};
use crate::verify::{Findings, VerifyError, verify};

/// Says why a relay was not moved. What it was to be moved from is as it was.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// Nothing to do.
    #[error(
        "the cases would stay in the same database: name another with --to-database, or a new folder with --to-data"
    )]
    Same,
    /// What is to be moved is damaged.
    #[error("this relay's data are damaged, and nothing was moved:\n{0}")]
    Damaged(Box<Findings>),
    /// There is something already.
    #[error(
        "{0}: is not empty, and nothing is ever written over. If an earlier run got to its end here, `sealpost-relay verify` says whether all is there."
    )]
    Taken(DatabaseAddress),
    /// There is another relay's key.
    #[error(
        "{path}: is another relay's key, and nothing is ever written over. Name another folder with --to-data."
    )]
    OtherKey {
        /// The file.
        path: PathBuf,
    },
    /// A file came back other than it went.
    #[error(
        "{object}: came back other than it went. Nothing was moved; try again, and look after that disk or server."
    )]
    Changed {
        /// Its name.
        object: String,
    },
    /// A database, or files of chunks.
    #[error("{0}. Stop the relays that use it, and try again.")]
    Place(#[from] PlaceError),
    /// The new data folder.
    #[error(transparent)]
    Folder(#[from] RelayKeyError),
    /// The key's file.
    #[error(transparent)]
    Copy(#[from] BackupError),
    /// One of the two cannot be looked at.
    #[error(transparent)]
    Verify(#[from] VerifyError),
}

/// Copies everything, and reads what was made of it. Nobody can write to the old place meanwhile; it stays as it is.
///
/// # Errors
/// Why the new place holds no case; files may be there already, which the next run takes.
pub async fn migrate(from: &Place, to: &Place, now: Timestamp) -> Result<Findings, MigrateError> {
    if from.database == to.database {
        return Err(MigrateError::Same);
    }
    let found = verify(from, now).await?;
    if !found.faults.is_empty() {
        return Err(MigrateError::Damaged(Box::new(found)));
    }
    copy_key(from, to)?;
    let mut source = hold(&from.database).await?;
    let mut target = hold(&to.database).await?;
    if !target.is_empty().await.map_err(PlaceError::database(&to.database))? {
        return Err(MigrateError::Taken(to.database.clone()));
    }
    let chunks = source.chunks().await.map_err(PlaceError::database(&from.database))?;
    if from.blobs != to.blobs {
        copy_chunks(from, to, &chunks).await?;
    }
    target.fill_from(&mut source).await.map_err(PlaceError::database(&to.database))?;
    source.release().await;
    Ok(verify(to, now).await?)
}

async fn hold(database: &DatabaseAddress) -> Result<Held, MigrateError> {
    Ok(Held::open(database).await.map_err(PlaceError::database(database))?)
}

/// The key goes with the cases: receipts are checked with it.
fn copy_key(from: &Place, to: &Place) -> Result<(), MigrateError> {
    let (there, path) = (from.data.join(relay_key::FILE), to.data.join(relay_key::FILE));
    relay_key::make_data_folder(&to.data)?;
    match (fs::read(&there), fs::read(&path)) {
        (Ok(key), Ok(other)) if key == other => Ok(()),
        (_, Ok(_)) => Err(MigrateError::OtherKey { path }),
        _ => Ok(private_file(&there, &path)?),
    }
}

async fn copy_chunks(from: &Place, to: &Place, chunks: &[(String, i64, String)]) -> Result<(), MigrateError> {
    if chunks.is_empty() {
        return Ok(());
    }
    let source = BlobFiles::open_to_read(&from.blobs).map_err(PlaceError::blobs(&from.blobs))?;
    let target = BlobFiles::open(&to.blobs, &to.data, 0).await.map_err(PlaceError::blobs(&to.blobs))?;
    for (object, size, sha256) in chunks {
        let size = size.unsigned_abs();
        if target.size(object).await.ok() != Some(size) {
            copy(&source, &target, object, size).await.map_err(PlaceError::blobs(&to.blobs))?;
        }
        if digest(&target, object, size).await.map_err(PlaceError::blobs(&to.blobs))? != *sha256 {
            return Err(MigrateError::Changed { object: object.clone() });
        }
    }
    Ok(())
}

async fn copy(source: &BlobFiles, target: &BlobFiles, object: &str, size: u64) -> io::Result<()> {
    let mut parts = std::pin::pin!(source.read(object, 0..size));
    let mut writer = target.begin_as(object.to_owned()).await?;
    while let Some(part) = parts.try_next().await? {
        writer.write(part).await?;
    }
    writer.finish().await?;
    Ok(())
}

async fn digest(files: &BlobFiles, object: &str, size: u64) -> io::Result<String> {
    let (mut hash, mut parts) = (Sha256::new(), std::pin::pin!(files.read(object, 0..size)));
    while let Some(part) = parts.try_next().await? {
        hash.update(&part);
    }
    Ok(HEXLOWER.encode(&hash.finalize()))
}
