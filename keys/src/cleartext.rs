//! The cleartext signature framework: a text that people read, with its signature below. **Rule:** RFC 9580, 7.
//!
//! Strict where leniency would let somebody show a text that nobody signed: nothing may stand before, between or behind.

use pgp::packet::Signature;

use crate::verify::{self, SignatureError};

/// The most bytes of a cleartext-signed text: a policy file and its signatures.
const MAX_BYTES: usize = 256 * 1024;

const BEGIN: &str = "-----BEGIN PGP SIGNED MESSAGE-----";
const SIGNATURE: &str = "-----BEGIN PGP SIGNATURE-----";
const END: &str = "-----END PGP SIGNATURE-----";

/// A text and the signatures below it, parsed and not verified.
pub(crate) struct Cleartext {
    /// The text with `\n` between its lines and no line end after the last.
    pub(crate) text: String,
    pub(crate) signatures: Vec<Signature>,
}

impl Cleartext {
    pub(crate) fn parse(signed: &str) -> Result<Self, SignatureError> {
        if signed.len() > MAX_BYTES {
            return Err(SignatureError::Unreadable);
        }
        let parsed = split(signed.trim()).ok_or(SignatureError::Unreadable)?;
        let (text, armored) = parsed;
        Ok(Self { text, signatures: verify::parse_signatures(armored.as_bytes())? })
    }

    /// What was hashed: lines ended by CRLF, blanks at their ends not counted.
    pub(crate) fn hashed(&self) -> String {
        self.text.replace('\n', "\r\n")
    }
}

/// The signed text, unescaped, and the armored signature.
fn split(signed: &str) -> Option<(String, &str)> {
    let rest = after_line(signed, BEGIN)?;
    let body = skip_hash_headers(rest)?;
    let place = signature_place(body)?;
    let (text, armored) = body.split_at_checked(place)?;
    if !armored.ends_with(END) || armored.matches("-----BEGIN").count() != 1 {
        return None;
    }
    let lines: Option<Vec<&str>> = text.split_terminator('\n').map(unescape).collect();
    Some((lines?.join("\n"), armored))
}

fn after_line<'a>(text: &'a str, line: &str) -> Option<&'a str> {
    let (first, rest) = text.split_once('\n')?;
    (first.trim_end() == line).then_some(rest)
}

/// `Hash: …` lines and the empty line behind them. Another header could pass for signed text, so there is none.
fn skip_hash_headers(mut text: &str) -> Option<&str> {
    loop {
        let (line, rest) = text.split_once('\n')?;
        text = rest;
        match line.trim_end() {
            "" => return Some(text),
            header if header.starts_with("Hash: ") => {}
            _ => return None,
        }
    }
}

/// Where the line stands that ends the text.
fn signature_place(body: &str) -> Option<usize> {
    if body.starts_with(SIGNATURE) {
        return Some(0);
    }
    body.find(&format!("\n{SIGNATURE}")).map(|place| place + 1)
}

/// A line starting with a dash must be escaped; a carriage return inside a line would be hashed differently than shown.
fn unescape(line: &str) -> Option<&str> {
    let line = line.trim_end_matches([' ', '\t', '\r']);
    let shown = line.strip_prefix("- ").unwrap_or(line);
    let unescaped = line.starts_with('-') && !line.starts_with("- ") && line != "-";
    (!unescaped && !shown.contains('\r')).then_some(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_what_stands_between_the_lines() {
        let signed = |body: &str| format!("{BEGIN}\nHash: SHA512\n\n{body}\n{SIGNATURE}\n\nAA\n{END}");
        for (body, text) in [
            ("a", "a"),
            ("a  \n- - b\n", "a\n- b\n"),
            ("", ""),
            ("a\r\nb", "a\nb"),
            ("- -----BEGIN", "-----BEGIN"),
        ] {
            assert_eq!(split(&signed(body)).map(|(text, _)| text), Some(text.to_owned()), "{body:?}");
        }
        for bad in ["-x", "a\rb", "-----BEGIN PGP MESSAGE-----"] {
            assert_eq!(split(&signed(bad)), None, "{bad:?}");
        }
    }

    #[test]
    fn nothing_may_stand_around_or_between() {
        let good = format!("{BEGIN}\nHash: SHA512\n\na\n{SIGNATURE}\n\nAA\n{END}");
        assert!(split(&good).is_some());
        let twice = format!("{good}\n{good}");
        for bad in [
            good.replace("Hash: SHA512", "Comment: I owe you a thousand"),
            good.replace("Hash: SHA512\n\n", "Hash: SHA512\n"),
            format!("a{good}"),
            format!("{good}a"),
            twice,
            good.replace(END, ""),
        ] {
            assert_eq!(split(&bad), None, "{bad}");
        }
    }
}
