//! `sealpost pull`: fetches ciphertext, in order, each entry once, and says what is new and due.

mod summary;

use anyhow::{Context as _, Result, bail, ensure};
use sealpost_shared::limits;
use sealpost_shared::wire::v1::{BundleResponse, FeedResponse, FeedRow};

use crate::args::PullArgs;
use crate::bundle::{self, Bundle};
use crate::config::{self, Context, TeamSettings};
use crate::dossier::Reader;
use crate::keyring;
use crate::local::{IndexedEntry, SentEntry, Store};
use crate::relay_api::RelayApi;
use crate::session::Session;

/// The cursor moves after so many entries: a crash repeats at most these look-ups, and fetches none again.
const ENTRIES_PER_STEP: usize = 32;

/// Fetches everything new of a desk.
///
/// # Errors
/// When the relay, the policy or the key is not right, or an entry could not be had; what was stored stays.
pub(crate) fn run(context: &Context, args: &PullArgs) -> Result<()> {
    let settings = config::team(&context.home, &args.team)?;
    let api = RelayApi::new(&settings.relay)?;
    let store = Store::open(&context.home, &settings.team, &settings.desk)?;
    let _lock = store.lock()?;
    let bundle = believe(context, &settings, &store, api.bundle(&settings.team)?)?;
    let keyring = keyring::find(&settings.key)?;
    let mut session = Session::start(context, &settings, &bundle, keyring.as_ref(), &api)?;
    let mut pull = Pull {
        context,
        settings: &settings,
        api: &api,
        store: &store,
        session: &mut session,
        failed: Vec::new(),
    };
    pull.deliver()?;
    let new = pull.fetch_all()?;
    let failed = std::mem::take(&mut pull.failed);
    let reader = Reader {
        store: &store,
        bundle: &bundle,
        keyring: keyring.as_ref(),
        settings: &settings,
        now: context.now(),
    };
    summary::report(context, &reader, &new, &failed, args.no_open)
}

/// Verifies a fetched bundle against the pinned signer, pins on first use, and keeps it.
fn believe(
    context: &Context,
    settings: &TeamSettings,
    store: &Store,
    fetched: BundleResponse,
) -> Result<Bundle> {
    let pinned = settings.signer.clone().map_or_else(|| store.signer(), |signer| Ok(Some(signer)))?;
    let signer = match &pinned {
        Some(signer) => signer.clone(),
        None => bundle::claimed_signer(&fetched)?,
    };
    let now = context.now();
    let bundle = Bundle::check(fetched, &settings.team, &signer, now)?;
    if pinned.is_none() {
        context.ui.warn(&format!(
            "first contact: the policy of “{}” is signed by\n    {}\nCompare it with what your team says. From now on only this signer is believed.",
            settings.team,
            signer.grouped()
        ));
        store.set_signer(&signer)?;
    }
    for warning in bundle.warnings(bundle.desk(&settings.desk)?, now) {
        context.ui.warn(&warning);
    }
    store.set_bundle(bundle.response())?;
    Ok(bundle)
}

struct Pull<'a, 's> {
    context: &'a Context,
    settings: &'a TeamSettings,
    api: &'a RelayApi,
    store: &'a Store,
    session: &'s mut Session<'a>,
    failed: Vec<(FeedRow, String)>,
}

impl Pull<'_, '_> {
    /// Sends letters of our own that a lost connection kept here.
    fn deliver(&mut self) -> Result<()> {
        for case in self.store.cases()? {
            for sent in self.store.sent(case)? {
                if self.store.is_delivered(&sent) {
                    continue;
                }
                let Some(sealed) = self.store.sent_letter(&sent)? else { continue };
                let put = |token: &str| self.api.put_entry(sent.case, sent.entry, token, sealed.as_bytes());
                let receipt = self
                    .session
                    .call(put)
                    .with_context(|| format!("cannot send the reply kept for {}", case.short()))?;
                self.store.put_receipt(&sent, &receipt)?;
                self.context.ui.note(&format!("sent the reply to {} that was kept here", case.short()));
            }
        }
        Ok(())
    }

    /// Fetches missing rows first, then page after page.
    fn fetch_all(&mut self) -> Result<Vec<FeedRow>> {
        let mut new = self.retry_missing()?;
        loop {
            let after = self.store.cursor()?;
            let (team, desk) = (&self.settings.team, &self.settings.desk);
            let page = self.session.call(|token| self.api.feed(team, desk, after, token))?;
            check_page(&page, after)?;
            if page.rows.is_empty() {
                return Ok(new);
            }
            self.fetch_page(&page.rows, &mut new)?;
        }
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
                self.store.set_cursor(last.seq)?;
            }
        }
        self.context.ui.progress(done, rows.len());
        Ok(())
    }

    /// Fetches and stores one entry. An entry that is not what the feed says is remembered and holds up no other.
    fn fetch(&mut self, row: &FeedRow, new: &mut Vec<FeedRow>) -> Result<()> {
        if self.store.has(row)? {
            return Ok(());
        }
        match self.bytes(row) {
            Ok(sealed) => {
                self.store.put(row, &sealed)?;
                new.push(row.clone());
            }
            Err(why) if is_outage(&why) => return Err(why),
            Err(why) => self.failed.push((row.clone(), format!("{why:#}"))),
        }
        Ok(())
    }

    fn bytes(&mut self, row: &FeedRow) -> Result<Vec<u8>> {
        let sent = SentEntry { case: row.case, entry: row.entry.entry };
        if let Some(own) = self.store.sent_letter(&sent)?.filter(|own| own.sha256() == row.entry.sha256) {
            return Ok(own.into_bytes());
        }
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

/// The relay is away, as against one entry being wrong.
fn is_outage(error: &anyhow::Error) -> bool {
    use crate::relay_api::ApiError;
    match error.downcast_ref::<ApiError>() {
        Some(ApiError::Unreachable { .. }) => true,
        Some(ApiError::Refused { code }) => code.may_pass_later(),
        _ => false,
    }
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
