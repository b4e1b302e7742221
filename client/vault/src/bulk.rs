//! Bulk work: the browser's own AES and SHA-256 run beside this worker and several times as fast as ours, so they take what is large.
//! Where they are missing, ours do it.

#[cfg(target_arch = "wasm32")]
mod browser;

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use sealpost_keys::enclosures::Library as Bulk;

#[cfg(target_arch = "wasm32")]
pub(crate) use browser::{Browser as Bulk, blob, sha256};

/// SHA-256 of a chunk.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) async fn sha256(chunk: &[u8]) -> Vec<u8> {
    use sha2::{Digest as _, Sha256};
    Sha256::digest(chunk).to_vec()
}

/// There are no blobs outside browsers.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn blob(_chunk: &[u8]) -> Result<wasm_bindgen::JsValue, wasm_bindgen::JsValue> {
    Err(wasm_bindgen::JsValue::UNDEFINED)
}
