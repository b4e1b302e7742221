//! Letters in both directions.

use sealpost_keys::{
    Attachment, CaseKey, Letter, OpenError, SealedLetter, SessionKey, SignatureError, SigningKey,
    check_sealed, letter_plaintext, open_letter, seal_letter,
};
use sealpost_shared::EntryId;
use sealpost_shared::letter::{FollowUp, LetterData, Matter, Reply, ReplyKind};

use crate::home::Gpg;
use crate::{ECC, MADE, NOW, case_key, now, system_now};

fn follow_up(key: &CaseKey) -> Letter {
    Letter {
        text: "# Überlauf\n\nin `parse()`\n".to_owned(),
        data: LetterData::FollowUp(FollowUp {
            case: key.case_id(),
            entry: EntryId::from_bytes([7; 16]),
            written_at: now(),
            embargo: None,
            missed: Vec::new(),
            enclosures: None,
        }),
        reporter_certificate: Some(key.certificate()),
        attachments: vec![Attachment::new("poc.bin", "application/octet-stream", vec![0, 1, 2, 255])],
    }
}

#[test]
fn our_letter_opens_in_gpg_with_a_good_signature() {
    let gpg = Gpg::new();
    gpg.make("rsa@example.org", ("rsa3072", Some("rsa3072")), "2y", MADE);
    gpg.make("ecc@example.org", ECC, "2y", MADE);
    let key = case_key();
    let certs: Vec<_> =
        ["rsa@example.org", "ecc@example.org"].iter().map(|n| gpg.cert(n).judge(now()).unwrap()).collect();
    assert_eq!(certs[0].encryption_key().algorithm, "RSA 3072");
    let imported = gpg.run(&["--import"], key.certificate().to_armored().as_bytes());
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    for to in [&certs[..1], &certs[1..], &certs[..]] {
        let sealed = seal_letter(&follow_up(&key), to, &key, now()).unwrap();
        let output = gpg.run(&["--faked-system-time", NOW, "-d"], sealed.as_bytes());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        assert!(said.contains("Good signature from \"Reporter <"), "{said}");
        let plain = String::from_utf8(output.stdout).unwrap();
        assert!(plain.contains("# Überlauf\r\n\r\nin `parse()`\r\n"), "{plain}");
        let armored = gpg.run(&["-d"], sealed.to_armored().as_bytes());
        assert!(armored.status.success());
    }
}

#[test]
fn gpgs_reply_opens_here_and_verifies_against_the_team_only() {
    let gpg = Gpg::new();
    let team = gpg.make("team@example.org", ("rsa3072", Some("rsa3072")), "2y", MADE);
    gpg.make("other@example.org", ECC, "2y", MADE);
    let key = case_key();
    gpg.ok(&["--import"], &key.certificate().to_binary());
    let recipient = key.fingerprint();
    let encrypt = ["-u", team.as_str(), "-r", recipient.as_str(), "--sign", "--encrypt"];
    // Compressed, signed, plain text: what a person types.
    let compressed = [&["--compress-algo", "zlib"][..], &encrypt].concat();
    let typed = SealedLetter::from_bytes_unchecked(gpg.ok(&compressed, "Wir haben es.\nGrüße\n".as_bytes()));
    check_sealed(typed.as_bytes(), None).unwrap();
    let opened = open_letter(&typed, &key).unwrap();
    let at = system_now();
    let verified =
        opened.verify_team(&[gpg.cert("other@example.org"), gpg.cert("team@example.org")], at).unwrap();
    assert_eq!(verified.signer(), &team);
    assert_eq!(verified.contents().text, "Wir haben es.\nGrüße\n");
    assert_eq!(verified.contents().data, None);
    assert_eq!(opened.verify_team(&[gpg.cert("other@example.org")], at), Err(SignatureError::NotBySigner));
    // Our own plaintext sealed by gpg, as a team with a smartcard does it; armored and compressed with bzip2.
    let letter = reply(&key);
    let plain = letter_plaintext(&letter).unwrap();
    let args = [&["--armor", "--compress-algo", "bzip2"][..], &encrypt].concat();
    let sealed = SealedLetter::from_bytes_unchecked(gpg.ok(&args, &plain));
    let verified =
        open_letter(&sealed, &key).unwrap().verify_team(&[gpg.cert("team@example.org")], at).unwrap();
    assert_eq!(verified.contents().data, Some(letter.data));
    assert_eq!(verified.contents().text, letter.text);
    // Twenty megabytes of nothing in a few kilobytes.
    let bomb = SealedLetter::from_bytes_unchecked(gpg.ok(&compressed, &vec![b' '; 20 << 20]));
    assert!(bomb.as_bytes().len() < 100_000);
    assert_eq!(open_letter(&bomb, &key).unwrap_err(), OpenError::TooLarge);
    // Encrypted but unsigned: opens, and proves nothing.
    let unsigned = gpg.ok(&["-r", recipient.as_str(), "--encrypt"], b"x");
    let opened = open_letter(&SealedLetter::from_bytes_unchecked(unsigned), &key).unwrap();
    assert_eq!(opened.verify_team(&[gpg.cert("team@example.org")], at), Err(SignatureError::Unsigned));
}

fn reply(key: &CaseKey) -> Letter {
    let data = LetterData::Reply(Reply {
        case: key.case_id(),
        entry: EntryId::from_bytes([1; 16]),
        to: key.fingerprint(),
        kind: ReplyKind::Answer,
        written_at: now(),
        matter: Matter::default(),
    });
    Letter { text: "Fixed in 1.2.\n".to_owned(), data, reporter_certificate: None, attachments: vec![] }
}

#[test]
fn a_session_key_from_gpg_opens_one_letter() {
    let gpg = Gpg::new();
    gpg.make("ecc@example.org", ECC, "2y", MADE);
    let key = case_key();
    let to = [gpg.cert("ecc@example.org").judge(now()).unwrap()];
    let sealed = seal_letter(&follow_up(&key), &to, &key, now()).unwrap();
    let other = seal_letter(&follow_up(&key), &to, &key, now()).unwrap();
    let output = gpg.run(&["--show-session-key", "-d"], sealed.as_bytes());
    let said = String::from_utf8_lossy(&output.stderr);
    let quoted = said.lines().find_map(|line| line.split_once("session key: '")).unwrap().1;
    let session: SessionKey = quoted.trim_end_matches('\'').parse().unwrap();
    let verified = open_letter(&sealed, &session).unwrap().verify_reporter(now()).unwrap();
    assert_eq!(verified.contents().text, follow_up(&key).text);
    assert!(open_letter(&other, &session).is_err());
}

#[test]
fn a_post_quantum_key_at_the_desk_hides_nothing_from_gpg() {
    let gpg = Gpg::new();
    gpg.make("ecc@example.org", ECC, "2y", MADE);
    let made = "2026-01-01T00:00:00Z".parse().unwrap();
    let quantum = SigningKey::generate_team_post_quantum("Quantum <q@example.org>", made).unwrap();
    let cert = quantum.certificate().judge(now()).unwrap();
    assert_eq!(cert.encryption_key().algorithm, "ML-KEM-768+X25519");
    assert_eq!((cert.encryption_key_ids().len(), cert.warnings()), (2, &[][..]));
    // gpg takes the certificate, passes over the subkey that it does not know, and writes to the other one.
    gpg.ok(&["--import"], &quantum.certificate().to_binary());
    let clock = ["--faked-system-time", NOW];
    let sealed = gpg.ok(&[&clock[..], &["-r", "q@example.org", "--encrypt"]].concat(), b"note\n");
    check_sealed(&sealed, Some(cert.encryption_key_ids())).unwrap();
    let opened = open_letter(&SealedLetter::from_bytes_unchecked(sealed), &quantum).unwrap();
    assert_eq!(opened.unverified().text, "note\n");
    // A letter to both opens for both; the key file brings the post-quantum secret back.
    let key = case_key();
    let to = [cert, gpg.cert("ecc@example.org").judge(now()).unwrap()];
    let sealed = seal_letter(&follow_up(&key), &to, &key, now()).unwrap();
    let plain = gpg.run(&[&clock[..], &["-d"]].concat(), sealed.as_bytes());
    assert!(String::from_utf8_lossy(&plain.stdout).contains("# Überlauf"), "{plain:?}");
    let from_file = SigningKey::from_armored(quantum.to_armored().unwrap().as_bytes(), None).unwrap();
    let opened = open_letter(&sealed, &from_file).unwrap();
    assert!(opened.verify_by(&[key.certificate()], now()).is_ok());
}
