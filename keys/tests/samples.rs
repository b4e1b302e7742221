//! The certificates and messages that the standards print: RFC 9580 (version 6) and RFC 9980 (ML-KEM).
#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::unwrap_used, reason = "a test ends where its setting fails")]

use sealpost_keys::{
    CaseKey, CaseSecret, Letter, SealedLetter, SigningKey, TeamCert, UncheckedCert, open_letter, seal_letter,
};
use sealpost_shared::letter::{FollowUp, LetterData};
use sealpost_shared::{EntryId, Timestamp};

const V6_SECRET: &[u8] = include_bytes!("samples/rfc9580-v6-secret.asc");
const PQ4_PUBLIC: &[u8] = include_bytes!("samples/rfc9980-v4-eddsa-public.asc");
const PQ4_SECRET: &[u8] = include_bytes!("samples/rfc9980-v4-eddsa-secret.asc");
const PQ4_MESSAGE: &[u8] = include_bytes!("samples/rfc9980-v4-eddsa-message.asc");
const PQ6_PUBLIC: &[u8] = include_bytes!("samples/rfc9980-v6-eddsa-public.asc");
const PQ6_SECRET: &[u8] = include_bytes!("samples/rfc9980-v6-eddsa-secret.asc");
const PQ6_MESSAGE: &[u8] = include_bytes!("samples/rfc9980-v6-eddsa-message.asc");
const MLDSA_PUBLIC: &[u8] = include_bytes!("samples/rfc9980-v6-mldsa65-public.asc");

fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn judged(cert: &UncheckedCert) -> TeamCert {
    cert.judge(now()).unwrap_or_else(|why| panic!("{cert:?}: {why}"))
}

/// Seals a letter and opens it again with the sample's secret key.
fn round_trip(secret: &[u8]) -> TeamCert {
    let team = SigningKey::from_armored(secret, None).unwrap();
    let to = judged(&team.certificate());
    let key = CaseKey::derive(&CaseSecret::from_bytes([4; 16]), 0);
    let data = LetterData::FollowUp(FollowUp {
        case: key.case_id(),
        entry: EntryId::from_bytes([7; 16]),
        written_at: now(),
        embargo: None,
        missed: Vec::new(),
        enclosures: None,
    });
    let letter =
        Letter { text: "Grüße\n".to_owned(), data, reporter_certificate: None, attachments: vec![] };
    let sealed = seal_letter(&letter, std::slice::from_ref(&to), &key, now()).unwrap();
    let opened = open_letter(&sealed, &team).unwrap();
    assert_eq!(opened.verify_by(&[key.certificate()], now()).unwrap().contents().text, letter.text);
    to
}

#[test]
fn the_version_six_key_of_rfc_9580_is_sealed_to_with_its_own_encryption() {
    let to = round_trip(V6_SECRET);
    assert_eq!(to.fingerprint().as_str(), "CB186C4F0609A697E4D52DFA6C722B0C1F1E27C18A56708F6525EC27BAD9ACC9");
    assert_eq!((to.encryption_key().algorithm.as_str(), to.seipd_v2()), ("X25519", true));
    assert_eq!(to.expires(), None);
}

#[test]
fn the_post_quantum_keys_of_rfc_9980_are_chosen_and_sealed_to() {
    for (public, secret) in [(PQ4_PUBLIC, PQ4_SECRET), (PQ6_PUBLIC, PQ6_SECRET)] {
        let to = round_trip(secret);
        assert_eq!(to.encryption_key().algorithm, "ML-KEM-768+X25519");
        assert!(to.encryption_key().post_quantum);
        let published = judged(&UncheckedCert::parse_one(public).unwrap());
        assert_eq!(published.encryption_key().fingerprint, to.encryption_key().fingerprint);
    }
}

#[test]
fn the_post_quantum_messages_of_rfc_9980_open() {
    for (secret, message) in [(PQ4_SECRET, PQ4_MESSAGE), (PQ6_SECRET, PQ6_MESSAGE)] {
        let key = SigningKey::from_armored(secret, None).unwrap();
        let opened = open_letter(&SealedLetter::from_bytes_unchecked(message.to_vec()), &key).unwrap();
        assert_eq!(opened.unverified().text.trim_end(), "Testing");
    }
}

#[test]
fn a_certificate_whose_primary_key_is_post_quantum_too_is_usable() {
    let cert = judged(&UncheckedCert::parse_one(MLDSA_PUBLIC).unwrap());
    assert_eq!(cert.encryption_key().algorithm, "ML-KEM-768+X25519");
    assert!(cert.cert().to_binary().len() > 10_000);
}
