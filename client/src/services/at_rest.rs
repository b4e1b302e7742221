//! Records as they lie on the device's disk: AES-256-GCM under a key that the browser keeps and never gives out.
//!
//! What that stops and what it does not stands in docs/THREAT-MODEL.md. **Rule:** PROTOCOL.md, "Records on the device".

use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use super::database::Disk;
use super::store::{Change, StoreError, Table};

/// First byte of a sealed record. Version 1 was clear text, from before records were sealed.
const VERSION: u8 = 2;
/// What NIST SP 800-38D recommends for GCM; drawn anew for every write.
const NONCE_BYTES: usize = 12;
/// Version and nonce.
const HEAD_BYTES: usize = 1 + NONCE_BYTES;
/// The key's own key in its table.
const NAME: &str = "at-rest";

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = generateKey, catch)]
    async fn generate_key(algorithm: &Object, extractable: bool, usages: &Array) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], catch)]
    async fn encrypt(algorithm: &Object, key: &JsValue, text: &Uint8Array) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], catch)]
    async fn decrypt(algorithm: &Object, key: &JsValue, sealed: &Uint8Array) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues, catch)]
    fn fill_with_random(bytes: &Uint8Array) -> Result<JsValue, JsValue>;
}

/// A key of this device's that no script can read out.
#[derive(Debug, Clone)]
pub(crate) struct RestKey(JsValue);

impl RestKey {
    /// The key of this database, made on first use.
    ///
    /// # Errors
    /// When the browser cannot make such a key, or cannot keep it.
    pub(crate) async fn of(disk: &Disk) -> Result<Self, StoreError> {
        let place = [(Table::Keys, NAME.to_owned())];
        if let Some(found) = disk.get(&place).await?.pop().flatten() {
            return Ok(Self(found));
        }
        let made = Self::make().await?.0;
        let keep = vec![Change::Put(Table::Keys, NAME.to_owned(), made)];
        match disk.swap(&place, &[None], keep).await {
            // Another tab may have been faster.
            Ok(()) | Err(StoreError::Overtaken) => {}
            Err(why) => return Err(why),
        }
        // What was stored is used, not what was made: a browser may store less than it says.
        disk.get(&place).await?.pop().flatten().map(Self).ok_or(StoreError::Missing)
    }

    async fn make() -> Result<Self, StoreError> {
        let algorithm = object(&[("name", "AES-GCM".into()), ("length", 256.into())]);
        let usages = Array::of2(&"encrypt".into(), &"decrypt".into());
        generate_key(&algorithm, false, &usages).await.map(Self).map_err(|_| StoreError::Missing)
    }

    /// Seals a record's text for its place: moved to another, it does not open.
    ///
    /// # Errors
    /// When the browser refuses, as it does for lack of memory.
    pub(crate) async fn seal(&self, table: Table, key: &str, text: &str) -> Result<Uint8Array, StoreError> {
        let nonce = Uint8Array::new_with_length(NONCE_BYTES as u32);
        fill_with_random(&nonce).map_err(|_| StoreError::Aborted)?;
        let text = Uint8Array::from(text.as_bytes());
        let sealed = encrypt(&algorithm(&nonce, table, key), &self.0, &text).await;
        let sealed = Uint8Array::new(&sealed.map_err(|_| StoreError::Aborted)?);
        let record = Uint8Array::new_with_length(HEAD_BYTES as u32 + sealed.length());
        record.set_index(0, VERSION);
        record.set(&nonce, 1);
        record.set(&sealed, HEAD_BYTES as u32);
        Ok(record)
    }

    /// Opens what [`RestKey::seal`] made for the same place; clear text of version 1 is given as it is.
    ///
    /// # Errors
    /// [`StoreError::Foreign`] for anything else: another key, another place, a changed byte.
    pub(crate) async fn open(&self, table: Table, key: &str, value: JsValue) -> Result<JsValue, StoreError> {
        if value.is_string() {
            return Ok(value);
        }
        let record: Uint8Array = value.dyn_into().map_err(|_| StoreError::Foreign)?;
        if record.length() < HEAD_BYTES as u32 || record.get_index(0) != VERSION {
            return Err(StoreError::Foreign);
        }
        let nonce = record.slice(1, HEAD_BYTES as u32);
        let sealed = record.subarray(HEAD_BYTES as u32, record.length());
        let opened = decrypt(&algorithm(&nonce, table, key), &self.0, &sealed).await;
        let opened = Uint8Array::new(&opened.map_err(|_| StoreError::Foreign)?).to_vec();
        String::from_utf8(opened).map(JsValue::from).map_err(|_| StoreError::Foreign)
    }
}

/// AES-GCM with the record's version, table and key as associated data.
fn algorithm(nonce: &Uint8Array, table: Table, key: &str) -> Object {
    let place = format!("sealpost/record/{VERSION}/{}/{key}", table.name());
    let place = Uint8Array::from(place.as_bytes());
    object(&[("name", "AES-GCM".into()), ("iv", nonce.into()), ("additionalData", place.into())])
}

fn object(fields: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in fields {
        // Setting a field of a plain object cannot fail.
        let _ = Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object
}
