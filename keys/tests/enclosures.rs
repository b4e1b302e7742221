//! Enclosures from sealing to unpacking: here, and with gpg and tar alone.
#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::unwrap_used, reason = "a test ends where its setting fails")]

use std::io::{Cursor, Read, Write as _};
use std::process::{Command, Stdio};

use sealpost_keys::enclosures::{
    FileSource, Member, OpenedEnclosures, SealedEnclosures, TarFiles, open_enclosures, seal_enclosures,
};
use sealpost_keys::{
    BlobGate, CaseKey, CaseSecret, OpenError, SealError, SignatureError, SigningKey, TeamCert, UncheckedCert,
};
use sealpost_shared::{Timestamp, limits};

fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn case_key(n: u8) -> CaseKey {
    CaseKey::derive(&CaseSecret::from_bytes([n; 16]), 0)
}

fn team() -> SigningKey {
    SigningKey::generate_team("Team <team@example.org>", now()).unwrap()
}

fn judged(key: &SigningKey) -> TeamCert {
    key.certificate().judge(now()).unwrap()
}

/// Bytes that no compressor would shorten, the same for the same seed.
fn noise(seed: u32, length: usize) -> Vec<u8> {
    let mut state = seed;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(length).collect()
}

fn file(name: &str, bytes: Vec<u8>) -> FileSource {
    FileSource { name: name.to_owned(), size: bytes.len() as u64, bytes: Box::new(Cursor::new(bytes)) }
}

fn sealed(files: Vec<FileSource>, to: &[TeamCert], key: &CaseKey) -> Vec<u8> {
    let mut bytes = Vec::new();
    seal_enclosures(files, to, key, now()).unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

fn opened<'a>(bytes: Vec<u8>, team: &SigningKey) -> OpenedEnclosures<'a> {
    open_enclosures(Cursor::new(bytes), team).unwrap()
}

fn unpack(opened: &mut OpenedEnclosures<'_>) -> Vec<(String, Vec<u8>)> {
    let mut tar = TarFiles::new(opened, 1 << 30);
    let mut found = Vec::new();
    while let Some(member) = tar.next_member().unwrap() {
        let Member::File(file) = member else { panic!("{member:?}") };
        let mut bytes = Vec::new();
        tar.read_to_end(&mut bytes).unwrap();
        found.push((file.name, bytes));
    }
    found
}

#[test]
fn files_come_back_whole_and_signed() {
    let (key, team) = (case_key(1), team());
    let files = [
        ("core.dump", noise(1, 300_000)),
        ("../Füße.png", noise(2, 70_000)),
        ("core.dump", vec![]),
        ("empty", vec![]),
    ];
    let sources = files.iter().map(|(name, bytes)| file(name, bytes.clone())).collect();
    let bytes = sealed(sources, &[judged(&team)], &key);
    let mut gate = BlobGate::begin(&bytes[..70_000], Some(judged(&team).encryption_key_ids())).unwrap();
    gate.feed(&bytes[70_000..]);
    gate.finish().unwrap();
    let mut opened = opened(bytes, &team);
    let found = unpack(&mut opened);
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["core.dump", "Füße.png", "core (2).dump", "empty"]);
    assert!(found.iter().zip(&files).all(|((_, found), (_, sent))| found == sent));
    let verified = opened.verify(&[key.certificate()], now()).unwrap();
    assert_eq!((verified.signer, verified.at), (key.fingerprint(), now()));
    assert_eq!(verified.intended, [team.fingerprint()]);
}

#[test]
fn the_sealed_length_tells_a_bucket_and_nothing_of_number_or_names() {
    let (key, to) = (case_key(1), [judged(&team())]);
    let lengths = |files: Vec<FileSource>| sealed(files, &to, &key).len();
    let one = lengths(vec![file("a", noise(1, 500_000))]);
    let many = (0..39).map(|n| file(&format!("a rather long name {n}"), noise(n, 12_000))).collect();
    for other in [lengths(vec![file("b.tar.gz", noise(3, 505_000))]), lengths(many)] {
        // A number in a signature may be a byte or two shorter, by chance.
        assert!(one.abs_diff(other) <= 4, "{one} and {other}");
    }
    assert!(one.abs_diff(lengths(vec![file("a", noise(1, 600_000))])) > 10_000);
}

#[test]
fn what_was_changed_cut_or_signed_by_another_is_not_believed() {
    let (key, team) = (case_key(1), team());
    let whole = sealed(vec![file("a", noise(1, 200_000))], &[judged(&team)], &key);
    let verify = |bytes: &[u8], certs: &[UncheckedCert]| opened(bytes.to_vec(), &team).verify(certs, now());
    verify(&whole, &[key.certificate()]).unwrap();
    for at in [whole.len() / 2, whole.len() - 5] {
        let mut bent = whole.clone();
        bent[at] ^= 1;
        assert_eq!(verify(&bent, &[key.certificate()]), Err(SignatureError::Unreadable), "bent at {at}");
    }
    for cut in [whole.len() / 2, whole.len() - 1] {
        assert_eq!(
            verify(&whole[..cut], &[key.certificate()]),
            Err(SignatureError::Unreadable),
            "cut at {cut}"
        );
    }
    assert_eq!(verify(&whole, &[case_key(2).certificate()]), Err(SignatureError::NotBySigner));
    let stranger = SigningKey::generate_team("Other <o@example.org>", now()).unwrap();
    let refused = open_enclosures(Cursor::new(whole), &stranger);
    assert!(matches!(refused, Err(OpenError::NotForThisKey)));
    assert!(matches!(open_enclosures(Cursor::new(b"PK".to_vec()), &team), Err(OpenError::Malformed)));
}

#[test]
fn there_is_a_recipient_and_a_file_or_nothing_is_sealed() {
    let (key, to) = (case_key(1), [judged(&team())]);
    let seal = |files, to: &[TeamCert]| seal_enclosures(files, to, &key, now()).map(|_| ());
    assert_eq!(seal(vec![file("a", vec![])], &[]), Err(SealError::NoRecipient));
    assert_eq!(seal(vec![], &to), Err(SealError::TooManyEnclosures));
    let many = (0..=limits::MAX_ENCLOSED_FILES).map(|_| file("a", vec![])).collect();
    assert_eq!(seal(many, &to), Err(SealError::TooManyEnclosures));
}

/// Gives a size, and counts how far a sealer has read ahead of whoever reads it.
struct Endless(std::rc::Rc<std::cell::Cell<u64>>);

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        buffer.fill(0x5A);
        self.0.set(self.0.get() + buffer.len() as u64);
        Ok(buffer.len())
    }
}

#[test]
fn sealing_never_runs_ahead_of_its_reader() {
    let read = std::rc::Rc::new(std::cell::Cell::new(0));
    let size = 1 << 30;
    let source =
        FileSource { name: "disk.img".to_owned(), size, bytes: Box::new(Endless(read.clone()).take(size)) };
    let mut sealing: SealedEnclosures =
        seal_enclosures(vec![source], &[judged(&team())], &case_key(1), now()).unwrap();
    assert!(sealing.expected_bytes() > size && sealing.files()[0].size == size);
    let mut taken = 0_u64;
    let mut buffer = vec![0; 1 << 20];
    while taken < 24 << 20 {
        taken += sealing.read(&mut buffer).unwrap() as u64;
        assert!(read.get() < taken + (256 << 10), "read {} to give {taken}", read.get());
    }
}

/// A keyring in a folder of its own.
struct Gpg(tempfile::TempDir);

impl Gpg {
    fn new() -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        let home = tempfile::Builder::new().prefix("sp").tempdir_in("/tmp").unwrap();
        std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        Self(home)
    }

    fn command(&self) -> Command {
        let mut command = Command::new("gpg");
        command.arg("--homedir").arg(self.0.path()).env("LC_ALL", "C");
        command.args([
            "--batch",
            "--yes",
            "--no-tty",
            "--pinentry-mode",
            "loopback",
            "--passphrase",
            "",
            "--trust-model",
            "always",
        ]);
        command
    }

    fn ok(&self, args: &[&str], input: &[u8]) -> (Vec<u8>, String) {
        let mut child = self
            .command()
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let output = std::thread::scope(|scope| {
            scope.spawn(move || stdin.write_all(input).ok());
            child.wait_with_output().unwrap()
        });
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "gpg {args:?}: {said}");
        (output.stdout, said)
    }

    fn team(&self) -> UncheckedCert {
        self.ok(
            &[
                "--faked-system-time=20260101T000000",
                "--quick-generate-key",
                "team@example.org",
                "ed25519",
                "sign,cert",
                "2y",
            ],
            b"",
        );
        let listing = String::from_utf8(self.ok(&["--with-colons", "--list-keys"], b"").0).unwrap();
        let fingerprint = listing
            .lines()
            .find(|line| line.starts_with("fpr:"))
            .unwrap()
            .split(':')
            .nth(9)
            .unwrap()
            .to_owned();
        self.ok(
            &[
                "--faked-system-time=20260101T000000",
                "--quick-add-key",
                &fingerprint,
                "cv25519",
                "encr",
                "2y",
            ],
            b"",
        );
        UncheckedCert::parse_one(&self.ok(&["--export"], b"").0).unwrap()
    }
}

impl Drop for Gpg {
    fn drop(&mut self) {
        let _ = Command::new("gpgconf").arg("--homedir").arg(self.0.path()).args(["--kill", "all"]).status();
    }
}

#[test]
fn gpg_and_tar_alone_unpack_what_we_seal() {
    let (gpg, key) = (Gpg::new(), case_key(5));
    let cert = gpg.team();
    gpg.ok(&["--import"], key.certificate().to_armored().as_bytes());
    let files = [
        ("core.dump", noise(1, 3_000_000)),
        ("Füße und \"Hände\".png", noise(2, 1000)),
        (&"x".repeat(119), vec![7]),
    ];
    let sources = files.iter().map(|(name, bytes)| file(name, bytes.clone())).collect();
    let bytes = sealed(sources, &[cert.judge(now()).unwrap()], &key);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("enclosures.pgp");
    std::fs::write(&path, &bytes).unwrap();
    // As the documentation says it, in one pipe; `pipefail` would need bash, so gpg's word is kept in a file.
    let script = "gpg --homedir \"$1\" --batch --faked-system-time=20261123T120000 -d \"$2\" 2>said | tar x && cat said";
    let out = folder.path().join("out");
    std::fs::create_dir(&out).unwrap();
    let output = Command::new("sh")
        .args(["-c", script, "sh"])
        .arg(gpg.0.path())
        .arg(&path)
        .current_dir(&out)
        .env("LC_ALL", "C.UTF-8")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("Good signature"), "{said}");
    let names = ["core.dump", "Füße und _Hände_.png", files[2].0];
    for (name, (_, bytes)) in names.iter().zip(&files) {
        assert!(
            std::fs::read(out.join(name)).unwrap_or_else(|error| panic!("{error}: {name}")) == *bytes,
            "{name}"
        );
    }
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 4, "three files and what gpg said");
}

#[test]
fn what_tar_and_gpg_pack_unpacks_here() {
    let gpg = Gpg::new();
    let cert = gpg.team();
    let folder = tempfile::tempdir().unwrap();
    let long = "y".repeat(97);
    std::fs::create_dir(folder.path().join("logs")).unwrap();
    for (name, bytes) in [("logs/a.log", noise(1, 200_000)), (&format!("logs/{long}"), noise(2, 10))] {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    std::os::unix::fs::symlink("/etc/passwd", folder.path().join("logs/link")).unwrap();
    for format in ["gnu", "ustar", "pax"] {
        let tar = Command::new("tar")
            .args(["c", "--sort=name", "--format", format, "logs"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(tar.status.success());
        let fingerprint = cert.fingerprint();
        let clock = "--faked-system-time=20261123T120000";
        let (sealed, _) = gpg.ok(&[clock, "--sign", "--encrypt", "-r", fingerprint.as_str()], &tar.stdout);
        let (_, said) = gpg.ok(&["--show-session-key", "--output", "/dev/null", "--decrypt"], &sealed);
        let session = said.split('\'').nth(1).unwrap();
        let session: sealpost_keys::SessionKey = session.parse().unwrap();
        let mut opened = open_enclosures(Cursor::new(sealed), &session).unwrap();
        let mut files = TarFiles::new(&mut opened, 1 << 20);
        let mut seen = Vec::new();
        while let Some(member) = files.next_member().unwrap() {
            match member {
                Member::File(file) => {
                    let mut bytes = Vec::new();
                    files.read_to_end(&mut bytes).unwrap();
                    assert!(
                        bytes == noise(if file.size == 10 { 2 } else { 1 }, bytes.len())
                            && file.size == bytes.len() as u64
                    );
                    seen.push(file.name);
                }
                Member::LeftOut { name, what } => seen.push(format!("{name}: {what}")),
            }
        }
        assert_eq!(
            seen,
            ["logs/: a folder", "a.log", "logs/link: a symbolic link", long.as_str()],
            "{format}"
        );
        assert_eq!(opened.verify(std::slice::from_ref(&cert), now()).unwrap().signer, cert.fingerprint());
    }
}
