//! The gate, with real messages and with everything that is not one.
#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::unwrap_used, reason = "a test ends where its setting fails")]

use proptest::prelude::*;
use sealpost_keys::{CaseKey, CaseSecret, KeyId, Letter, SigningKey, TeamCert, check_sealed, seal_letter};
use sealpost_shared::letter::{FollowUp, LetterData};
use sealpost_shared::problem::ProblemCode;
use sealpost_shared::{EntryId, Timestamp};

fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn team() -> TeamCert {
    SigningKey::generate_team("Team <team@example.org>", now()).unwrap().certificate().judge(now()).unwrap()
}

fn sealed_to(certs: &[TeamCert]) -> Vec<u8> {
    let key = CaseKey::derive(&CaseSecret::from_bytes([1; 16]), 0);
    let data = LetterData::FollowUp(FollowUp {
        case: key.case_id(),
        entry: EntryId::from_bytes([7; 16]),
        written_at: now(),
        embargo: None,
        missed: Vec::new(),
        enclosures: None,
    });
    let letter = Letter { text: "text".to_owned(), data, reporter_certificate: None, attachments: vec![] };
    seal_letter(&letter, certs, &key, now()).unwrap().into_bytes()
}

fn code(bytes: &[u8], allowed: Option<&[KeyId]>) -> Option<ProblemCode> {
    check_sealed(bytes, allowed).err().map(sealpost_keys::GateError::code)
}

/// A packet in the new format with a one- or two-octet length.
fn packet(tag: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![0xC0 | tag];
    if body.len() < 192 {
        packet.push(u8::try_from(body.len()).unwrap());
    } else {
        let rest = body.len() - 192;
        packet.extend([u8::try_from(rest >> 8).unwrap() + 192, u8::try_from(rest & 0xFF).unwrap()]);
    }
    packet.extend(body);
    packet
}

fn session_key(id: [u8; 8]) -> Vec<u8> {
    packet(1, &[&[3][..], &id, &[18], &[7; 40]].concat())
}

fn protected() -> Vec<u8> {
    packet(18, &[&[1][..], &[9; 100]].concat())
}

const US: [u8; 8] = [1, 2, 3, 4, 5, 6, 7, 8];

fn check(parts: &[Vec<u8>]) -> Option<ProblemCode> {
    code(&parts.concat(), Some(&[KeyId::from_bytes(US)]))
}

#[test]
fn a_letter_to_the_desk_passes_and_to_anybody_else_does_not() {
    let (one, two, stranger) = (team(), team(), team());
    let desk: Vec<KeyId> = [&one, &two].iter().flat_map(|c| c.encryption_key_ids()).copied().collect();
    let sealed = sealed_to(&[one.clone(), two.clone()]);
    assert_eq!(code(&sealed, Some(&desk)), None);
    assert_eq!(code(&sealed, None), None);
    assert_eq!(code(&sealed, Some(one.encryption_key_ids())), Some(ProblemCode::WrongRecipient));
    assert_eq!(code(&sealed, Some(&[])), Some(ProblemCode::WrongRecipient));
    let with_stranger = sealed_to(&[one, stranger]);
    assert_eq!(code(&with_stranger, Some(&desk)), Some(ProblemCode::WrongRecipient));
}

#[test]
fn truncation_at_every_byte_is_seen() {
    let team = team();
    let sealed = sealed_to(std::slice::from_ref(&team));
    for end in 0..sealed.len() {
        assert!(check_sealed(&sealed[..end], None).is_err(), "cut at {end}");
    }
    assert_eq!(code(&[&sealed[..], b"x"].concat(), None), Some(ProblemCode::TrailingData));
    assert_eq!(code(&[&sealed[..], &sealed[..]].concat(), None), Some(ProblemCode::TrailingData));
}

#[test]
fn every_wrong_kind_has_its_own_code() {
    use ProblemCode as P;
    let old_literal = vec![0xAC, 3, b'b', 0, 0];
    for (parts, expected) in [
        (vec![session_key(US), protected()], None),
        (vec![session_key([0; 8]), protected()], None),
        (vec![session_key(US), session_key([9; 8]), protected()], Some(P::WrongRecipient)),
        (vec![protected()], Some(P::WrongRecipient)),
        (vec![session_key(US)], Some(P::Malformed)),
        (vec![session_key(US), packet(3, &[4; 20]), protected()], Some(P::PasswordEncrypted)),
        (vec![packet(3, &[4; 20]), protected()], Some(P::PasswordEncrypted)),
        (vec![session_key(US), packet(9, &[7; 60])], Some(P::NoIntegrity)),
        (vec![packet(11, b"b\0\0\0\0\0hello")], Some(P::Plaintext)),
        (vec![old_literal], Some(P::Plaintext)),
        (vec![packet(8, b"\x01...")], Some(P::Plaintext)),
        (vec![packet(4, &[3; 13])], Some(P::SignedOnly)),
        (vec![packet(2, &[4; 50])], Some(P::SignedOnly)),
        (vec![packet(6, &[4; 50])], Some(P::NotOpenpgp)),
        (vec![packet(20, &[1; 80])], Some(P::NotOpenpgp)),
        (vec![packet(10, b"PGP"), session_key(US), protected()], Some(P::TrailingData)),
        (vec![session_key(US), protected(), packet(10, b"PGP")], Some(P::TrailingData)),
        (vec![session_key(US), packet(18, &[1; 20])], Some(P::Malformed)),
        (vec![session_key(US), packet(18, &[2; 100])], Some(P::Malformed)),
        (vec![session_key(US), packet(18, &[3; 100])], Some(P::Malformed)),
        (vec![packet(1, &[4; 60]), protected()], Some(P::Malformed)),
        (vec![packet(1, &[3; 9]), protected()], Some(P::Malformed)),
        (vec![vec![0xD2, 0xE4], vec![1; 16], vec![0]], Some(P::Malformed)),
        (vec![vec![0x87, 3, 1, 2, 3]], Some(P::Malformed)),
        (vec![b"-----BEGIN PGP MESSAGE-----\n\n".to_vec()], Some(P::Armored)),
        (vec![b"\n-----BEGIN PGP SIGNED MESSAGE-----\n".to_vec()], Some(P::SignedOnly)),
        (vec![b"Dear team,".to_vec()], Some(P::NotOpenpgp)),
        (vec![b"\xFF\xD8\xFF\xE0".to_vec()], Some(P::NotOpenpgp)),
        (vec![], Some(P::NotOpenpgp)),
    ] {
        assert_eq!(check(&parts), expected, "{parts:02x?}");
    }
}

#[test]
fn version_six_session_keys_go_with_version_two_only() {
    let mut fingerprint = vec![6, 21, 4];
    fingerprint.extend([0; 12]);
    fingerprint.extend(US);
    fingerprint.extend([25, 1, 2, 3]);
    let six = packet(1, &fingerprint);
    let anonymous = packet(1, &[&[6, 0, 25][..], &[7; 40]].concat());
    let two = packet(18, &[&[2, 9, 2, 10][..], &[1; 32], &[0; 48]].concat());
    assert_eq!(check(&[six.clone(), two.clone()]), None);
    assert_eq!(check(&[anonymous, two.clone()]), None);
    assert_eq!(check(&[six.clone(), protected()]), Some(ProblemCode::Malformed));
    assert_eq!(check(&[session_key(US), two.clone()]), Some(ProblemCode::Malformed));
    assert_eq!(check(&[session_key(US), six, two]), Some(ProblemCode::Malformed));
}

#[test]
fn partial_lengths_are_followed_to_the_end() {
    let chunked = |tail: &[u8]| [&[0xD2, 0xE9][..], &[1; 512], tail].concat();
    let whole = chunked(&[5, 1, 1, 1, 1, 1]);
    assert_eq!(check(&[session_key(US), whole.clone()]), None);
    assert_eq!(check(&[session_key(US), whole, vec![0]]), Some(ProblemCode::TrailingData));
    assert_eq!(check(&[session_key(US), chunked(&[])]), Some(ProblemCode::Malformed));
    assert_eq!(check(&[session_key(US), chunked(&[5, 1])]), Some(ProblemCode::Malformed));
    assert_eq!(
        check(&[session_key(US), chunked(&[0xFF, 0xFF, 0xFF, 0xFF, 0xFF])]),
        Some(ProblemCode::Malformed)
    );
    let largest_chunk = [&[0xD2, 0xFE][..], &[1; 600]].concat();
    assert_eq!(check(&[session_key(US), largest_chunk]), Some(ProblemCode::Malformed));
}

proptest! {
    #[test]
    fn no_input_panics(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = check_sealed(&bytes, None);
        let _ = check_sealed(&[session_key(US), bytes].concat(), Some(&[KeyId::from_bytes(US)]));
    }

    #[test]
    fn plain_text_never_passes(text in any::<String>()) {
        prop_assert!(check_sealed(text.as_bytes(), None).is_err());
    }
}
