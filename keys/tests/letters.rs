//! Letters from sealing to opening: what comes back, and what is refused.
#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::unwrap_used, reason = "a test ends where its setting fails")]

use proptest::prelude::*;
use sealpost_keys::{
    Attachment, CaseKey, CaseSecret, Letter, OpenError, SealError, SealedLetter, SignatureError,
    SignatureState, SigningKey, check_sealed, letter_plaintext, open_letter, seal_letter, seal_reply,
};
use sealpost_shared::letter::{CaseData, FollowUp, LetterData, Matter, Reply, ReplyKind};
use sealpost_shared::{EntryId, Timestamp, limits};

fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn case_key(n: u8) -> CaseKey {
    CaseKey::derive(&CaseSecret::from_bytes([n; 16]), 0)
}

fn team() -> SigningKey {
    SigningKey::generate_team("Team <team@example.org>", now()).unwrap()
}

fn report(key: &CaseKey, text: &str) -> Letter {
    let data = CaseData {
        case: key.case_id(),
        team: "demo".parse().unwrap(),
        desk: "team".parse().unwrap(),
        title: "Overflow in the parser".to_owned(),
        written_at: now(),
        product: "parser".to_owned(),
        versions: String::new(),
        severity: None,
        exploited: false,
        public: false,
        credit: "Zoë".to_owned(),
        policy_sha256: "ab".repeat(32),
        enclosures: None,
    };
    Letter {
        text: text.to_owned(),
        data: LetterData::Report(data),
        reporter_certificate: Some(key.certificate()),
        attachments: vec![],
    }
}

fn follow_up(key: &CaseKey, text: &str) -> Letter {
    let data = LetterData::FollowUp(FollowUp {
        case: key.case_id(),
        entry: EntryId::from_bytes([7; 16]),
        written_at: now(),
        embargo: None,
        missed: Vec::new(),
        enclosures: None,
    });
    Letter { text: text.to_owned(), data, reporter_certificate: None, attachments: vec![] }
}

#[test]
fn a_report_comes_back_whole_and_verified() {
    let (key, team) = (case_key(1), team());
    let mut letter = report(&key, "# Überlauf\n\nZeile zwei \u{1f980}\n");
    letter.attachments = vec![
        Attachment::new("crash log.txt", "text/plain", b"line\r\nline\n".to_vec()),
        Attachment::new("Füße.png", "image/png", (0..=255).collect()),
        Attachment::new("sealpost.json", "application/json", b"{}".to_vec()),
        Attachment::new("mail.eml", "message/rfc822", b"From: a\n\nb".to_vec()),
    ];
    let judged = team.certificate().judge(now()).unwrap();
    let sealed = seal_letter(&letter, std::slice::from_ref(&judged), &key, now()).unwrap();
    check_sealed(sealed.as_bytes(), Some(judged.encryption_key_ids())).unwrap();
    let opened = open_letter(&sealed, &team).unwrap();
    assert!(matches!(opened.signature(), SignatureState::Unchecked { claimed } if claimed.len() == 1));
    let verified = opened.verify_reporter(now()).unwrap();
    assert_eq!(verified.signer(), &key.fingerprint());
    assert_eq!(verified.signed_at(), now());
    assert_eq!(verified.intended(), [team.fingerprint()]);
    let contents = verified.into_contents();
    assert_eq!(contents.text, letter.text);
    assert_eq!(contents.data, Some(letter.data));
    assert_eq!(contents.reporter_certificate, letter.reporter_certificate);
    assert_eq!(contents.attachments, letter.attachments);
    let armored = SealedLetter::from_bytes_unchecked(sealed.to_armored().into_bytes());
    assert_eq!(open_letter(&armored, &team).unwrap().unverified().text, letter.text);
}

#[test]
fn a_reply_reaches_the_reporter_and_only_a_team_key_verifies_it() {
    let (key, team, stranger) = (case_key(1), team(), team_of_strangers());
    let data = LetterData::Reply(Reply {
        case: key.case_id(),
        entry: EntryId::from_bytes([9; 16]),
        to: key.fingerprint(),
        kind: ReplyKind::Acknowledgement,
        written_at: now(),
        matter: Matter::default(),
    });
    let letter =
        Letter { text: "We have it.".to_owned(), data, reporter_certificate: None, attachments: vec![] };
    let sealed = seal_reply(&letter, &key.certificate(), &team, now()).unwrap();
    check_sealed(sealed.as_bytes(), None).unwrap();
    let opened = open_letter(&sealed, &key).unwrap();
    let certs = [stranger.certificate(), team.certificate()];
    assert_eq!(opened.verify_team(&certs, now()).unwrap().signer(), &team.fingerprint());
    assert_eq!(opened.verify_team(&certs[..1], now()), Err(SignatureError::NotBySigner));
    assert_eq!(opened.verify_team(&[], now()), Err(SignatureError::Unsigned));
    assert_eq!(opened.verify_reporter(now()), Err(SignatureError::NoCertificate));
    assert_eq!(open_letter(&sealed, &case_key(2)).unwrap_err(), OpenError::NotForThisKey);
}

fn team_of_strangers() -> SigningKey {
    SigningKey::generate_team("Strangers <s@example.org>", now()).unwrap()
}

#[test]
fn a_letter_signed_for_others_is_not_believed() {
    let (key, team, other) = (case_key(1), team(), team_of_strangers());
    let certs: Vec<_> = [&team, &other].iter().map(|k| k.certificate().judge(now()).unwrap()).collect();
    let letter = report(&key, "text");
    let both = seal_letter(&letter, &certs, &key, now()).unwrap();
    assert!(open_letter(&both, &other).unwrap().verify_reporter(now()).is_ok());
    // Each opens only what is sealed to it; a letter to one team does not open for the other.
    let one = seal_letter(&letter, &certs[..1], &key, now()).unwrap();
    assert_eq!(open_letter(&one, &other).unwrap_err(), OpenError::NotForThisKey);
}

#[test]
fn nothing_is_sealed_without_a_recipient_or_over_a_limit() {
    let key = case_key(1);
    let to = [team().certificate().judge(now()).unwrap()];
    assert_eq!(seal_letter(&report(&key, "x"), &[], &key, now()), Err(SealError::NoRecipient));
    assert!(matches!(seal_letter(&report(&key, " "), &to, &key, now()), Err(SealError::Field(_))));
    let mut letter = report(&key, "x");
    letter.attachments = vec![Attachment::new("a", "a/b", vec![0; 700 * 1024])];
    assert!(matches!(seal_letter(&letter, &to, &key, now()), Err(SealError::TooLarge { .. })));
    letter.attachments = (0..33).map(|_| Attachment::new("a", "a/b", vec![])).collect();
    assert_eq!(seal_letter(&letter, &to, &key, now()), Err(SealError::TooManyAttachments));
}

#[test]
fn the_fullest_letter_fits_the_wire() {
    let key = case_key(1);
    let to: Vec<_> = (0..16).map(|_| team().certificate().judge(now()).unwrap()).collect();
    let mut letter = report(&key, "x");
    let mut bytes = 660 * 1024;
    let sealed = loop {
        letter.attachments = vec![Attachment::new("a", "a/b", vec![0; bytes])];
        match seal_letter(&letter, &to, &key, now()) {
            Ok(sealed) => break sealed,
            Err(SealError::TooLarge { .. }) => bytes -= 4096,
            Err(other) => panic!("{other}"),
        }
    };
    assert!(sealed.as_bytes().len() <= limits::MAX_LETTER_BYTES, "{}", sealed.as_bytes().len());
    assert!(bytes > 600 * 1024, "{bytes}");
}

#[test]
fn a_letter_changed_or_cut_off_anywhere_does_not_open() {
    let (key, team) = (case_key(1), team());
    let to = [team.certificate().judge(now()).unwrap()];
    let sealed = seal_letter(&follow_up(&key, "text"), &to, &key, now()).unwrap().into_bytes();
    // The session key packet in front is not authenticated itself: a change there can only keep the letter shut.
    let protected = 2 + usize::from(sealed[1]);
    assert_eq!(sealed[protected], 0xD2);
    for place in (protected..sealed.len()).step_by(7) {
        let mut changed = sealed.clone();
        changed[place] ^= 0x10;
        let changed = SealedLetter::from_bytes_unchecked(changed);
        assert!(open_letter(&changed, &team).is_err(), "changed at {place}");
        let cut = SealedLetter::from_bytes_unchecked(sealed[..place].to_vec());
        assert!(open_letter(&cut, &team).is_err(), "cut at {place}");
    }
}

#[test]
fn what_is_not_encrypted_is_not_opened() {
    let signed = team().sign_cleartext("hello", now()).unwrap();
    for bytes in [&b"hello"[..], b"", signed.as_bytes(), &[0xCB, 7, b'b', 0, 0, 0, 0, 0, b'x']] {
        let sealed = SealedLetter::from_bytes_unchecked(bytes.to_vec());
        assert_eq!(open_letter(&sealed, &team()).unwrap_err(), OpenError::NotEncrypted);
    }
}

#[test]
fn letters_of_like_length_cannot_be_told_apart() {
    let (key, team) = (case_key(1), team());
    let to = [team.certificate().judge(now()).unwrap()];
    let length = |text: &str| seal_letter(&follow_up(&key, text), &to, &key, now()).unwrap().as_bytes().len();
    let lengths: Vec<usize> = [1, 10, 100, 900].map(|n| length(&"x".repeat(n))).to_vec();
    // A signature's numbers may drop a leading zero byte: one or two bytes by chance, never by content.
    assert!(lengths.iter().all(|l| l.abs_diff(lengths[0]) <= 4), "{lengths:?}");
    assert!(length(&"x".repeat(4000)) > lengths[0] + 1000);
}

#[test]
fn a_follow_up_verifies_against_the_first_letters_certificate_only() {
    let (key, team) = (case_key(1), team());
    let to = [team.certificate().judge(now()).unwrap()];
    let sealed = seal_letter(&follow_up(&key, "more"), &to, &key, now()).unwrap();
    let opened = open_letter(&sealed, &team).unwrap();
    assert!(opened.verify_by(&[key.certificate()], now()).is_ok());
    assert_eq!(opened.verify_by(&[case_key(2).certificate()], now()), Err(SignatureError::NotBySigner));
    let before = "2026-11-20T12:00:00Z".parse().unwrap();
    assert!(opened.verify_by(&[key.certificate()], before).is_ok(), "a reporter's clock may be ahead");
}

/// Texts with everything that line-based formats stumble over.
fn awkward_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        Just("\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("--sealpost\n".to_owned()),
        Just("From \n.\n".to_owned()),
        Just(" \n".to_owned()),
        Just("=\n=3D".to_owned()),
        Just("ü".repeat(600)),
        Just("Content-Type: message/rfc822\n\n".to_owned()),
    ];
    proptest::collection::vec(piece, 1..12).prop_map(|pieces| format!("x{}", pieces.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_text_and_any_file_come_back(
        text in awkward_text(),
        files in proptest::collection::vec((any::<String>(), proptest::collection::vec(any::<u8>(), 0..300)), 0..4),
    ) {
        let (key, team) = (case_key(3), SigningKey::generate_team("T <t@example.org>", now()).unwrap());
        let mut letter = report(&key, &text);
        letter.attachments = files.iter().map(|(n, b)| Attachment::new(n, "application/x-thing", b.clone())).collect();
        let to = [team.certificate().judge(now()).unwrap()];
        let opened = open_letter(&seal_letter(&letter, &to, &key, now()).unwrap(), &team).unwrap();
        let contents = opened.verify_reporter(now()).unwrap().into_contents();
        prop_assert_eq!(contents.text, text.replace("\r\n", "\n").replace('\r', "\n"));
        prop_assert_eq!(contents.attachments, letter.attachments);
        prop_assert_eq!(contents.data, Some(letter.data));
    }

    #[test]
    fn padding_costs_little(length in 3000_usize..200_000) {
        let plain = letter_plaintext(&report(&case_key(1), &"word ".repeat(length / 5).replace("word word word word ", "word word word word\n"))).unwrap();
        let padding = plain.len() - String::from_utf8(plain.clone()).unwrap().split("application/x-padding").next().unwrap().len();
        prop_assert!(padding <= 300 + plain.len() * 12 / 100, "{} of {}", padding, plain.len());
    }

    #[test]
    fn no_bytes_make_opening_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = open_letter(&SealedLetter::from_bytes_unchecked(bytes), &case_key(1));
    }
}
