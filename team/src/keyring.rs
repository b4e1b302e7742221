//! Whose secret key works here: gpg's or one in a file. Commands see the trait and never the difference.

mod file;
mod gpg;

use std::path::Path;

use anyhow::Result;
use sealpost_keys::enclosures::OpenedEnclosures;
use sealpost_keys::{Letter, OpenedLetter, SealedLetter, TeamCert};
use sealpost_shared::{Fingerprint, Timestamp};

use crate::args::KeyringKind;
use crate::config::{KeySettings, usage};

pub(crate) use file::FileKeyring;
pub(crate) use gpg::{Gpg, GpgKeyring};

/// A secret key that signs and opens.
pub(crate) trait Keyring: Sync {
    /// Whether it opens a letter by itself, in no time, and in several threads: it asks no person, no card and no other program.
    fn is_quick(&self) -> bool {
        false
    }

    /// The certificate's fingerprint.
    fn fingerprint(&self) -> &Fingerprint;

    /// Signs a text in the cleartext framework.
    ///
    /// # Errors
    /// When the key cannot be used.
    fn sign_cleartext(&self, text: &str, now: Timestamp) -> Result<String>;

    /// Makes a detached armored signature.
    ///
    /// # Errors
    /// When the key cannot be used.
    fn sign_detached(&self, data: &[u8], now: Timestamp) -> Result<String>;

    /// Opens a letter. Who wrote it is not said yet.
    ///
    /// # Errors
    /// When it is sealed to others or damaged.
    fn open(&self, sealed: &SealedLetter) -> Result<OpenedLetter>;

    /// Opens sealed enclosures from a file. Whose they are is not said yet, and nothing is authentic before it was read to its end.
    ///
    /// # Errors
    /// When they are sealed to others or damaged.
    fn open_enclosures(&self, sealed: &Path) -> Result<OpenedEnclosures<'static>>;

    /// Signs a letter and seals it to these certificates: a reply to the reporter and, so that members can read their own thread, to
    /// the desk; a note to the desk alone.
    ///
    /// # Errors
    /// When the letter breaks a limit, or the key cannot be used.
    fn seal(&self, letter: &Letter, to: &[TeamCert], now: Timestamp) -> Result<SealedLetter>;
}

/// Finds the key that the settings name.
///
/// # Errors
/// A usage error when none is named; else why it cannot be read.
pub(crate) fn find(settings: &KeySettings) -> Result<Box<dyn Keyring>> {
    match settings.kind {
        KeyringKind::File => Ok(Box::new(FileKeyring::read(settings)?)),
        KeyringKind::Gpg => match &settings.fingerprint {
            Some(fingerprint) => Ok(Box::new(GpgKeyring::new(fingerprint.clone()))),
            None => {
                usage("no key is named; pass its fingerprint with --key (or SEALPOST_KEY, or config.toml)")
            }
        },
    }
}
