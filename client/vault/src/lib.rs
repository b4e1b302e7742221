//! The vault: the worker that alone holds OpenPGP. One JSON question in, one JSON answer out; no network, no storage, no
//! clock. The contract is [`sealpost_client_core::vault`].
//!
//! Between two questions it keeps nothing but a sealing of enclosures that is under way, so a page may end and restart its worker at any time.

mod backup;
mod bulk;
mod bundle;
mod certificate;
mod enclosures;
mod evidence;
mod failure;
mod file;
mod follow_up;
mod hand_on;
mod policy;
mod receipt;
mod reminders;
mod reply;
mod report;
mod secret;
#[cfg(test)]
mod tests;

use js_sys::Array;
use sealpost_client_core::vault::{Document, Enclosing, SealEnclosures, VaultAnswer, VaultRequest};
use sealpost_keys::proof::Work;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::enclosures::Next;
use crate::failure::Fails;

/// Answers one question of the page. Never fails: what went wrong is an answer too.
#[wasm_bindgen]
#[must_use]
pub fn handle(request_json: &str) -> String {
    let understood = serde_json::from_str(request_json).map_err(|error| {
        failure::bad_request(&format!("The vault does not understand the question: {error}"))
    });
    say(understood.and_then(answer))
}

/// Begins to seal files of the browser: the question is [`VaultRequest::SealEnclosures`].
#[wasm_bindgen]
pub async fn enclose(request_json: String, files: Vec<web_sys::File>) -> String {
    say(begin(&request_json, files).await.map(VaultAnswer::Enclosing))
}

async fn begin(request_json: &str, files: Vec<web_sys::File>) -> Fails<Enclosing> {
    let request = enclosures_request(request_json)?;
    let sources: Result<Vec<_>, String> = files.into_iter().map(file::source).collect();
    let sources = sources.map_err(|sentence| failure::failure("file", sentence))?;
    enclosures::begin(&request, sources).await
}

fn enclosures_request(request_json: &str) -> Fails<SealEnclosures> {
    match serde_json::from_str(request_json) {
        Ok(VaultRequest::SealEnclosures(request)) => Ok(request),
        _ => Err(failure::bad_request("The vault does not understand the question.")),
    }
}

/// The next chunk of the sealing that was begun, as `[Blob, SHA-256 in base64]`; or, at its end and when it fails, an answer.
#[wasm_bindgen]
pub async fn enclose_next() -> JsValue {
    match enclosures::next().await {
        Ok(Next::Chunk(chunk, digest)) => match bulk::blob(&chunk) {
            Ok(blob) => Array::of2(&blob, &JsValue::from_str(&digest)).into(),
            Err(_) => {
                say(Err(failure::failure("file", "The browser has no memory left for the files."))).into()
            }
        },
        Ok(Next::End(sealed)) => say(Ok(VaultAnswer::Enclosed(sealed))).into(),
        Err(failure) => say(Err(failure)).into(),
    }
}

/// Gives up the sealing that was begun.
#[wasm_bindgen]
pub fn enclose_stop() {
    enclosures::stop();
}

fn say(answer: Fails<VaultAnswer>) -> String {
    let answer = answer.unwrap_or_else(VaultAnswer::Failed);
    serde_json::to_string(&answer).expect("answers are strings, numbers and lists")
}

fn answer(request: VaultRequest) -> Fails<VaultAnswer> {
    match request {
        VaultRequest::CheckBundle { bundle, now } => {
            bundle::check(&bundle, now).map(|bundle| VaultAnswer::Bundle(bundle.checked))
        }
        VaultRequest::MakeSecret => Ok(VaultAnswer::Secret(secret::make())),
        VaultRequest::RestoreSecret { words, index } => {
            secret::restore(&words, index).map(VaultAnswer::Secret)
        }
        VaultRequest::SealBackup { text, words } => {
            backup::seal(&text, &words).map(|text| VaultAnswer::Backup { text })
        }
        VaultRequest::OpenBackup { sealed, words } => {
            backup::open(&sealed, &words).map(|text| VaultAnswer::Backup { text })
        }
        VaultRequest::SealReport(request) => report::seal(&request).map(VaultAnswer::Sealed),
        VaultRequest::SealFollowUp(request) => follow_up::seal(&request).map(VaultAnswer::FollowUp),
        VaultRequest::Work { challenge, bits, case, sha256, first, count } => {
            let work = Work::new(&challenge, bits, case, &sha256);
            Ok(VaultAnswer::Work { nonce: work.search(first, count) })
        }
        VaultRequest::HandOn(request) => hand_on::seal(&request).map(VaultAnswer::HandedOn),
        VaultRequest::SealToCertificate(request) => certificate::seal(&request).map(VaultAnswer::Sealed),
        VaultRequest::JudgeCertificate { file, now } => {
            certificate::judge(&file, now).map(VaultAnswer::Certificate)
        }
        VaultRequest::ReadPolicy { toml } => policy::read(&toml).map(VaultAnswer::Policy),
        VaultRequest::OpenMail { message, words, members, now } => {
            reply::open_mail(&message, &secret::case_key(&words, 0)?, &members, now).map(VaultAnswer::Mail)
        }
        VaultRequest::Armor { sealed } => certificate::armor(&sealed),
        VaultRequest::SealEnclosures(_) => Err(failure::bad_request("The files are missing.")),
        VaultRequest::VerifyReceipt { receipt, relay_certificate, entry, sha256, now } => {
            receipt::verify(&receipt, &relay_certificate, entry, &sha256, now)
        }
        VaultRequest::FollowRelay { known, served } => receipt::follow(&known, &served),
        VaultRequest::OpenReply { sealed, words, index, case, entry, members, now } => {
            let place = reply::Place { case, entry };
            reply::open(&sealed, &secret::case_key(&words, index)?, place, &members, now)
                .map(VaultAnswer::Reply)
        }
        VaultRequest::MakeReminders { seed, sequence, now, reminders } => {
            let file = reminders::calendar(&seed, sequence, now, &reminders);
            Ok(VaultAnswer::Document(Document { file, readable: String::new() }))
        }
        VaultRequest::PlanReminders(request) => reminders::plan(&request)
            .map(|file| VaultAnswer::Document(Document { file, readable: String::new() })),
        VaultRequest::MakeEvidence { facts, words, index, now } => {
            let key = words.map(|words| secret::case_key(&words, index)).transpose()?;
            evidence::make(*facts, key.as_ref(), now).map(VaultAnswer::Document)
        }
    }
}
