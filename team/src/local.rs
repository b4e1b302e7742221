//! The local store: ciphertext, and what the relay says beside it. Nothing here is ever plaintext.
//!
//! `cases/TEAM/DESK/` holds `cursor`, `bundle.json`, `signer`, `missing.json`, `policies/SHA256.toml` and a folder for each case with
//! `SEQ-AUTHOR-ENTRY.pgp` and `index.json`; letters of our own wait as `sent-ENTRY.pgp` until the feed brings them back.
//! A file is whole or not there, and the cursor moves last: killed at any moment, the store stays right.

mod sent;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use sealpost_keys::SealedLetter;
use sealpost_shared::id::Slug;
use sealpost_shared::wire::v1::{Author, BundleResponse, FeedRow};
use sealpost_shared::{CaseId, EntryId, Fingerprint, Timestamp, limits};
use serde::{Deserialize, Serialize};

use crate::bundle::{self, MAX_BUNDLE_BYTES, sha256};
use crate::config::Home;
use crate::files;

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

    /// Keeps other programs from writing until the result is dropped.
    ///
    /// # Errors
    /// When another one is at work.
    pub(crate) fn lock(&self) -> Result<File> {
        let file = File::create(self.root.join("lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(_) => bail!("another sealpost is writing in {}; wait until it is done", self.root.display()),
        }
    }

    /// The last row of the feed that was dealt with.
    ///
    /// # Errors
    /// When the file is damaged.
    pub(crate) fn cursor(&self) -> Result<u64> {
        let Some(bytes) = files::read_if_there(&self.root.join("cursor"), 64)? else { return Ok(0) };
        let text = String::from_utf8(bytes).unwrap_or_default();
        text.trim().parse().with_context(|| {
            format!(
                "{}/cursor is damaged; remove it, and the next pull checks everything again",
                self.root.display()
            )
        })
    }

    /// Moves the cursor. Everything before it must be stored.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn set_cursor(&self, seq: u64) -> Result<()> {
        files::replace(&self.root.join("cursor"), format!("{seq}\n").as_bytes())
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
    /// When the disk refuses.
    pub(crate) fn set_missing(&self, rows: &[FeedRow]) -> Result<()> {
        files::replace(&self.root.join("missing.json"), &serde_json::to_vec_pretty(rows)?)
    }

    /// The fingerprint that was believed on first use.
    ///
    /// # Errors
    /// When the file is damaged.
    pub(crate) fn signer(&self) -> Result<Option<Fingerprint>> {
        let Some(bytes) = files::read_if_there(&self.root.join("signer"), 256)? else { return Ok(None) };
        Ok(Some(String::from_utf8(bytes)?.parse()?))
    }

    /// Pins the policy's signer.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn set_signer(&self, signer: &Fingerprint) -> Result<()> {
        files::replace(&self.root.join("signer"), format!("{signer}\n").as_bytes())
    }

    /// The bundle of the last pull, unchecked.
    ///
    /// # Errors
    /// When the file is damaged.
    pub(crate) fn bundle(&self) -> Result<Option<BundleResponse>> {
        let bytes = files::read_if_there(&self.root.join("bundle.json"), MAX_BUNDLE_BYTES)?;
        bytes.map(|bytes| bundle::parse(&bytes)).transpose()
    }

    /// Keeps a checked bundle, and its policy under its hash: open cases are measured by the one they were opened under.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn set_bundle(&self, bundle: &BundleResponse) -> Result<()> {
        let policies = self.root.join("policies");
        files::private_folder(&policies)?;
        let policy = policies.join(format!("{}.toml", sha256(bundle.policy.as_bytes())));
        if !policy.exists() {
            files::replace(&policy, bundle.policy.as_bytes())?;
        }
        files::replace(&self.root.join("bundle.json"), &serde_json::to_vec(bundle)?)
    }

    /// The text of a policy that was in force at some pull. It was checked when it was kept.
    pub(crate) fn policy(&self, hash: &str) -> Option<String> {
        if hash.len() != 64 || !hash.chars().all(|c| c.is_ascii_hexdigit()) {
            return None;
        }
        let path = self.root.join("policies").join(format!("{hash}.toml"));
        let bytes = files::read_if_there(&path, limits::MAX_POLICY_BYTES as u64).ok().flatten()?;
        String::from_utf8(bytes).ok().filter(|text| sha256(text.as_bytes()) == hash)
    }

    /// Whether an entry is stored whole.
    ///
    /// # Errors
    /// When an index is damaged.
    pub(crate) fn has(&self, row: &FeedRow) -> Result<bool> {
        let wanted = IndexedEntry::from(row);
        let indexed = self.entries(row.case)?.contains(&wanted);
        Ok(indexed && self.case(row.case).join(wanted.file_name()).exists())
    }

    /// Stores an entry: bytes first, then the index.
    ///
    /// # Errors
    /// When the bytes are not those the row names, or the disk refuses; then nothing changed.
    pub(crate) fn put(&self, row: &FeedRow, sealed: &[u8]) -> Result<()> {
        let indexed = IndexedEntry::from(row);
        indexed.check(sealed)?;
        let folder = self.case(row.case);
        files::private_folder(&folder)?;
        files::replace(&folder.join(indexed.file_name()), sealed)?;
        let mut entries = self.entries(row.case)?;
        entries.retain(|known| known.seq != indexed.seq);
        entries.push(indexed);
        entries.sort_by_key(|known| known.seq);
        files::replace(&folder.join("index.json"), &serde_json::to_vec_pretty(&entries)?)?;
        self.forget_sent(row.case, row.entry.entry)
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

#[cfg(test)]
mod tests {
    use sealpost_shared::wire::v1::FeedEntry;

    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store { root: folder.path().to_owned() };
        (folder, store)
    }

    fn row(seq: u64, case: &str, bytes: &[u8]) -> FeedRow {
        let case: CaseId = case.parse().unwrap();
        FeedRow {
            seq,
            case,
            entry: FeedEntry {
                entry: case.into(),
                author: Author::Reporter,
                size: bytes.len() as u64,
                sha256: sha256(bytes),
                received: "2026-11-23T12:00:00Z".parse().unwrap(),
            },
        }
    }

    const A: &str = "7f3a91c2000000000000000000000000";
    const B: &str = "7f3a91c3000000000000000000000000";

    #[test]
    fn other_bytes_than_the_feed_names_are_not_stored() {
        let (_folder, store) = store();
        let error = store.put(&row(1, A, b"sealed"), b"seated").unwrap_err();
        assert!(error.to_string().contains("SHA-256"), "{error}");
        assert!(store.cases().unwrap().is_empty());
    }

    #[test]
    fn storing_twice_is_storing_once_and_a_missing_file_is_noticed() {
        let (_folder, store) = store();
        let row = row(1, A, b"sealed");
        store.put(&row, b"sealed").unwrap();
        store.put(&row, b"sealed").unwrap();
        assert_eq!(store.entries(row.case).unwrap().len(), 1);
        assert!(store.has(&row).unwrap());
        fs::remove_file(store.case(row.case).join(IndexedEntry::from(&row).file_name())).unwrap();
        assert!(!store.has(&row).unwrap());
    }

    #[test]
    fn a_case_is_found_by_its_beginning_if_that_is_enough() {
        let (_folder, store) = store();
        for (seq, case) in [(1, A), (2, B)] {
            store.put(&row(seq, case, b"sealed"), b"sealed").unwrap();
        }
        assert_eq!(store.find("7f3a-91c2").unwrap().to_string(), A);
        assert_eq!(store.find("7F3A91C3").unwrap().to_string(), B);
        assert!(store.find("7f3a").unwrap_err().to_string().contains(" or "));
        for none in ["", "-", "ffff", "../x"] {
            assert!(store.find(none).is_err(), "{none}");
        }
    }

    #[test]
    fn a_letter_of_our_own_waits_until_the_feed_brings_it_back() {
        let (_folder, store) = store();
        let row = row(3, A, b"reply");
        let sent = SentEntry { case: row.case, entry: row.entry.entry };
        store.put_sent(&sent, b"reply").unwrap();
        assert!(!store.is_delivered(&sent));
        store.put_receipt(&sent, "receipt").unwrap();
        assert!(store.is_delivered(&sent) && store.sent(row.case).unwrap().len() == 1);
        store.put(&row, b"reply").unwrap();
        assert!(store.sent(row.case).unwrap().is_empty());
        assert_eq!(fs::read_dir(store.case(row.case)).unwrap().count(), 2);
    }

    #[test]
    fn only_one_program_writes() {
        let (_folder, store) = store();
        let held = store.lock().unwrap();
        assert!(store.lock().is_err());
        drop(held);
        assert!(store.lock().is_ok());
    }

    #[test]
    fn a_policy_is_found_by_its_hash_only() {
        let (_folder, store) = store();
        fs::create_dir(store.root.join("policies")).unwrap();
        let hash = sha256(b"text");
        fs::write(store.root.join(format!("policies/{hash}.toml")), "changed").unwrap();
        assert_eq!(store.policy(&hash), None);
        fs::write(store.root.join(format!("policies/{hash}.toml")), "text").unwrap();
        assert_eq!(store.policy(&hash).as_deref(), Some("text"));
        assert_eq!(store.policy("../../../etc/passwd"), None);
    }
}
