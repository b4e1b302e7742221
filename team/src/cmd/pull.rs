//! `sealpost pull`: fetches ciphertext, in order, each entry once, and says what is new and due.

mod args;
mod believe;
mod lost;
mod summary;
mod watch;

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, bail, ensure};
use sealpost_keys::UncheckedCert;
use sealpost_shared::wire::v1::{FeedResponse, FeedRow};
use sealpost_shared::{CaseId, limits};

pub(crate) use self::args::PullArgs;
pub(in crate::cmd) use self::believe::believe;
use self::lost::Roll;
use self::watch::Round;
use crate::bundle::{Bundle, SignerOption};
use crate::config::{self, Context, TeamSettings};
use crate::dossier::Reader;
use crate::glance;
use crate::keyring::{self, Keyring};
use crate::local::{Cursor, IndexedEntry, SentEntry, Store};
use crate::receipts;
use crate::relay_api::{ApiError, RelayApi};
use crate::session::Session;

/// The cursor moves after so many entries: a crash repeats at most these look-ups, and fetches none again.
const ENTRIES_PER_STEP: usize = 32;

/// Fetches everything new of a desk; with `--watch` again and again.
///
/// # Errors
/// When the relay, the policy or the key is not right, or an entry could not be had; what was stored stays.
pub(crate) fn run(context: &Context, args: &PullArgs) -> Result<()> {
    let settings = config::team(&context.home, &args.team)?;
    let api = RelayApi::new(&settings.relay)?;
    let store = Store::open(&context.home, &settings.team, &settings.desk)?;
    let keyring = keyring::find(&settings.key)?;
    let desk =
        Watched { context, args, settings: &settings, api: &api, store: &store, keyring: keyring.as_ref() };
    if args.watch {
        watch::watch(context, args, || desk.pull(), || desk.wait())
    } else {
        desk.pull().map(drop)
    }
}

/// A desk and what it takes to pull from it.
struct Watched<'a> {
    context: &'a Context,
    args: &'a PullArgs,
    settings: &'a TeamSettings,
    api: &'a RelayApi,
    store: &'a Store,
    keyring: &'a dyn Keyring,
}

impl Watched<'_> {
    /// One pull: sends what waits, fetches what is new, and says what came.
    fn pull(&self) -> Result<Round> {
        let (context, settings, store) = (self.context, self.settings, self.store);
        let _lock = store.lock()?;
        let fetched = self.api.bundle(&settings.team)?;
        let bundle = believe(context, settings, store, fetched, self.args.accept_older_policy)?;
        let mut session = Session::start(context, settings, &bundle, self.keyring, self.api)?;
        let mut pull = Pull {
            context,
            settings,
            api: self.api,
            store,
            session: &mut session,
            failed: Vec::new(),
            deleted: BTreeSet::new(),
            unsent: 0,
            roll: Roll::default(),
            relay: bundle.relay_cert(),
        };
        pull.deliver()?;
        let new = pull.fetch_all()?;
        pull.roll.call(context, store)?;
        if pull.failed.is_empty() {
            pull.send_again()?;
        }
        let (failed, unsent) = (std::mem::take(&mut pull.failed), pull.unsent);
        let gone = std::mem::take(&mut pull.deleted);
        let reader = Reader { store, bundle: &bundle, keyring: self.keyring, settings, now: context.now() };
        if session.is_fresh() {
            // Without it a list takes longer, and says the same.
            let _ = glance::make_key(&reader);
        }
        let is_quiet = self.args.watch && new.is_empty() && failed.is_empty() && gone.is_empty();
        if !is_quiet {
            let came = summary::Came { new: &new, failed: &failed, gone: &gone };
            summary::report(context, &reader, &came, self.args.no_open)?;
        }
        ensure!(
            unsent == 0,
            "{unsent} of the letters kept here were refused by the relay; the warnings say why"
        );
        let [reports, letters, _] = summary::count(&new);
        Ok(Round { reports, letters, desk: settings.desk.clone() })
    }

    /// Waits at the relay until there is something, or its patience is over.
    fn wait(&self) -> Result<()> {
        let settings = self.settings;
        let kept = self.store.bundle()?.context("the bundle was kept by the pull")?;
        let signer =
            settings.signer.clone().map_or_else(|| self.store.signer(), |signer| Ok(Some(signer)))?;
        let signer = signer.context("the signer was kept by the pull")?;
        let bundle = Bundle::check(kept, &settings.team, &signer, SignerOption::Signer, self.context.now())?;
        let mut session = Session::start(self.context, settings, &bundle, self.keyring, self.api)?;
        let after = self.store.cursor()?.seq;
        let wait = limits::MAX_WAIT_SECONDS;
        session.call(|token| self.api.feed(&settings.team, &settings.desk, after, wait, token)).map(drop)
    }
}

/// What came of a row of the feed.
enum Fetched {
    /// Somebody else wrote it.
    News,
    /// It was written here.
    Own,
    /// It was stored before.
    Known,
    /// Its case was deleted since.
    Deleted,
}

struct Pull<'a, 's> {
    context: &'a Context,
    settings: &'a TeamSettings,
    api: &'a RelayApi,
    store: &'a Store,
    session: &'s mut Session<'a>,
    failed: Vec<(FeedRow, String)>,
    /// Cases of which something new was deleted before it was fetched here.
    deleted: BTreeSet<CaseId>,
    /// Letters of our own that the relay refused.
    unsent: usize,
    /// What the feed shows, if it is read from its beginning.
    roll: Roll,
    /// By which receipts are checked.
    relay: &'a UncheckedCert,
}

impl Pull<'_, '_> {
    /// Sends letters of our own that a lost connection kept here. One that is refused stays, and holds up nothing else.
    fn deliver(&mut self) -> Result<()> {
        for case in self.store.cases()? {
            for sent in self.store.sent(case)? {
                if self.store.is_delivered(&sent) {
                    continue;
                }
                let Some(sealed) = self.store.sent_letter(&sent)? else { continue };
                let put = |token: &str| self.api.put_entry(sent.case, sent.entry, token, sealed.as_bytes());
                let now = self.context.now();
                let taken = self.session.call(put).and_then(|receipt| {
                    receipts::check(&receipt, self.relay, &sent, &sealed, now).map(|()| receipt)
                });
                let receipt = match taken {
                    Ok(receipt) => receipt,
                    Err(why) if ApiError::is_outage(&why) => {
                        return Err(why.context(format!("cannot send the reply kept for {}", case.short())));
                    }
                    Err(why) if ApiError::is_deleted(&why) => {
                        self.drop_kept(&sent)?;
                        continue;
                    }
                    Err(why) => {
                        let case = case.short();
                        self.context.ui.warn(&format!(
                            "the reply kept for {case} was not taken and stays here: {why:#}"
                        ));
                        self.unsent += 1;
                        continue;
                    }
                };
                self.store.put_receipt(&sent, &receipt)?;
                self.context.ui.note(&format!("sent the reply to {} that was kept here", case.short()));
            }
        }
        Ok(())
    }

    /// What is kept for a case that was deleted reaches nobody any more.
    fn drop_kept(&self, sent: &SentEntry) -> Result<()> {
        self.store.forget_sent(sent.case, sent.entry)?;
        let case = sent.case.short();
        self.context.ui.warn(&format!(
            "{case} was deleted, by the team or because its time was over: what was kept for it is dropped. `sealpost delete {case} --yes` removes it here, too"
        ));
        Ok(())
    }

    /// A letter of our own for which the relay gave a receipt and which its feed does not show goes out again with the next pull, unless
    /// its case was deleted.
    fn send_again(&mut self) -> Result<()> {
        for case in self.store.cases()? {
            for sent in self.store.sent(case)?.iter().filter(|sent| self.store.is_delivered(sent)) {
                match self.session.call(|token| self.api.entries(case, 0, token)) {
                    Err(why) if ApiError::is_deleted(&why) => self.drop_kept(sent)?,
                    _ => lost::forget_receipt(self.context, self.store, sent)?,
                }
            }
        }
        Ok(())
    }

    /// Fetches missing rows first, then page after page.
    fn fetch_all(&mut self) -> Result<Vec<FeedRow>> {
        self.check_cursor()?;
        let mut new = self.retry_missing()?;
        loop {
            let after = self.store.cursor()?.seq;
            let page = self.page(after)?;
            if page.rows.is_empty() {
                return Ok(new);
            }
            self.fetch_page(&page.rows, &mut new)?;
        }
    }

    fn page(&mut self, after: u64) -> Result<FeedResponse> {
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
            return Ok(());
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
        self.store.set_missing(&[])?;
        self.store.set_cursor(&Cursor::default())
    }

    fn retry_missing(&mut self) -> Result<Vec<FeedRow>> {
        let missing = self.store.missing()?;
        let mut new = Vec::new();
        for row in &missing {
            self.fetch(row, &mut new)?;
        }
        if !missing.is_empty() {
            self.remember_missing()?;
        }
        Ok(new)
    }

    fn fetch_page(&mut self, rows: &[FeedRow], new: &mut Vec<FeedRow>) -> Result<()> {
        let mut done = 0;
        for step in rows.chunks(ENTRIES_PER_STEP) {
            for row in step {
                self.context.ui.progress(done, rows.len());
                self.fetch(row, new)?;
                done += 1;
            }
            self.remember_missing()?;
            if let Some(last) = step.last() {
                self.store.set_cursor(&Cursor::from(last))?;
            }
        }
        self.context.ui.progress(done, rows.len());
        Ok(())
    }

    /// Fetches and stores one entry. An entry that is not what the feed says is remembered and holds up no other.
    fn fetch(&mut self, row: &FeedRow, new: &mut Vec<FeedRow>) -> Result<()> {
        self.roll.see(row);
        match self.fetch_if_new(row) {
            Ok(Fetched::News) => new.push(row.clone()),
            Ok(Fetched::Known | Fetched::Own) => {}
            Ok(Fetched::Deleted) => {
                self.deleted.insert(row.case);
            }
            Err(why) if ApiError::is_outage(&why) || is_disk(&why) => return Err(why),
            Err(why) => self.failed.push((row.clone(), format!("{why:#}"))),
        }
        Ok(())
    }

    fn fetch_if_new(&mut self, row: &FeedRow) -> Result<Fetched> {
        if row.entry.is_deleted() {
            return Ok(Fetched::Deleted);
        }
        if self.store.has(row)? {
            return Ok(Fetched::Known);
        }
        let sent = SentEntry { case: row.case, entry: row.entry.entry };
        if let Some(own) = self.store.sent_letter(&sent)?.filter(|own| own.sha256() == row.entry.sha256) {
            self.store.put(row, own.as_bytes())?;
            return Ok(Fetched::Own);
        }
        match self.bytes(row) {
            Err(why) if ApiError::is_deleted(&why) => return Ok(Fetched::Deleted),
            sealed => self.store.put(row, &sealed?)?,
        }
        Ok(Fetched::News)
    }

    fn bytes(&mut self, row: &FeedRow) -> Result<Vec<u8>> {
        ensure!(
            row.entry.size <= limits::MAX_LETTER_BYTES as u64,
            "the feed says it is larger than a letter may be"
        );
        let sealed = self.session.call(|token| self.api.entry(row.case, row.entry.entry, token))?;
        IndexedEntry::from(row).check(&sealed)?;
        Ok(sealed)
    }

    fn remember_missing(&self) -> Result<()> {
        let rows: Vec<FeedRow> = self.failed.iter().map(|(row, _)| row.clone()).collect();
        if rows != self.store.missing()? { self.store.set_missing(&rows) } else { Ok(()) }
    }
}

/// This machine cannot read or write, as against one entry being wrong.
fn is_disk(error: &anyhow::Error) -> bool {
    error.chain().any(<dyn std::error::Error>::is::<std::io::Error>)
}

/// **Rule:** PROTOCOL.md, "Reading": rows are gapless from `after + 1`. A gap is a row that was kept from us.
fn check_page(page: &FeedResponse, after: u64) -> Result<()> {
    for (n, row) in (after + 1..).zip(&page.rows) {
        if row.seq != n {
            bail!(
                "the relay's feed has row {} where row {n} belongs: it keeps something back. Nothing after it was fetched; ask who runs the relay",
                row.seq
            );
        }
    }
    Ok(())
}
