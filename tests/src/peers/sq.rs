//! Debian's `sq`: the command line of Sequoia 1.12.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;
use tempfile::TempDir;

use super::{Peer, USER_ID, run, write};

/// `sq` with its own folder for keys.
#[derive(Debug)]
pub struct Sq {
    folder: TempDir,
    key: PathBuf,
}

impl Sq {
    /// Makes a team key.
    ///
    /// # Errors
    /// When `sq` cannot be started.
    pub fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let key = folder.path().join("key");
        run(Command::new("sq").args(["key", "generate", "--userid", USER_ID, "--export"]).arg(&key), b"")?;
        Ok(Self { folder, key })
    }
}

impl Peer for Sq {
    fn version(&self) -> Result<String> {
        let said = run(Command::new("sq").arg("--version"), b"")?;
        Ok(String::from_utf8_lossy(&said).trim().to_owned())
    }

    fn certificate(&self) -> Result<Vec<u8>> {
        run(Command::new("sq").args(["key", "extract-cert"]).arg(&self.key), b"")
    }

    fn open(&self, sealed: &[u8], signer: &str) -> Result<Vec<u8>> {
        let signer = write(self.folder.path(), "signer", signer)?;
        let mut command = Command::new("sq");
        command.args(["decrypt", "--signatures", "1", "--signer-cert"]).arg(signer);
        run(command.arg("--recipient-key").arg(&self.key), sealed)
    }

    fn seal(&self, plain: &[u8], to: &str) -> Result<Vec<u8>> {
        let to = write(self.folder.path(), "to", to)?;
        let mut command = Command::new("sq");
        command.args(["encrypt", "--binary", "--signer-key"]).arg(&self.key);
        run(command.arg("--recipient-cert").arg(to), plain)
    }
}
