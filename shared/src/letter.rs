//! What a letter says: the report's case data and the team's statements, as the JSON part inside the encryption.
//!
//! The prose of a report or reply is its own Markdown part; this module never sees keys or ciphertext.

mod matter;

use serde::{Deserialize, Serialize};

pub use matter::{EmbargoWord, MAX_HANDLER_CHARS, MAX_STAGES_TOLD, Matter, MissedPromise, StageMark};

use crate::desk::DeskEntry;
use crate::id::{BlobId, CaseId, EntryId, Fingerprint, Slug};
use crate::limits;
use crate::time::Timestamp;

/// The JSON part of every letter. **Rule:** PROTOCOL.md, "Inside a letter".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "letter", rename_all = "kebab-case")]
pub enum LetterData {
    /// From the reporter: the first letter of a case.
    Report(CaseData),
    /// From the reporter: anything later.
    FollowUp(FollowUp),
    /// From the team to the reporter.
    Reply(Reply),
    /// From a member of a desk to the desk itself; the reporter cannot open it.
    Desk(DeskEntry),
    /// From the team to somebody who is told before everybody; no relay carries it.
    Notice(Notice),
}

impl LetterData {
    /// The case the letter says it belongs to. A letter found in another case is refused.
    #[must_use]
    pub const fn case(&self) -> CaseId {
        match self {
            Self::Report(data) => data.case,
            Self::FollowUp(data) => data.case,
            Self::Reply(data) => data.case,
            Self::Desk(data) => data.case,
            Self::Notice(data) => data.case,
        }
    }
}

/// What the reporter states about the problem beside the prose. Optional fields are left out when empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseData {
    /// The case this letter opens.
    pub case: CaseId,
    /// The team it is addressed to.
    pub team: Slug,
    /// The desk it is addressed to.
    pub desk: Slug,
    /// One line; at most [`limits::MAX_TITLE_CHARS`] characters.
    pub title: String,
    /// When the reporter pressed the button, by the reporter's clock.
    pub written_at: Timestamp,
    /// Product or component, in the reporter's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub product: String,
    /// Affected versions, in the reporter's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub versions: String,
    /// How bad the reporter thinks it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// The reporter knows of attacks.
    #[serde(default)]
    pub exploited: bool,
    /// The reporter knows that the problem is public already.
    #[serde(default)]
    pub public: bool,
    /// How the reporter wants to be credited; empty for no wish, and nothing here is verified.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub credit: String,
    /// SHA-256 of the policy file in force, in lowercase hexadecimal: the promises this case is measured by.
    pub policy_sha256: String,
    /// The files that travel beside this letter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enclosures: Option<Enclosures>,
}

/// Files that travel beside a letter, as one sealed blob. The letter is signed, so these values are the sender's word: a blob
/// of another size or digest is not what was sent, and nothing of it is believed. **Rule:** PROTOCOL.md, "Enclosures".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enclosures {
    /// The blob at the relay.
    pub blob: BlobId,
    /// Sealed bytes.
    pub size: u64,
    /// SHA-256 of the sealed bytes, in lowercase hexadecimal.
    pub sha256: String,
    /// What is inside, in order.
    pub files: Vec<EnclosedFile>,
}

/// One file among [`Enclosures`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnclosedFile {
    /// Its name: one path component, made harmless by the sender and again by the reader.
    pub name: String,
    /// Its bytes.
    pub size: u64,
}

impl CaseData {
    /// Checks what a form or a command line must have filled in.
    ///
    /// # Errors
    /// The first field that cannot be sent as it is.
    pub fn check(&self) -> Result<(), FieldError> {
        check_title(&self.title)
    }
}

/// Room for the letter's JSON, the reporter's certificate and the parts' headers: 4 KiB are typical.
const OVERHEAD_BYTES: usize = 24 * 1024;

/// How many bytes of files fit beside a report of `text_bytes`. **Rule:** PROTOCOL.md, "Limits".
///
/// Files travel as base64 in lines of 76, which makes 57 bytes 78; text may grow by quoting, so half as much again is set aside.
#[must_use]
pub const fn room_for_files(text_bytes: usize) -> usize {
    let taken = text_bytes + text_bytes / 2 + OVERHEAD_BYTES;
    limits::MAX_LETTER_PLAIN_BYTES.saturating_sub(taken) / 78 * 57
}

/// Checks a title: present, one line, not too long.
///
/// # Errors
/// Says which of the three it is.
pub fn check_title(title: &str) -> Result<(), FieldError> {
    let title = title.trim();
    if title.is_empty() {
        Err(FieldError::TitleMissing)
    } else if title.chars().any(char::is_control) {
        Err(FieldError::TitleControl)
    } else if title.chars().count() > limits::MAX_TITLE_CHARS {
        Err(FieldError::TitleLong)
    } else {
        Ok(())
    }
}

/// Checks the prose of a report: present and not too long.
///
/// # Errors
/// Says which of the two it is.
pub fn check_report(text: &str) -> Result<(), FieldError> {
    if text.trim().is_empty() {
        Err(FieldError::ReportMissing)
    } else if text.len() > limits::MAX_REPORT_BYTES {
        Err(FieldError::ReportLong)
    } else {
        Ok(())
    }
}

/// Names the field of a report that cannot be sent as it is, in a sentence for the person who wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// The title is empty.
    #[error("Give the report a title: one line that tells it from others.")]
    TitleMissing,
    /// The title has a line break or another control character.
    #[error("The title must be one line, without tabs or other control characters.")]
    TitleControl,
    /// The title is longer than [`limits::MAX_TITLE_CHARS`].
    #[error("The title is longer than 160 characters. Shorten it; details belong in the report.")]
    TitleLong,
    /// The report is empty.
    #[error("Write what you found: the team can act only on what stands here.")]
    ReportMissing,
    /// The report is longer than [`limits::MAX_REPORT_BYTES`].
    #[error("The report is longer than 512 KiB. Move long logs into a file and attach it.")]
    ReportLong,
}

/// A qualitative severity in four words (CVSS v4.0 section 6, without "none").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Severity {
    /// Little harm, or hard to reach.
    Low,
    /// Limited harm.
    Medium,
    /// Serious harm.
    High,
    /// Serious harm, easily reached.
    Critical,
}

/// A later letter of the reporter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUp {
    /// The case it belongs to.
    pub case: CaseId,
    /// The entry it is stored as: a copy of it under another id says nothing.
    pub entry: EntryId,
    /// When it was written, by the reporter's clock.
    pub written_at: Timestamp,
    /// What the reporter says about the embargo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embargo: Option<EmbargoWord>,
    /// The promises that were not kept in time, by the reporter's own record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missed: Vec<MissedPromise>,
    /// The files that travel beside this letter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enclosures: Option<Enclosures>,
}

impl LetterData {
    /// The files that travel beside the letter.
    #[must_use]
    pub const fn enclosures(&self) -> Option<&Enclosures> {
        match self {
            Self::Report(data) => data.enclosures.as_ref(),
            Self::FollowUp(data) => data.enclosures.as_ref(),
            Self::Reply(_) | Self::Desk(_) | Self::Notice(_) => None,
        }
    }
}

/// A statement of the team to the reporter. Only a valid signature of the desk makes it count (promise 5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The case it belongs to.
    pub case: CaseId,
    /// The entry it is stored as: a copy of it under another id says nothing.
    pub entry: EntryId,
    /// The reporter's certificate it is addressed to.
    pub to: Fingerprint,
    /// What it says in the timeline's terms.
    pub kind: ReplyKind,
    /// When it was written, by the team's clock.
    pub written_at: Timestamp,
    /// What it says of the disclosure.
    #[serde(flatten)]
    pub matter: Matter,
}

/// A message to one of the policy's audiences before the embargo lifts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The case it is about.
    pub case: CaseId,
    /// The audience, as the policy names it.
    pub audience: String,
    /// When it was written, by the team's clock.
    pub written_at: Timestamp,
    /// When the embargo lifts: until then nothing of it may become public.
    pub lifts_at: Timestamp,
}

/// What a human reply means for the clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReplyKind {
    /// "We have it and a person looked at it."
    Acknowledgement,
    /// The detailed answer: what happens next.
    Answer,
    /// Progress.
    Update,
    /// The case is closed; its ladder stays shut.
    Closing,
    /// Progress: a stage of the disclosure was reached, or the case has a handler.
    Stage,
    /// About the date until which nobody speaks.
    Embargo,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letters_json_is_frozen() {
        let reply = LetterData::Reply(Reply {
            case: "00112233445566778899aabbccddeeff".parse().unwrap(),
            entry: "ffeeddccbbaa99887766554433221100".parse().unwrap(),
            to: "5769C88BF5DD3D14A234A7ACEFB9860AE7520DAC".parse().unwrap(),
            kind: ReplyKind::Acknowledgement,
            written_at: "2026-11-23T12:00:00Z".parse().unwrap(),
            matter: Matter::default(),
        });
        let json = r#"{"letter":"reply","case":"00112233445566778899aabbccddeeff","entry":"ffeeddccbbaa99887766554433221100","to":"5769C88BF5DD3D14A234A7ACEFB9860AE7520DAC","kind":"acknowledgement","written_at":"2026-11-23T12:00:00Z"}"#;
        assert_eq!(serde_json::to_string(&reply).unwrap(), json);
        assert_eq!(serde_json::from_str::<LetterData>(json).unwrap(), reply);
    }

    #[test]
    fn what_a_letter_says_of_the_disclosure_is_frozen() {
        let json = r#"{"letter":"reply","case":"00112233445566778899aabbccddeeff","entry":"ffeeddccbbaa99887766554433221100","to":"5769C88BF5DD3D14A234A7ACEFB9860AE7520DAC","kind":"stage","written_at":"2026-11-23T12:00:00Z","handler":"Alice","stages":[{"stage":"confirmed","at":"2026-11-23T11:00:00Z"}],"embargo":{"word":"proposed","until":"2026-12-01T14:00:00Z"}}"#;
        let read: LetterData = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), json);
        let json = r#"{"letter":"follow-up","case":"00112233445566778899aabbccddeeff","entry":"ffeeddccbbaa99887766554433221100","written_at":"2026-11-23T12:00:00Z","embargo":{"word":"agreed","until":"2026-12-01T14:00:00Z"},"missed":[{"promise":"acknowledge","due":"2026-11-22T12:00:00Z"}]}"#;
        let read: LetterData = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), json);
    }

    #[test]
    fn a_handlers_name_is_one_bounded_line() {
        let named =
            |name: &str| Matter { handler: Some(name.to_owned()), ..Matter::default() }.handler_line();
        assert_eq!(named(" Al\u{1b}ice\n"), Some("Alice".to_owned()));
        assert_eq!(named("\n"), None);
        assert_eq!(named(&"x".repeat(500)), Some("x".repeat(MAX_HANDLER_CHARS)));
    }

    #[test]
    fn a_title_is_one_line_of_bounded_length() {
        assert_eq!(check_title("  "), Err(FieldError::TitleMissing));
        assert_eq!(check_title("a\nb"), Err(FieldError::TitleControl));
        assert_eq!(check_title(&"x".repeat(161)), Err(FieldError::TitleLong));
        assert_eq!(check_title("Buffer overflow in the parser"), Ok(()));
        assert_eq!(check_report("\n"), Err(FieldError::ReportMissing));
    }
}
