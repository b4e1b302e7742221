//! Boundaries count at the beginning of a line only. The parser takes them anywhere, and a key's `-----BEGIN` in a part would end it
//! where the boundary is `B`. So what only looks like one is taken apart before parsing, and put together again after.

use std::borrow::Cow;

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

/// What stands between the two hyphens of a false boundary while a plaintext is parsed.
#[derive(Debug)]
pub(super) struct Marks {
    mark: String,
}

impl Marks {
    /// Makes a mark that the plaintext cannot hold: it follows from all of it.
    pub(super) fn of(plain: &[u8]) -> Self {
        let hash = HEXLOWER.encode(&Sha256::digest(plain));
        Self { mark: hash.chars().take(16).collect() }
    }

    /// Takes apart every `--boundary` inside a line; `None` where there is none.
    ///
    /// **Rule:** RFC 2046, 5.1.1: a boundary stands at the beginning of a line.
    pub(super) fn set(&self, plain: &[u8], boundary: &str) -> Option<Vec<u8>> {
        let delimiter = format!("--{boundary}").into_bytes();
        let mut out = Vec::with_capacity(plain.len());
        let (mut rest, mut found) = (plain, false);
        while let [byte, after @ ..] = rest {
            let starts_line = out.last().is_none_or(|last| *last == b'\n');
            if *byte != b'-' || !rest.starts_with(&delimiter) {
                out.push(*byte);
                rest = after;
            } else if starts_line {
                let closing = rest.get(delimiter.len()..).is_some_and(|end| end.starts_with(b"--"));
                let (whole, after) = rest.split_at(delimiter.len() + if closing { 2 } else { 0 });
                out.extend_from_slice(whole);
                rest = after;
            } else {
                found = true;
                out.push(b'-');
                out.extend_from_slice(self.mark.as_bytes());
                rest = after;
            }
        }
        found.then_some(out)
    }

    /// Puts a text together again.
    pub(super) fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if text.contains(&self.mark) { text.replace(&self.mark, "").into() } else { text.into() }
    }

    /// Puts bytes together again.
    pub(super) fn bytes(&self, bytes: &[u8]) -> Vec<u8> {
        let mark = self.mark.as_bytes();
        let mut out = Vec::with_capacity(bytes.len());
        let mut rest = bytes;
        while let [byte, after @ ..] = rest {
            match rest.strip_prefix(mark) {
                Some(behind) => rest = behind,
                None => {
                    out.push(*byte);
                    rest = after;
                }
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_taken_apart_is_put_together_again(plain in "[-B\n x]{0,60}", boundary in "[-B]{1,4}") {
            let marks = Marks::of(plain.as_bytes());
            let set = marks.set(plain.as_bytes(), &boundary);
            let set = set.unwrap_or_else(|| plain.clone().into_bytes());
            prop_assert_eq!(marks.bytes(&set), plain.as_bytes());
            let text = String::from_utf8(set).unwrap();
            prop_assert_eq!(marks.text(&text), plain.as_str());
            let delimiter = format!("--{boundary}");
            let close = format!("{delimiter}--");
            for line in text.split('\n') {
                let inside = line.strip_prefix(&close).or_else(|| line.strip_prefix(&delimiter)).unwrap_or(line);
                prop_assert!(!inside.contains(&delimiter), "{line}");
            }
        }
    }
}
