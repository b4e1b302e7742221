//! The same code inside a JavaScript engine: derive, seal, open, verify. Runs with wasm-bindgen's test runner.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a test ends where its setting fails")]

use sealpost_keys::{
    CaseKey, CaseSecret, Letter, SigningKey, check_sealed, open_letter, phrase, seal_letter,
};
use sealpost_shared::letter::{FollowUp, LetterData};
use sealpost_shared::{EntryId, Timestamp};
use wasm_bindgen_test::wasm_bindgen_test;

fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

#[wasm_bindgen_test]
fn a_letter_is_sealed_opened_and_verified() {
    let secret = CaseSecret::make_random();
    let again = phrase::from_words(&phrase::to_words(&secret)).unwrap();
    let key = CaseKey::derive(&again, 0);
    let team = SigningKey::generate_team("Team <team@example.org>", now()).unwrap();
    let to = team.certificate().judge(now()).unwrap();
    let data = LetterData::FollowUp(FollowUp {
        case: key.case_id(),
        entry: EntryId::from_bytes([7; 16]),
        written_at: now(),
        embargo: None,
        missed: Vec::new(),
        enclosures: None,
    });
    let letter = Letter {
        text: "Grüße\n".to_owned(),
        data,
        reporter_certificate: Some(key.certificate()),
        attachments: vec![],
    };
    let sealed = seal_letter(&letter, std::slice::from_ref(&to), &key, now()).unwrap();
    check_sealed(sealed.as_bytes(), Some(to.encryption_key_ids())).unwrap();
    let verified = open_letter(&sealed, &team).unwrap().verify_reporter(now()).unwrap();
    assert_eq!(verified.contents().text, letter.text);
    assert_eq!(verified.signer(), &CaseKey::derive(&secret, 0).fingerprint());
}

#[wasm_bindgen_test]
fn the_case_of_a_secret_is_the_same_as_everywhere() {
    let key = CaseKey::derive(&CaseSecret::from_bytes(*b"sealpost-vector1"), 0);
    assert_eq!(key.fingerprint().as_str(), "1C2C37301B7138DAA51C0866EEE93923D11A6B03");
    assert_eq!(key.case_id().to_string(), "b629d4f431c913bb5d5deffd479616f7");
}
