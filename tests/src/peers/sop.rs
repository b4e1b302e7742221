//! Peers that speak the stateless command line (draft-dkg-openpgp-stateless-cli), or are taught to by a script of ours.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};
use tempfile::TempDir;

use super::{Peer, USER_ID, installed, run, script, write};

/// A stateless program with its own folder for keys.
#[derive(Debug)]
pub struct Sop {
    words: Vec<OsString>,
    folder: TempDir,
    key: PathBuf,
}

impl Sop {
    /// Debian's `sqop`: Sequoia 1.12.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn sqop() -> Result<Self> {
        Self::start(vec!["sqop".into()], &[])
    }

    /// OpenPGP.js with a key of version `v4` or `v6`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn openpgp_js(profile: &str) -> Result<Self> {
        let (node, module) = (installed("SEALPOST_NODE")?, installed("SEALPOST_OPENPGP_JS")?);
        let words = vec![node.into(), script("openpgp.mjs"), module.into()];
        Self::start(words, &["--profile", profile])
    }

    /// Sequoia 2 through pysequoia, with a key of version `v4` or `v6`, or a post-quantum one (`pq`).
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn sequoia(profile: &str) -> Result<Self> {
        let python = installed("SEALPOST_PYTHON")?;
        Self::start(vec![python.into(), script("sequoia.py")], &["--profile", profile])
    }

    fn start(words: Vec<OsString>, profile: &[&str]) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let key = folder.path().join("key");
        let sop = Self { words, folder, key };
        let generated = run(sop.command("generate-key").args(profile).arg(USER_ID), b"")?;
        std::fs::write(&sop.key, generated)?;
        Ok(sop)
    }

    /// Uses another secret key from now on.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn with_key(self, key: &[u8]) -> Result<Self> {
        std::fs::write(&self.key, key)?;
        Ok(self)
    }

    /// Decrypts without asking who signed.
    ///
    /// # Errors
    /// When it does not open.
    pub fn decrypt(&self, sealed: &[u8]) -> Result<Vec<u8>> {
        run(self.command("decrypt").arg("--").arg(&self.key), sealed)
    }

    fn command(&self, name: &str) -> Command {
        let mut words = self.words.iter();
        let mut command = Command::new(words.next().map_or("".as_ref(), OsString::as_os_str));
        command.args(words).arg(name);
        command
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Peer for Sop {
    fn version(&self) -> Result<String> {
        let said = run(&mut self.command("version"), b"")?;
        Ok(String::from_utf8_lossy(&said).trim().to_owned())
    }

    fn certificate(&self) -> Result<Vec<u8>> {
        run(&mut self.command("extract-cert"), &std::fs::read(&self.key)?)
    }

    fn open(&self, sealed: &[u8], signer: &str) -> Result<Vec<u8>> {
        let signer = write(self.folder(), "signer", signer)?;
        let verified = tempfile::tempdir_in(self.folder())?;
        let verified = verified.path().join("verifications");
        let mut command = self.command("decrypt");
        command.arg("--verify-with").arg(signer).arg("--verifications-out").arg(&verified);
        let plain = run(command.arg("--").arg(&self.key), sealed)?;
        ensure!(
            !std::fs::read_to_string(&verified)?.trim().is_empty(),
            "no good signature by this certificate"
        );
        Ok(plain)
    }

    fn seal(&self, plain: &[u8], to: &str) -> Result<Vec<u8>> {
        let to = write(self.folder(), "to", to)?;
        let mut command = self.command("encrypt");
        command.args(["--no-armor", "--sign-with"]).arg(&self.key).arg("--").arg(to);
        run(&mut command, plain)
    }
}
