//! IndexedDB with the one guarantee the outbox needs: success means durable. The transactions themselves are in boot.js, in a tenth
//! of the bytes that a binding would load; here is the typed side.

use js_sys::{Array, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use super::store::{Change, Read, StoreError, Table};

const NAME: &str = "sealpost";
/// Counts up with every change of the tables: 2 added the keys, 3 files beside letters.
const SCHEMA: u32 = 3;
/// Told to the window when the browser itself closed the database, as it does when its storage is cleared.
pub(crate) const CLOSED_BY_BROWSER: &str = "sealpost-storage-cleared";
/// Told to the window when another tab took the database for itself.
pub(crate) const TAKEN_BY_TAB: &str = "sealpost-storage-taken";

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["sealpost", "disk"])]
    fn close(database: &JsValue);
    #[wasm_bindgen(js_namespace = ["sealpost", "disk"], catch)]
    async fn open(name: &str, version: u32, tables: &Array) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_namespace = ["sealpost", "disk"], catch)]
    async fn read(database: &JsValue, places: &Array) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_namespace = ["sealpost", "disk"], catch)]
    async fn all(database: &JsValue, table: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_namespace = ["sealpost", "disk"], catch)]
    async fn keys(database: &JsValue, table: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_namespace = ["sealpost", "disk"], catch)]
    async fn swap(
        database: &JsValue,
        places: &Array,
        before: &Array,
        changes: &Array,
    ) -> Result<JsValue, JsValue>;
}

/// An open database.
#[derive(Debug)]
pub(crate) struct Disk(JsValue);

impl Disk {
    /// Opens the database, making its tables on first use.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where the browser has none or forbids it, [`StoreError::Closed`] where another tab holds an older form of it.
    pub(crate) async fn open() -> Result<Self, StoreError> {
        let tables: Array = Table::ALL.iter().map(|table| JsValue::from_str(table.name())).collect();
        let opened = open(NAME, SCHEMA, &tables).await;
        opened.map(Self).map_err(|why| match why.as_string().as_deref() {
            Some("held") => StoreError::Closed,
            _ => StoreError::Missing,
        })
    }

    /// Whether the browser closed the database by itself. When another tab asked for it, it must not be opened again unasked.
    pub(crate) fn is_cut_off(&self) -> bool {
        Reflect::get(&self.0, &"cutOff".into()).is_ok_and(|cut_off| cut_off.is_truthy())
    }

    /// Closes the database for good.
    pub(crate) fn close(&self) {
        close(&self.0);
    }

    /// Several values, as they stood at one moment.
    ///
    /// # Errors
    /// When the browser does not give them.
    pub(crate) async fn get(&self, keys: &[(Table, String)]) -> Result<Vec<Read>, StoreError> {
        let found = read(&self.0, &places(keys)).await.map_err(|why| failure(&why))?;
        let found: Array = found.unchecked_into();
        Ok(found.iter().map(|value| (!value.is_undefined()).then_some(value)).collect())
    }

    /// Every key of a table with its value, in order of keys.
    ///
    /// # Errors
    /// When the browser does not give them.
    pub(crate) async fn all(&self, table: Table) -> Result<Vec<(String, JsValue)>, StoreError> {
        let found = all(&self.0, table.name()).await.map_err(|why| failure(&why))?;
        let found: Array = found.unchecked_into();
        let [keys, values] = [found.get(0), found.get(1)].map(JsCast::unchecked_into::<Array>);
        let keys = keys.iter().map(|key| key.as_string().unwrap_or_default());
        Ok(keys.zip(values.iter()).collect())
    }

    /// Every key of a table, in order.
    ///
    /// # Errors
    /// When the browser does not give them.
    pub(crate) async fn keys(&self, table: Table) -> Result<Vec<String>, StoreError> {
        let found = keys(&self.0, table.name()).await.map_err(|why| failure(&why))?;
        let found: Array = found.unchecked_into();
        Ok(found.iter().filter_map(|key| key.as_string()).collect())
    }

    /// Makes changes durable, all of them or none, if these keys still hold what they held before.
    ///
    /// # Errors
    /// [`StoreError::Overtaken`] if they do not, or why the changes are not durable.
    pub(crate) async fn swap(
        &self,
        keys: &[(Table, String)],
        before: &[Read],
        changes: Vec<Change>,
    ) -> Result<(), StoreError> {
        let before: Array = before.iter().map(|value| value.clone().unwrap_or_default()).collect();
        let changes: Array = changes.into_iter().map(order).collect();
        swap(&self.0, &places(keys), &before, &changes).await.map(drop).map_err(|why| failure(&why))
    }
}

fn places(keys: &[(Table, String)]) -> Array {
    keys.iter().map(|(table, key)| Array::of2(&table.name().into(), &key.into())).collect()
}

/// Table, key and value; without a value the key is deleted.
fn order(change: Change) -> Array {
    let (table, key, value) = match change {
        Change::Put(table, key, value) => (table, key, value),
        Change::Delete(table, key) => (table, key, JsValue::UNDEFINED),
    };
    Array::of3(&table.name().into(), &key.into(), &value)
}

/// boot.js gives a reason as text; anything else was thrown by a database that is closed.
fn failure(why: &JsValue) -> StoreError {
    match why.as_string().as_deref() {
        Some("overtaken") => StoreError::Overtaken,
        Some("QuotaExceededError") => StoreError::Quota,
        Some(_) => StoreError::Aborted,
        None => StoreError::Closed,
    }
}
