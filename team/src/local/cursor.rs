//! How far a desk's feed was read, and which row that was: a relay that lost rows or counts anew has another one there.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context as _, Result};
use sealpost_shared::wire::v1::FeedRow;
use sealpost_shared::{CaseId, EntryId};

use super::Store;
use crate::files;

/// A number, two ids and a hash have under 200 bytes.
const MAX_CURSOR_BYTES: u64 = 256;

/// The last row of the feed that was dealt with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// Its place in the feed; 0 before the first row.
    pub(crate) seq: u64,
    row: Option<RowMark>,
}

/// What tells a row from every other.
#[derive(Debug, Clone, PartialEq, Eq)]
struct RowMark {
    case: CaseId,
    entry: EntryId,
    sha256: String,
}

impl From<&FeedRow> for Cursor {
    fn from(row: &FeedRow) -> Self {
        let mark = RowMark { case: row.case, entry: row.entry.entry, sha256: row.entry.sha256.clone() };
        Self { seq: row.seq, row: Some(mark) }
    }
}

impl Cursor {
    /// Whether this is the row the cursor stands on. A cursor that an older version wrote knows the place only, and of an entry whose
    /// case was deleted nothing but its ids is left.
    pub(crate) fn stands_on(&self, row: &FeedRow) -> bool {
        let same = |mark: &RowMark| {
            (mark.case, mark.entry) == (row.case, row.entry.entry)
                && (row.entry.is_deleted() || mark.sha256 == row.entry.sha256)
        };
        self.seq == row.seq && self.row.as_ref().is_none_or(same)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.row {
            None => write!(f, "{}", self.seq),
            Some(row) => write!(f, "{} {} {} {}", self.seq, row.case, row.entry, row.sha256),
        }
    }
}

impl FromStr for Cursor {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut fields = text.split_whitespace();
        let seq = fields.next().context("it is empty")?.parse()?;
        let Some(case) = fields.next() else { return Ok(Self { seq, row: None }) };
        let entry = fields.next().context("it is cut off")?.parse()?;
        let sha256 = fields.next().context("it is cut off")?.to_owned();
        Ok(Self { seq, row: Some(RowMark { case: case.parse()?, entry, sha256 }) })
    }
}

impl Store {
    /// How far the feed was read.
    ///
    /// # Errors
    /// When the file is damaged.
    pub(crate) fn cursor(&self) -> Result<Cursor> {
        let path = self.root.join("cursor");
        let read = || -> Result<Cursor> {
            let Some(bytes) = files::read_if_there(&path, MAX_CURSOR_BYTES)? else {
                return Ok(Cursor::default());
            };
            String::from_utf8(bytes).unwrap_or_default().parse()
        };
        read().with_context(|| {
            format!("{} is damaged; remove it, and the next pull checks everything again", path.display())
        })
    }

    /// Moves the cursor. Everything before it must be stored.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn set_cursor(&self, cursor: &Cursor) -> Result<()> {
        files::replace(&self.root.join("cursor"), format!("{cursor}\n").as_bytes())
    }
}
