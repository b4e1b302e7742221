//! Letters and enclosures for rpgpie, and its answers: the engine of rsop. It stands on the same library as we do, but chooses keys, versions
//! of encryption and good signatures by its own rules.
#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::unwrap_used, reason = "a test ends where its setting fails")]

use std::io::{Cursor, Read as _};

use pgp::composed::{KeyType, Message};
use pgp::crypto::ecc_curve::ECCCurve;
use pgp::types::KeyVersion;
use rpgpie::certificate::Certificate;
use rpgpie::message::{EncryptionMode, SignatureMode, encrypt, unpack};
use rpgpie::tsk::Tsk;
use sealpost_keys::enclosures::{FileSource, Member, TarFiles, seal_enclosures};
use sealpost_keys::{
    CaseKey, CaseSecret, Letter, SealedLetter, UncheckedCert, check_sealed, letter_plaintext, open_letter,
    seal_letter,
};
use sealpost_shared::letter::{FollowUp, LetterData};
use sealpost_shared::{EntryId, Timestamp};

#[expect(clippy::disallowed_methods, reason = "rpgpie judges by the machine's clock")]
fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp::from_seconds(i64::try_from(since.as_secs()).unwrap())
}

/// rpgpie with a team key of its own, and a reporter.
struct Pair {
    team: Tsk,
    certificate: UncheckedCert,
    reporter: CaseKey,
}

fn pair(version: KeyVersion, sign: KeyType, encrypt: KeyType) -> Pair {
    let name = Some("Team <team@peer.example>".to_owned());
    let team = Tsk::generate(version, sign, encrypt, name, vec![], None).unwrap();
    let mut bytes = Vec::new();
    Certificate::from(team.clone()).save(false, &mut bytes).unwrap();
    let certificate = UncheckedCert::parse_one(&bytes).unwrap();
    Pair { team, certificate, reporter: CaseKey::derive(&CaseSecret::from_bytes([6; 16]), 0) }
}

fn pairs() -> [(Pair, bool); 2] {
    let four = pair(KeyVersion::V4, KeyType::Ed25519Legacy, KeyType::ECDH(ECCCurve::Curve25519Legacy));
    [(four, false), (pair(KeyVersion::V6, KeyType::Ed25519, KeyType::X25519), true)]
}

fn loaded(key: &CaseKey) -> Certificate {
    Certificate::load(&mut key.certificate().to_binary().as_slice()).unwrap().remove(0)
}

/// What is inside, if exactly our signature is good; and whether the newer encryption was used.
fn opened(pair: &Pair, sealed: &[u8]) -> (Vec<u8>, bool) {
    let stranger = loaded(&CaseKey::derive(&CaseSecret::from_bytes([99; 16]), 0));
    let read = |verifiers: &[Certificate]| {
        let message = Message::from_bytes(sealed).unwrap();
        let result = unpack(message, vec![pair.team.key()], vec![], vec![], &[], verifiers).unwrap();
        (result.validated.len(), result.cleartext, matches!(result.encryption_mode, EncryptionMode::Seipdv2))
    };
    assert_eq!(read(&[stranger]).0, 0, "takes the signature for a stranger's");
    let (good, plain, newer) = read(&[loaded(&pair.reporter)]);
    assert_eq!(good, 1, "our signature is not good there");
    (plain, newer)
}

fn letter(key: &CaseKey) -> Letter {
    let data = LetterData::FollowUp(FollowUp {
        case: key.case_id(),
        entry: EntryId::from_bytes([7; 16]),
        written_at: now(),
        embargo: None,
        missed: Vec::new(),
        enclosures: None,
    });
    let text = "The decoder reads past its buffer.\n".to_owned();
    Letter { text, data, reporter_certificate: Some(key.certificate()), attachments: vec![] }
}

#[test]
fn it_opens_our_letters_with_a_good_signature() {
    for (pair, newer) in pairs() {
        let to = [pair.certificate.judge(now()).unwrap()];
        let sealed = seal_letter(&letter(&pair.reporter), &to, &pair.reporter, now()).unwrap();
        let (plain, with_newer) = opened(&pair, sealed.as_bytes());
        assert!(String::from_utf8(plain).unwrap().contains("The decoder reads past its buffer."));
        assert_eq!(with_newer, newer);
    }
}

#[test]
fn it_opens_our_enclosures_with_a_good_signature() {
    let bytes: Vec<u8> = (0..300_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for (pair, newer) in pairs() {
        let to = [pair.certificate.judge(now()).unwrap()];
        let (name, size) = ("core.dump".to_owned(), bytes.len() as u64);
        let file = FileSource { name, size, bytes: Box::new(Cursor::new(bytes.clone())) };
        let mut sealed = Vec::new();
        seal_enclosures(vec![file], &to, &pair.reporter, now()).unwrap().read_to_end(&mut sealed).unwrap();
        let (tar, with_newer) = opened(&pair, &sealed);
        assert_eq!(with_newer, newer);
        let mut files = TarFiles::new(tar.as_slice(), 1 << 20);
        assert!(matches!(files.next_member(), Ok(Some(Member::File(file))) if file.name == "core.dump"));
        let mut out = Vec::new();
        files.read_to_end(&mut out).unwrap();
        assert!(out == bytes, "other bytes come out");
    }
}

#[test]
fn we_open_its_letters_with_a_good_signature() {
    for (pair, _) in pairs() {
        let plain = letter_plaintext(&letter(&pair.reporter)).unwrap();
        let mut sealed = Vec::new();
        encrypt(
            None,
            vec![loaded(&pair.reporter)],
            vec![],
            vec![pair.team.clone()],
            &[],
            &mut plain.as_slice(),
            SignatureMode::Binary,
            &mut sealed,
            false,
        )
        .unwrap();
        check_sealed(&sealed, None).unwrap();
        let opened = open_letter(&SealedLetter::from_bytes_unchecked(sealed), &pair.reporter).unwrap();
        let stranger = CaseKey::derive(&CaseSecret::from_bytes([99; 16]), 0).certificate();
        assert!(opened.verify_team(&[stranger], now()).is_err());
        let verified = opened.verify_team(std::slice::from_ref(&pair.certificate), now()).unwrap();
        assert_eq!(verified.contents().text, letter(&pair.reporter).text);
    }
}
