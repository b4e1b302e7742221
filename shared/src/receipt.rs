//! The text of a receipt: what the relay signs when an entry is durable. Signing it is the work of `keys`.

use std::fmt;
use std::str::FromStr;

use crate::id::{CaseId, EntryId, Slug};
use crate::time::Timestamp;

/// The relay's statement that it holds an entry. **Rule:** PROTOCOL.md, "Receipts".
///
/// Its text is what [`fmt::Display`] writes: a title line, then `key: value` lines in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The address people use for the relay, such as `https://relay.example`.
    pub relay: String,
    /// The team.
    pub team: Slug,
    /// The desk.
    pub desk: Slug,
    /// The case.
    pub case: CaseId,
    /// The entry; equal to the case id for the letter that opened the case.
    pub entry: EntryId,
    /// SHA-256 of the sealed bytes, in lowercase hexadecimal.
    pub sha256: String,
    /// Arrival, rounded down to the hour (promise 9).
    pub received: Timestamp,
}

const TITLE: &str = "Sealpost receipt 1";

/// Says why a text is not a receipt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// The first line is another.
    #[error("this is not a Sealpost receipt: its first line should be “{TITLE}”")]
    Title,
    /// A line is missing, misspelt, repeated or out of order.
    #[error("the receipt's line “{0}” is missing or malformed")]
    Line(&'static str),
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{TITLE}")?;
        writeln!(f, "relay: {}", self.relay)?;
        writeln!(f, "team: {}", self.team)?;
        writeln!(f, "desk: {}", self.desk)?;
        writeln!(f, "case: {}", self.case)?;
        writeln!(f, "entry: {}", self.entry)?;
        writeln!(f, "sha256: {}", self.sha256)?;
        writeln!(f, "received: {}", self.received)
    }
}

impl FromStr for Receipt {
    type Err = ReceiptError;

    fn from_str(text: &str) -> Result<Self, ReceiptError> {
        let mut lines = text.lines().map(str::trim_end);
        if lines.next() != Some(TITLE) {
            return Err(ReceiptError::Title);
        }
        let mut value = |key: &'static str| {
            let line = lines.next().ok_or(ReceiptError::Line(key))?;
            let rest = line.strip_prefix(key).and_then(|rest| rest.strip_prefix(": "));
            rest.map(str::to_owned).ok_or(ReceiptError::Line(key))
        };
        let receipt = Self {
            relay: value("relay")?,
            team: value("team")?.parse().map_err(|_| ReceiptError::Line("team"))?,
            desk: value("desk")?.parse().map_err(|_| ReceiptError::Line("desk"))?,
            case: value("case")?.parse().map_err(|_| ReceiptError::Line("case"))?,
            entry: value("entry")?.parse().map_err(|_| ReceiptError::Line("entry"))?,
            sha256: sha256(value("sha256")?)?,
            received: value("received")?.parse().map_err(|_| ReceiptError::Line("received"))?,
        };
        if lines.any(|line| !line.is_empty()) { Err(ReceiptError::Line("received")) } else { Ok(receipt) }
    }
}

fn sha256(text: String) -> Result<String, ReceiptError> {
    let digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    if text.len() == 64 && text.chars().all(digit) { Ok(text) } else { Err(ReceiptError::Line("sha256")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt() -> Receipt {
        Receipt {
            relay: "https://relay.example".to_owned(),
            team: "demo".parse().unwrap(),
            desk: "team".parse().unwrap(),
            case: "00112233445566778899aabbccddeeff".parse().unwrap(),
            entry: "00112233445566778899aabbccddeeff".parse().unwrap(),
            sha256: "ab".repeat(32),
            received: "2026-11-23T12:00:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn a_receipts_text_is_frozen() {
        let text = receipt().to_string();
        assert!(text.starts_with(
            "Sealpost receipt 1\nrelay: https://relay.example\nteam: demo\ndesk: team\ncase: 0011"
        ));
        assert!(text.ends_with("received: 2026-11-23T12:00:00Z\n"));
        assert_eq!(text.parse::<Receipt>().unwrap(), receipt());
        assert_eq!(text.replace('\n', "\r\n").parse::<Receipt>().unwrap(), receipt());
    }

    #[test]
    fn every_line_is_needed_in_its_place() {
        let text = receipt().to_string();
        for n in 0..text.lines().count() {
            let without: String =
                text.lines().enumerate().filter(|(i, _)| *i != n).map(|(_, l)| format!("{l}\n")).collect();
            assert!(without.parse::<Receipt>().is_err(), "without line {n}");
        }
        assert!(format!("{text}more: x\n").parse::<Receipt>().is_err());
    }
}
