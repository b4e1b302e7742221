//! What a relay learns from a length: a bucket, and nothing about where in the bucket a letter stands.
#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::unwrap_used, reason = "a test ends where its setting fails")]

use std::collections::{BTreeMap, BTreeSet};

use sealpost_keys::{
    Attachment, CaseKey, CaseSecret, Letter, SigningKey, TeamCert, letter_plaintext, seal_letter,
};
use sealpost_shared::letter::{FollowUp, LetterData};
use sealpost_shared::{EntryId, Timestamp};

fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn case_key() -> CaseKey {
    CaseKey::derive(&CaseSecret::from_bytes([8; 16]), 0)
}

fn letter(key: &CaseKey, text: usize, attached: usize) -> Letter {
    let data = LetterData::FollowUp(FollowUp {
        case: key.case_id(),
        entry: EntryId::from_bytes([7; 16]),
        written_at: now(),
        embargo: None,
        missed: vec![],
        enclosures: None,
    });
    // Lines of a common length; one long line would be wrapped, and each wrap is a byte or two.
    let text: String = "0123456789abcdef 0123456789abcdef\n".chars().cycle().take(text.max(1)).collect();
    let attachments = match attached {
        0 => vec![],
        bytes => vec![Attachment::new("poc.bin", "application/octet-stream", vec![7; bytes])],
    };
    Letter { text: text.replace(' ', "_"), data, reporter_certificate: Some(key.certificate()), attachments }
}

/// The length of a letter's plaintext, padded; and where its padding begins, which is what it would be without.
fn lengths(key: &CaseKey, text: usize, attached: usize) -> (usize, usize) {
    let plain = String::from_utf8(letter_plaintext(&letter(key, text, attached)).unwrap()).unwrap();
    (plain.len(), plain.find("Content-Type: application/x-padding").unwrap())
}

#[test]
fn thousands_of_lengths_fall_into_few_buckets_at_little_cost() {
    let key = case_key();
    let mut buckets: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    let sizes =
        (1..4_000).step_by(2).chain((4_000..60_000).step_by(97)).chain((60_000..400_000).step_by(4_999));
    for text in sizes {
        let (padded, bare) = lengths(&key, text, 0);
        let (low, high) = buckets.entry(padded).or_insert((bare, bare));
        (*low, *high) = ((*low).min(bare), (*high).max(bare));
        // Beyond the smallest bucket, which hides whether a letter is short: the frame of the padding part included.
        assert!(bare < 2_048 || (padded - bare) * 100 < 12 * bare + 40_000, "{text}: {bare} became {padded}");
    }
    assert!(buckets.len() < 170, "{} buckets for 2,600 lengths", buckets.len());
    // Buckets do not overlap: the length says the bucket, and nothing else.
    let ranges: Vec<_> = buckets.values().collect();
    assert!(ranges.windows(2).all(|pair| pair[0].1 < pair[1].0), "{ranges:?}");
    let (smallest, (low, high)) = buckets.first_key_value().unwrap();
    assert!(high - low > 300, "the smallest bucket of {smallest} bytes hides {low} to {high} only");
}

#[test]
fn attachments_are_padded_with_the_letter() {
    let key = case_key();
    let mut buckets = BTreeSet::new();
    for attached in (1..600_000).step_by(3_001) {
        let (padded, bare) = lengths(&key, 10, attached);
        assert!((padded - bare) * 100 < 12 * bare + 40_000, "{attached}: {bare} became {padded}");
        buckets.insert(padded);
    }
    assert!(buckets.len() < 140, "{} buckets for 200 lengths", buckets.len());
}

/// The lengths of sealed letters over texts of these sizes.
fn sealed(key: &CaseKey, to: &[TeamCert], texts: impl Iterator<Item = usize>) -> Vec<usize> {
    texts.map(|text| seal_letter(&letter(key, text, 0), to, key, now()).unwrap().as_bytes().len()).collect()
}

#[test]
fn sealed_letters_of_one_bucket_have_one_length() {
    let key = case_key();
    let six = SigningKey::from_armored(include_bytes!("samples/rfc9580-v6-secret.asc"), None).unwrap();
    let four = SigningKey::generate_team("Team <team@example.org>", now()).unwrap();
    for team in [four, six] {
        let to = [team.certificate().judge(now()).unwrap()];
        let padded = |text: usize| lengths(&key, text, 0).0;
        for first in [1, 5_000, 40_000] {
            let bucket: Vec<usize> =
                (first..).step_by(11).take_while(|text| padded(*text) == padded(first)).collect();
            assert!(bucket.len() > 3, "a bucket of {} texts at {first}", bucket.len());
            let lengths = sealed(&key, &to, bucket.iter().copied().take(60));
            // The two numbers of a signature are written without leading zeros: each is a byte shorter by chance, one time in
            // 256, whatever the text says.
            let longest = *lengths.iter().max().unwrap();
            assert!(lengths.iter().all(|length| longest - length <= 4), "{lengths:?}");
            let usual = lengths.iter().filter(|length| **length == longest).count();
            assert!(usual * 2 > lengths.len(), "{lengths:?}");
            let next = sealed(&key, &to, [bucket.last().unwrap() + 11].into_iter())[0];
            assert!(next > longest + 50, "the next bucket begins at {next}, this one ends at {longest}");
        }
    }
}
