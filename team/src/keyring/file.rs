//! A secret key in a file of its own.

use std::io::IsTerminal as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use sealpost_keys::enclosures::{OpenedEnclosures, open_enclosures};
use sealpost_keys::{
    KeyError, Letter, OpenedLetter, SealedLetter, SigningKey, TeamCert, UncheckedCert, open_letter,
    seal_signed,
};
use sealpost_shared::{Fingerprint, Timestamp};
use zeroize::Zeroizing;

use super::Keyring;
use crate::config::KeySettings;
use crate::files;

/// Secret keys with many subkeys stay far below this.
const MAX_KEY_BYTES: u64 = 512 * 1024;

/// An unlocked key from a file.
#[derive(Debug)]
pub(crate) struct FileKeyring {
    key: SigningKey,
    fingerprint: Fingerprint,
}

impl FileKeyring {
    /// Reads and unlocks the file that the settings name.
    ///
    /// # Errors
    /// When it is missing, open to others, locked, or another key than the settings name.
    pub(crate) fn read(settings: &KeySettings) -> Result<Self> {
        let path = &settings.file;
        check_permissions(path)?;
        let bytes = Zeroizing::new(files::read(path, MAX_KEY_BYTES)?);
        let passphrase = settings.passphrase_file.as_deref().map(passphrase).transpose()?;
        let mut key = SigningKey::from_armored(&bytes, passphrase.as_ref().map(|text| text.as_str()));
        if matches!(key, Err(KeyError::Locked)) && std::io::stdin().is_terminal() {
            let asked = ask(path)?;
            key = SigningKey::from_armored(&bytes, Some(asked.as_str()));
        }
        let key = key
            .with_context(|| format!("{} (a passphrase is given with --passphrase-file)", path.display()))?;
        let this = Self { fingerprint: key.fingerprint(), key };
        if let Some(expected) = &settings.fingerprint {
            ensure!(
                this.fingerprint == *expected,
                "{} is the key {}, but the settings name {expected}; correct --key or --key-file",
                path.display(),
                this.fingerprint
            );
        }
        Ok(this)
    }

    /// Makes a new team key, with a post-quantum subkey beside the other if that is asked for.
    ///
    /// # Errors
    /// When the library refuses the user id.
    pub(crate) fn make(user_id: &str, post_quantum: bool, now: Timestamp) -> Result<Self> {
        let key = if post_quantum {
            SigningKey::generate_team_post_quantum(user_id, now)?
        } else {
            SigningKey::generate_team(user_id, now)?
        };
        Ok(Self { fingerprint: key.fingerprint(), key })
    }

    /// The key itself, for its file.
    ///
    /// # Errors
    /// Never in practice.
    pub(crate) fn to_armored(&self) -> Result<Zeroizing<String>> {
        Ok(self.key.to_armored()?)
    }

    /// The public certificate.
    pub(crate) fn certificate(&self) -> UncheckedCert {
        self.key.certificate()
    }
}

fn check_permissions(path: &Path) -> Result<()> {
    let data = std::fs::metadata(path).with_context(|| {
        format!(
            "cannot open the key file {}; name another with --key-file, or use --keyring gpg",
            path.display()
        )
    })?;
    ensure!(
        data.permissions().mode() & 0o077 == 0,
        "{0} can be read by others; make it yours alone: chmod 600 {0}",
        path.display()
    );
    Ok(())
}

/// Asks for the passphrase, once: the unlocked key serves the whole run.
fn ask(path: &Path) -> Result<Zeroizing<String>> {
    let question = format!("Passphrase of {}: ", path.display());
    let asked = rpassword::prompt_password(question).context("cannot read the passphrase")?;
    Ok(Zeroizing::new(asked))
}

fn passphrase(path: &Path) -> Result<Zeroizing<String>> {
    let text = Zeroizing::new(files::read_text(path, 4096)?);
    Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()))
}

impl Keyring for FileKeyring {
    fn is_quick(&self) -> bool {
        true
    }

    fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    fn sign_cleartext(&self, text: &str, now: Timestamp) -> Result<String> {
        Ok(self.key.sign_cleartext(text, now)?)
    }

    fn sign_detached(&self, data: &[u8], now: Timestamp) -> Result<String> {
        Ok(self.key.sign_detached_armored(data, now)?)
    }

    fn open(&self, sealed: &SealedLetter) -> Result<OpenedLetter> {
        Ok(open_letter(sealed, &self.key)?)
    }

    fn open_enclosures(&self, sealed: &Path) -> Result<OpenedEnclosures<'static>> {
        Ok(open_enclosures(files::buffered(sealed)?, &self.key)?)
    }

    fn seal(&self, letter: &Letter, to: &[TeamCert], now: Timestamp) -> Result<SealedLetter> {
        Ok(seal_signed(letter, to, &self.key, now)?)
    }
}
