//! A real GnuPG with a keyring of its own.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, Result, ensure};

/// A GnuPG home; its agent is stopped on drop. The path is short because the agent's socket lives in it.
#[derive(Debug)]
pub struct Gpg {
    home: tempfile::TempDir,
}

impl Gpg {
    /// Makes an empty keyring, readable by its owner only.
    ///
    /// # Errors
    /// When no folder can be made.
    pub fn new() -> Result<Self> {
        let home = tempfile::Builder::new().prefix("sp-gpg-").tempdir_in("/tmp")?;
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o700))?;
        Ok(Self { home })
    }

    /// The folder, for `GNUPGHOME`.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Runs gpg with `input` on its standard input.
    ///
    /// # Errors
    /// When gpg cannot be started.
    pub fn run(&self, arguments: &[&str], input: &[u8]) -> Result<Output> {
        let mut child = Command::new("gpg")
            .arg("--batch")
            .args(arguments)
            .env("GNUPGHOME", self.home.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("gpg cannot be started; install gnupg")?;
        let mut stdin = child.stdin.take().context("gpg has no standard input")?;
        let input = input.to_vec();
        let writer = std::thread::spawn(move || stdin.write_all(&input));
        let output = child.wait_with_output()?;
        drop(writer.join());
        Ok(output)
    }

    /// Makes a key that signs and decrypts, without a passphrase, and gives its fingerprint.
    ///
    /// # Errors
    /// When gpg says no; its own words are in the error.
    pub fn make_key(&self, user_id: &str) -> Result<String> {
        let make = ["--passphrase", "", "--quick-generate-key", user_id, "future-default", "default", "1y"];
        let made = self.run(&make, b"")?;
        ensure!(made.status.success(), "gpg makes no key: {}", String::from_utf8_lossy(&made.stderr));
        let listed = self.run(&["--with-colons", "--list-keys", user_id], b"")?;
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        let line = listed.lines().find(|line| line.starts_with("fpr:")).context("gpg lists no key")?;
        line.split(':').nth(9).map(str::to_owned).context("gpg lists no fingerprint")
    }

    /// Decrypts `sealed` with `gpg -d` and gives the plaintext.
    ///
    /// # Errors
    /// When gpg says no; its own words are in the error.
    pub fn decrypt(&self, sealed: &Path) -> Result<String> {
        let output = self.run(&["--status-fd", "2", "-d", &sealed.to_string_lossy()], b"")?;
        // gpg has no certificate of the reporter, so it cannot check the signature and exits with 2 all the same.
        let words = String::from_utf8_lossy(&output.stderr);
        ensure!(words.contains("[GNUPG:] DECRYPTION_OKAY"), "gpg -d failed: {words}");
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// A path inside the home that does not exist yet.
    #[must_use]
    pub fn scratch(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }
}

impl Drop for Gpg {
    fn drop(&mut self) {
        let stop =
            Command::new("gpgconf").args(["--kill", "all"]).env("GNUPGHOME", self.home.path()).status();
        drop(stop);
    }
}
