//! A letter before sealing and after opening: prose, case data, certificate, attachments.

use sealpost_shared::letter::{self, FieldError, LetterData};
use sealpost_shared::limits;

use crate::cert::UncheckedCert;
use crate::names::safe_name;

/// A letter to be sealed. Whoever builds one says everything that will stand inside the encryption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The prose, in Markdown; line ends become `\n`.
    pub text: String,
    /// What machines read.
    pub data: LetterData,
    /// The case key's certificate, in the reporter's letters.
    pub reporter_certificate: Option<UncheckedCert>,
    /// Small files; at most [`limits::MAX_ATTACHMENTS`].
    pub attachments: Vec<Attachment>,
}

/// A small file inside a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its name, always without folders and control characters: see [`Attachment::new`].
    name: String,
    /// Its media type, such as `image/png`.
    content_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Attachment {
    /// Takes a file; name and type are made harmless: folders, control characters and leading dots go, a strange type becomes
    /// `application/octet-stream`.
    #[must_use]
    pub fn new(name: &str, content_type: &str, bytes: Vec<u8>) -> Self {
        Self { name: safe_name(name), content_type: safe_type(content_type), bytes }
    }

    /// The name: one path component, never empty, at most 120 bytes.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The media type, lowercase, without parameters.
    #[must_use]
    pub fn content_type(&self) -> &str {
        &self.content_type
    }
}

impl Letter {
    /// Checks what a person can put right before sealing.
    ///
    /// # Errors
    /// The first field that cannot be sent as it is. A reply's or a desk's text may be empty: it says something by its kind.
    pub fn check(&self) -> Result<(), FieldError> {
        match &self.data {
            LetterData::Report(data) => data.check().and_then(|()| letter::check_report(&self.text)),
            LetterData::FollowUp(_) => letter::check_report(&self.text),
            LetterData::Reply(_) | LetterData::Desk(_) | LetterData::Notice(_)
                if self.text.len() > limits::MAX_REPORT_BYTES =>
            {
                Err(FieldError::ReportLong)
            }
            LetterData::Reply(_) | LetterData::Desk(_) | LetterData::Notice(_) => Ok(()),
        }
    }
}

fn safe_type(content_type: &str) -> String {
    let token = |part: &str| {
        let allowed = |c: char| {
            c.is_ascii_alphanumeric() || matches!(c, '!' | '#' | '$' | '&' | '-' | '^' | '_' | '.' | '+')
        };
        (1..=64).contains(&part.len()) && part.chars().all(allowed)
    };
    let bare = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match bare.split_once('/') {
        Some((kind, sub)) if token(kind) && token(sub) && kind != "multipart" && kind != "message" => bare,
        _ => "application/octet-stream".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strange_type_becomes_plain_bytes() {
        assert_eq!(safe_type("Text/Plain; charset=utf-8"), "text/plain");
        for bad in ["", "text", "text/", "a b/c", "text/plain\r\nX: y/z", "multipart/mixed", "message/rfc822"]
        {
            assert_eq!(safe_type(bad), "application/octet-stream", "{bad:?}");
        }
    }
}
