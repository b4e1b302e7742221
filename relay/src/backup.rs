//! `sealpost-relay backup` and `restore`. A backup is a data folder: `verify` reads it, and a relay could serve from it. Both make
//! their folder whole or not at all, and neither ever writes over anything.

pub(crate) mod copy;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sealpost_shared::Timestamp;

use crate::place::Place;
use crate::relay_key;
use crate::server::{BLOBS, DATABASE};
use crate::store::{DatabaseAddress, Inspection, StoreError};
use crate::verify::{Findings, VerifyError, verify};

/// How often the database is copied again because uploads were forgotten while their files were copied. That happens once an hour.
const MAX_SNAPSHOTS: usize = 5;

/// Says why there is no backup, or why it was not restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Something is there already.
    #[error(
        "{path}: is there already, and nothing is ever written over. Name a folder that is not there; the date in its name helps."
    )]
    Taken {
        /// The folder.
        path: PathBuf,
    },
    /// The folder to restore into is in use.
    #[error(
        "{path}: holds a relay's data, and nothing is ever written over. Stop the relay, move that folder away \
         (mv {path} {path}.before), and restore again.", path = .path.display()
    )]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// What was to be restored is damaged.
    #[error(
        "{path}: this backup is damaged, and nothing was restored:\n{findings}Try an earlier one, or take what is left with --damaged."
    )]
    Damaged {
        /// The backup.
        path: PathBuf,
        /// What is wrong with it.
        findings: Box<Findings>,
    },
    /// A file or folder.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The database.
    #[error("{path}: {source}")]
    Database {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: StoreError,
    },
    /// Files of blobs went faster than they could be copied.
    #[error("the relay forgets files faster than they can be copied; try again")]
    Restless,
    /// What was made or is to be restored cannot be looked at.
    #[error(transparent)]
    Verify(#[from] VerifyError),
}

pub(crate) fn io_error(path: &Path) -> impl FnOnce(io::Error) -> BackupError {
    let path = path.to_owned();
    move |source| BackupError::Io { path, source }
}

/// Copies all that a relay holds, while it runs, into a folder that is not there yet; then reads the copy. What is damaged is damaged
/// in the copy too, and named in the findings.
///
/// # Errors
/// Why there is no copy; then nothing stays of it.
pub async fn backup(data: &Path, to: &Path, now: Timestamp) -> Result<Findings, BackupError> {
    if fs::symlink_metadata(to).is_ok() {
        return Err(BackupError::Taken { path: to.to_owned() });
    }
    let making = copy::Folder::beside(to)?;
    snapshot(data, making.path()).await?;
    copy::private_file(&data.join(relay_key::FILE), &making.path().join(relay_key::FILE))?;
    let findings = verify(&Place::in_folder(making.path()), now).await?;
    making.finish(to)?;
    Ok(findings)
}

/// Copies the database as of one moment and every file that it names. A file that went in the meantime was forgotten by the relay, and
/// so has it by a later copy.
async fn snapshot(data: &Path, to: &Path) -> Result<(), BackupError> {
    let (database, copied) = (data.join(DATABASE), to.join(DATABASE));
    if !database.is_file() {
        return Err(VerifyError::NoDatabase { path: database }.into());
    }
    let live = open(&database).await?;
    for _ in 0..MAX_SNAPSHOTS {
        copy::remove_file(&copied)?;
        let made = live.copy_to(&copied).await;
        made.map_err(|source| BackupError::Database { path: database.clone(), source })?;
        let copy = open(&copied).await?;
        let objects = copy.objects().await;
        copy.close().await;
        let objects = objects.map_err(|source| BackupError::Database { path: copied.clone(), source })?;
        if files(&live, &data.join(BLOBS), &to.join(BLOBS), &objects).await? {
            copy::sync(&copied)?;
            live.close().await;
            return copy::keep_only(&to.join(BLOBS), &objects);
        }
    }
    Err(BackupError::Restless)
}

async fn open(file: &Path) -> Result<Inspection, BackupError> {
    let opened = Inspection::open(&DatabaseAddress::File(file.to_owned())).await;
    opened.map_err(|source| BackupError::Database { path: file.to_owned(), source })
}

/// Copies files that are not there yet. `false` if one is gone that the relay has forgotten.
async fn files(live: &Inspection, from: &Path, to: &Path, objects: &[String]) -> Result<bool, BackupError> {
    fs::create_dir_all(to).map_err(io_error(to))?;
    for object in objects {
        if !copy::object(from, to, object)? && matches!(live.names(object).await, Ok(false)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Copies a backup into a data folder that is not there or empty, after reading all of it. The files get the folder's owner.
///
/// # Errors
/// When something is there already; when the backup is damaged and `damaged` was not said; when the disk refuses.
pub async fn restore(
    from: &Path,
    data: &Path,
    damaged: bool,
    now: Timestamp,
) -> Result<Findings, BackupError> {
    let findings = verify(&Place::in_folder(from), now).await?;
    if !findings.faults.is_empty() && !damaged {
        return Err(BackupError::Damaged { path: from.to_owned(), findings: Box::new(findings) });
    }
    let staging = copy::Staging::inside(data)?;
    let inspection = open(&from.join(DATABASE)).await?;
    let objects = inspection.objects().await;
    inspection.close().await;
    let objects = objects.map_err(|source| BackupError::Database { path: from.join(DATABASE), source })?;
    let blobs = staging.path().join(BLOBS);
    fs::create_dir_all(&blobs).map_err(io_error(&blobs))?;
    for object in &objects {
        copy::object(&from.join(BLOBS), &blobs, object)?;
    }
    copy::private_file(&from.join(relay_key::FILE), &staging.path().join(relay_key::FILE))?;
    copy::private_file(&from.join(DATABASE), &staging.path().join(DATABASE))?;
    // The database last: without it the folder is none of a relay's yet.
    staging.finish(&[BLOBS, relay_key::FILE, DATABASE])?;
    Ok(findings)
}
