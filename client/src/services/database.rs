//! IndexedDB with the one guarantee the outbox needs: success means durable.
//!
//! A request that succeeds proves nothing: over quota the transaction is aborted afterwards. So every change is one transaction
//! with strict durability, and only its `complete` counts. Nothing but IndexedDB is awaited inside it.

use idb::event::DatabaseEvent;
use idb::{Factory, ObjectStoreParams, Transaction, TransactionMode};
use js_sys::{Array, Function, Object, Reflect};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{IdbDatabase, IdbTransaction};

use super::store::{Change, Decide, Read, StoreError, Table};

const NAME: &str = "sealpost";
/// Counts up with every change of the tables.
const SCHEMA: u32 = 1;

/// An open database.
#[derive(Debug)]
pub(crate) struct Disk {
    database: IdbDatabase,
}

impl Disk {
    /// Opens the database, making its tables on first use.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where the browser has none or forbids it.
    pub(crate) async fn open() -> Result<Self, StoreError> {
        let mut request =
            Factory::new().and_then(|factory| factory.open(NAME, Some(SCHEMA))).map_err(missing)?;
        request.on_upgrade_needed(|event| {
            // A table that cannot be made shows at the first transaction that names it.
            if let Ok(database) = event.database() {
                for table in Table::ALL {
                    let _ = database.create_object_store(table.name(), ObjectStoreParams::new());
                }
            }
        });
        let database = IdbDatabase::from(request.await.map_err(missing)?);
        let closing = database.clone();
        let close = Closure::once_into_js(move || closing.close());
        database.set_onversionchange(Some(close.unchecked_ref()));
        Ok(Self { database })
    }

    /// Reads keys, lets `decide` say what changes, and makes that durable: all of it or nothing.
    ///
    /// # Errors
    /// What `decide` says, or why the change is not durable.
    pub(crate) async fn change(
        &self,
        reads: &[(Table, String)],
        decide: Decide<'_>,
    ) -> Result<(), StoreError> {
        let inner = self.begin(TransactionMode::ReadWrite)?;
        let transaction = Transaction::from(inner.clone());
        let decided = match read(&transaction, reads).await {
            Ok(found) => decide(found),
            Err(error) => Err(error),
        };
        match decided.and_then(|changes| write(&transaction, changes)) {
            Ok(()) => finish(transaction, &inner).await,
            Err(error) => {
                // Already over when the browser aborted it first: then there is nothing left to undo.
                let _ = inner.abort();
                Err(error)
            }
        }
    }

    /// One value.
    ///
    /// # Errors
    /// When the browser does not give it.
    pub(crate) async fn get(&self, table: Table, key: &str) -> Result<Read, StoreError> {
        let transaction = Transaction::from(self.begin(TransactionMode::ReadOnly)?);
        let mut found = read(&transaction, &[(table, key.to_owned())]).await?;
        Ok(found.pop().flatten())
    }

    /// Every value of a table.
    ///
    /// # Errors
    /// When the browser does not give them.
    pub(crate) async fn all(&self, table: Table) -> Result<Vec<JsValue>, StoreError> {
        let transaction = Transaction::from(self.begin(TransactionMode::ReadOnly)?);
        let request = transaction.object_store(table.name()).and_then(|store| store.get_all(None, None));
        request.map_err(aborted)?.await.map_err(aborted)
    }

    /// Begins a transaction over all tables with strict durability, which no typed binding offers yet.
    fn begin(&self, mode: TransactionMode) -> Result<IdbTransaction, StoreError> {
        let names: Array = Table::ALL.iter().map(|table| JsValue::from_str(table.name())).collect();
        let mode = if mode == TransactionMode::ReadOnly { "readonly" } else { "readwrite" };
        let options = Object::new();
        let set = Reflect::set(&options, &"durability".into(), &"strict".into());
        let begin =
            Reflect::get(&self.database, &"transaction".into()).and_then(JsCast::dyn_into::<Function>);
        let begun =
            set.and(begin).and_then(|begin| begin.call3(&self.database, &names, &mode.into(), &options));
        begun.and_then(JsCast::dyn_into).map_err(|_| StoreError::Closed)
    }
}

async fn read(transaction: &Transaction, keys: &[(Table, String)]) -> Result<Vec<Read>, StoreError> {
    let mut found = Vec::with_capacity(keys.len());
    for (table, key) in keys {
        let request =
            transaction.object_store(table.name()).and_then(|store| store.get(JsValue::from_str(key)));
        found.push(request.map_err(aborted)?.await.map_err(aborted)?);
    }
    Ok(found)
}

fn write(transaction: &Transaction, changes: Vec<Change>) -> Result<(), StoreError> {
    for change in changes {
        let (table, key) = change.place();
        let store = transaction.object_store(table.name()).map_err(aborted)?;
        let key = JsValue::from_str(key);
        match change {
            Change::Put(_, _, value) => store.put(&value, Some(&key)).map(drop),
            Change::Delete(..) => store.delete(key).map(drop),
        }
        .map_err(aborted)?;
    }
    Ok(())
}

/// Waits for `complete`, and asks the transaction itself why it did not.
async fn finish(transaction: Transaction, inner: &IdbTransaction) -> Result<(), StoreError> {
    let committed = match transaction.commit() {
        Ok(transaction) => transaction.await.is_ok_and(|result| result.is_committed()),
        Err(_) => false,
    };
    if committed {
        return Ok(());
    }
    let name = inner.error().map(|error| error.name());
    Err(match name.as_deref() {
        Some("QuotaExceededError") => StoreError::Quota,
        _ => StoreError::Aborted,
    })
}

fn missing(_: idb::Error) -> StoreError {
    StoreError::Missing
}

fn aborted(_: idb::Error) -> StoreError {
    StoreError::Aborted
}
