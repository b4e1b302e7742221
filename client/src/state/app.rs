//! The app's shared signals and its heartbeat.

use std::time::Duration;

use leptos::prelude::*;
use sealpost_client_core::case_record::CaseRecord;
use sealpost_client_core::outbox::{Item, Trigger, flush};
use sealpost_shared::{CaseId, Timestamp};
use wasm_bindgen_futures::spawn_local;

use super::attention::Attention;
use super::hand_on::Handing;
use super::note::NoteDraft;
use super::replies;
use super::team::TeamState;
use super::uploads::{self, Uploads};
use super::working::Working;
use crate::page::Page;
use crate::services::browser::{StoragePromise, Work};
use crate::services::database::{CLOSED_BY_BROWSER, TAKEN_BY_TAB};
use crate::services::outbox::BrowserPorts;
use crate::services::store::{Keeping, StoreError};
use crate::services::{browser, clock, records, uploads as stored_uploads};
use crate::text::text;

/// How often the page looks at the clock: promises turn at whole seconds.
const TICK: Duration = Duration::from_secs(1);
/// How often the outbox and the cases are looked after while the page is open.
const ROUND: Duration = Duration::from_secs(30);

/// Signals that every page may read. Copied freely: each is a handle.
#[derive(Debug, Clone, Copy)]
pub(crate) struct App {
    /// The page's clock.
    pub(crate) now: RwSignal<Timestamp>,
    /// Which page is shown.
    pub(crate) page: RwSignal<Page>,
    /// Every case of this device; `None` until they were read.
    pub(crate) cases: RwSignal<Option<Vec<CaseRecord>>>,
    /// Everything in the outbox.
    pub(crate) outbox: RwSignal<Vec<Item>>,
    /// Files beside letters, on their way.
    pub(crate) uploads: Uploads,
    /// Whether the browser believes to have a network.
    pub(crate) online: RwSignal<bool>,
    /// The browser does not keep the page, which therefore opens only with a network.
    pub(crate) needs_network: RwSignal<bool>,
    /// A newer release waits.
    pub(crate) update_ready: RwSignal<bool>,
    /// The team that is looked at.
    pub(crate) team: RwSignal<TeamState>,
    /// What the polite live region says.
    pub(crate) status: RwSignal<String>,
    /// The public note that is being changed.
    pub(crate) note: NoteDraft,
    /// The work for the relay that is being done.
    pub(crate) working: Working,
    /// What goes to a desk of the ladder.
    pub(crate) handing: Handing,
    /// What asks for the person's eyes.
    pub(crate) attention: Attention,
    /// What failed, until it is dismissed.
    pub(crate) alert: RwSignal<Option<String>>,
    /// What the browser lets this page keep.
    pub(crate) keeping: RwSignal<Keeping>,
    /// Whether the browser promised not to clear it by itself.
    pub(crate) promise: RwSignal<StoragePromise>,
}

impl App {
    /// Makes the signals and starts the heartbeat.
    pub(crate) fn start(keeping: Keeping) -> Self {
        let app = Self {
            now: RwSignal::new(clock::now()),
            page: RwSignal::new(Page::from_hash(&browser::hash())),
            cases: RwSignal::new(None),
            outbox: RwSignal::new(Vec::new()),
            uploads: Uploads::new(),
            online: RwSignal::new(browser::is_online()),
            needs_network: RwSignal::new(!browser::keeps_the_page()),
            update_ready: RwSignal::new(false),
            team: RwSignal::new(TeamState::None),
            status: RwSignal::new(String::new()),
            note: NoteDraft::new(),
            working: Working::new(),
            handing: Handing::new(),
            attention: Attention::new(),
            alert: RwSignal::new(None),
            keeping: RwSignal::new(keeping),
            promise: RwSignal::new(StoragePromise::NotAsked),
        };
        app.listen();
        app.reload();
        app.round(Trigger::Online);
        spawn_local(async move {
            app.promise.set(browser::storage_promise().await);
            // Only room would be won; the next start tries again.
            let _ = stored_uploads::forget_abandoned().await;
        });
        app
    }

    /// The shared signals of this page.
    pub(crate) fn get() -> Self {
        expect_context::<Self>()
    }

    fn listen(self) {
        set_interval(move || self.tick(), TICK);
        set_interval(move || self.round(Trigger::Timer), ROUND);
        browser::on_window("hashchange", move || self.page.set(Page::from_hash(&browser::hash())));
        browser::on_window("online", move || self.network(true));
        browser::on_window("offline", move || self.network(false));
        browser::on_window("sealpost-woken", move || self.round(Trigger::Online));
        browser::on_window("sealpost-update", move || self.update_ready.set(true));
        browser::on_window("sealpost-not-kept", move || self.needs_network.set(true));
        browser::on_window(TAKEN_BY_TAB, move || self.keeping.set(Keeping::Held));
        browser::on_window(CLOSED_BY_BROWSER, move || self.cleared());
        browser::on_window("sealpost-changed", move || self.reload());
        browser::on_window("visibilitychange", move || self.came_to_front());
        browser::ask_before_leaving(move || {
            !self.keeping.get_untracked().lasts() && self.cases.with_untracked(Option::is_some)
        });
    }

    /// Lets go of everything that this page shows of the device's records, because they are being erased.
    pub(crate) fn forget_everything(self) {
        self.keeping.set(Keeping::Erased);
        self.cases.set(None);
        self.outbox.set(Vec::new());
        self.uploads.all.set(Vec::new());
        self.team.set(TeamState::None);
    }

    /// The browser cleared what was kept. What stands in a form is saved again with its next change.
    fn cleared(self) {
        self.fail(text().errors.cleared);
        self.reload();
    }

    /// Asks once, at the first thing worth keeping, that the browser does not clear it by itself.
    pub(crate) fn ask_to_keep_storage(self) {
        if self.keeping.get_untracked().lasts() && self.promise.get_untracked() == StoragePromise::NotAsked {
            self.promise.set(StoragePromise::NotGiven);
            spawn_local(async move { self.promise.set(browser::ask_to_keep_storage().await) });
        }
    }

    fn tick(self) {
        if browser::is_visible() {
            self.now.set(clock::now());
        }
        self.attention.tick(self);
        let is_due = |item: &Item| item.is_due(clock::now(), Trigger::Timer);
        if self.outbox.with_untracked(|items| items.iter().any(is_due)) {
            self.flush(Trigger::Timer);
        }
        if self.uploads.is_due() {
            self.send_files(Trigger::Timer, None);
        }
    }

    fn network(self, online: bool) {
        self.online.set(online);
        self.say(if online { text().status.online } else { text().status.offline });
        if online {
            self.round(Trigger::Online);
        } else if self.has_something_waiting() {
            browser::wake_later();
        }
    }

    fn has_something_waiting(self) -> bool {
        self.outbox.with_untracked(|items| !items.is_empty())
            || self.uploads.all.with_untracked(|uploads| !uploads.is_empty())
    }

    fn came_to_front(self) {
        if browser::is_visible() {
            self.now.set(clock::now());
            self.reload();
            self.round(Trigger::Online);
        }
    }

    /// Looks after the outbox and the cases.
    fn round(self, trigger: Trigger) {
        self.flush(trigger);
        let is_hidden = !browser::is_visible();
        if trigger != Trigger::Timer || (is_hidden && self.attention.is_wanted()) {
            spawn_local(replies::look_at_all(self));
        }
    }

    /// Tries what is due in the outbox, in one tab only.
    pub(crate) fn flush(self, trigger: Trigger) {
        spawn_local(browser::in_one_tab_only(Work::Letters, async move {
            let ports = BrowserPorts { told: move || self.reload(), watch: self.working.begun() };
            if let Err(error) = flush(&ports, trigger).await {
                self.fail(&error.to_string());
            }
            // The files of a letter that has just arrived need not wait.
            self.send_files(trigger, None);
        }));
    }

    /// Sends files that are due: of every case, or of one.
    pub(crate) fn send_files(self, trigger: Trigger, only: Option<CaseId>) {
        uploads::send(self, trigger, only);
    }

    /// Reads cases and outbox again.
    pub(crate) fn reload(self) {
        spawn_local(async move {
            match (records::cases().await, records::outbox().await, stored_uploads::uploads().await) {
                (Ok(cases), Ok(outbox), Ok(uploads)) => {
                    self.show(cases, outbox);
                    if self.uploads.all.with_untracked(|old| *old != uploads) {
                        self.uploads.all.set(uploads);
                    }
                }
                (Err(error), ..) | (_, Err(error), _) | (.., Err(error)) => self.fail_store(error),
            }
        });
    }

    fn show(self, cases: Vec<CaseRecord>, outbox: Vec<Item>) {
        let has_arrived = |item: &Item| cases.iter().any(|record| record.has_arrived(item));
        if self
            .outbox
            .with_untracked(|old| old.iter().any(|item| !outbox.contains(item) && has_arrived(item)))
        {
            self.say(text().status.sent);
        }
        let is_new =
            |item: &Item| self.outbox.with_untracked(|old| old.iter().all(|other| other.key() != item.key()));
        // Once for each letter: what is woken tries again, and must not ask for the next waking.
        if outbox.iter().any(is_new) {
            browser::wake_later();
        }
        if self.outbox.with_untracked(|old| *old != outbox) {
            self.outbox.set(outbox);
        }
        if self.cases.with_untracked(|old| old.as_ref() != Some(&cases)) {
            // What was just put on record must not lie in the page's future until the next tick.
            self.now.set(clock::now());
            self.attention.look(&cases);
            self.cases.set(Some(cases));
        }
    }

    /// A case of this device, followed as it changes.
    pub(crate) fn case(self, case: CaseId) -> Memo<Option<CaseRecord>> {
        Memo::new(move |_| {
            self.cases.with(|cases| cases.as_ref()?.iter().find(|record| record.case == case).cloned())
        })
    }

    /// Says something in passing.
    pub(crate) fn say(self, words: &str) {
        self.status.set(words.to_owned());
    }

    /// Says that something failed.
    pub(crate) fn fail(self, words: &str) {
        self.alert.set(Some(words.to_owned()));
    }

    /// Says that storage failed.
    pub(crate) fn fail_store(self, error: StoreError) {
        self.fail((text().errors.store)(error));
    }
}
