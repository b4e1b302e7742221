//! Interoperation with the real gpg 2.2: our letters open there, its letters open here, its certificates are judged right.
#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::unwrap_used, reason = "a test ends where its setting fails")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use sealpost_keys::{
    Attachment, CaseKey, CaseSecret, Letter, LoginStatement, OpenError, SealedLetter, SessionKey,
    SignatureError, SigningKey, UncheckedCert, Unusable, check_sealed, letter_plaintext, open_letter,
    seal_letter, verify_login,
};
use sealpost_shared::letter::{FollowUp, LetterData, Reply, ReplyKind};
use sealpost_shared::{Duration, EntryId, Fingerprint, Timestamp};

/// A fresh keyring with its own agent, which ends with it.
struct Gpg {
    home: tempfile::TempDir,
}

impl Gpg {
    fn new() -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        let home = tempfile::Builder::new().prefix("sp").tempdir_in("/tmp").unwrap();
        std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        Self { home }
    }

    fn path(&self) -> &Path {
        self.home.path()
    }

    fn run(&self, args: &[&str], input: &[u8]) -> Output {
        let mut child = Command::new("gpg")
            .arg("--homedir")
            .arg(self.path())
            .args([
                "--batch",
                "--yes",
                "--no-tty",
                "--pinentry-mode",
                "loopback",
                "--passphrase",
                "",
                "--trust-model",
                "always",
            ])
            .args(args)
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        std::thread::scope(|scope| {
            // gpg may stop reading early, and that is its answer.
            scope.spawn(move || stdin.write_all(input).ok());
            child.wait_with_output().unwrap()
        })
    }

    fn ok(&self, args: &[&str], input: &[u8]) -> Vec<u8> {
        let output = self.run(args, input);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "gpg {args:?}: {said}");
        output.stdout
    }

    /// Makes a key with an encryption subkey of its own; `at` is gpg's clock.
    fn make(&self, name: &str, algorithms: (&str, Option<&str>), expire: &str, at: &str) -> Fingerprint {
        let clock = format!("--faked-system-time={at}");
        self.ok(&[&clock, "--quick-generate-key", name, algorithms.0, "sign,cert", expire], b"");
        let fingerprint = self.fingerprint(name);
        if let Some(subkey) = algorithms.1 {
            self.ok(&[&clock, "--quick-add-key", fingerprint.as_str(), subkey, "encr", expire], b"");
        }
        fingerprint
    }

    fn fingerprint(&self, name: &str) -> Fingerprint {
        let listing = String::from_utf8(self.ok(&["--with-colons", "--list-keys", name], b"")).unwrap();
        let line = listing.lines().find(|line| line.starts_with("fpr:")).unwrap();
        line.split(':').nth(9).unwrap().parse().unwrap()
    }

    fn cert(&self, name: &str) -> UncheckedCert {
        UncheckedCert::parse_one(&self.ok(&["--export", name], b"")).unwrap()
    }

    /// Edits a key with gpg's own commands.
    fn edit(&self, at: &str, key: &Fingerprint, commands: &str) {
        let clock = format!("--faked-system-time={at}");
        self.ok(&[&clock, "--command-fd", "0", "--expert", "--edit-key", key.as_str()], commands.as_bytes());
    }
}

impl Drop for Gpg {
    fn drop(&mut self) {
        let _ = Command::new("gpgconf").arg("--homedir").arg(self.path()).args(["--kill", "all"]).status();
    }
}

/// The day most keys of these tests are made on, for gpg and for us.
const MADE: &str = "20260101T000000";
const ECC: (&str, Option<&str>) = ("ed25519", Some("cv25519"));

fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

const NOW: &str = "20261123T120000!";

fn case_key() -> CaseKey {
    CaseKey::derive(&CaseSecret::from_bytes([5; 16]), 0)
}

fn follow_up(key: &CaseKey) -> Letter {
    Letter {
        text: "# Überlauf\n\nin `parse()`\n".to_owned(),
        data: LetterData::FollowUp(FollowUp { case: key.case_id(), written_at: now() }),
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

#[expect(clippy::disallowed_methods, reason = "gpg signs by the machine's clock")]
fn system_now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp::from_seconds(i64::try_from(since.as_secs()).unwrap())
}

fn reply(key: &CaseKey) -> Letter {
    let data = LetterData::Reply(Reply {
        case: key.case_id(),
        entry: EntryId::from_bytes([1; 16]),
        to: key.fingerprint(),
        kind: ReplyKind::Answer,
        written_at: now(),
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
fn gpgs_login_and_policy_signatures_verify() {
    let gpg = Gpg::new();
    let fingerprint = gpg.make("m@example.org", ("rsa3072", None), "2y", MADE);
    let with_subkey = gpg.make("s@example.org", ("ed25519", None), "2y", MADE);
    gpg.ok(&["--quick-add-key", with_subkey.as_str(), "ed25519", "sign", "2y"], b"");
    let at = system_now();
    let statement = LoginStatement {
        relay: "https://relay.example".to_owned(),
        team: "demo".parse().unwrap(),
        desk: "team".parse().unwrap(),
        nonce: "00".repeat(16),
        expires: at + Duration::from_seconds(300),
    };
    for (signer, name) in [(&fingerprint, "m@example.org"), (&with_subkey, "s@example.org")] {
        let text = statement.to_string();
        let signed = gpg.ok(&["-u", signer.as_str(), "--clearsign"], text.as_bytes());
        let signed = String::from_utf8(signed).unwrap();
        let cert = gpg.cert(name);
        let (read, by) = verify_login(&signed, std::slice::from_ref(&cert), at).unwrap();
        assert_eq!((read, &by), (statement.clone(), signer));
        let detached = gpg.ok(&["-u", signer.as_str(), "--detach-sign"], b"policy");
        assert!(cert.verify_detached(b"policy", &detached, at).is_ok());
        let detached = gpg.ok(&["-u", signer.as_str(), "--armor", "--detach-sign"], b"policy");
        assert!(cert.verify_detached(b"policy", &detached, at).is_ok());
        assert_eq!(cert.verify_detached(b"other", &detached, at), Err(SignatureError::NotBySigner));
        let weak = gpg.ok(&["-u", signer.as_str(), "--digest-algo", "SHA1", "--detach-sign"], b"policy");
        let verified = cert.verify_detached(b"policy", &weak, at);
        assert_eq!(verified, Err(SignatureError::Unacceptable));
        let notation = gpg
            .ok(&["-u", signer.as_str(), "--set-notation", "!x@example.org=1", "--detach-sign"], b"policy");
        assert_eq!(cert.verify_detached(b"policy", &notation, at), Err(SignatureError::Unacceptable));
    }
}

#[test]
fn our_keys_and_signatures_are_good_to_gpg() {
    let gpg = Gpg::new();
    let key =
        SigningKey::generate_team("Team <t@example.org>", "2026-01-01T00:00:00Z".parse().unwrap()).unwrap();
    gpg.ok(&["--import"], key.to_armored().unwrap().as_bytes());
    assert_eq!(gpg.fingerprint("t@example.org"), key.fingerprint());
    let signed = key.sign_cleartext("Sealpost receipt 1\n- dash\n", now()).unwrap();
    let output = gpg.run(&["--faked-system-time", NOW, "--verify"], signed.as_bytes());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.contains("Good signature"), "{said}");
    let signature = gpg.path().join("policy.sig");
    std::fs::write(&signature, key.sign_detached_armored(b"policy", now()).unwrap()).unwrap();
    let output =
        gpg.run(&["--faked-system-time", NOW, "--verify", signature.to_str().unwrap(), "-"], b"policy");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // gpg unlocks it for encryption to itself, and its own locked export opens here with the passphrase only.
    let sealed = gpg.ok(&["--faked-system-time", NOW, "-r", "t@example.org", "--encrypt"], b"note\n");
    let opened = open_letter(&SealedLetter::from_bytes_unchecked(sealed), &key).unwrap();
    assert_eq!(opened.unverified().text, "note\n");
}

#[test]
fn a_key_exported_from_gpg_needs_its_passphrase() {
    let gpg = Gpg::new();
    let mut args = vec!["--quick-generate-key", "p@example.org", "ed25519", "sign,cert", "2y"];
    args.splice(0..0, ["--passphrase", "open sesame"]);
    gpg.ok(&args, b"");
    let exported =
        gpg.ok(&["--passphrase", "open sesame", "--armor", "--export-secret-keys", "p@example.org"], b"");
    assert!(SigningKey::from_armored(&exported, Some("open sesame")).is_ok());
    assert_eq!(
        SigningKey::from_armored(&exported, None).unwrap_err().to_string(),
        "This key is locked. Give its passphrase."
    );
    let wrong = SigningKey::from_armored(&exported, Some("wrong")).unwrap_err().to_string();
    assert_eq!(wrong, "The passphrase does not open this key.");
    assert!(UncheckedCert::parse_one(&exported).unwrap_err().to_string().contains("SECRET"));
}

#[test]
fn certificates_made_with_gpg_are_judged_right() {
    let gpg = Gpg::new();
    let judge = |name: &str| gpg.cert(name).judge(now());
    gpg.make("good@example.org", ECC, "2y", MADE);
    assert!(judge("good@example.org").is_ok());

    gpg.make("expired@example.org", ECC, "10d", MADE);
    assert!(matches!(judge("expired@example.org"), Err(Unusable::Expired { .. })));

    let half = gpg.make("half@example.org", ("ed25519", None), "2y", MADE);
    let clock = format!("--faked-system-time={MADE}");
    gpg.ok(&[&clock, "--quick-add-key", half.as_str(), "cv25519", "encr", "10d"], b"");
    assert!(matches!(judge("half@example.org"), Err(Unusable::SubkeyExpired { .. })));
    // A newer subkey makes it good again, and is the one that is used.
    gpg.ok(
        &["--faked-system-time=20260601T000000", "--quick-add-key", half.as_str(), "cv25519", "encr", "1y"],
        b"",
    );
    let judged = judge("half@example.org").unwrap();
    assert_eq!(judged.encryption_key().created.to_string(), "2026-06-01T00:00:00Z");
    assert_eq!(judged.encryption_key_ids().len(), 1);

    gpg.make("sign@example.org", ("ed25519", None), "2y", MADE);
    assert_eq!(judge("sign@example.org"), Err(Unusable::NoEncryptionKey));

    gpg.make("soon@example.org", ECC, "340d", MADE);
    assert_eq!(judge("soon@example.org").unwrap().warnings().len(), 1);

    gpg.make("future@example.org", ECC, "2y", "20270101T000000");
    assert!(matches!(judge("future@example.org"), Err(Unusable::NotYetValid { .. })));

    let subkey_revoked = gpg.make("nosub@example.org", ECC, "2y", MADE);
    gpg.edit("20260201T000000", &subkey_revoked, "key 1\nrevkey\ny\n0\n\ny\nsave\n");
    assert_eq!(judge("nosub@example.org"), Err(Unusable::SubkeyRevoked));

    for (name, reason) in [("lost@example.org", "1"), ("retired@example.org", "3")] {
        let revoked = gpg.make(name, ECC, "2y", MADE);
        let args = [
            "--faked-system-time=20260201T000000",
            "--command-fd",
            "0",
            "--no-batch",
            "--gen-revoke",
            revoked.as_str(),
        ];
        let revocation = gpg.ok(&args, format!("y\n{reason}\n\ny\n").as_bytes());
        gpg.ok(&["--import"], &revocation);
        assert_eq!(judge(name), Err(Unusable::Revoked), "{name}");
    }

    let signed = gpg.make("signed@example.org", ECC, "2y", MADE);
    gpg.ok(&[&clock, "-u", "good@example.org", "--quick-sign-key", signed.as_str()], b"");
    assert!(judge("signed@example.org").is_ok());
}

#[test]
fn weak_keys_and_weak_self_signatures_are_refused() {
    let gpg = Gpg::new();
    gpg.make("weak@example.org", ("rsa1024", Some("rsa1024")), "2y", MADE);
    assert_eq!(gpg.cert("weak@example.org").judge(now()), Err(Unusable::WeakKey));
    gpg.make("mixed@example.org", ("ed25519", Some("rsa1024")), "2y", MADE);
    assert_eq!(gpg.cert("mixed@example.org").judge(now()), Err(Unusable::WeakKey));
    let clock = format!("--faked-system-time={MADE}");
    let old = ["--cert-digest-algo", "SHA1", &clock];
    let args =
        [&old[..], &["--quick-generate-key", "sha1@example.org", "rsa3072", "sign,cert", "2y"]].concat();
    gpg.ok(&args, b"");
    let fingerprint = gpg.fingerprint("sha1@example.org");
    gpg.ok(&[&old[..], &["--quick-add-key", fingerprint.as_str(), "rsa3072", "encr", "2y"]].concat(), b"");
    assert_eq!(gpg.cert("sha1@example.org").judge(now()), Err(Unusable::WeakSignature));
}

#[test]
fn what_a_revoked_or_expired_key_signed_is_judged_by_its_time() {
    let gpg = Gpg::new();
    for (name, reason, then) in [("lost@example.org", "1", false), ("retired@example.org", "3", true)] {
        let key = gpg.make(name, ("ed25519", None), "2y", MADE);
        let sign = |at: &str| gpg.ok(&["--faked-system-time", at, "-u", name, "--detach-sign"], b"policy");
        let (before, after) = (sign("20260115T000000"), sign("20260301T000000"));
        let args = [
            "--faked-system-time=20260201T000000",
            "--command-fd",
            "0",
            "--no-batch",
            "--gen-revoke",
            key.as_str(),
        ];
        let revocation = gpg.ok(&args, format!("y\n{reason}\n\ny\n").as_bytes());
        gpg.ok(&["--import"], &revocation);
        let cert = gpg.cert(name);
        assert_eq!(cert.verify_detached(b"policy", &before, now()).is_ok(), then, "{name}");
        assert_eq!(cert.verify_detached(b"policy", &after, now()), Err(SignatureError::KeyRevoked), "{name}");
    }
    gpg.make("short@example.org", ("ed25519", None), "30d", MADE);
    let made = gpg
        .ok(&["--faked-system-time=20260115T000000", "-u", "short@example.org", "--detach-sign"], b"policy");
    let cert = gpg.cert("short@example.org");
    assert!(cert.verify_detached(b"policy", &made, now()).is_ok());
}

#[test]
fn several_certificates_in_one_file_are_told_apart() {
    let gpg = Gpg::new();
    let one = gpg.make("one@example.org", ECC, "2y", MADE);
    let two = gpg.make("two@example.org", ECC, "2y", MADE);
    let binary = gpg.ok(&["--export"], b"");
    let armored =
        [gpg.cert("one@example.org").to_armored(), gpg.cert("two@example.org").to_armored()].concat();
    for bytes in [&binary[..], armored.as_bytes()] {
        let found: Vec<_> =
            UncheckedCert::parse_many(bytes).unwrap().iter().map(UncheckedCert::fingerprint).collect();
        assert_eq!(found, [one.clone(), two.clone()]);
        assert!(UncheckedCert::parse_one(bytes).is_err());
    }
    assert_eq!(gpg.cert("one@example.org").user_ids(), ["one@example.org"]);
}
