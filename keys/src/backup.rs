//! A backup of a reporter's cases: one text, sealed under the twelve words of each of them. `gpg --decrypt` opens it too, with the
//! words in lowercase and single blanks as passphrase. **Rule:** PROTOCOL.md, "The backup file".

use std::io::Read as _;

use pgp::armor::{self, BlockType};
use pgp::composed::{Esk, Message, RawSessionKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{
    DataMode, LiteralDataHeader, PacketHeader, PacketTrait as _, SymEncryptedProtectedData,
    SymKeyEncryptedSessionKey,
};
use pgp::ser::Serialize as _;
use pgp::types::{Password, StringToKey, Tag};
use rand::rngs::OsRng;
use zeroize::Zeroizing;

use crate::phrase::{self, PhraseError};
use crate::recipients::CIPHER;
use crate::seal::Raw;
use crate::{armor as ours, case_key::CaseSecret};

/// More cases than a person has; each adds a packet that has to be tried.
pub const MAX_PHRASES: usize = 64;
/// 64 cases of 100 KiB and as many unsent letters of a MiB, in base64 twice, rounded up: what a phone still holds in memory.
pub const MAX_BACKUP_BYTES: usize = 128 << 20;
/// 65,536 octets (RFC 9580, 3.7.1.3): the words have 128 random bits, so stretching them further protects nothing.
const STRETCH: u8 = 96;

/// Says why there is no backup, or why one was not opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BackupError {
    /// The phrase itself is wrong.
    #[error(transparent)]
    Phrase(#[from] PhraseError),
    /// No phrase, or more than [`MAX_PHRASES`].
    #[error("A backup is sealed under the words of 1 to {MAX_PHRASES} cases.")]
    Phrases,
    /// The phrase is none of those it was sealed under.
    #[error("These words do not open this backup. Use the words of one of the cases in it.")]
    OtherWords,
    /// Not a backup, cut off, or changed.
    #[error("This is no backup, or the file was cut off or changed. Choose the file as it was saved.")]
    Malformed,
    /// Larger than [`MAX_BACKUP_BYTES`].
    #[error("This file is larger than any backup.")]
    TooLarge,
    /// The library refused.
    #[error("The backup could not be made: {0}")]
    Failed(String),
}

/// Seals `text` so that each of the phrases opens it. Gives ASCII armor.
///
/// # Errors
/// When a phrase is wrong, or there are none or too many of them.
pub fn seal_backup(text: &str, phrases: &[&str]) -> Result<String, BackupError> {
    if phrases.is_empty() || phrases.len() > MAX_PHRASES {
        return Err(BackupError::Phrases);
    }
    let failed = |error: pgp::errors::Error| BackupError::Failed(error.to_string());
    let session = CIPHER.new_session_key(OsRng);
    let mut message = Vec::new();
    for phrase in phrases {
        let stretch = StringToKey::new_iterated(OsRng, HashAlgorithm::Sha256, STRETCH);
        SymKeyEncryptedSessionKey::encrypt_v4(&password(phrase)?, &session, stretch, CIPHER)
            .and_then(|packet| packet.to_writer_with_header(&mut message))
            .map_err(failed)?;
    }
    encrypt(text.as_bytes(), &session, &mut message).map_err(failed)?;
    let mut armored = Vec::new();
    armor::write(&Raw(&message), BlockType::Message, &mut armored, None, true).map_err(failed)?;
    String::from_utf8(armored).map_err(|error| BackupError::Failed(error.to_string()))
}

/// Writes the data packet.
fn encrypt(text: &[u8], session: &RawSessionKey, out: &mut Vec<u8>) -> pgp::errors::Result<()> {
    let mut literal = Zeroizing::new(Vec::new());
    let header = LiteralDataHeader::new(DataMode::Binary);
    let length = header.write_len() + text.len();
    PacketHeader::new_fixed(Tag::LiteralData, length.try_into()?).to_writer(&mut *literal)?;
    header.to_writer(&mut *literal)?;
    literal.extend_from_slice(text);
    SymEncryptedProtectedData::encrypt_seipdv1(OsRng, CIPHER, session.as_ref(), &literal)?
        .to_writer_with_header(out)
}

/// Opens a backup with one of its phrases, typed as people type.
///
/// # Errors
/// When the phrase is wrong or another, or the file is no backup.
pub fn open_backup(sealed: &str, phrase: &str) -> Result<Zeroizing<String>, BackupError> {
    if sealed.len() > MAX_BACKUP_BYTES / 2 * 3 {
        return Err(BackupError::TooLarge);
    }
    let password = password(phrase)?;
    let is_message = |kind: &BlockType| matches!(kind, BlockType::Message);
    let binary = ours::to_binary(sealed.as_bytes(), is_message).ok_or(BackupError::Malformed)?;
    // A wrong password may give a key of the right form, so each packet is tried alone, to the end.
    for place in 0..passwords(&binary)? {
        if let Some(text) = try_one(&binary, place, &password)? {
            return Ok(text);
        }
    }
    Err(BackupError::OtherWords)
}

fn password(phrase: &str) -> Result<Password, BackupError> {
    let secret: CaseSecret = phrase::from_words(phrase)?;
    Ok(Password::from(phrase::to_words(&secret).as_str()))
}

fn passwords(binary: &[u8]) -> Result<usize, BackupError> {
    let message = Message::from_bytes(binary).map_err(|_| BackupError::Malformed)?;
    let Message::Encrypted { esk, .. } = message else { return Err(BackupError::Malformed) };
    let is_ours = |esk: &Esk| {
        let Esk::SymKeyEncryptedSessionKey(SymKeyEncryptedSessionKey::V4 { s2k, .. }) = esk else {
            return false;
        };
        // Another way to stretch could ask for gigabytes.
        matches!(s2k, StringToKey::IteratedAndSalted { .. })
    };
    let good = !esk.is_empty() && esk.len() <= MAX_PHRASES && esk.iter().all(is_ours);
    if good { Ok(esk.len()) } else { Err(BackupError::Malformed) }
}

/// `None` when this packet's password is another.
fn try_one(
    binary: &[u8],
    place: usize,
    password: &Password,
) -> Result<Option<Zeroizing<String>>, BackupError> {
    let message = Message::from_bytes(binary).map_err(|_| BackupError::Malformed)?;
    let Message::Encrypted { mut esk, edata, is_nested } = message else {
        return Err(BackupError::Malformed);
    };
    let alone = Message::Encrypted { esk: vec![esk.swap_remove(place)], edata, is_nested };
    let Ok(mut opened) = alone.decrypt_with_password(password) else { return Ok(None) };
    if !opened.is_literal() {
        return Ok(None);
    }
    let mut plain = Zeroizing::new(Vec::new());
    let limit = MAX_BACKUP_BYTES as u64 + 1;
    // The integrity check comes at the end of reading.
    (&mut opened).take(limit).read_to_end(&mut plain).map_err(|_| BackupError::Malformed)?;
    if plain.len() > MAX_BACKUP_BYTES {
        return Err(BackupError::TooLarge);
    }
    let text = std::str::from_utf8(&plain).map_err(|_| BackupError::Malformed)?;
    Ok(Some(Zeroizing::new(text.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(n: u8) -> String {
        phrase::to_words(&CaseSecret::from_bytes([n; 16])).to_string()
    }

    #[test]
    fn each_phrase_opens_the_backup_and_no_other_does() {
        let phrases: Vec<String> = (1..=5).map(words).collect();
        let phrases: Vec<&str> = phrases.iter().map(String::as_str).collect();
        let sealed = seal_backup("two cases", &phrases).unwrap();
        assert!(sealed.starts_with("-----BEGIN PGP MESSAGE-----") && !sealed.contains("two cases"));
        for phrase in &phrases {
            assert_eq!(*open_backup(&sealed, &phrase.to_uppercase()).unwrap(), "two cases");
        }
        assert_eq!(open_backup(&sealed, &words(6)).unwrap_err(), BackupError::OtherWords);
    }

    #[test]
    fn a_changed_or_foreign_file_is_refused() {
        let sealed = seal_backup(&"case ".repeat(500), &[&words(1)]).unwrap();
        for place in (60..sealed.len() - 40).step_by(37) {
            let mut bytes = sealed.clone().into_bytes();
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(open_backup(&changed, &words(1)).is_err(), "byte {place}");
        }
        for foreign in ["", "no armor", sealed.get(..sealed.len() / 2).unwrap()] {
            assert_eq!(open_backup(foreign, &words(1)).unwrap_err(), BackupError::Malformed);
        }
    }

    #[test]
    fn a_wrong_number_of_phrases_is_refused() {
        assert_eq!(seal_backup("x", &[]).unwrap_err(), BackupError::Phrases);
        let phrase = words(1);
        assert_eq!(
            seal_backup("x", &vec![phrase.as_str(); MAX_PHRASES + 1]).unwrap_err(),
            BackupError::Phrases
        );
        assert!(matches!(seal_backup("x", &["no words"]), Err(BackupError::Phrase(_))));
    }
}
