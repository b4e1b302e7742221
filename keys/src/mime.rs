//! The inside of a letter as one MIME entity: what `gpg -d` shows and a mail program opens (RFC 3156, second part).

use std::fmt::Write as _;

use data_encoding::{BASE64, HEXLOWER};
use rand::RngCore as _;

use crate::letter::{Attachment, Letter};
use crate::padding;

#[cfg(feature = "open")]
pub(crate) mod read;

/// The name of the part that machines read.
pub(crate) const DATA_NAME: &str = "sealpost.json";
/// The name of the reporter's certificate.
pub(crate) const CERT_NAME: &str = "reporter-key.asc";
/// The type of the last part, which is blank.
pub(crate) const PADDING_TYPE: &str = "application/x-padding";

/// The longest line of an 8-bit part, without its end (RFC 5322, 2.1.1).
const MAX_LINE_BYTES: usize = 998;
/// The longest line of base64 and quoted-printable (RFC 2045, 6.7 and 6.8).
const SHORT_LINE_BYTES: usize = 76;

/// Writes a letter; the length of the result is a bucket of [`padding`]. Line ends are CRLF.
pub(crate) fn write(letter: &Letter) -> String {
    let boundary = make_boundary(letter);
    let mut out =
        format!("MIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n boundary=\"{boundary}\"\r\n\r\n");
    text_part(&mut out, &boundary, "Content-Type: text/markdown; charset=utf-8\r\n", &letter.text);
    let data = serde_json::to_string_pretty(&letter.data).expect("letter data is strings and numbers");
    text_part(&mut out, &boundary, &inline("application/json", DATA_NAME), &data);
    if let Some(cert) = &letter.reporter_certificate {
        text_part(&mut out, &boundary, &inline("application/pgp-keys", CERT_NAME), &cert.to_armored());
    }
    for attachment in &letter.attachments {
        attachment_part(&mut out, &boundary, attachment);
    }
    padding_part(&mut out, &boundary);
    out
}

/// 128 random bits; drawn again in the impossible case that the letter has them in it.
fn make_boundary(letter: &Letter) -> String {
    loop {
        let mut random = [0; 16];
        rand::rngs::OsRng.fill_bytes(&mut random);
        let boundary = format!("sealpost-{}", HEXLOWER.encode(&random));
        if !letter.text.contains(&boundary) {
            return boundary;
        }
    }
}

fn inline(content_type: &str, name: &str) -> String {
    format!(
        "Content-Type: {content_type}; name=\"{name}\"\r\nContent-Disposition: inline; filename=\"{name}\"\r\n"
    )
}

/// Writes text as it is where MIME allows that, so that a person can read it without a mail program.
fn text_part(out: &mut String, boundary: &str, head: &str, text: &str) {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let blank_end = |line: &str| line.ends_with([' ', '\t']);
    let readable = |c: char| c == '\n' || c == '\t' || !c.is_control();
    let as_is =
        text.chars().all(readable) && text.split('\n').all(|l| l.len() <= MAX_LINE_BYTES && !blank_end(l));
    let (encoding, body) = if as_is {
        ("8bit", text.replace('\n', "\r\n"))
    } else {
        ("quoted-printable", quoted_printable(&text))
    };
    let _ = write!(out, "--{boundary}\r\n{head}Content-Transfer-Encoding: {encoding}\r\n\r\n{body}\r\n");
}

/// RFC 2045, 6.7; every byte that is not plain ASCII is escaped, soft line breaks keep lines short.
fn quoted_printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut column = 0;
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        if byte == b'\n' {
            out.push_str("\r\n");
            column = 0;
            continue;
        }
        let at_line_end = bytes.peek().is_none_or(|next| *next == b'\n');
        let plain =
            (byte.is_ascii_graphic() && byte != b'=') || (matches!(byte, b' ' | b'\t') && !at_line_end);
        let width = if plain { 1 } else { 3 };
        if column + width >= SHORT_LINE_BYTES {
            out.push_str("=\r\n");
            column = 0;
        }
        if plain {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "={byte:02X}");
        }
        column += width;
    }
    out
}

fn attachment_part(out: &mut String, boundary: &str, attachment: &Attachment) {
    let name = name_parameter(attachment.name());
    let _ = write!(
        out,
        "--{boundary}\r\nContent-Type: {}\r\nContent-Disposition: attachment;\r\n {name}\r\nContent-Transfer-Encoding: base64\r\n\r\n",
        attachment.content_type(),
    );
    // 57 bytes make one line of 76 digits.
    for line in attachment.bytes.chunks(57) {
        BASE64.encode_append(line, out);
        out.push_str("\r\n");
    }
}

/// A plain name in quotes; any other percent-encoded as RFC 2231 has it. [`Attachment::new`] let no quote or control through.
fn name_parameter(name: &str) -> String {
    if name.chars().all(|c| c.is_ascii_graphic() || c == ' ') && !name.contains(['"', '\\', '%']) {
        return format!("filename=\"{name}\"");
    }
    let mut encoded = String::from("filename*=utf-8''");
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// The last part: blanks up to the bucket.
fn padding_part(out: &mut String, boundary: &str) {
    let _ = write!(
        out,
        "--{boundary}\r\nContent-Type: {PADDING_TYPE}\r\nContent-Disposition: inline; filename=\"padding\"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    );
    let end = format!("\r\n--{boundary}--\r\n");
    let blanks = padding::bucket(out.len() + end.len()) - out.len() - end.len();
    let line = SHORT_LINE_BYTES + 2;
    for place in 0..blanks {
        // A line end is two bytes: where only its first would fit, a blank stands.
        out.push(match place % line {
            76 if place + 1 < blanks => '\r',
            77 => '\n',
            _ => ' ',
        });
    }
    out.push_str(&end);
}
