//! Where records live: on the device's disk, or in memory where the browser has no disk for us.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use wasm_bindgen::JsValue;

use super::database::Disk;

/// What a key holds: text for records, bytes for sealed letters.
pub(crate) type Read = Option<JsValue>;

/// A table of the device's storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Table {
    /// Case records by case id.
    Cases,
    /// Outbox items by case id.
    Outbox,
    /// Sealed bytes of outbox items, by case id.
    Sealed,
    /// Drafts by team, and by case while their report waits in the outbox.
    Drafts,
    /// Bundles by team.
    Teams,
}

impl Table {
    /// Every table.
    pub(crate) const ALL: [Self; 5] = [Self::Cases, Self::Outbox, Self::Sealed, Self::Drafts, Self::Teams];

    /// Its name in the database.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Cases => "cases",
            Self::Outbox => "outbox",
            Self::Sealed => "sealed",
            Self::Drafts => "drafts",
            Self::Teams => "teams",
        }
    }
}

/// One change of a transaction.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    /// Sets a key.
    Put(Table, String, JsValue),
    /// Forgets a key.
    Delete(Table, String),
}

impl Change {
    /// Which key.
    pub(crate) fn place(&self) -> (Table, &str) {
        match self {
            Self::Put(table, key, _) | Self::Delete(table, key) => (*table, key),
        }
    }
}

/// Why something is not stored. The words for people are in the text catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoreError {
    /// This browser has no storage for us.
    Missing,
    /// The device or the browser's share of it is full.
    Quota,
    /// The browser gave the change up; nothing of it was stored.
    Aborted,
    /// Another tab needs a newer form of the storage, or the browser cleared it.
    Closed,
    /// Another tab did this already.
    Exists,
    /// Another tab changed it in between.
    Overtaken,
    /// It is not there.
    Gone,
    /// The record is of another version of this app, or was changed from outside.
    Foreign,
}

#[derive(Debug)]
enum Store {
    Disk(Disk),
    Memory(RefCell<BTreeMap<(Table, String), JsValue>>),
}

thread_local! {
    static STORE: RefCell<Option<Rc<Store>>> = const { RefCell::new(None) };
}

/// Opens the store once, before anything is shown; says whether it outlives the page.
pub(crate) async fn open() -> bool {
    let store = match Disk::open().await {
        Ok(disk) => Store::Disk(disk),
        Err(_) => Store::Memory(RefCell::default()),
    };
    let lasting = matches!(store, Store::Disk(_));
    STORE.with(|slot| slot.replace(Some(Rc::new(store))));
    lasting
}

fn store() -> Result<Rc<Store>, StoreError> {
    STORE.with(|slot| slot.borrow().clone()).ok_or(StoreError::Missing)
}

/// Says what changes, from what was read. Boxed: each closure type of its own would cost kilobytes, and the page is weighed.
pub(crate) type Decide<'a> = Box<dyn FnOnce(Vec<Read>) -> Result<Vec<Change>, StoreError> + 'a>;

/// Reads keys, lets `decide` say what changes, and makes that durable: all of it or nothing.
///
/// # Errors
/// What `decide` says, or why the change is not durable.
pub(crate) async fn change(reads: &[(Table, String)], decide: Decide<'_>) -> Result<(), StoreError> {
    match &*store()? {
        Store::Disk(disk) => disk.change(reads, decide).await,
        Store::Memory(rows) => {
            let found = reads.iter().map(|place| rows.borrow().get(place).cloned()).collect();
            for change in decide(found)? {
                match change {
                    Change::Put(table, key, value) => drop(rows.borrow_mut().insert((table, key), value)),
                    Change::Delete(table, key) => drop(rows.borrow_mut().remove(&(table, key))),
                }
            }
            Ok(())
        }
    }
}

/// One value.
///
/// # Errors
/// When the browser does not give it.
pub(crate) async fn get(table: Table, key: &str) -> Result<Read, StoreError> {
    match &*store()? {
        Store::Disk(disk) => disk.get(table, key).await,
        Store::Memory(rows) => Ok(rows.borrow().get(&(table, key.to_owned())).cloned()),
    }
}

/// Every value of a table, in order of keys.
///
/// # Errors
/// When the browser does not give them.
pub(crate) async fn all(table: Table) -> Result<Vec<JsValue>, StoreError> {
    match &*store()? {
        Store::Disk(disk) => disk.all(table).await,
        Store::Memory(rows) => {
            let rows = rows.borrow();
            let found = rows.iter().filter(|((at, _), _)| *at == table);
            Ok(found.map(|(_, value)| value.clone()).collect())
        }
    }
}
