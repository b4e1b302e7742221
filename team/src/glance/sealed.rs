//! Glances on the disk: AES-256-GCM under a key that lies beside them as a letter, sealed to the member's own certificate and signed with it.

use std::path::PathBuf;

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use anyhow::{Context as _, Result, ensure};
use data_encoding::HEXLOWER;
use sealpost_keys::{Letter, SealedLetter, TeamCert, UncheckedCert};
use sealpost_shared::desk::{DeskEntry, DeskWord};
use sealpost_shared::letter::LetterData;
use sealpost_shared::{CaseId, EntryId, limits};
use zeroize::Zeroizing;

use super::Kept;
use crate::bundle::sha256;
use crate::dossier::Reader;
use crate::files;
use crate::session::make_random;

const FILE: &str = "glances";
/// The first byte: another form is not read.
const VERSION: u8 = 1;
const NONCE_BYTES: usize = 12;
/// No other letter that a member signs begins so.
const KEY_TITLE: &str = "sealpost glance key 1\n";
/// 100,000 cases of 600 bytes.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// The kept glances of a desk, open.
pub(crate) struct Glances<'a> {
    reader: &'a Reader<'a>,
    key: Zeroizing<[u8; 32]>,
    /// As they were read.
    pub(crate) kept: Kept,
}

impl<'a> Glances<'a> {
    /// Opens what is kept; `None` where there is no key for it, or not for this member. What is damaged is made anew.
    pub(crate) fn open(reader: &'a Reader<'a>) -> Option<Self> {
        let key = open_key(reader).ok().flatten()?;
        let mut glances = Self { reader, key, kept: Kept::new() };
        glances.kept = glances.read().ok().flatten().unwrap_or_default();
        Some(glances)
    }

    fn read(&self) -> Result<Option<Kept>> {
        let Some(bytes) = files::read_if_there(&self.reader.store.path().join(FILE), MAX_BYTES)? else {
            return Ok(None);
        };
        let (head, sealed) = bytes.split_at_checked(1 + NONCE_BYTES).context("it is cut off")?;
        let (version, nonce) = head.split_first().context("it is cut off")?;
        ensure!(*version == VERSION, "it is of another version");
        let place = self.place();
        let payload = Payload { msg: sealed, aad: place.as_bytes() };
        let plain = self.cipher().decrypt(Nonce::from_slice(nonce), payload);
        let plain = Zeroizing::new(plain.ok().context("it is of another place, policy or key")?);
        Ok(Some(serde_json::from_slice(&plain)?))
    }

    /// Keeps these in place of what was read.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn keep(&self, kept: &Kept) -> Result<()> {
        let plain = Zeroizing::new(serde_json::to_vec(kept)?);
        let nonce: [u8; NONCE_BYTES] = make_random()?;
        let place = self.place();
        let payload = Payload { msg: &plain, aad: place.as_bytes() };
        let sealed = self.cipher().encrypt(Nonce::from_slice(&nonce), payload);
        let sealed = sealed.ok().context("the list is too long to be kept")?;
        let bytes = [&[VERSION][..], &nonce, &sealed].concat();
        files::replace(&self.reader.store.path().join(FILE), &bytes)
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(Key::<Aes256Gcm>::from_slice(self.key.as_slice()))
    }

    /// What every glance follows from beside the letters: certificates and policy of the last pull, and whose key opened them.
    fn place(&self) -> String {
        let Reader { settings, keyring, bundle, .. } = self.reader;
        let bundle = serde_json::to_vec(bundle.response()).unwrap_or_default();
        format!(
            "sealpost/glances/1/{}/{}/{}/{}",
            settings.team,
            settings.desk,
            sha256(&bundle),
            keyring.fingerprint()
        )
    }
}

/// Each member of a machine has a key of their own.
fn key_path(reader: &Reader<'_>) -> PathBuf {
    reader.store.path().join(format!("glance-key-{}", reader.keyring.fingerprint()))
}

fn open_key(reader: &Reader<'_>) -> Result<Option<Zeroizing<[u8; 32]>>> {
    let Some(bytes) = files::read_if_there(&key_path(reader), limits::MAX_LETTER_BYTES as u64)? else {
        return Ok(None);
    };
    let opened = reader.keyring.open(&SealedLetter::from_bytes_unchecked(bytes))?;
    let own = own(reader).context("the own certificate is not the desk's")?;
    let letter = opened.verify_team(&[own], reader.now)?;
    let text = letter.contents().text.strip_prefix(KEY_TITLE).context("it is another letter")?;
    let mut key = Zeroizing::new([0; 32]);
    let bytes = Zeroizing::new(HEXLOWER.decode(text.trim().as_bytes())?);
    ensure!(bytes.len() == key.len(), "it is another letter");
    key.copy_from_slice(&bytes);
    Ok(Some(key))
}

fn own(reader: &Reader<'_>) -> Option<UncheckedCert> {
    let desk = reader.bundle.desk(&reader.settings.desk).ok()?;
    let own = reader.keyring.fingerprint();
    reader.bundle.members(desk).into_iter().find(|cert| cert.fingerprint() == *own)
}

/// Makes the key, if there is none that this member can open: when the member's key is at hand anyway, because it has just signed a login.
///
/// # Errors
/// When the key cannot be used or the disk refuses; nothing but time is lost by that.
pub(crate) fn make_key(reader: &Reader<'_>) -> Result<()> {
    let path = key_path(reader);
    if path.exists() {
        return Ok(());
    }
    let Some(own) = own(reader) else { return Ok(()) };
    let key: Zeroizing<[u8; 32]> = Zeroizing::new(make_random()?);
    let data = DeskEntry {
        case: CaseId::from_bytes([0; 16]),
        entry: EntryId::from_bytes(make_random()?),
        written_at: reader.now,
        says: DeskWord::Note,
    };
    let letter = Letter {
        text: format!("{KEY_TITLE}{}\n", HEXLOWER.encode(key.as_slice())),
        data: LetterData::Desk(data),
        reporter_certificate: None,
        attachments: Vec::new(),
    };
    let to: TeamCert = own.judge(reader.now)?;
    let sealed = reader.keyring.seal(&letter, &[to], reader.now)?;
    files::replace(&path, sealed.as_bytes())
}
