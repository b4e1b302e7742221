//! Reading what was inside the encryption: our own letters, mail programs' entities, and plain text typed into gpg.

mod marks;

use std::borrow::Cow;

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders as _, PartType};
use sealpost_shared::letter::LetterData;
use sealpost_shared::limits;

use self::marks::Marks;
use super::{CERT_NAME, DATA_NAME, PADDING_TYPE};
use crate::cert::UncheckedCert;
use crate::letter::Attachment;
use crate::open::Contents;

/// The most parts of an entity: all attachments, our own parts, and what mail programs wrap around them.
const MAX_PARTS: usize = limits::MAX_ATTACHMENTS + 16;

/// The most messages inside messages. The parser keeps them inside each other, and a deep pile would exhaust the stack
/// when it is dropped; nobody forwards a report sixteen times.
const MAX_NESTED_MESSAGES: usize = 16;

/// Reads a plaintext. Nothing is lost: what is not understood becomes text or an attachment.
pub(crate) fn read(plain: &[u8]) -> Contents {
    parse(plain).unwrap_or_else(|| as_it_is(plain))
}

fn parse(plain: &[u8]) -> Option<Contents> {
    if !starts_like_mime(plain)
        || types_that_say(plain, &[b"message", b"digest"]) > MAX_NESTED_MESSAGES
        || types_that_say(plain, &[b"multipart"]) > MAX_PARTS
    {
        return None;
    }
    let marks = Marks::of(plain);
    let marked = marked(plain, &marks)?;
    let message = MessageParser::default().parse(marked.as_ref())?;
    if message.parts.len() > MAX_PARTS {
        return None;
    }
    let mut contents = Contents::default();
    let mut text: Option<String> = None;
    for part in &message.parts {
        if matches!(part.body, PartType::Multipart(_)) {
            continue;
        }
        match &part.body {
            PartType::Text(body) if text.is_none() && !is_attachment(part) => {
                text = Some(line_feeds(&marks.text(body)));
            }
            _ => sort_in(&message, part, &marks, &mut contents),
        }
    }
    contents.text = text.unwrap_or_default();
    Some(contents)
}

/// The plaintext with every false boundary taken apart. A part that a false one hid may name another boundary, so it is read until
/// none is new.
fn marked<'a>(plain: &'a [u8], marks: &Marks) -> Option<Cow<'a, [u8]>> {
    let mut marked = Cow::Borrowed(plain);
    let mut seen: Vec<String> = Vec::new();
    loop {
        let message = MessageParser::default().parse(marked.as_ref())?;
        // Every boundary costs a walk over the whole; thousands of them would take minutes.
        if message.parts.len() > MAX_PARTS {
            return None;
        }
        let named = message.parts.iter().filter_map(|part| part.content_type()?.attribute("boundary"));
        let new: Vec<String> = named.map(str::to_owned).filter(|name| !seen.contains(name)).collect();
        drop(message);
        let mut changed = false;
        for boundary in new {
            if let Some(apart) = marks.set(&marked, &boundary) {
                (marked, changed) = (Cow::Owned(apart), true);
            }
            seen.push(boundary);
        }
        if !changed || seen.len() > MAX_PARTS {
            return Some(marked);
        }
    }
}

fn as_it_is(plain: &[u8]) -> Contents {
    match std::str::from_utf8(plain) {
        Ok(text) => Contents { text: line_feeds(text), ..Contents::default() },
        Err(_) => {
            let file = Attachment::new("letter.bin", "application/octet-stream", plain.to_vec());
            Contents { attachments: vec![file], ..Contents::default() }
        }
    }
}

fn line_feeds(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// A MIME entity starts with one of these headers; a note typed by hand does not.
fn starts_like_mime(plain: &[u8]) -> bool {
    let starts = |name: &[u8]| plain.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name));
    starts(b"mime-version:") || starts(b"content-type:")
}

/// Counts the lines of headers of types that say one of these words, generously: folded lines belong to their header. The parser walks over
/// the whole for each entity inside another, so a pile of thousands would take it minutes.
fn types_that_say(plain: &[u8], words: &[&[u8]]) -> usize {
    let mut count = 0;
    let mut in_type = false;
    for line in plain.split(|byte| *byte == b'\n' || *byte == b'\r') {
        let line = line.to_ascii_lowercase();
        in_type = line.starts_with(b"content-type")
            || (in_type && matches!(line.first(), None | Some(b' ' | b'\t')));
        let says = |word: &[u8]| line.windows(word.len()).any(|window| window == word);
        if in_type && words.iter().any(|word| says(word)) {
            count += 1;
        }
    }
    count
}

fn is_attachment(part: &MessagePart<'_>) -> bool {
    part.content_disposition().is_some_and(mail_parser::ContentType::is_attachment)
}

fn content_type(part: &MessagePart<'_>) -> String {
    part.content_type().map_or_else(String::new, |found| {
        format!("{}/{}", found.ctype(), found.subtype().unwrap_or_default()).to_ascii_lowercase()
    })
}

/// Our own parts are inline and carry our names; a file of the same name is attached and stays a file.
fn sort_in(message: &Message<'_>, part: &MessagePart<'_>, marks: &Marks, contents: &mut Contents) {
    let kind = content_type(part);
    let kind = marks.text(&kind);
    let name = marks.text(part.attachment_name().unwrap_or_default());
    let bytes = marks.bytes(&bytes(message, part));
    if !is_attachment(part) {
        if kind == PADDING_TYPE {
            return;
        }
        if kind == "application/json"
            && name == DATA_NAME
            && contents.data.is_none()
            && let Ok(data) = serde_json::from_slice::<LetterData>(&bytes)
        {
            contents.data = Some(data);
            return;
        }
        if kind == "application/pgp-keys"
            && name == CERT_NAME
            && contents.reporter_certificate.is_none()
            && let Ok(cert) = UncheckedCert::parse_one(&bytes)
        {
            contents.reporter_certificate = Some(cert);
            return;
        }
    }
    contents.attachments.push(Attachment::new(&name, &kind, bytes));
}

fn bytes(message: &Message<'_>, part: &MessagePart<'_>) -> Vec<u8> {
    match &part.body {
        PartType::Text(text) | PartType::Html(text) => text.as_bytes().to_vec(),
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) => bytes.to_vec(),
        PartType::Message(_) | PartType::Multipart(_) => {
            let range = part.offset_body as usize..part.offset_end as usize;
            message.raw_message.get(range).unwrap_or_default().to_vec()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a script of the team's might write: `B` is a legal boundary (RFC 2046, 5.1.1).
    const OF_A_SCRIPT: &str = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"B\"\r\n\r\n\
        --B\r\nContent-Type: text/plain\r\n\r\nThe flags are --Bogus and --Best.\r\n\
        --B\r\nContent-Type: application/pgp-keys\r\nContent-Disposition: attachment; filename=\"a--B.asc\"\r\n\r\n\
        -----BEGIN PGP PUBLIC KEY BLOCK-----\r\n\r\n-----END PGP PUBLIC KEY BLOCK-----\r\n--B--\r\n";

    #[test]
    fn a_pile_of_entities_that_never_end_is_text_and_takes_no_time() {
        let mut pile = "Content-Type: multipart/mixed; boundary=\"a\"\r\n\r\n".to_owned();
        for n in 0..20_000 {
            pile.push_str(&format!("--a\r\nContent-Type: multipart/mixed; boundary=\"a{n}\"\r\n\r\n"));
        }
        let contents = read(pile.as_bytes());
        assert!(
            contents.text.starts_with("Content-Type: multipart/mixed") && contents.attachments.is_empty()
        );
    }

    #[test]
    fn a_boundary_stands_at_the_beginning_of_a_line() {
        let contents = read(OF_A_SCRIPT.as_bytes());
        assert_eq!(contents.text, "The flags are --Bogus and --Best.");
        let [key] = contents.attachments.as_slice() else { panic!("{:?}", contents.attachments) };
        assert_eq!(key.name(), "a--B.asc");
        let key = String::from_utf8(key.bytes.clone()).unwrap();
        assert_eq!(key, "-----BEGIN PGP PUBLIC KEY BLOCK-----\r\n\r\n-----END PGP PUBLIC KEY BLOCK-----");
    }

    #[test]
    fn the_boundary_of_a_part_that_a_false_one_hid_is_found_too() {
        let inner = "Content-Type: multipart/mixed; boundary=\"C\"\r\n\r\n--C\r\nContent-Type: text/plain\r\n\r\na --C b\r\n--C--\r\n";
        let entity = format!(
            "Content-Type: multipart/mixed; boundary=\"B\"\r\n\r\n--B\r\nX-Note: --B\r\n{inner}--B\r\n\
             Content-Type: text/plain\r\n\r\nx--B--\r\nlast\r\n--B--\r\n"
        );
        let contents = read(entity.as_bytes());
        assert_eq!(contents.text, "a --C b");
        let [last] = contents.attachments.as_slice() else { panic!("{:?}", contents.attachments) };
        assert_eq!(last.bytes, b"x--B--\r\nlast");
    }
}
