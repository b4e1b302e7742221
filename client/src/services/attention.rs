//! The browser's ways to call a person: a number beside the app's icon, and notifications. boot.js has the few lines of JavaScript.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = sealpost, js_name = badge)]
    fn set_badge(number: u32);
    #[wasm_bindgen(js_namespace = sealpost, js_name = notify)]
    fn show(words: &str);
    #[wasm_bindgen(js_namespace = sealpost, js_name = consent)]
    fn permission() -> String;
    #[wasm_bindgen(js_namespace = sealpost, js_name = askConsent, catch)]
    async fn request() -> Result<JsValue, JsValue>;
}

/// What the browser says about notifications.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consent {
    /// It has none.
    Missing,
    /// Nobody has been asked.
    Unasked,
    /// The person allowed them.
    Given,
    /// The person, or the browser by itself, refused.
    Refused,
}

fn named(name: &str) -> Consent {
    match name {
        "granted" => Consent::Given,
        "denied" => Consent::Refused,
        "default" => Consent::Unasked,
        _ => Consent::Missing,
    }
}

/// Whether notifications may be shown.
pub(crate) fn consent() -> Consent {
    named(&permission())
}

/// Asks; only after a click do browsers show the question.
pub(crate) async fn ask() -> Consent {
    let answer = request().await.ok().and_then(|answer| answer.as_string());
    answer.map_or_else(consent, |answer| named(&answer))
}

/// Sets the number beside the app's icon; 0 takes it away.
pub(crate) fn badge(number: usize) {
    set_badge(u32::try_from(number).unwrap_or(u32::MAX));
}

/// Shows a notification.
pub(crate) fn notify(words: &str) {
    show(words);
}
