//! What others of the desk, or the policy, deleted since: said once, and marked in the list until it is deleted here, too.

use std::collections::BTreeSet;

use anyhow::Result;
use sealpost_shared::limits::MAX_PAGE_ROWS;
use sealpost_shared::wire::v1::DeletedCase;
use sealpost_shared::{CaseId, Duration, Timestamp};

use super::fetch::is_disk;
use super::{Pull, lost};
use crate::relay_api::{ApiError, deleted};
use crate::times::utc;

/// A relay's clock may be ahead of this one by so much.
const AHEAD: Duration = Duration::from_hours(1);
/// What was deleted in the last hours is asked for again: relays round down to the hour, and clocks differ by one.
const UNSETTLED: Duration = Duration::from_hours(-2);

impl Pull<'_, '_> {
    /// Asks what was deleted, and notes what of it is stored here, was not known to be, and is gone by its own path, too.
    ///
    /// # Errors
    /// When the relay does not answer, or the disk refuses.
    pub(super) fn hear_of_deletions(&mut self) -> Result<()> {
        let (team, desk) = (&self.settings.team, &self.settings.desk);
        let latest = self.context.now() + AHEAD;
        let before = self.store.deletions_known()?;
        // Such a file was written by the word of a relay that lied.
        let (mut since, mut after) =
            (if before > latest { Timestamp::from_seconds(0) } else { before }, None);
        let mut doubts = Doubts::default();
        loop {
            let begun = (since, after);
            let page =
                self.session.call(|token| self.api.deletions(team, desk, since, after, token))?.deletions;
            for one in &page {
                if one.deletion.at > latest {
                    doubts.ahead = Some(one.deletion.at);
                    break;
                }
                if self.store.is_open(one.case) && !self.believe_deletion(one)? {
                    doubts.add(one);
                }
                (since, after) = (since, after).max((one.deletion.at, Some(one.case)));
            }
            // A relay that goes round in circles is not followed.
            let goes_on = (since, after) > begun && doubts.ahead.is_none();
            if !goes_on || page.len() < MAX_PAGE_ROWS as usize {
                break;
            }
        }
        self.remember()?;
        doubts.say(self);
        // What is not believed may become true: it is asked for again.
        let known = since.min(self.context.now() + UNSETTLED);
        let known = doubts.first.map_or(known, |first| first.min(known));
        if known == before { Ok(()) } else { self.store.set_deletions_known(known) }
    }

    /// Whether the case's own path says it as well; then it is noted, and its rows are looked at again.
    fn believe_deletion(&mut self, one: &DeletedCase) -> Result<bool> {
        match self.session.call(|token| self.api.entries(one.case, 0, token)) {
            Err(why) if ApiError::is_deleted(&why) => {}
            Err(why) if ApiError::is_outage(&why) || is_disk(&why) => return Err(why),
            _ => return Ok(false),
        }
        let entries = self.store.entries(one.case).unwrap_or_default();
        entries.iter().for_each(|entry| self.gone.insert(entry.seq));
        self.store.set_gone(&mut self.gone)?;
        self.store.note_deletion(one)?;
        self.told.push(*one);
        Ok(true)
    }
}

/// What the relay says was deleted, and is not believed.
#[derive(Debug, Default)]
struct Doubts {
    /// Still there by their own paths.
    cases: BTreeSet<CaseId>,
    /// When the first of those were deleted, as it says.
    first: Option<Timestamp>,
    /// A time that is yet to come.
    ahead: Option<Timestamp>,
}

impl Doubts {
    fn add(&mut self, one: &DeletedCase) {
        let at = one.deletion.at;
        self.cases.insert(one.case);
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
    }

    fn say(&self, pull: &Pull<'_, '_>) {
        if !self.cases.is_empty() {
            pull.context.ui.warn(&format!(
                "the relay says that {} was deleted, and still has it: that is not believed. Ask who runs the relay",
                lost::cases(self.cases.iter().copied())
            ));
        }
        if let Some(at) = self.ahead {
            pull.context.ui.warn(&format!(
                "the relay says that something was deleted at {}, which is yet to come: that is not believed. Compare this machine's \
                 clock (`sealpost doctor`), then ask who runs the relay",
                utc(at)
            ));
        }
    }
}

/// One line for a case.
pub(super) fn line(one: &DeletedCase) -> String {
    let short = one.case.short();
    format!("{short}: {}. What is here stays until `sealpost delete {short} --yes`", deleted(&one.deletion))
}
