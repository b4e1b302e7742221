//! Fetching what the feed names: many letters in one answer where they follow each other, each alone where they do not.
//!
//! The feed is what counts: a letter that is not what its row says is named, tried again by the next pull, and holds up no other.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail, ensure};
use sealpost_shared::wire::v1::{FeedResponse, FeedRow};
use sealpost_shared::{Timestamp, limits};

use super::{Place, Pull};
use crate::local::{Arrival, Cursor, SentEntry};
use crate::relay_api::ApiError;

/// What came is brought to the disk so often on a slow line: a killed pull fetches again what came since, and no more.
const STEP_WITHIN: Duration = Duration::from_secs(1);
/// On a fast one, so many bytes at once.
const STEP_BYTES: usize = 8 << 20;

/// What came and is not on the disk yet.
pub(super) struct Step {
    arrivals: Vec<Arrival>,
    bytes: usize,
    begun: Instant,
}

impl Step {
    pub(super) fn begin() -> Self {
        Self { arrivals: Vec::new(), bytes: 0, begun: Instant::now() }
    }

    fn take(&mut self, arrival: Arrival) {
        self.bytes += arrival.sealed.len();
        self.arrivals.push(arrival);
    }

    fn is_due(&self) -> bool {
        self.bytes >= STEP_BYTES || self.begun.elapsed() >= STEP_WITHIN
    }
}

impl Pull<'_, '_> {
    /// Fetches missing rows first, then page after page, then what was called deleted and is not.
    pub(super) fn fetch_all(&mut self) -> Result<()> {
        self.check_cursor()?;
        self.retry_missing()?;
        loop {
            let after = self.store.cursor()?.seq;
            let page = self.page(after)?;
            if page.rows.is_empty() {
                return self.look_again();
            }
            self.fetch_page(&page.rows)?;
        }
    }

    pub(super) fn page(&mut self, after: u64) -> Result<FeedResponse> {
        let (team, desk) = (&self.settings.team, &self.settings.desk);
        let page = self.session.call(|token| self.api.feed(team, desk, after, 0, token))?;
        check_page(&page, after)?;
        Ok(page)
    }

    /// Asks for the row the cursor stands on. A relay that has none or another there was restored from a backup or made anew, so
    /// what it has since is below the cursor: everything is looked at again, and only what is not stored is fetched.
    fn check_cursor(&mut self) -> Result<()> {
        let cursor = self.store.cursor()?;
        if cursor.seq == 0 {
            return self.forget_rows();
        }
        let page = self.page(cursor.seq - 1)?;
        let what = match page.rows.first() {
            Some(row) if cursor.stands_on(row) => return self.store.set_cursor(&Cursor::from(row)),
            Some(_) => "has another entry in row",
            None => "is shorter than before: it no longer has row",
        };
        self.context.ui.warn(&format!(
            "THE RELAY LOST OR CHANGED WHAT IT HAD: its feed {what} {}. It was restored from a backup, made anew, or lies. The feed is \
             read again from its beginning; what is stored here stays. Ask who runs the relay: reports may be gone there.",
            cursor.seq
        ));
        self.roll.begin();
        self.store.set_cursor(&Cursor::default())?;
        self.forget_rows()
    }

    /// Everything is read from its beginning: what is known by a row's number says nothing any more. Not before the cursor says so.
    fn forget_rows(&mut self) -> Result<()> {
        self.gone.clear();
        let start = Timestamp::from_seconds(0);
        if self.store.deletions_known()? != start {
            self.store.set_deletions_known(start)?;
        }
        self.remember()
    }

    fn retry_missing(&mut self) -> Result<()> {
        let missing = self.store.missing()?;
        if missing.is_empty() { Ok(()) } else { self.fetch_each(&missing) }
    }

    /// Fetches rows below the cursor, each alone.
    pub(super) fn fetch_each(&mut self, rows: &[FeedRow]) -> Result<()> {
        let outcome = rows.iter().try_for_each(|row| {
            self.roll.see(row);
            if self.is_wanted(row, &mut BTreeMap::new())? {
                self.fetch_one(row)?;
            }
            if self.step.is_due() { self.keep(None) } else { Ok(()) }
        });
        self.keep(None)?;
        outcome?;
        self.remember()
    }

    /// Fetches what is new in a page. Wherever that ends, what came is kept and the cursor stands behind it.
    fn fetch_page(&mut self, rows: &[FeedRow]) -> Result<()> {
        let mut wanted = Vec::new();
        let mut listed = BTreeMap::new();
        for row in rows {
            self.roll.see(row);
            self.see_if_back(row)?;
            if self.is_wanted(row, &mut listed)? {
                wanted.push(row);
            }
        }
        let behind = |next: Option<&&FeedRow>| {
            let rows =
                next.map_or(rows, |next| rows.split_at(rows.partition_point(|row| row.seq < next.seq)).0);
            rows.last().map(Cursor::from)
        };
        let mut left = wanted.as_slice();
        while let Some(first) = left.first() {
            self.context.ui.progress(
                "fetching",
                rows.iter().position(|row| row == *first).unwrap_or(0),
                rows.len(),
            );
            let mut done = 0;
            let outcome = self.fetch_run(run(left), &mut done);
            left = left.split_at(done).1;
            if outcome.is_err() || self.step.is_due() {
                self.keep(behind(left.first()))?;
            }
            outcome?;
        }
        self.keep(behind(None))?;
        self.context.ui.progress("fetching", rows.len(), rows.len());
        Ok(())
    }

    /// Whether the bytes of a row are to be fetched: not those of a deleted case, of what is here, or of what was written here.
    fn is_wanted(&mut self, row: &FeedRow, listed: &mut BTreeMap<Place, String>) -> Result<bool> {
        if row.entry.is_deleted() {
            self.pass_over(row);
            return Ok(false);
        }
        match self.look(row, listed) {
            Ok(is_wanted) => Ok(is_wanted),
            Err(why) => self.fail(row, why).map(|()| false),
        }
    }

    fn look(&mut self, row: &FeedRow, listed: &mut BTreeMap<Place, String>) -> Result<bool> {
        ensure!(
            row.entry.size <= limits::MAX_LETTER_BYTES as u64,
            "the feed says it is larger than a letter may be"
        );
        let sha256 = row.entry.sha256.clone();
        if let Some(before) = listed.insert((row.case, row.entry.entry), sha256.clone()) {
            ensure!(before == sha256, "the relay lists two letters for one entry; ask who runs the relay");
            return Ok(false);
        }
        if self.store.has(row)? {
            return Ok(false);
        }
        let sent = SentEntry { case: row.case, entry: row.entry.entry };
        let own = self.store.sent_letter(&sent)?.filter(|own| own.sha256() == row.entry.sha256);
        let Some(own) = own else { return Ok(true) };
        self.own.insert((row.case, row.entry.entry));
        self.step.take(Arrival::check(row, own.as_bytes().to_vec())?);
        Ok(false)
    }

    /// Fetches rows that follow each other; counts those that were dealt with.
    fn fetch_run(&mut self, run: &[&FeedRow], done: &mut usize) -> Result<()> {
        let [first, _, ..] = run else {
            return run.iter().try_for_each(|row| self.fetch_one(row).map(|()| *done += 1));
        };
        let (team, desk, after) = (&self.settings.team, &self.settings.desk, first.seq - 1);
        let mut letters = self.session.call(|token| self.api.letters(team, desk, after, run.len(), token))?;
        for row in run {
            match letters.next() {
                // The answer was full, or its end.
                Ok(None) if *done > 0 => return Ok(()),
                Ok(Some((seq, sealed))) if seq == row.seq => self.take(row, sealed)?,
                other => {
                    // What follows cannot be trusted to stand in its place: it is asked for anew.
                    let why = other.map_or_else(|why| why, |other| misplaced(row, other.map(|(seq, _)| seq)));
                    self.fail(row, why)?;
                    *done += 1;
                    return Ok(());
                }
            }
            *done += 1;
        }
        Ok(())
    }

    fn take(&mut self, row: &FeedRow, sealed: Vec<u8>) -> Result<()> {
        if sealed.is_empty() {
            // Deleted since the feed was read: its own path says by whom.
            return self.fetch_one(row);
        }
        match Arrival::check(row, sealed) {
            Ok(arrival) => self.step.take(arrival),
            Err(why) => self.fail(row, why)?,
        }
        Ok(())
    }

    fn fetch_one(&mut self, row: &FeedRow) -> Result<()> {
        let sealed = self.session.call(|token| self.api.entry(row.case, row.entry.entry, token));
        match sealed.and_then(|sealed| Arrival::check(row, sealed)) {
            Ok(arrival) => self.step.take(arrival),
            Err(why) if ApiError::is_deleted(&why) => self.pass_over(row),
            Err(why) => self.fail(row, why)?,
        }
        Ok(())
    }

    /// Remembers an entry that is not what the feed says; a relay or a disk that is away ends the pull.
    fn fail(&mut self, row: &FeedRow, why: anyhow::Error) -> Result<()> {
        if ApiError::is_outage(&why) || is_disk(&why) {
            return Err(why);
        }
        if !self.failed.iter().any(|(failed, _)| failed == row) {
            self.failed.push((row.clone(), format!("{why:#}")));
        }
        Ok(())
    }

    /// Brings what came to the disk, then what is missing, then the cursor.
    fn keep(&mut self, cursor: Option<Cursor>) -> Result<()> {
        let step = std::mem::replace(&mut self.step, Step::begin());
        if !step.arrivals.is_empty() {
            self.store.put(&step.arrivals)?;
        }
        let rows = step.arrivals.into_iter().map(|arrival| arrival.row);
        self.new.extend(rows.filter(|row| !self.own.contains(&(row.case, row.entry.entry))));
        let Some(cursor) = cursor else { return Ok(()) };
        self.remember()?;
        self.store.set_cursor(&cursor)
    }

    /// Remembers which rows did not come, because they were deleted or for another reason.
    pub(super) fn remember(&mut self) -> Result<()> {
        self.store.set_gone(&mut self.gone)?;
        let rows: Vec<FeedRow> = self.failed.iter().map(|(row, _)| row.clone()).collect();
        if rows != self.store.missing()? { self.store.set_missing(&rows) } else { Ok(()) }
    }
}

/// The rows at the beginning that follow each other in the feed.
fn run<'r, 'a>(rows: &'r [&'a FeedRow]) -> &'r [&'a FeedRow] {
    rows.chunk_by(|one, next| one.seq + 1 == next.seq).next().unwrap_or_default()
}

fn misplaced(row: &FeedRow, came: Option<u64>) -> anyhow::Error {
    match came {
        Some(seq) => anyhow!(
            "the relay sent the letter of row {seq} where that of row {} belongs: it keeps something back, or mixes letters up",
            row.seq
        ),
        None => anyhow!(
            "the relay sent nothing where the letter of row {} belongs: it keeps something back",
            row.seq
        ),
    }
}

/// This machine cannot read or write, as against one entry being wrong.
pub(super) fn is_disk(error: &anyhow::Error) -> bool {
    error.chain().any(<dyn std::error::Error>::is::<std::io::Error>)
}

/// **Rule:** PROTOCOL.md, "Reading": rows are gapless from `after + 1`, each with a SHA-256. A gap is a row that was kept from us.
fn check_page(page: &FeedResponse, after: u64) -> Result<()> {
    for (n, row) in (after + 1..).zip(&page.rows) {
        if row.seq != n {
            bail!(
                "the relay's feed has row {} where row {n} belongs: it keeps something back. Nothing after it was fetched; ask who runs the relay",
                row.seq
            );
        }
        ensure!(
            is_sha256(&row.entry.sha256),
            "row {n} of the relay's feed has no SHA-256 where one belongs: no relay writes that. Neither it nor what follows was fetched; ask who runs the relay"
        );
    }
    Ok(())
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
