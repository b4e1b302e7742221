//! `sealpost pull`: fetches ciphertext, in order, each entry once, and says what is new and due.

mod again;
mod args;
mod believe;
mod deletions;
mod deliver;
mod fetch;
mod lost;
mod summary;
mod watch;

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use sealpost_keys::RelayKeys;
use sealpost_shared::wire::v1::{DeletedCase, FeedRow};
use sealpost_shared::{CaseId, EntryId, limits};

pub(crate) use self::args::PullArgs;
pub(in crate::cmd) use self::believe::believe;
use self::fetch::Step;
use self::lost::Roll;
use self::watch::Round;
use crate::bundle::{Bundle, SignerOption};
use crate::config::{self, Context, TeamSettings};
use crate::dossier::Reader;
use crate::glance;
use crate::keyring::{self, Keyring};
use crate::local::{Gone, SentEntry, Store};
use crate::relay_api::RelayApi;
use crate::session::Session;

/// What names an entry everywhere.
type Place = (CaseId, EntryId);

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
        desk.pull()?.outcome
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
    /// One pull: sends what waits, fetches what is new, and says what came, also when it failed after that.
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
            step: Step::begin(),
            new: Vec::new(),
            own: BTreeSet::new(),
            failed: Vec::new(),
            deleted: BTreeSet::new(),
            gone: store.gone()?,
            back: BTreeSet::new(),
            told: Vec::new(),
            orphans: Vec::new(),
            unsent: 0,
            roll: Roll::default(),
            relay: bundle.relay_keys(),
        };
        let outcome = pull.go();
        pull.say_what_is_back();
        let Pull { new, failed, deleted: gone, told: deleted, unsent, .. } = pull;
        let reader = Reader { store, bundle: &bundle, keyring: self.keyring, settings, now: context.now() };
        if session.is_fresh() || self.keyring.is_quick() {
            // Without it a list takes longer, and says the same.
            let _ = glance::make_key(&reader);
        }
        let nothing = new.is_empty() && failed.is_empty() && gone.is_empty() && deleted.is_empty();
        let said = if nothing && (self.args.watch || outcome.is_err()) {
            Ok(())
        } else {
            let came = summary::Came { new: &new, failed: &failed, gone: &gone, deleted: &deleted };
            summary::report(context, &reader, &came, self.args.no_open)
        };
        let outcome = outcome.and(said).and_then(|()| {
            ensure!(
                unsent == 0,
                "{unsent} of the letters kept here were refused by the relay; the warnings say why"
            );
            Ok(())
        });
        let [reports, letters, _] = summary::count(&new);
        Ok(Round { reports, letters, desk: settings.desk.clone(), outcome })
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

struct Pull<'a, 's> {
    context: &'a Context,
    settings: &'a TeamSettings,
    api: &'a RelayApi,
    store: &'a Store,
    session: &'s mut Session<'a>,
    /// What came and is not on the disk yet.
    step: Step,
    /// What somebody else wrote, and is stored now.
    new: Vec<FeedRow>,
    /// What was written here, and the feed brought back.
    own: BTreeSet<Place>,
    failed: Vec<(FeedRow, String)>,
    /// Cases of which something new was deleted before it was fetched here.
    deleted: BTreeSet<CaseId>,
    /// Rows of this feed that the relay called deleted, now or before.
    gone: Gone,
    /// Cases that it called deleted and shows again.
    back: BTreeSet<CaseId>,
    /// Cases that are stored here and were deleted at the relay since.
    told: Vec<DeletedCase>,
    /// Letters of our own that it did not take or show because their case was deleted, as it says.
    orphans: Vec<SentEntry>,
    /// Letters of our own that the relay refused.
    unsent: usize,
    /// What the feed shows, if it is read from its beginning.
    roll: Roll,
    /// By which receipts are checked.
    relay: &'a RelayKeys,
}

impl Pull<'_, '_> {
    /// Every step in its order. A reply that cannot be sent now holds up no report.
    fn go(&mut self) -> Result<()> {
        let delivered = self.deliver();
        self.fetch_all()?;
        self.roll.call(self.context, self.store)?;
        if self.failed.is_empty() {
            self.send_again()?;
        }
        self.hear_of_deletions()?;
        self.drop_orphans()?;
        delivered
    }
}
