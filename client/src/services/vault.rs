//! Questions to the vault. boot.js keeps its worker; here is the typed side.

use sealpost_client_core::vault::{VaultAnswer, VaultFailure, VaultRequest};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::json;

/// How long the slowest question may take: sealing a full letter with a cold cache on an old phone.
const PATIENCE_MS: u32 = 60_000;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = sealpost, js_name = ask, catch)]
    async fn ask_worker(request: &str, patience: u32) -> Result<JsValue, JsValue>;
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
    let answer = ask_worker(&request, PATIENCE_MS).await.map_err(|why| match why.as_string().as_deref() {
        Some("unreachable") => VaultError::Unreachable,
        _ => VaultError::Died,
    })?;
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
