//! Interoperation with the real gpg 2.2: our letters open there, its letters open here, its certificates are judged right.
#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::unwrap_used, reason = "a test ends where its setting fails")]

mod certificates;
mod home;
mod letters;
mod oracle;
mod signatures;

use sealpost_keys::{CaseKey, CaseSecret};
use sealpost_shared::Timestamp;

/// The day most keys of these tests are made on, for gpg and for us.
const MADE: &str = "20260101T000000";
const ECC: (&str, Option<&str>) = ("ed25519", Some("cv25519"));
const NOW: &str = "20261123T120000!";

fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

#[expect(clippy::disallowed_methods, reason = "gpg signs by the machine's clock")]
fn system_now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp::from_seconds(i64::try_from(since.as_secs()).unwrap())
}

fn case_key() -> CaseKey {
    CaseKey::derive(&CaseSecret::from_bytes([5; 16]), 0)
}
