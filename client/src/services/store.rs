//! Where records live: sealed on the device's disk, or in memory where the browser keeps nothing for us.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use wasm_bindgen::JsValue;

use super::sealed_disk::SealedDisk;

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
    /// The key that seals the records of the other tables.
    Keys,
    /// Uploads of enclosures, by case id.
    Uploads,
    /// Sealed chunks of enclosures, by case id, beginning of the sealing and number.
    Chunks,
}

impl Table {
    /// Every table.
    pub(crate) const ALL: [Self; 8] = [
        Self::Cases,
        Self::Outbox,
        Self::Sealed,
        Self::Drafts,
        Self::Teams,
        Self::Keys,
        Self::Uploads,
        Self::Chunks,
    ];

    /// Its name in the database.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Cases => "cases",
            Self::Outbox => "outbox",
            Self::Sealed => "sealed",
            Self::Drafts => "drafts",
            Self::Teams => "teams",
            Self::Keys => "keys",
            Self::Uploads => "uploads",
            Self::Chunks => "chunks",
        }
    }

    /// Whether its values are records, sealed at rest. The others hold what is sealed to the team already, and the key itself.
    pub(crate) const fn holds_records(self) -> bool {
        matches!(self, Self::Cases | Self::Outbox | Self::Drafts | Self::Teams | Self::Uploads)
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
    /// Whether every tab shows what it changes: cases, and what is on its way.
    pub(crate) fn is_shown_by_every_tab(&self) -> bool {
        let (Self::Put(table, ..) | Self::Delete(table, _)) = self;
        matches!(table, Table::Cases | Table::Outbox | Table::Uploads)
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

/// A browser that clears a database gives a new one only when it is done: three seconds are long for that.
const REOPEN_TRIES: usize = 15;
const REOPEN_PAUSE_MS: u32 = 200;

/// What the browser lets this page keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeping {
    /// Records outlive the page, sealed.
    OnDisk,
    /// There is no storage: records live as long as the page.
    NoDisk,
    /// There is storage but no key to seal records with, and nothing is written in the clear: records live as long as the page.
    NoKey,
    /// Another tab has the storage to itself: what is there stays there, and this page keeps nothing.
    Held,
    /// Everything was erased: records live until the page is opened again.
    Erased,
}

impl Keeping {
    /// Whether records outlive the page.
    pub(crate) fn lasts(self) -> bool {
        self == Self::OnDisk
    }
}

/// Records of a store that ends with the page.
type Rows = BTreeMap<(Table, String), JsValue>;

#[derive(Debug)]
enum Store {
    Disk(SealedDisk),
    Memory(RefCell<Rows>),
}

thread_local! {
    static STORE: RefCell<Option<Rc<Store>>> = const { RefCell::new(None) };
}

fn put_in_place(store: Store) {
    STORE.with(|slot| slot.replace(Some(Rc::new(store))));
}

/// Opens the store once, before anything is shown; says what it can keep.
pub(crate) async fn open() -> Keeping {
    let (store, keeping) = match SealedDisk::open().await {
        Ok(disk) => (Store::Disk(disk), Keeping::OnDisk),
        Err(NotOpened::NoDisk) => (Store::Memory(RefCell::default()), Keeping::NoDisk),
        Err(NotOpened::Held) => (Store::Memory(RefCell::default()), Keeping::Held),
        Err(NotOpened::NoKey(rows)) => (Store::Memory(RefCell::new(rows)), Keeping::NoKey),
    };
    put_in_place(store);
    keeping
}

/// Why there is no sealed disk.
#[derive(Debug)]
pub(crate) enum NotOpened {
    /// No storage.
    NoDisk,
    /// Another tab holds an older form of it and does not let go.
    Held,
    /// No key; here is what an older version of this page had kept in the clear, to be shown and used.
    NoKey(Rows),
}

/// Lets go of the disk, because everything on it is about to be erased. From here on records live as long as the page.
pub(crate) fn close() {
    if let Some(Store::Disk(disk)) = store().ok().as_deref() {
        disk.close();
    }
    put_in_place(Store::Memory(RefCell::default()));
}

fn store() -> Result<Rc<Store>, StoreError> {
    STORE.with(|slot| slot.borrow().clone()).ok_or(StoreError::Missing)
}

/// The store; one that the browser closed is opened again, unless another tab wants it closed.
async fn lasting_store() -> Result<Rc<Store>, StoreError> {
    let store = store()?;
    let Store::Disk(disk) = &*store else { return Ok(store) };
    if !disk.is_cut_off() {
        return Ok(store);
    }
    for _ in 0..REOPEN_TRIES {
        if let Ok(disk) = SealedDisk::open().await {
            put_in_place(Store::Disk(disk));
            return self::store();
        }
        TimeoutFuture::new(REOPEN_PAUSE_MS).await;
    }
    Err(StoreError::Closed)
}

/// Says what changes, from what was read; asked again when another tab was faster. Boxed: each closure type of its own would cost
/// kilobytes, and the page is weighed.
pub(crate) type Decide<'a> = Box<dyn FnMut(Vec<Read>) -> Result<Vec<Change>, StoreError> + 'a>;

/// Reads keys, lets `decide` say what changes, and makes that durable: all of it or nothing, and only if what was read still stands.
///
/// # Errors
/// What `decide` says, or why the change is not durable.
pub(crate) async fn change(reads: &[(Table, String)], mut decide: Decide<'_>) -> Result<(), StoreError> {
    match &*lasting_store().await? {
        Store::Disk(disk) => disk.change(reads, &mut decide).await,
        Store::Memory(rows) => change_in_memory(rows, reads, &mut decide),
    }
}

fn change_in_memory(
    rows: &RefCell<Rows>,
    reads: &[(Table, String)],
    decide: &mut Decide<'_>,
) -> Result<(), StoreError> {
    let found = reads.iter().map(|place| rows.borrow().get(place).cloned()).collect();
    for change in decide(found)? {
        match change {
            Change::Put(table, key, value) => drop(rows.borrow_mut().insert((table, key), value)),
            Change::Delete(table, key) => drop(rows.borrow_mut().remove(&(table, key))),
        }
    }
    Ok(())
}

/// One value.
///
/// # Errors
/// When the browser does not give it.
pub(crate) async fn get(table: Table, key: &str) -> Result<Read, StoreError> {
    match &*lasting_store().await? {
        Store::Disk(disk) => disk.get(table, key).await,
        Store::Memory(rows) => Ok(rows.borrow().get(&(table, key.to_owned())).cloned()),
    }
}

/// Every key of a table with its value, in order of keys. A record that does not open is left out, not lost.
///
/// # Errors
/// When the browser does not give them.
pub(crate) async fn entries(table: Table) -> Result<Vec<(String, JsValue)>, StoreError> {
    match &*lasting_store().await? {
        Store::Disk(disk) => disk.all(table).await,
        Store::Memory(rows) => {
            let rows = rows.borrow();
            let found = rows.iter().filter(|((at, _), _)| *at == table);
            Ok(found.map(|((_, key), value)| (key.clone(), value.clone())).collect())
        }
    }
}

/// Every value of a table, as [`entries`] gives them.
///
/// # Errors
/// When the browser does not give them.
pub(crate) async fn all(table: Table) -> Result<Vec<JsValue>, StoreError> {
    Ok(entries(table).await?.into_iter().map(|(_, value)| value).collect())
}

/// Every key of a table, in order.
///
/// # Errors
/// When the browser does not give them.
pub(crate) async fn keys(table: Table) -> Result<Vec<String>, StoreError> {
    match &*lasting_store().await? {
        Store::Disk(disk) => disk.keys(table).await,
        Store::Memory(rows) => {
            let rows = rows.borrow();
            Ok(rows.keys().filter(|(at, _)| *at == table).map(|(_, key)| key.clone()).collect())
        }
    }
}
