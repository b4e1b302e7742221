//! Damaged letters, in both versions of encryption.

use sealpost_keys::{
    CaseKey, CaseSecret, OpenError, OpenedLetter, SealedLetter, SignatureError, SigningKey, check_sealed,
    open_letter,
};

use crate::make::{case_key, encrypt_packets, now, packet, sealed, teams};

fn open(bytes: Vec<u8>, team: &SigningKey) -> Result<OpenedLetter, OpenError> {
    open_letter(&SealedLetter::from_bytes_unchecked(bytes), team)
}

fn error(bytes: Vec<u8>, team: &SigningKey) -> OpenError {
    open(bytes, team).unwrap_err()
}

/// Where the encrypted packet begins: behind one session key with a one-octet length.
fn protected(letter: &[u8]) -> usize {
    let at = 2 + usize::from(letter[1]);
    assert_eq!(letter[at], 0xD2);
    at
}

#[test]
fn a_letter_that_was_cut_off_says_so() {
    for team in teams() {
        let letter = sealed(&team);
        for keep in [1, 30, protected(&letter), protected(&letter) + 1, letter.len() / 2, letter.len() - 1] {
            assert_eq!(error(letter[..keep].to_vec(), &team), OpenError::CutOff, "{keep}");
        }
        let armored = SealedLetter::from_bytes_unchecked(letter).to_armored();
        let half = armored.as_bytes()[..armored.len() / 2].to_vec();
        assert_eq!(error(half, &team), OpenError::CutOff);
    }
}

#[test]
fn a_letter_with_any_flipped_bit_is_refused_as_altered() {
    for team in teams() {
        let letter = sealed(&team);
        let start = protected(&letter);
        // Behind version, lengths and parameters, every byte is covered by the hash or the tags.
        for at in (start + 60..letter.len()).step_by(letter.len() / 97) {
            let mut changed = letter.clone();
            changed[at] ^= 1 << (at % 8);
            let error = error(changed, &team);
            assert!(
                matches!(error, OpenError::Altered | OpenError::CutOff | OpenError::NotAlone),
                "{at}: {error}"
            );
        }
        let mut last = letter.clone();
        *last.last_mut().unwrap() ^= 1;
        assert_eq!(error(last, &team), OpenError::Altered);
    }
}

#[test]
fn chunks_and_packets_in_another_order_are_refused() {
    for team in teams() {
        let letter = sealed(&team);
        let start = protected(&letter);
        // Two stretches of ciphertext change places; lengths stay where they are.
        let (a, b, long) = (start + 1_000, start + 140_000, 4_096);
        let mut swapped = letter.clone();
        for offset in 0..long {
            swapped.swap(a + offset, b + offset);
        }
        assert_eq!(error(swapped, &team), OpenError::Altered);
        let session_key_last = [&letter[start..], &letter[..start]].concat();
        assert_eq!(error(session_key_last, &team), OpenError::NotAlone);
    }
}

#[test]
fn what_stands_behind_a_letter_is_refused() {
    for team in teams() {
        let letter = sealed(&team);
        for tail in [&b"x"[..], &[0], &letter, &[0xCA, 3, b'P', b'G', b'P']] {
            assert_eq!(error([&letter, tail].concat(), &team), OpenError::NotAlone);
        }
    }
}

#[test]
fn a_letter_for_another_key_or_by_another_key_says_so() {
    for (team, other) in teams().iter().zip(teams().iter().rev()) {
        let letter = sealed(team);
        assert_eq!(error(letter.clone(), other), OpenError::NotForThisKey);
        let opened = open(letter, team).unwrap();
        let stranger = CaseKey::derive(&CaseSecret::from_bytes([9; 16]), 0).certificate();
        assert_eq!(opened.verify_by(&[stranger], now()), Err(SignatureError::NotBySigner));
        // Another case of the same secret is another key: its letters prove nothing here.
        let other_case = CaseKey::derive(&CaseSecret::from_bytes([6; 16]), 1).certificate();
        assert_eq!(opened.verify_by(&[other_case], now()), Err(SignatureError::NotBySigner));
        assert!(opened.verify_by(&[case_key().certificate()], now()).is_ok());
    }
}

#[test]
fn ten_thousand_session_keys_cost_nothing() {
    let [team, _] = teams();
    let letter = sealed(&team);
    let start = protected(&letter);
    // Of an unnamed recipient, so that a reader would have to try its own key on each of them.
    let mut unnamed = letter[..start].to_vec();
    unnamed[3..11].fill(0);
    let flood = [unnamed.repeat(10_000), letter[start..].to_vec()].concat();
    assert_eq!(check_sealed(&flood, None).unwrap_err().code().as_str(), "malformed");
    assert_eq!(error(flood.clone(), &team), OpenError::TooManyKeys);
    let sixteen = [unnamed.repeat(15), letter.clone()].concat();
    assert_eq!(open(sixteen, &team).unwrap().unverified().text.len(), 9_000 * 24);
}

#[test]
fn what_is_no_letter_inside_its_encryption_is_refused() {
    let [team, _] = teams();
    let literal = packet(11, 9, b"b\0\0\0\0\0abc");
    assert_eq!(open_letter(&encrypt_packets(&literal, &team), &team).unwrap().unverified().text, "abc");
    let inner = encrypt_packets(&literal, &team).into_bytes();
    for (packets, expected) in [
        (vec![], OpenError::Malformed),
        (packet(13, 5, b"a name"), OpenError::Malformed),
        (packet(11, 1 << 30, b"b\0\0\0\0\0abc"), OpenError::Malformed),
        (inner, OpenError::TooDeep),
    ] {
        assert_eq!(
            open_letter(&encrypt_packets(&packets, &team), &team).unwrap_err(),
            expected,
            "{packets:02x?}"
        );
    }
}

#[test]
fn other_ways_of_encrypting_are_named() {
    let [team, _] = teams();
    let password = [packet(3, 4, &[4, 9, 0, 8]), packet(18, 60, &[1; 60])].concat();
    assert_eq!(error(password, &team), OpenError::WithPassword);
    let unprotected = [sealed(&team)[..protected(&sealed(&team))].to_vec(), packet(9, 60, &[1; 60])].concat();
    assert_eq!(error(unprotected, &team), OpenError::NoIntegrity);
    for plain in [&b"Dear team"[..], b"", b"\xCB\x09b\0\0\0\0\0abc"] {
        assert_eq!(error(plain.to_vec(), &team), OpenError::NotEncrypted);
    }
    assert_eq!(error(vec![0xC1; 2 << 20], &team), OpenError::TooLarge);
}
