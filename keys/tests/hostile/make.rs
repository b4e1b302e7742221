//! Real letters to damage, and packets that no program makes.

use pgp::composed::{Deserializable as _, SignedPublicKey};
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::packet::{PacketTrait as _, PublicKeyEncryptedSessionKey, SymEncryptedProtectedData};
use rand::rngs::OsRng;
use sealpost_keys::{CaseKey, CaseSecret, Letter, SealedLetter, SigningKey, seal_letter};
use sealpost_shared::letter::{FollowUp, LetterData};
use sealpost_shared::{EntryId, Timestamp};

pub(crate) fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

pub(crate) fn case_key() -> CaseKey {
    CaseKey::derive(&CaseSecret::from_bytes([6; 16]), 0)
}

/// A key of version 4, sealed to with SEIPDv1, and one of version 6, sealed to with SEIPDv2.
pub(crate) fn teams() -> [SigningKey; 2] {
    let six = include_bytes!("../samples/rfc9580-v6-secret.asc");
    [
        SigningKey::generate_team("Team <team@example.org>", now()).unwrap(),
        SigningKey::from_armored(six, None).unwrap(),
    ]
}

/// A letter of several chunks, so that their order can be changed.
pub(crate) fn sealed(team: &SigningKey) -> Vec<u8> {
    let key = case_key();
    let follow_up = FollowUp {
        case: key.case_id(),
        entry: EntryId::from_bytes([7; 16]),
        written_at: now(),
        embargo: None,
        missed: vec![],
        enclosures: None,
    };
    let data = LetterData::FollowUp(follow_up);
    let text = "a line of a long letter\n".repeat(9_000);
    let letter = Letter { text, data, reporter_certificate: None, attachments: vec![] };
    let to = [team.certificate().judge(now()).unwrap()];
    seal_letter(&letter, &to, &key, now()).unwrap().into_bytes()
}

/// Encrypts packets as they are, with SEIPDv1.
pub(crate) fn encrypt_packets(packets: &[u8], to: &SigningKey) -> SealedLetter {
    let cert = SignedPublicKey::from_bytes(&*to.certificate().to_binary()).unwrap();
    let cipher = SymmetricKeyAlgorithm::AES256;
    let session = cipher.new_session_key(OsRng);
    let mut out = Vec::new();
    let subkey = &cert.public_subkeys[0].key;
    let key = PublicKeyEncryptedSessionKey::from_session_key_v3(OsRng, &session, cipher, subkey).unwrap();
    key.to_writer_with_header(&mut out).unwrap();
    let body = SymEncryptedProtectedData::encrypt_seipdv1(OsRng, cipher, session.as_ref(), packets).unwrap();
    body.to_writer_with_header(&mut out).unwrap();
    SealedLetter::from_bytes_unchecked(out)
}

/// A packet in the new format that declares any length at all.
pub(crate) fn packet(tag: u8, declared: usize, body: &[u8]) -> Vec<u8> {
    let declared = u32::try_from(declared).unwrap().to_be_bytes();
    [&[0xC0 | tag, 0xFF][..], &declared, body].concat()
}
