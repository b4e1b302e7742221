//! Letters of our own: kept before they are sent, until the feed brings them back.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use sealpost_keys::SealedLetter;
use sealpost_shared::{CaseId, EntryId, limits};

use super::Store;
use crate::files;

/// Seven lines and a signature, with room.
const MAX_RECEIPT_BYTES: u64 = 64 * 1024;

/// A letter of our own that the feed has not brought back yet.
#[derive(Debug, Clone)]
pub(crate) struct SentEntry {
    /// The case it belongs to.
    pub(crate) case: CaseId,
    /// Its id.
    pub(crate) entry: EntryId,
}

impl Store {
    /// Keeps a letter of our own before it is sent.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn put_sent(&self, sent: &SentEntry, sealed: &[u8]) -> Result<()> {
        files::private_folder(&self.case(sent.case))?;
        files::replace(&self.sent_path(sent, "pgp"), sealed)
    }

    /// Keeps the receipt of a letter of our own: it need not be sent again.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn put_receipt(&self, sent: &SentEntry, receipt: &str) -> Result<()> {
        files::replace(&self.sent_path(sent, "receipt.asc"), receipt.as_bytes())
    }

    /// Forgets a receipt that the feed contradicts, so that the letter is sent again.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn forget_receipt(&self, sent: &SentEntry) -> Result<()> {
        let path = self.sent_path(sent, "receipt.asc");
        fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))
    }

    /// The sealed bytes of a letter of our own, while it is kept as such.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn sent_letter(&self, sent: &SentEntry) -> Result<Option<SealedLetter>> {
        let bytes = files::read_if_there(&self.sent_path(sent, "pgp"), limits::MAX_LETTER_BYTES as u64)?;
        Ok(bytes.map(SealedLetter::from_bytes_unchecked))
    }

    /// The relay's receipt for a letter of our own, if it was sent.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn sent_receipt(&self, sent: &SentEntry) -> Result<Option<String>> {
        let bytes = files::read_if_there(&self.sent_path(sent, "receipt.asc"), MAX_RECEIPT_BYTES)?;
        bytes.map(|bytes| String::from_utf8(bytes).context("a kept receipt is not text")).transpose()
    }

    /// Letters of our own in a case that the feed has not brought back, in the order in which they were kept.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub(crate) fn sent(&self, case: CaseId) -> Result<Vec<SentEntry>> {
        let folder = self.case(case);
        if !folder.exists() {
            return Ok(Vec::new());
        }
        let names = fs::read_dir(folder)?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let entry = |name: String| name.strip_prefix("sent-")?.strip_suffix(".pgp")?.parse().ok();
        let mut sent: Vec<SentEntry> =
            names.filter_map(entry).map(|entry| SentEntry { case, entry }).collect();
        let kept_at = |sent: &SentEntry| {
            fs::metadata(self.sent_path(sent, "pgp")).and_then(|data| data.modified()).ok()
        };
        sent.sort_by_cached_key(|sent| (kept_at(sent), sent.entry));
        Ok(sent)
    }

    /// Whether the relay gave a receipt for a letter of our own.
    pub(crate) fn is_delivered(&self, sent: &SentEntry) -> bool {
        self.sent_path(sent, "receipt.asc").exists()
    }

    /// Forgets a letter of our own, because the feed brought it back or nobody can take it any more.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn forget_sent(&self, case: CaseId, entry: EntryId) -> Result<()> {
        let sent = SentEntry { case, entry };
        for path in [self.sent_path(&sent, "pgp"), self.sent_path(&sent, "receipt.asc")] {
            if path.exists() {
                fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
            }
        }
        Ok(())
    }

    fn sent_path(&self, sent: &SentEntry, ending: &str) -> PathBuf {
        self.case(sent.case).join(format!("sent-{}.{ending}", sent.entry))
    }
}
