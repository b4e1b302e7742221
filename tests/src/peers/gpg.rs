//! The real gpg as the team's program.

use anyhow::{Context as _, Result, ensure};

use super::{Peer, USER_ID};
use crate::gpg::Gpg;

/// gpg with a keyring of its own.
#[derive(Debug)]
pub struct GpgPeer {
    gpg: Gpg,
}

const UNATTENDED: [&str; 6] = [
    "--yes",
    "--pinentry-mode=loopback",
    "--passphrase=",
    "--trust-model=always",
    "--status-fd=2",
    "--no-tty",
];

impl GpgPeer {
    /// Makes a team key of gpg's own default kind, or of another `algorithm` such as `rsa3072`.
    ///
    /// # Errors
    /// When gpg cannot be started.
    pub fn start(algorithm: &str) -> Result<Self> {
        let peer = Self { gpg: Gpg::new()? };
        peer.run(&["--quick-generate-key", USER_ID, algorithm, "default", "1y"], b"")?;
        if algorithm != "future-default" {
            let fingerprint = peer.fingerprint()?;
            peer.run(&["--quick-add-key", &fingerprint, algorithm, "encr", "1y"], b"")?;
        }
        Ok(peer)
    }

    /// Takes a secret key into the keyring.
    ///
    /// # Errors
    /// When gpg refuses it.
    pub fn with_key(key: &str) -> Result<Self> {
        let peer = Self { gpg: Gpg::new()? };
        peer.run(&["--import"], key.as_bytes())?;
        Ok(peer)
    }

    fn run(&self, arguments: &[&str], input: &[u8]) -> Result<(Vec<u8>, String)> {
        let output = self.gpg.run(&[&UNATTENDED, arguments].concat(), input)?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(output.status.success(), "gpg {arguments:?}: {said}");
        Ok((output.stdout, said))
    }

    fn fingerprint(&self) -> Result<String> {
        let (listing, _) = self.run(&["--with-colons", "--list-secret-keys"], b"")?;
        first_fingerprint(&listing)
    }
}

fn first_fingerprint(listing: &[u8]) -> Result<String> {
    let listing = String::from_utf8_lossy(listing);
    let line = listing.lines().find(|line| line.starts_with("fpr:")).context("gpg lists no key")?;
    Ok(line.split(':').nth(9).context("gpg lists no fingerprint")?.to_owned())
}

impl Peer for GpgPeer {
    fn version(&self) -> Result<String> {
        let (said, _) = self.run(&["--version"], b"")?;
        Ok(String::from_utf8_lossy(&said).lines().next().unwrap_or_default().to_owned())
    }

    fn certificate(&self) -> Result<Vec<u8>> {
        Ok(self.run(&["--armor", "--export", &self.fingerprint()?], b"")?.0)
    }

    fn open(&self, sealed: &[u8], signer: &str) -> Result<Vec<u8>> {
        self.run(&["--import"], signer.as_bytes())?;
        let (listing, _) = self.run(&["--with-colons", "--show-keys"], signer.as_bytes())?;
        let signer = first_fingerprint(&listing)?;
        let (plain, said) = self.run(&["-d"], sealed)?;
        ensure!(said.contains(&format!("[GNUPG:] VALIDSIG {signer}")), "no good signature: {said}");
        Ok(plain)
    }

    fn seal(&self, plain: &[u8], to: &str) -> Result<Vec<u8>> {
        self.run(&["--import"], to.as_bytes())?;
        let (listing, _) = self.run(&["--with-colons", "--show-keys"], to.as_bytes())?;
        let (to, own) = (first_fingerprint(&listing)?, self.fingerprint()?);
        Ok(self.run(&["-u", &own, "-r", &to, "--sign", "--encrypt"], plain)?.0)
    }
}
