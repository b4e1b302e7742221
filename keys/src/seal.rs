//! Sealing: a letter becomes one signed and encrypted OpenPGP message. **Rule:** DESIGN, "Sealing"; promise 1.

use std::io::Read as _;

use data_encoding::HEXLOWER;
use pgp::armor::{self, BlockType};
use pgp::composed::{MessageBuilder, SubpacketConfig};
use pgp::packet::{Subpacket, SubpacketData};
use pgp::types::{KeyDetails as _, KeyVersion, Password, SigningKey as PgpSigningKey};
use rand::rngs::OsRng;
use sealpost_shared::letter::FieldError;
use sealpost_shared::{Timestamp, limits};
use sha2::{Digest as _, Sha256};

use crate::case_key::{CaseKey, CaseSigner};
use crate::cert::UncheckedCert;
use crate::judge::{TeamCert, Unusable};
use crate::letter::Letter;
use crate::mime;
use crate::recipients;
use crate::rules;
use crate::self_sign::HASH;
use crate::signed_stream::Signed;
use crate::signing_key::{Signer, SigningKey};

/// A sealed letter: one binary OpenPGP message, or what the network said is one.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedLetter(Vec<u8>);

impl SealedLetter {
    /// Takes bytes from the network or a file as they are; [`crate::check_sealed`] and opening look inside.
    #[must_use]
    pub const fn from_bytes_unchecked(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes that travel.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes that travel, given away.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// SHA-256 of the bytes in lowercase hexadecimal, as it stands in a receipt.
    #[must_use]
    pub fn sha256(&self) -> String {
        HEXLOWER.encode(&Sha256::digest(&self.0))
    }

    /// The message in ASCII armor, for mail and for pasting.
    #[must_use]
    pub fn to_armored(&self) -> String {
        let mut out = Vec::new();
        armor::write(&Raw(&self.0), BlockType::Message, &mut out, None, true)
            .expect("writing to memory does not fail");
        String::from_utf8(out).expect("armor is ASCII")
    }
}

impl std::fmt::Debug for SealedLetter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SealedLetter({} bytes)", self.0.len())
    }
}

/// Bytes that are packets already.
pub(crate) struct Raw<'a>(pub(crate) &'a [u8]);

impl pgp::ser::Serialize for Raw<'_> {
    fn to_writer<W: std::io::Write>(&self, writer: &mut W) -> pgp::errors::Result<()> {
        Ok(writer.write_all(self.0)?)
    }

    fn write_len(&self) -> usize {
        self.0.len()
    }
}

/// Says why a letter was not sealed. Nothing left the device.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Nobody to seal to.
    #[error("There is no certificate to seal to, so nothing is sent. The team has to publish one.")]
    NoRecipient,
    /// More than [`limits::MAX_DESK_CERTS`] certificates.
    #[error("This desk names more than {} certificates.", limits::MAX_DESK_CERTS)]
    TooManyRecipients,
    /// A field cannot be sent as it is.
    #[error("{0}")]
    Field(#[from] FieldError),
    /// More than [`limits::MAX_ATTACHMENTS`].
    #[error("A letter takes at most {} attachments. Pack them into one archive.", limits::MAX_ATTACHMENTS)]
    TooManyAttachments,
    /// No file at all, or more than [`limits::MAX_ENCLOSED_FILES`].
    #[error("One enclosure takes 1 to {} files. Pack them into an archive.", limits::MAX_ENCLOSED_FILES)]
    TooManyEnclosures,
    /// Longer than [`limits::MAX_LETTER_PLAIN_BYTES`] with its attachments.
    #[error("With its attachments the letter has {} KiB; at most {} KiB can be sent. Leave something out.", bytes / 1024, limits::MAX_LETTER_PLAIN_BYTES / 1024)]
    TooLarge {
        /// Its length in bytes, as written inside the encryption.
        bytes: usize,
    },
    /// The reporter's certificate cannot be answered to.
    #[error("The reporter's certificate cannot be used. {0}")]
    Recipient(Unusable),
    /// The library refused.
    #[error("The encryption failed, and nothing was sent: {0}")]
    Failed(String),
}

/// Seals a reporter's letter to every certificate of a desk and signs it with the case key.
///
/// # Errors
/// An empty list of recipients is refused, and so is a letter over the limits.
pub fn seal_letter(
    letter: &Letter,
    to: &[TeamCert],
    signer: &CaseKey,
    now: Timestamp,
) -> Result<SealedLetter, SealError> {
    seal(letter, to, |plain| sign_as_case(plain, to, signer.signer(), now))
}

/// Seals a team's reply to the reporter's certificate and signs it with a key file.
///
/// # Errors
/// When the reporter's certificate is unusable, or the letter is over the limits.
pub fn seal_reply(
    letter: &Letter,
    to: &UncheckedCert,
    signer: &SigningKey,
    now: Timestamp,
) -> Result<SealedLetter, SealError> {
    seal_reply_with_copies(letter, to, &[], signer, now)
}

/// Like [`seal_reply`], and to the desk's own certificates as well, so that its members can read their thread.
///
/// # Errors
/// When the reporter's certificate is unusable, there are too many certificates, or the letter is over the limits.
pub fn seal_reply_with_copies(
    letter: &Letter,
    to: &UncheckedCert,
    copies: &[TeamCert],
    signer: &SigningKey,
    now: Timestamp,
) -> Result<SealedLetter, SealError> {
    let mut recipients = vec![to.judge(now).map_err(SealError::Recipient)?];
    recipients.extend_from_slice(copies);
    seal_signed(letter, &recipients, signer, now)
}

/// Seals a member's letter to these certificates, each judged before, and signs it with a key file: a reply with its copies, or a
/// letter of the desk to itself.
///
/// # Errors
/// When there are no or too many certificates, or the letter is over the limits.
pub fn seal_signed(
    letter: &Letter,
    to: &[TeamCert],
    signer: &SigningKey,
    now: Timestamp,
) -> Result<SealedLetter, SealError> {
    match signer.signer() {
        Signer::Primary(key) => seal(letter, to, |plain| sign(plain, to, key, now)),
        Signer::Subkey(key) => seal(letter, to, |plain| sign(plain, to, key, now)),
    }
}

/// The plaintext of a letter as the gpg program is to sign and encrypt it: the MIME entity with its padding.
///
/// For teams whose keys only gpg can reach: `gpg --sign --encrypt --recipient FINGERPRINT`.
///
/// # Errors
/// When the letter is over the limits.
pub fn letter_plaintext(letter: &Letter) -> Result<Vec<u8>, SealError> {
    letter.check()?;
    if letter.attachments.len() > limits::MAX_ATTACHMENTS {
        return Err(SealError::TooManyAttachments);
    }
    let plain = mime::write(letter).into_bytes();
    // Padding grows a full letter by 7 %, which MAX_LETTER_BYTES has room for.
    if plain.len() > crate::padding::bucket(limits::MAX_LETTER_PLAIN_BYTES) {
        return Err(SealError::TooLarge { bytes: plain.len() });
    }
    Ok(plain)
}

fn seal(
    letter: &Letter,
    to: &[TeamCert],
    sign: impl FnOnce(&[u8]) -> pgp::errors::Result<Vec<u8>>,
) -> Result<SealedLetter, SealError> {
    if to.is_empty() {
        return Err(SealError::NoRecipient);
    }
    if to.len() > limits::MAX_DESK_CERTS {
        return Err(SealError::TooManyRecipients);
    }
    // No compression: it would make the length speak, and padding pointless.
    let sealed = sign(&letter_plaintext(letter)?).and_then(|signed| recipients::encrypt(&signed, to));
    sealed.map(SealedLetter).map_err(|e| SealError::Failed(e.to_string()))
}

fn sign_as_case(
    plain: &[u8],
    to: &[TeamCert],
    key: &CaseSigner,
    now: Timestamp,
) -> pgp::errors::Result<Vec<u8>> {
    let (length, mut signed) = (plain.len() as u64, Vec::new());
    let subpackets = subpackets(to, key, now)?;
    Signed::new(plain, length, key.clone(), subpackets)?.read_to_end(&mut signed)?;
    Ok(signed)
}

fn sign(
    plain: &[u8],
    to: &[TeamCert],
    key: &dyn PgpSigningKey,
    now: Timestamp,
) -> pgp::errors::Result<Vec<u8>> {
    let mut builder = MessageBuilder::from_bytes("", plain.to_vec());
    builder.sign_with_subpackets(key, Password::empty(), HASH, subpackets(to, key, now)?);
    builder.to_vec(OsRng)
}

/// Names every recipient inside the signature, so that nobody can pass the letter on as if it were meant for others
/// (RFC 9580, 5.2.3.36).
pub(crate) fn subpackets(
    to: &[TeamCert],
    signer: &dyn PgpSigningKey,
    now: Timestamp,
) -> pgp::errors::Result<SubpacketConfig> {
    let mut hashed = vec![
        Subpacket::critical(SubpacketData::SignatureCreationTime(rules::to_pgp(now)))?,
        Subpacket::regular(SubpacketData::IssuerFingerprint(signer.fingerprint()))?,
    ];
    for cert in to {
        let fingerprint = cert.cert().inner().fingerprint();
        hashed.push(Subpacket::regular(SubpacketData::IntendedRecipientFingerprint(fingerprint))?);
    }
    let mut unhashed = Vec::new();
    if signer.version() != KeyVersion::V6 {
        unhashed.push(Subpacket::regular(SubpacketData::IssuerKeyId(signer.legacy_key_id()))?);
    }
    Ok(SubpacketConfig::UserDefined { hashed, unhashed })
}
