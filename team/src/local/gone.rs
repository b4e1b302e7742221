//! Rows of the feed that the relay called deleted. It may take that back, or have lied: they are looked at again, so their numbers are kept.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};

use super::{MAX_INDEX_BYTES, Store};
use crate::files;

/// The numbers of such rows.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Gone {
    rows: BTreeSet<u64>,
    is_changed: bool,
}

impl Gone {
    /// Notes a row.
    pub(crate) fn insert(&mut self, seq: u64) {
        self.is_changed |= self.rows.insert(seq);
    }

    /// Forgets a row; says whether it was noted.
    pub(crate) fn remove(&mut self, seq: u64) -> bool {
        let was_there = self.rows.remove(&seq);
        self.is_changed |= was_there;
        was_there
    }

    /// Forgets all rows.
    pub(crate) fn clear(&mut self) {
        self.is_changed |= !self.rows.is_empty();
        self.rows.clear();
    }

    /// Whether a row is noted.
    pub(crate) fn has(&self, seq: u64) -> bool {
        self.rows.contains(&seq)
    }

    /// Where pages of so many rows begin that have all of them between them: the number before each page's first row.
    pub(crate) fn pages(&self, rows: u64) -> Vec<u64> {
        let mut pages: Vec<u64> = self.rows.iter().map(|seq| seq.saturating_sub(1) / rows * rows).collect();
        pages.dedup();
        pages
    }

    /// First and last of each run of numbers: cases are deleted in the order in which they came.
    fn ranges(&self) -> Vec<(u64, u64)> {
        let mut ranges: Vec<(u64, u64)> = Vec::new();
        for seq in &self.rows {
            match ranges.last_mut() {
                Some((_, last)) if *last + 1 == *seq => *last = *seq,
                _ => ranges.push((*seq, *seq)),
            }
        }
        ranges
    }
}

impl Store {
    /// The rows that were called deleted.
    ///
    /// # Errors
    /// When the file is damaged.
    pub(crate) fn gone(&self) -> Result<Gone> {
        let ranges: Vec<(u64, u64)> = self.json("gone.json")?.unwrap_or_default();
        Ok(Gone {
            rows: ranges.into_iter().flat_map(|(first, last)| first..=last).collect(),
            is_changed: false,
        })
    }

    /// Remembers the rows that were called deleted, if they are others than before.
    ///
    /// # Errors
    /// When the disk refuses, or they are more than this could read again.
    pub(crate) fn set_gone(&self, gone: &mut Gone) -> Result<()> {
        if !gone.is_changed {
            return Ok(());
        }
        let bytes = serde_json::to_vec(&gone.ranges())?;
        ensure!(
            bytes.len() as u64 <= MAX_INDEX_BYTES,
            "the relay calls more deleted than a desk can have; ask who runs the relay"
        );
        files::replace(&self.root.join("gone.json"), &bytes)?;
        gone.is_changed = false;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_kept_as_runs_and_asked_for_by_page() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store { root: folder.path().to_owned() };
        let mut gone = store.gone().unwrap();
        assert!(gone.pages(500).is_empty());
        [1, 2, 3, 7, 500, 501, 1700].into_iter().for_each(|seq| gone.insert(seq));
        assert!(gone.remove(2) && !gone.remove(2));
        store.set_gone(&mut gone).unwrap();
        let kept = std::fs::read_to_string(folder.path().join("gone.json")).unwrap();
        assert_eq!(kept, "[[1,1],[3,3],[7,7],[500,501],[1700,1700]]");
        assert_eq!(store.gone().unwrap(), gone);
        assert_eq!(gone.pages(500), [0, 500, 1500]);
    }
}
