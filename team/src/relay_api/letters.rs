//! Many letters in one answer, taken apart as they come. **Rule:** PROTOCOL.md, "Many letters at once".

use std::io::{BufRead as _, BufReader, Read};

use anyhow::{Result, bail};
use sealpost_shared::id::Slug;
use sealpost_shared::limits;
use ureq::BodyReader;

use super::RelayApi;
use super::error::ApiError;
use super::http::bearer;

/// Two numbers of at most 20 digits, a space and a line feed.
const MAX_HEAD_BYTES: u64 = 42;
/// Letters, and the line before each row of a page.
const MAX_ANSWER_BYTES: u64 = limits::MAX_BATCH_BYTES as u64 + limits::MAX_PAGE_ROWS as u64 * MAX_HEAD_BYTES;

/// An answer that is still coming. Nothing in it is believed: the feed says what belongs where.
pub(crate) struct Letters {
    body: BufReader<BodyReader<'static>>,
    origin: String,
    left: u64,
}

impl RelayApi {
    /// Asks for the letters of at most `rows` rows of a desk's feed after `after`.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub(crate) fn letters(
        &self,
        team: &Slug,
        desk: &Slug,
        after: u64,
        rows: usize,
        token: &str,
    ) -> Result<Letters> {
        let url = self.url(&format!("v1/desks/{team}/{desk}/letters?after={after}&rows={rows}"));
        let answer = self.sent(bearer(self.agent.get(url), token).call())?;
        // One more byte than is taken: whoever sends more is noticed here and not by the reader.
        let body = answer.into_body().into_with_config().limit(MAX_ANSWER_BYTES + 1).reader();
        Ok(Letters { body: BufReader::new(body), origin: self.origin.clone(), left: MAX_ANSWER_BYTES })
    }
}

impl Letters {
    /// The next letter with the number that the relay gives it; `None` after the last.
    ///
    /// # Errors
    /// An outage when the line was cut; else when it is not what a relay sends.
    pub(crate) fn next(&mut self) -> Result<Option<(u64, Vec<u8>)>> {
        let mut line = Vec::new();
        let read = (&mut self.body).take(MAX_HEAD_BYTES).read_until(b'\n', &mut line);
        self.cut(read)?;
        if line.is_empty() {
            return Ok(None);
        }
        let Some((seq, size)) = numbers(&line) else { return self.strange() };
        if size > limits::MAX_LETTER_BYTES as u64 || size + line.len() as u64 > self.left {
            bail!(ApiError::TooLong { origin: self.origin.clone(), limit: limits::MAX_LETTER_BYTES as u64 });
        }
        self.left -= size + line.len() as u64;
        let mut letter = Vec::new();
        let read = (&mut self.body).take(size).read_to_end(&mut letter);
        if self.cut(read)? as u64 != size {
            return self.strange();
        }
        Ok(Some((seq, letter)))
    }

    /// What a broken line says, without the disk being blamed for it.
    fn cut<T>(&self, read: std::io::Result<T>) -> Result<T> {
        Ok(read.map_err(|error| ApiError::Unreachable {
            origin: self.origin.clone(),
            cause: error.to_string(),
        })?)
    }

    fn strange<T>(&self) -> Result<T> {
        bail!(ApiError::Strange { origin: self.origin.clone(), status: 200 })
    }
}

fn numbers(line: &[u8]) -> Option<(u64, u64)> {
    let line = std::str::from_utf8(line.strip_suffix(b"\n")?).ok()?;
    let (seq, size) = line.split_once(' ')?;
    let number = |digits: &str| digits.bytes().all(|c| c.is_ascii_digit()).then(|| digits.parse().ok())?;
    Some((number(seq)?, number(size)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_two_numbers_and_nothing_else() {
        assert_eq!(numbers(b"7 0\n"), Some((7, 0)));
        for bad in
            ["7 0", "7\n", "+7 0\n", "7 -1\n", "7  1\n", "7 1 \n", " 7 1\n", "18446744073709551616 1\n", "\n"]
        {
            assert_eq!(numbers(bad.as_bytes()), None, "{bad:?}");
        }
    }
}
