//! Letters that came, on their way to the disk: however many, they take one wait for it and not one each.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use anyhow::Result;
use sealpost_shared::CaseId;
use sealpost_shared::wire::v1::FeedRow;

use super::{IndexedEntry, Store};
use crate::files::Staging;

/// A letter with the row of the feed that names it.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    /// What the feed says.
    pub(crate) row: FeedRow,
    /// The sealed bytes.
    pub(crate) sealed: Vec<u8>,
}

impl Arrival {
    /// Takes bytes for what a row of the feed names.
    ///
    /// # Errors
    /// When their length or SHA-256 is another.
    pub(crate) fn check(row: &FeedRow, sealed: Vec<u8>) -> Result<Self> {
        IndexedEntry::from(row).check(&sealed)?;
        Ok(Self { row: row.clone(), sealed })
    }
}

impl Store {
    /// Stores letters: bytes first, then the indexes. All of it is durable when this returns; what it replaces stays whole until then.
    ///
    /// # Errors
    /// When the bytes are not those the row names, an entry is stored with other bytes, or the disk refuses.
    pub(crate) fn put(&self, arrivals: &[Arrival]) -> Result<()> {
        let mut indexes: BTreeMap<CaseId, Vec<IndexedEntry>> = BTreeMap::new();
        let mut staging = Staging::begin(&self.root.join("incoming"))?;
        for Arrival { row, sealed } in arrivals {
            let indexed = IndexedEntry::from(row);
            indexed.check(sealed)?;
            staging.write(sealed, self.case(row.case).join(indexed.file_name()))?;
            let entries = match indexes.entry(row.case) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => place.insert(self.entries(row.case)?),
            };
            add(entries, indexed, row)?;
        }
        for (case, entries) in &mut indexes {
            entries.sort_by_key(|known| (known.received, known.seq));
            staging.write(&serde_json::to_vec_pretty(entries)?, self.case(*case).join("index.json"))?;
        }
        staging.finish()?;
        arrivals.iter().try_for_each(|Arrival { row, .. }| self.forget_sent(row.case, row.entry.entry))
    }
}

fn add(entries: &mut Vec<IndexedEntry>, indexed: IndexedEntry, row: &FeedRow) -> Result<()> {
    if let Some(known) = entries.iter().find(|known| known.entry == indexed.entry) {
        known.check_same(row)?;
    }
    entries.retain(|known| known.entry != indexed.entry);
    entries.push(indexed);
    Ok(())
}
