//! Erasing everything this page keeps on the device, and asking the browser what is left. The deleting is in boot.js.

use js_sys::Array;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use super::store;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = sealpost, js_name = erase, catch)]
    async fn erase_all() -> Result<JsValue, JsValue>;
}

/// What the browser still lists for this site: names, none when all is gone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Left {
    /// Databases.
    pub(crate) databases: Vec<String>,
    /// Caches, in which releases of this page lie.
    pub(crate) caches: Vec<String>,
    /// Service workers.
    pub(crate) workers: Vec<String>,
    /// Cookies and small values.
    pub(crate) values: Vec<String>,
}

impl Left {
    /// Whether the browser lists nothing any more.
    pub(crate) fn is_nothing(&self) -> bool {
        [&self.databases, &self.caches, &self.workers, &self.values].into_iter().all(Vec::is_empty)
    }
}

/// Erases databases, caches, service workers, cookies and small values, here and for every other tab.
pub(crate) async fn everything() -> Left {
    store::close();
    let lists = erase_all().await.map_or_else(|_| Array::new(), JsCast::unchecked_into::<Array>);
    let names = |n: u32| -> Vec<String> {
        let list = lists.get(n).dyn_into::<Array>().unwrap_or_default();
        list.iter().filter_map(|name| name.as_string()).collect()
    };
    if lists.length() == 0 {
        return Left { databases: vec!["?".to_owned()], ..Left::default() };
    }
    Left { databases: names(0), caches: names(1), workers: names(2), values: names(3) }
}
