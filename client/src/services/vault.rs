//! Questions to the vault. boot.js keeps its worker; here is the typed side.

use js_sys::Array;
use sealpost_client_core::vault::{Enclosing, VaultAnswer, VaultFailure, VaultRequest};
use sealpost_shared::letter::Enclosures;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, File};

use super::json;

/// How long the slowest question may take: sealing a full letter with a cold cache on an old phone.
const PATIENCE_MS: u32 = 60_000;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = sealpost, js_name = ask, catch)]
    async fn ask_worker(request: &str, patience: u32) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_namespace = sealpost, js_name = enclose, catch)]
    async fn enclose_in_worker(request: &str, files: &Array, patience: u32) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_namespace = sealpost, js_name = encloseNext, catch)]
    async fn next_from_worker(patience: u32) -> Result<JsValue, JsValue>;
    /// Gives up the sealing of enclosures that was begun.
    #[wasm_bindgen(js_namespace = sealpost, js_name = encloseStop)]
    pub(crate) fn stop_enclosing();
}

/// What sealing enclosures gives, piece by piece.
#[derive(Debug)]
pub(crate) enum Piece {
    /// A chunk, and its SHA-256 in base64.
    Chunk(Blob, String),
    /// There is no more.
    End(Enclosures),
}

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum VaultError {
    /// The vault's files could not be loaded.
    Unreachable,
    /// The vault stopped at this question; a new one is ready for the next.
    Died,
    /// The vault answered, and says why not.
    Failed(VaultFailure),
}

/// Asks the vault.
///
/// # Errors
/// Why there is no answer; [`VaultError::Failed`] is the vault's own refusal.
pub(crate) async fn ask(request: &VaultRequest) -> Result<VaultAnswer, VaultError> {
    let request = serde_json::to_string(request).map_err(|_| VaultError::Died)?;
    understand(&ask_worker(&request, PATIENCE_MS).await.map_err(|why| lost(&why))?)
}

/// Begins to seal files.
///
/// # Errors
/// As [`ask`].
pub(crate) async fn enclose(request: &VaultRequest, files: &[File]) -> Result<Enclosing, VaultError> {
    let request = serde_json::to_string(request).map_err(|_| VaultError::Died)?;
    let files: Array = files.iter().collect();
    let answer = enclose_in_worker(&request, &files, PATIENCE_MS).await.map_err(|why| lost(&why))?;
    expect(understand(&answer)?, |answer| match answer {
        VaultAnswer::Enclosing(begun) => Some(begun),
        _ => None,
    })
}

/// The next piece of the sealing that was begun.
///
/// # Errors
/// As [`ask`]; the sealing is over then.
pub(crate) async fn next_piece() -> Result<Piece, VaultError> {
    let answer = next_from_worker(PATIENCE_MS).await.map_err(|why| lost(&why))?;
    if let Some(pair) = answer.dyn_ref::<Array>() {
        let digest = pair.get(1).as_string().ok_or(VaultError::Died)?;
        let chunk = pair.get(0).dyn_into().map_err(|_| VaultError::Died)?;
        return Ok(Piece::Chunk(chunk, digest));
    }
    expect(understand(&answer)?, |answer| match answer {
        VaultAnswer::Enclosed(sealed) => Some(Piece::End(sealed)),
        _ => None,
    })
}

fn lost(why: &JsValue) -> VaultError {
    match why.as_string().as_deref() {
        Some("unreachable") => VaultError::Unreachable,
        _ => VaultError::Died,
    }
}

fn understand(answer: &JsValue) -> Result<VaultAnswer, VaultError> {
    let answer = answer.as_string().and_then(|text| json::parse(text.as_bytes()));
    match answer.and_then(|value| VaultAnswer::from_value(value).ok()).ok_or(VaultError::Died)? {
        VaultAnswer::Failed(failure) => Err(VaultError::Failed(failure)),
        answer => Ok(answer),
    }
}

/// Takes the part of an answer that was asked for; another one is a vault of another version.
pub(crate) fn expect<T>(
    answer: VaultAnswer,
    part: impl FnOnce(VaultAnswer) -> Option<T>,
) -> Result<T, VaultError> {
    part(answer).ok_or(VaultError::Died)
}
