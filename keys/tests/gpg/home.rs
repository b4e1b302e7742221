//! A real gpg with a keyring of its own.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use sealpost_keys::UncheckedCert;
use sealpost_shared::Fingerprint;

/// A fresh keyring with its own agent, which ends with it.
pub(crate) struct Gpg {
    home: tempfile::TempDir,
}

impl Gpg {
    pub(crate) fn new() -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        let home = tempfile::Builder::new().prefix("sp").tempdir_in("/tmp").unwrap();
        std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        Self { home }
    }

    pub(crate) fn path(&self) -> &Path {
        self.home.path()
    }

    pub(crate) fn run(&self, args: &[&str], input: &[u8]) -> Output {
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

    pub(crate) fn ok(&self, args: &[&str], input: &[u8]) -> Vec<u8> {
        let output = self.run(args, input);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "gpg {args:?}: {said}");
        output.stdout
    }

    /// Makes a key with an encryption subkey of its own; `at` is gpg's clock.
    pub(crate) fn make(
        &self,
        name: &str,
        algorithms: (&str, Option<&str>),
        expire: &str,
        at: &str,
    ) -> Fingerprint {
        let clock = format!("--faked-system-time={at}!");
        self.ok(&[&clock, "--quick-generate-key", name, algorithms.0, "sign,cert", expire], b"");
        let fingerprint = self.fingerprint(name);
        if let Some(subkey) = algorithms.1 {
            self.ok(&[&clock, "--quick-add-key", fingerprint.as_str(), subkey, "encr", expire], b"");
        }
        fingerprint
    }

    pub(crate) fn fingerprint(&self, name: &str) -> Fingerprint {
        let listing = String::from_utf8(self.ok(&["--with-colons", "--list-keys", name], b"")).unwrap();
        let line = listing.lines().find(|line| line.starts_with("fpr:")).unwrap();
        line.split(':').nth(9).unwrap().parse().unwrap()
    }

    /// The fingerprint of the first subkey.
    pub(crate) fn subkey(&self, name: &str) -> Fingerprint {
        let listing = String::from_utf8(self.ok(&["--with-colons", "--list-keys", name], b"")).unwrap();
        let mut lines = listing.lines().skip_while(|line| !line.starts_with("sub:"));
        let line = lines.find(|line| line.starts_with("fpr:")).unwrap();
        line.split(':').nth(9).unwrap().parse().unwrap()
    }

    pub(crate) fn cert(&self, name: &str) -> UncheckedCert {
        UncheckedCert::parse_one(&self.ok(&["--export", name], b"")).unwrap()
    }

    /// Revokes a whole key on 2026-02-01 for one of gpg's numbered reasons.
    pub(crate) fn revoke(&self, key: &Fingerprint, reason: &str) {
        let clock = "--faked-system-time=20260201T000000!";
        let args = [clock, "--command-fd", "0", "--no-batch", "--gen-revoke", key.as_str()];
        let revocation = self.ok(&args, format!("y\n{reason}\n\ny\n").as_bytes());
        self.ok(&["--import"], &revocation);
    }

    /// Edits a key with gpg's own commands.
    pub(crate) fn edit(&self, at: &str, key: &Fingerprint, commands: &str) {
        let clock = format!("--faked-system-time={at}!");
        self.ok(&[&clock, "--command-fd", "0", "--expert", "--edit-key", key.as_str()], commands.as_bytes());
    }
}

impl Drop for Gpg {
    fn drop(&mut self) {
        let _ = Command::new("gpgconf").arg("--homedir").arg(self.path()).args(["--kill", "all"]).status();
    }
}
