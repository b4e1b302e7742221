//! What stood inside a letter, whoever wrote it with whatever program.

use sealpost_shared::letter::LetterData;

use crate::cert::UncheckedCert;
use crate::letter::Attachment;

/// The inside of an opened letter. A letter typed into gpg has text and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contents {
    /// The prose, with `\n` line ends. Whatever it says, it is text: never render it as HTML unescaped.
    pub text: String,
    /// What machines read; `None` if no program of ours wrote the letter.
    pub data: Option<LetterData>,
    /// The certificate that the letter brings.
    pub reporter_certificate: Option<UncheckedCert>,
    /// Files, with names that were made harmless.
    pub attachments: Vec<Attachment>,
}
