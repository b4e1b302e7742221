//! What a desk's list remembers, while cases are opened: by the list itself, and by what brought their letters.

use std::cell::Cell;
use std::time::{Duration, Instant};

use anyhow::Result;
use sealpost_shared::CaseId;

use super::{FileClock, Glance, Glances, Kept, Stamp};
use crate::dossier::{Dossier, Reader};
use crate::local::Store;
use crate::parallel;
use crate::ui::Ui;

/// File systems' clocks go in steps of at most 10 ms; where one is coarser, what changed last is opened again by the next list.
const CLOCK_STEP: Duration = Duration::from_millis(50);

/// A person at a terminal sees a bar from so many cases on; it moves so often.
const BAR_EVERY: usize = 32;

/// Who else may write to the store at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Alone {
    /// Nobody: the caller holds its lock.
    Yes,
    /// Another program.
    No,
}

/// What is remembered of a desk.
pub(crate) struct Memory<'a> {
    reader: &'a Reader<'a>,
    glances: Option<Glances<'a>>,
    /// When this was opened.
    begun: Option<FileClock>,
    /// How many of those kept were found to hold.
    used: Cell<usize>,
}

impl<'a> Memory<'a> {
    /// Opens what is kept, if anything.
    pub(crate) fn open(reader: &'a Reader<'a>) -> Self {
        let begun = reader.store.clock().ok();
        Self { reader, begun, glances: Glances::open(reader), used: Cell::default() }
    }

    /// A case that has not changed since it was kept.
    pub(crate) fn glance(&self, case: CaseId) -> Option<&Glance> {
        let (stamp, glance) = self.glances.as_ref()?.kept.get(&case)?;
        let is_current = self.reader.store.stamp(case).as_ref() == Some(stamp);
        self.used.set(self.used.get() + usize::from(is_current));
        is_current.then_some(glance)
    }

    /// Opens cases and makes of each what the caller wants, then remembers those that are whole and forgets those that are gone. Where
    /// remembering fails, the next list opens the same letters again.
    pub(crate) fn open_all<R: Send>(
        mut self,
        cases: &[CaseId],
        alone: Alone,
        ui: Ui,
        make: impl Fn(CaseId, Result<Dossier>) -> R + Sync,
    ) -> Vec<R> {
        let reader = self.reader;
        // A person can answer one question at a time, and a smartcard does one thing at a time.
        let threads = if reader.keyring.is_quick() { parallel::threads() } else { 1 };
        let work = |case: &CaseId| {
            // Taken before the letters are read: what comes meanwhile makes the glance worthless.
            let stamp = reader.store.stamp(*case);
            let dossier = reader.read(*case);
            let glance = dossier.as_ref().ok().and_then(Glance::of);
            (make(*case, dossier), stamp.zip(glance).map(|(stamp, glance)| (*case, (stamp, glance))))
        };
        let bar = |done: usize| {
            if cases.len() >= BAR_EVERY && (done.is_multiple_of(BAR_EVERY) || done == cases.len()) {
                ui.progress("opening", done, cases.len());
            }
        };
        let (made, news): (Vec<R>, Vec<_>) = parallel::map(cases, threads, work, bar).into_iter().unzip();
        self.keep(news.into_iter().flatten().collect(), alone);
        made
    }

    fn keep(&mut self, mut news: Kept, alone: Alone) {
        let Some(glances) = &mut self.glances else { return };
        let store = self.reader.store;
        let clock = match alone {
            Alone::Yes => {
                after(store, news.values().map(|(stamp, _)| *stamp).max_by_key(|stamp| stamp.changed))
            }
            Alone::No => self.begun,
        };
        news.retain(|_, (stamp, _)| clock.is_some_and(|clock| stamp.is_resting(clock)));
        if news.is_empty() && self.used.get() == glances.kept.len() {
            return;
        }
        let mut kept = std::mem::take(&mut glances.kept);
        kept.retain(|case, (stamp, _)| store.stamp(*case).as_ref() == Some(stamp));
        kept.extend(news);
        let _ = glances.keep(&kept);
    }
}

/// The clock once it has gone on from the last change: while nobody else writes, nothing can change unseen before that.
fn after(store: &Store, last: Option<Stamp>) -> Option<FileClock> {
    let begun = Instant::now();
    loop {
        let clock = store.clock().ok()?;
        if last.is_none_or(|last| last.is_resting(clock)) || begun.elapsed() > CLOCK_STEP {
            return Some(clock);
        }
        std::thread::yield_now();
    }
}
