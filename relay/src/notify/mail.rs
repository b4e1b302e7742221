//! The mails: the sealed letter as PGP/MIME, or a word. Subjects say nothing of what is inside, which nobody here knows.

use std::time::{Duration, UNIX_EPOCH};

use lettre::Address;
use lettre::message::header::{
    ContentDisposition, ContentTransferEncoding, ContentType, HeaderName, HeaderValue,
};
use lettre::message::{Mailbox, Message, MessageBuilder, MultiPart, SinglePart};
use sealpost_keys::SealedLetter;
use sealpost_shared::{CaseId, EntryId, Timestamp};

use crate::store::DeskAddress;

/// What became of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The server has taken it.
    Sent,
    /// It was not to be reached, or asks to come again.
    Failed,
    /// It will never take this.
    Refused,
}

/// Where a mail goes and from where.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mail<'a> {
    pub(super) to: &'a [Address],
    pub(super) desk: &'a DeskAddress,
    pub(super) origin: &'a str,
}

/// A mail without its sender.
pub(super) type Unsent = Box<dyn FnOnce(Mailbox) -> Result<Message, lettre::error::Error> + Send>;

impl Mail<'_> {
    /// The letter as it is stored, in the form that mail programs open. **Rule:** RFC 3156, 4.
    pub(super) fn letter(self, case: CaseId, entry: EntryId, letter: Vec<u8>, now: Timestamp) -> Unsent {
        let armored = SealedLetter::from_bytes_unchecked(letter).to_armored();
        let subject = format!("A sealed letter for {}/{}", self.desk.team, self.desk.desk);
        // The same mail sent twice, because nobody heard that the first had arrived, has the same name.
        let head = self.head(&subject, format!("<{entry}.{case}@sealpost.invalid>"), now);
        Box::new(move |from| head.from(from).multipart(encrypted(armored)))
    }

    /// That something is waiting, and how to fetch it.
    pub(super) fn word(self, letters: usize, now: Timestamp) -> Unsent {
        let DeskAddress { team, desk } = self.desk;
        let count = if letters == 1 {
            "A sealed letter is".to_owned()
        } else {
            format!("{letters} sealed letters are")
        };
        let text = format!(
            "{count} waiting for {team}/{desk} at {}.\r\n\r\nFetch and open: sealpost pull --relay {} --team {team} --desk {desk}\r\n\r\n\
             Nobody reads answers to this mail.\r\n",
            self.origin, self.origin
        );
        let mut dice = [0; 16];
        rand::RngCore::fill_bytes(&mut rand::rngs::OsRng, &mut dice);
        let name = format!("<{}@sealpost.invalid>", data_encoding::HEXLOWER.encode(&dice));
        let head = self.head(&format!("Something is waiting for {team}/{desk}"), name, now);
        Box::new(move |from| head.from(from).header(ContentType::TEXT_PLAIN).body(text))
    }

    /// **Rule:** RFC 3834, 5: what a machine sends says so, and no machine answers it.
    fn head(self, subject: &str, name: String, now: Timestamp) -> MessageBuilder {
        let at = UNIX_EPOCH + Duration::from_secs(now.seconds().unsigned_abs());
        let mut head = Message::builder().date(at).message_id(Some(name)).subject(subject);
        for address in self.to {
            head = head.to(Mailbox::new(None, address.clone()));
        }
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        head.raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
    }
}

fn encrypted(armored: String) -> MultiPart {
    let part = |kind: &str, text: String| {
        let kind = ContentType::parse(kind).expect("a media type as it stands in the RFC");
        let part = SinglePart::builder().header(kind).header(ContentTransferEncoding::SevenBit);
        part.header(ContentDisposition::inline()).body(text.replace('\n', "\r\n"))
    };
    MultiPart::encrypted("application/pgp-encrypted".to_owned())
        .singlepart(part("application/pgp-encrypted", "Version: 1\n".to_owned()))
        .singlepart(part("application/octet-stream; name=\"encrypted.asc\"", armored))
}
