//! The local store: ciphertext, and what the relay says beside it. Nothing here is ever plaintext.
//!
//! `cases/TEAM/DESK/` holds `cursor`, `bundle.json`, `signer`, `policy-version`, `missing.json`, `gone.json`, `deletions-known.json`, `policies/SHA256.toml` and a folder for each case with
//! `SEQ-AUTHOR-ENTRY.pgp`, `index.json` and, once the relay said so, `deleted.json`; letters of our own wait as `sent-ENTRY.pgp` until the feed brings them back. `glances`
//! is what the list remembers, sealed (see `glance`); removing it costs nothing but time.
//! What arrives is written in `incoming` and moved from there. A file is whole or not there, and the cursor moves last: killed at any
//! moment, the store stays right.

mod arrivals;
mod believed;
mod cursor;
mod deleted;
mod gone;
mod sent;
#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use sealpost_keys::SealedLetter;
use sealpost_shared::id::Slug;
use sealpost_shared::wire::v1::{Author, FeedEntry, FeedRow};
use sealpost_shared::{BlobId, CaseId, EntryId, Timestamp, limits};
use serde::{Deserialize, Serialize};

use crate::bundle::sha256;
use crate::config::Home;
use crate::files;
use crate::glance::{FileClock, Stamp};

pub(crate) use self::arrivals::Arrival;
pub(crate) use self::cursor::Cursor;
pub(crate) use self::gone::Gone;
pub(crate) use self::sent::SentEntry;

/// An index of [`limits::MAX_CASE_ENTRIES`] entries has under 600 KiB; a list of missing rows may be longer.
const MAX_INDEX_BYTES: u64 = 16 * 1024 * 1024;

/// What the relay said about a stored entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct IndexedEntry {
    /// Its place in the desk's feed.
    pub(crate) seq: u64,
    /// Its id.
    pub(crate) entry: EntryId,
    /// Whose credential wrote it; the signature inside says who really did.
    pub(crate) author: Author,
    /// Sealed bytes.
    pub(crate) size: u64,
    /// SHA-256 of the sealed bytes.
    pub(crate) sha256: String,
    /// Arrival at the relay, rounded down to the hour.
    pub(crate) received: Timestamp,
}

impl From<&FeedRow> for IndexedEntry {
    fn from(row: &FeedRow) -> Self {
        let entry = &row.entry;
        Self {
            seq: row.seq,
            entry: entry.entry,
            author: entry.author,
            size: entry.size,
            sha256: entry.sha256.clone(),
            received: entry.received,
        }
    }
}

impl IndexedEntry {
    /// The row of the feed that it came from.
    pub(crate) fn row(&self, case: CaseId) -> FeedRow {
        let entry = FeedEntry {
            entry: self.entry,
            author: self.author,
            size: self.size,
            sha256: self.sha256.clone(),
            received: self.received,
        };
        FeedRow { seq: self.seq, case, entry }
    }

    /// Checks that bytes are the entry's.
    ///
    /// # Errors
    /// When their length or SHA-256 is another.
    pub(crate) fn check(&self, sealed: &[u8]) -> Result<()> {
        ensure!(
            sha256(sealed) == self.sha256 && sealed.len() as u64 == self.size,
            "the relay sent other bytes than its feed names (SHA-256 differs)"
        );
        Ok(())
    }

    /// **Rule:** PROTOCOL.md, "Requests": under a taken id the first bytes stay.
    fn check_same(&self, row: &FeedRow) -> Result<()> {
        ensure!(
            self.sha256 == row.entry.sha256,
            "the relay now lists other bytes for an entry that is stored here; the first stay. Ask who runs the relay"
        );
        Ok(())
    }

    fn file_name(&self) -> String {
        let author = match self.author {
            Author::Reporter => "reporter",
            Author::Team => "team",
        };
        format!("{:08}-{author}-{}.pgp", self.seq, self.entry)
    }
}

/// One desk's store.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    root: PathBuf,
}

/// Another program is writing in the same store.
#[derive(Debug, thiserror::Error)]
#[error("another sealpost is writing in {}; wait until it is done", .0.display())]
pub(crate) struct Busy(PathBuf);

impl Store {
    /// Takes the folder of a desk; makes it if needed.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub(crate) fn open(home: &Home, team: &Slug, desk: &Slug) -> Result<Self> {
        let root = home.path().join("cases").join(team.as_str()).join(desk.as_str());
        files::private_folder(&root)?;
        Ok(Self { root })
    }

    /// Where it lies.
    pub(crate) fn path(&self) -> &Path {
        &self.root
    }

    /// Where the sealed files of a case lie while they are fetched.
    ///
    /// # Errors
    /// When their folder cannot be made.
    pub(crate) fn download_path(&self, case: CaseId, blob: BlobId) -> Result<PathBuf> {
        let folder = self.root.join("downloads");
        files::private_folder(&folder)?;
        Ok(folder.join(format!("{case}-{blob}.pgp.part")))
    }

    /// Keeps other programs from writing until the result is dropped.
    ///
    /// # Errors
    /// When another one is at work.
    pub(crate) fn lock(&self) -> Result<File> {
        let file = File::create(self.root.join("lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(_) => Err(Busy(self.root.clone()).into()),
        }
    }

    /// Rows whose bytes could not be had; every pull tries them again.
    ///
    /// # Errors
    /// When the file is damaged.
    pub(crate) fn missing(&self) -> Result<Vec<FeedRow>> {
        self.json("missing.json").map(Option::unwrap_or_default)
    }

    /// Remembers rows whose bytes could not be had.
    ///
    /// # Errors
    /// When the disk refuses, or they are more than this could read again.
    pub(crate) fn set_missing(&self, rows: &[FeedRow]) -> Result<()> {
        let bytes = serde_json::to_vec(rows)?;
        ensure!(
            bytes.len() as u64 <= MAX_INDEX_BYTES,
            "more entries could not be had than are kept in mind here; what came before stays. Ask who runs the relay"
        );
        files::replace(&self.root.join("missing.json"), &bytes)
    }

    /// Whether an entry is stored whole, wherever the feed had it then: a relay that was restored may count anew.
    ///
    /// # Errors
    /// When an index is damaged, or the entry is stored with other bytes.
    pub(crate) fn has(&self, row: &FeedRow) -> Result<bool> {
        let entries = self.entries(row.case)?;
        let Some(known) = entries.iter().find(|known| known.entry == row.entry.entry) else {
            return Ok(false);
        };
        known.check_same(row)?;
        Ok(self.case(row.case).join(known.file_name()).exists())
    }

    /// Every case, by id.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub(crate) fn cases(&self) -> Result<Vec<CaseId>> {
        let names = fs::read_dir(&self.root)?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut cases: Vec<CaseId> = names.filter_map(|name| name.parse().ok()).collect();
        cases.sort();
        Ok(cases)
    }

    /// The one case whose id begins like this; dashes do not count.
    ///
    /// # Errors
    /// When there is none or more than one.
    pub(crate) fn find(&self, prefix: &str) -> Result<CaseId> {
        let digits: String = prefix.chars().filter(|c| *c != '-').collect::<String>().to_lowercase();
        let cases = self.cases()?;
        let found: Vec<_> = cases.into_iter().filter(|case| case.to_string().starts_with(&digits)).collect();
        match found.as_slice() {
            _ if digits.is_empty() => bail!("name a case: `sealpost list` shows their ids"),
            [case] => Ok(*case),
            [] => bail!(
                "there is no case “{prefix}” here; `sealpost list` shows those there are, `sealpost pull` fetches new ones"
            ),
            several => bail!(
                "“{prefix}” could be {}; give more digits",
                several.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")
            ),
        }
    }

    /// Removes everything of a case.
    ///
    /// # Errors
    /// When the disk refuses; what is left can be removed by another try.
    pub(crate) fn remove(&self, case: CaseId) -> Result<()> {
        Ok(fs::remove_dir_all(self.case(case))?)
    }

    /// What changes with anything in a case's folder.
    pub(crate) fn stamp(&self, case: CaseId) -> Option<Stamp> {
        let folder = fs::metadata(self.case(case)).ok()?;
        Some(Stamp { inode: folder.ino(), changed: (folder.ctime(), folder.ctime_nsec()) })
    }

    /// The time by the clock that stamps are made with.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn clock(&self) -> Result<FileClock> {
        let touched = tempfile::tempfile_in(&self.root)?.metadata()?;
        Ok(FileClock((touched.ctime(), touched.ctime_nsec())))
    }

    /// The stored entries of a case, in the feed's order.
    ///
    /// # Errors
    /// When the index is damaged.
    pub(crate) fn entries(&self, case: CaseId) -> Result<Vec<IndexedEntry>> {
        self.json(&format!("{case}/index.json")).map(Option::unwrap_or_default)
    }

    /// The sealed bytes of a stored entry.
    ///
    /// # Errors
    /// When the file is gone or not what was stored.
    pub(crate) fn letter(&self, case: CaseId, entry: &IndexedEntry) -> Result<SealedLetter> {
        let path = self.case(case).join(entry.file_name());
        let bytes = files::read(&path, limits::MAX_LETTER_BYTES as u64)?;
        ensure!(
            sha256(&bytes) == entry.sha256,
            "{} is damaged on this disk; remove it and {}/cursor, then pull again",
            path.display(),
            self.root.display()
        );
        Ok(SealedLetter::from_bytes_unchecked(bytes))
    }

    /// The files of stored letters that are gone or not what was stored; reads all of them.
    ///
    /// # Errors
    /// When an index is damaged.
    pub(crate) fn damaged(&self) -> Result<Vec<PathBuf>> {
        let mut damaged = Vec::new();
        for case in self.cases()? {
            let entries = self.entries(case)?;
            let bad = entries.iter().filter(|entry| self.letter(case, entry).is_err());
            damaged.extend(bad.map(|entry| self.case(case).join(entry.file_name())));
        }
        Ok(damaged)
    }

    fn case(&self, case: CaseId) -> PathBuf {
        self.root.join(case.to_string())
    }

    fn json<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let path = self.root.join(name);
        let Some(bytes) = files::read_if_there(&path, MAX_INDEX_BYTES)? else { return Ok(None) };
        let damaged = || {
            format!(
                "{} is damaged; remove it and {}/cursor, then pull again",
                path.display(),
                self.root.display()
            )
        };
        serde_json::from_slice(&bytes).map(Some).with_context(damaged)
    }
}
