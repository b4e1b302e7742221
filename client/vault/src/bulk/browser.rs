//! WebCrypto. It knows no cipher feedback, but chained blocks give its key stream: feedback encrypts each block of ciphertext and adds
//! the result to the next block of text, and chaining encrypts the sum of its last result and a block of text. So chaining over the last
//! block of ciphertext and the text gives all that feedback adds. **Rule:** NIST SP 800-38A, 6.2 and 6.3.

use std::io;

use js_sys::{Array, ArrayBuffer, Object, Promise, Uint8Array};
use sealpost_keys::enclosures::{Block, Engine, Library, SessionKey};
use sha2::{Digest as _, Sha256};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AesCbcParams, Blob, CryptoKey, SubtleCrypto, WorkerGlobalScope};

const BLOCK_BYTES: usize = size_of::<Block>();

/// What [`call_the_collector`] asks for: so much that a collector which comes after 64 MB, as Chromium's, comes after two pieces.
const NEVER_TOUCHED_BYTES: u32 = 32 << 20;

/// The browser's cipher, with ours behind it.
#[derive(Debug)]
pub(crate) struct Browser {
    key: Option<CryptoKey>,
    library: Library,
}

impl Engine for Browser {
    // A call costs a tenth of a millisecond; a piece costs two.
    const PIECE_BYTES: usize = 1 << 20;

    async fn take(key: &SessionKey) -> Self {
        Self { key: import(key).await.ok(), library: Library::take(key).await }
    }

    fn encrypt(&self, previous: Block, piece: Vec<u8>) -> impl Future<Output = io::Result<Vec<u8>>> {
        let begun = self.key.as_ref().map(|key| chain(key, previous, &piece));
        call_the_collector();
        async move {
            if let Some(Ok(begun)) = begun
                && let Ok(stream) = JsFuture::from(begun).await
            {
                return Ok(add(piece, &Uint8Array::new(&stream).to_vec()));
            }
            self.library.encrypt(previous, piece).await
        }
    }
}

/// Gives the memory of an array of ours back at once, where the browser can. Not of arrays that the browser made: it keeps those until its collector
/// comes by, which comes later if they look free.
fn free(array: &Uint8Array) {
    // A browser that cannot keeps it, too.
    drop(array.buffer().transfer_with_length(0));
}

/// Makes the browser collect the arrays that it made for us. It waits for a certain number of bytes, and counts these, which nobody writes to and
/// which therefore take none. Without them 200 MB of files hold 200 MiB of arrays that nobody needs.
fn call_the_collector() {
    drop(ArrayBuffer::new(NEVER_TOUCHED_BYTES));
}

/// A chunk in the browser's hands: it keeps blobs outside the page.
///
/// # Errors
/// When the browser makes none.
pub(crate) fn blob(chunk: &[u8]) -> Result<Blob, JsValue> {
    let bytes = Uint8Array::from(chunk);
    let blob = Blob::new_with_u8_array_sequence(&Array::of1(&bytes));
    // The browser took a copy.
    free(&bytes);
    blob
}

/// `undefined` where the page has no secure context: every call on it fails then, and ours takes over.
fn subtle() -> Result<SubtleCrypto, JsValue> {
    Ok(js_sys::global().unchecked_into::<WorkerGlobalScope>().crypto()?.subtle())
}

async fn import(key: &SessionKey) -> Result<CryptoKey, JsValue> {
    let (raw, uses) = (Uint8Array::from(key.as_slice()), Array::of1(&"encrypt".into()));
    let imported = JsFuture::from(subtle()?.import_key_with_str("raw", &raw, "AES-CBC", false, &uses)?).await;
    raw.fill(0, 0, raw.length());
    Ok(imported?.unchecked_into())
}

/// Begins to make what is added to `piece`. Its last block is not encrypted, since nothing follows from it.
fn chain(key: &CryptoKey, previous: Block, piece: &[u8]) -> Result<Promise, JsValue> {
    let length = piece.len().next_multiple_of(BLOCK_BYTES).max(BLOCK_BYTES);
    let kept = piece.get(..length - BLOCK_BYTES).unwrap_or_default();
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    let input = Uint8Array::new_with_length(length);
    input.subarray(0, BLOCK_BYTES as u32).copy_from(&previous);
    input.subarray(BLOCK_BYTES as u32, length).copy_from(kept);
    let zeros = Uint8Array::new_with_length(BLOCK_BYTES as u32);
    let how: Object = AesCbcParams::new_with_u8_array("AES-CBC", &zeros).unchecked_into();
    let begun = subtle()?.encrypt_with_object_and_js_u8_array(&how, key, &input);
    // The browser took a copy.
    free(&input);
    begun
}

/// Adds the key stream, sixteen bytes at a time. The stream is longer by the block that chaining pads with.
fn add(mut piece: Vec<u8>, stream: &[u8]) -> Vec<u8> {
    let (blocks, rest) = piece.as_chunks_mut::<BLOCK_BYTES>();
    let (added, last) = stream.as_chunks::<BLOCK_BYTES>().0.split_at(blocks.len());
    for (block, added) in blocks.iter_mut().zip(added) {
        *block = (u128::from_ne_bytes(*block) ^ u128::from_ne_bytes(*added)).to_ne_bytes();
    }
    for (byte, added) in rest.iter_mut().zip(last.iter().flatten()) {
        *byte ^= added;
    }
    piece
}

/// SHA-256 of a chunk, begun with the call.
pub(crate) fn sha256(chunk: &[u8]) -> impl Future<Output = Vec<u8>> {
    let input = Uint8Array::from(chunk);
    let begun = subtle().and_then(|subtle| subtle.digest_with_str_and_js_u8_array("SHA-256", &input));
    free(&input);
    async move {
        if let Ok(begun) = begun
            && let Ok(digest) = JsFuture::from(begun).await
        {
            return Uint8Array::new(&digest).to_vec();
        }
        Sha256::digest(chunk).to_vec()
    }
}
