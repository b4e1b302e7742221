//! `sealpost-relay verify`: reads everything that a data folder holds, also while a relay runs on it, and names what is not as it
//! was when it was acknowledged. It changes nothing.

mod files;
mod rows;

use std::fmt;
use std::path::PathBuf;

use sealpost_keys::RelayKeys;
use sealpost_shared::Timestamp;

use crate::place::{Place, PlaceError};
use crate::relay_key;
use crate::store::{DatabaseAddress, Inspection};

/// Something that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Which row or file.
    pub place: String,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// What was looked at, and what is wrong.
#[derive(Debug, Default)]
pub struct Findings {
    /// Cases.
    pub cases: u64,
    /// Letters whose digest and receipt were compared.
    pub entries: u64,
    /// Blobs.
    pub blobs: u64,
    /// Files whose digest was compared.
    pub chunks: u64,
    /// Advisories whose digest was compared.
    pub advisories: u64,
    /// Files that no row names; the relay removes those that are a day old.
    pub loose_files: u64,
    /// Everything that is wrong.
    pub faults: Vec<Fault>,
}

impl Findings {
    fn fault(&mut self, place: impl Into<String>, what: impl Into<String>) {
        self.faults.push(Fault { place: place.into(), what: what.into() });
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for fault in &self.faults {
            writeln!(f, "{fault}")?;
        }
        let Self { cases, entries, blobs, chunks, advisories, loose_files, faults } = self;
        writeln!(
            f,
            "read {cases} cases, {entries} letters, {blobs} blobs in {chunks} files, {advisories} advisories"
        )?;
        if *loose_files > 0 {
            writeln!(
                f,
                "{loose_files} files belong to nothing; the relay removes them once they are a day old"
            )?;
        }
        match faults.len() {
            0 => writeln!(f, "everything is as it was acknowledged"),
            1 => writeln!(f, "1 FAULT. {ADVICE}"),
            n => writeln!(f, "{n} FAULTS. {ADVICE}"),
        }
    }
}

const ADVICE: &str = "Change nothing here. Stop the relay, copy the folder as it is, and restore the last backup that verifies; \
                      tell the teams which cases are named above.";

/// Says why a folder cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// There is no database.
    #[error(
        "{path}: there is no relay's database. --data names the folder that `sealpost-relay serve` uses, or a backup."
    )]
    NoDatabase {
        /// Where it should be.
        path: PathBuf,
    },
    /// One of the places cannot be looked at at all.
    #[error(transparent)]
    Place(#[from] PlaceError),
}

/// Walks every row and every file.
struct Walk<'a> {
    inspection: Inspection,
    chunks: files::Chunks,
    keys: Option<&'a RelayKeys>,
    now: Timestamp,
    findings: Findings,
}

/// Reads all that a relay or a backup holds.
///
/// # Errors
/// When there is nothing to read. Whatever can be read and is wrong is a fault in the findings instead.
pub async fn verify(place: &Place, now: Timestamp) -> Result<Findings, VerifyError> {
    if let DatabaseAddress::File(path) = &place.database
        && !path.is_file()
    {
        return Err(VerifyError::NoDatabase { path: path.clone() });
    }
    let keys = relay_key::certificates(&place.data).map_err(PlaceError::Key)?;
    let inspection = Inspection::open(&place.database).await;
    let inspection = inspection.map_err(PlaceError::database(&place.database))?;
    let chunks = files::Chunks::open(&place.blobs).map_err(PlaceError::blobs(&place.blobs))?;
    let findings = Findings::default();
    let mut walk = Walk { inspection, chunks, keys: keys.as_ref(), now, findings };
    if keys.is_none() {
        walk.findings.fault(relay_key::FILE, "the relay's key is missing: no receipt can be checked");
    }
    walk.database().await;
    walk.entries().await;
    walk.blobs().await;
    walk.advisories().await;
    walk.loose_files().await;
    walk.inspection.close().await;
    Ok(walk.findings)
}
