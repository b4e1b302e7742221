//! The database with every record sealed at rest. Sealing takes its time and a transaction does not wait, so a change is decided on
//! what was read before, and written only if that still stands.

use wasm_bindgen::JsValue;

use super::at_rest::RestKey;
use super::browser;
use super::database::Disk;
use super::store::{Change, Decide, NotOpened, Read, StoreError, Table};

/// How often a change is decided again because another tab was faster: each of them got its own change through.
const MAX_TRIES: usize = 32;

/// An open database and the key to its records.
#[derive(Debug)]
pub(crate) struct SealedDisk {
    disk: Disk,
    key: RestKey,
}

impl SealedDisk {
    /// Opens database and key, and seals what an older version of this page had kept in the clear.
    ///
    /// # Errors
    /// Which of the two the browser does not give.
    pub(crate) async fn open() -> Result<Self, NotOpened> {
        let disk = Disk::open().await.map_err(|why| match why {
            StoreError::Closed => NotOpened::Held,
            _ => NotOpened::NoDisk,
        })?;
        match Self::with_key(disk).await {
            Ok(sealed) => Ok(sealed),
            Err(disk) => Err(NotOpened::NoKey(clear_rows(&disk).await)),
        }
    }

    async fn with_key(disk: Disk) -> Result<Self, Disk> {
        match RestKey::of(&disk).await {
            Ok(key) => {
                let sealed = Self { disk, key };
                // What cannot be sealed now is still read, and tried again at the next start.
                let _ = sealed.seal_clear_rows().await;
                Ok(sealed)
            }
            Err(_) => Err(disk),
        }
    }

    async fn seal_clear_rows(&self) -> Result<(), StoreError> {
        for table in Table::ALL.into_iter().filter(|table| table.holds_records()) {
            for (key, value) in self.disk.all(table).await? {
                let Some(text) = value.as_string() else { continue };
                let sealed = Change::Put(table, key.clone(), self.key.seal(table, &key, &text).await?.into());
                self.disk.swap(&[(table, key)], &[Some(value)], vec![sealed]).await?;
            }
        }
        Ok(())
    }

    /// Whether the browser closed the database.
    pub(crate) fn is_cut_off(&self) -> bool {
        self.disk.is_cut_off()
    }

    /// Closes the database for good.
    pub(crate) fn close(&self) {
        self.disk.close();
    }

    /// One value.
    ///
    /// # Errors
    /// When the browser does not give it, or the record does not open.
    pub(crate) async fn get(&self, table: Table, key: &str) -> Result<Read, StoreError> {
        let stored = self.disk.get(&[(table, key.to_owned())]).await?.pop().flatten();
        self.opened(table, key, stored).await
    }

    /// Every key of a table with its value, if that opens.
    ///
    /// # Errors
    /// When the browser does not give them.
    pub(crate) async fn all(&self, table: Table) -> Result<Vec<(String, JsValue)>, StoreError> {
        let mut found = Vec::new();
        for (key, value) in self.disk.all(table).await? {
            if let Ok(Some(value)) = self.opened(table, &key, Some(value)).await {
                found.push((key, value));
            }
        }
        Ok(found)
    }

    /// Every key of a table, in order.
    ///
    /// # Errors
    /// When the browser does not give them.
    pub(crate) async fn keys(&self, table: Table) -> Result<Vec<String>, StoreError> {
        self.disk.keys(table).await
    }

    /// Reads, decides, seals, and writes if what was read still stands; else once more.
    ///
    /// # Errors
    /// What `decide` says, or why the change is not durable.
    pub(crate) async fn change(
        &self,
        reads: &[(Table, String)],
        decide: &mut Decide<'_>,
    ) -> Result<(), StoreError> {
        for _ in 0..MAX_TRIES {
            let stored = self.disk.get(reads).await?;
            let mut found = Vec::with_capacity(stored.len());
            for ((table, key), value) in reads.iter().zip(&stored) {
                found.push(self.opened(*table, key, value.clone()).await?);
            }
            let changes = decide(found)?;
            if changes.is_empty() {
                return Ok(());
            }
            // A fresh nonce with every write makes equal bytes the same write.
            let is_shown = changes.iter().any(Change::is_shown_by_every_tab);
            match self.disk.swap(reads, &stored, self.sealed(changes).await?).await {
                Err(StoreError::Overtaken) => {}
                Ok(()) => {
                    if is_shown {
                        browser::tell_other_tabs();
                    }
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Aborted)
    }

    async fn opened(&self, table: Table, key: &str, value: Read) -> Result<Read, StoreError> {
        match value {
            Some(value) if table.holds_records() => self.key.open(table, key, value).await.map(Some),
            value => Ok(value),
        }
    }

    async fn sealed(&self, changes: Vec<Change>) -> Result<Vec<Change>, StoreError> {
        let mut sealed = Vec::with_capacity(changes.len());
        for change in changes {
            sealed.push(match change {
                Change::Put(table, key, value) if table.holds_records() => {
                    let text = value.as_string().ok_or(StoreError::Foreign)?;
                    let value = self.key.seal(table, &key, &text).await?.into();
                    Change::Put(table, key, value)
                }
                change => change,
            });
        }
        Ok(sealed)
    }
}

/// What an older version kept in the clear, with the letters that belong to it. It had no files beside letters yet.
async fn clear_rows(disk: &Disk) -> std::collections::BTreeMap<(Table, String), JsValue> {
    let mut rows = std::collections::BTreeMap::new();
    for table in Table::ALL.into_iter().filter(|table| !matches!(table, Table::Keys | Table::Chunks)) {
        let found = disk.all(table).await.unwrap_or_default().into_iter();
        let usable = found.filter(|(_, value)| value.is_string() || !table.holds_records());
        rows.extend(usable.map(|(key, value)| ((table, key), value)));
    }
    rows
}
