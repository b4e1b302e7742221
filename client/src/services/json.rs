//! Reading JSON. Every type is read out of one parsed form: a second reader would double its code, and the page is weighed.

use serde::de::DeserializeOwned;
use serde_json::Value;

/// Parses bytes; `None` when they are not JSON.
pub(crate) fn parse(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice(bytes).ok()
}

/// Reads a value; `None` when the bytes are not JSON or not of that form.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    serde_json::from_value(parse(bytes)?).ok()
}
