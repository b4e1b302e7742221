//! From a letter that was typed to the outbox: kept on this device while it is written, sealed by the vault, then one durable transaction.

use data_encoding::BASE64;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use sealpost_client_core::case_record::CaseRecord;
use sealpost_client_core::draft::DraftRecord;
use sealpost_client_core::outbox::{Item, Trigger};
use sealpost_client_core::readiness::Readiness;
use sealpost_client_core::vault::{ReportDraft, SealFollowUp, SealedFollowUp, VaultAnswer, VaultRequest};
use sealpost_shared::CaseId;
use sealpost_shared::letter::{EmbargoWord, MissedPromise};
use sealpost_shared::timeline::view;
use wasm_bindgen_futures::spawn_local;

use super::app::App;
use super::team::{self, TeamFailure};
use crate::services::records::letters;
use crate::services::store::StoreError;
use crate::services::vault::{self, VaultError};
use crate::services::{browser, clock};
use crate::text::text;

/// The pause between two saves while somebody types.
const SAVE_PAUSE_MS: u32 = 250;

/// Where the person stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Writing.
    Writing,
    /// The vault seals, and the outbox takes it.
    Sealing,
}

/// What stands in the box. Made once for a page, so that an answer that arrives meanwhile does not empty it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Letter {
    case: CaseId,
    pub(crate) is_open: RwSignal<bool>,
    pub(crate) text: RwSignal<String>,
    pub(crate) until: RwSignal<String>,
    pub(crate) fault: RwSignal<Option<String>>,
    pub(crate) step: RwSignal<Step>,
    /// Whether everything typed is on this device's disk.
    pub(crate) saved: RwSignal<bool>,
    /// Which stored draft this one goes on from.
    revision: StoredValue<u64>,
    /// Any number of this tab's own.
    tab: StoredValue<u32>,
    is_saving: StoredValue<bool>,
}

impl Letter {
    /// The box of a case, with what was typed before and not sent.
    pub(crate) fn open(app: App, case: CaseId) -> Self {
        let letter = Self {
            case,
            is_open: RwSignal::new(false),
            text: RwSignal::default(),
            until: RwSignal::default(),
            fault: RwSignal::default(),
            step: RwSignal::new(Step::Writing),
            saved: RwSignal::new(true),
            revision: StoredValue::default(),
            tab: StoredValue::new(browser::dice().max(1)),
            is_saving: StoredValue::default(),
        };
        spawn_local(letter.restore(app));
        Effect::new(move |before: Option<String>| {
            let typed = letter.text.get();
            if before.is_some_and(|before| before != typed) && letter.step.get_untracked() == Step::Writing {
                letter.changed(app);
            }
            typed
        });
        letter
    }

    async fn restore(self, app: App) {
        let stored = match letters::draft(self.case).await {
            Ok(Some(stored)) => stored,
            Ok(None) => return,
            Err(error) => return app.fail_store(error),
        };
        // The person may have left the page, or begun to write.
        if self.text.try_with_untracked(String::is_empty) == Some(true) {
            self.revision.set_value(stored.revision);
            self.text.set(stored.report.text);
            self.is_open.set(true);
        }
    }

    /// What stands in the box, as it is stored.
    fn draft(self) -> DraftRecord {
        let report = ReportDraft { text: self.text.get_untracked(), ..ReportDraft::default() };
        let (revision, tab) = (self.revision.get_value(), self.tab.get_value());
        DraftRecord { report, revision, tab, ..DraftRecord::default() }
    }

    fn changed(self, app: App) {
        self.saved.set(false);
        if !self.is_saving.get_value() {
            self.is_saving.set_value(true);
            spawn_local(self.save(app));
        }
    }

    /// Saves at once, then again as long as there was more, with a pause between. The person may leave the page meanwhile.
    async fn save(self, app: App) {
        let mut saved = None;
        while let Some(typed) = self.text.try_get_untracked() {
            if saved.as_ref() == Some(&typed) || self.step.get_untracked() != Step::Writing {
                self.saved.set(saved.as_ref() == Some(&typed));
                break;
            }
            match letters::save_draft(self.case, &self.draft()).await {
                Ok(revision) => {
                    let _ = self.revision.try_set_value(revision);
                }
                Err(StoreError::Overtaken) => {
                    let _ = self.fault.try_set(Some(text().write.overtaken.to_owned()));
                    break;
                }
                Err(error) => {
                    app.fail_store(error);
                    break;
                }
            }
            saved = Some(typed);
            TimeoutFuture::new(SAVE_PAUSE_MS).await;
        }
        let _ = self.is_saving.try_set_value(false);
    }

    /// Seals what was typed and puts it into the outbox; what failed is said, and the words stay in the box.
    pub(crate) fn send(
        self,
        app: App,
        record: &CaseRecord,
        embargo: Result<Option<EmbargoWord>, &'static str>,
    ) {
        let typed = self.text.get_untracked();
        let said = embargo.and_then(|word| match (typed.trim().is_empty(), word) {
            (false, word) => Ok((typed, word)),
            (true, Some(word)) => Ok(((text().write.embargo)(word), Some(word))),
            (true, None) => Err(text().write.empty),
        });
        match said {
            Ok((prose, word)) => self.seal(app, record, prose, word, self.draft()),
            Err(why) => self.fault.set(Some(why.to_owned())),
        }
    }

    /// Seals a word about the embargo alone. What stands in the box is another letter, and stays.
    pub(crate) fn say(self, app: App, record: &CaseRecord, word: EmbargoWord) {
        self.seal(app, record, (text().write.embargo)(word), Some(word), DraftRecord::default());
    }

    fn seal(
        self,
        app: App,
        record: &CaseRecord,
        prose: String,
        embargo: Option<EmbargoWord>,
        draft: DraftRecord,
    ) {
        if self.step.get_untracked() == Step::Sealing {
            return;
        }
        self.fault.set(None);
        self.step.set(Step::Sealing);
        let (record, was_typed) = (record.clone(), draft != DraftRecord::default());
        spawn_local(async move {
            let outcome = seal_and_queue(&record, prose, embargo, draft).await;
            self.sealed(app, outcome, was_typed);
        });
    }

    fn sealed(self, app: App, outcome: Result<(), String>, was_typed: bool) {
        let is_queued = outcome.is_ok();
        if self.step.try_get_untracked().is_some() {
            if is_queued && was_typed {
                self.text.set(String::new());
                self.until.set(String::new());
                self.is_open.set(false);
                self.revision.set_value(0);
            }
            self.fault.set(outcome.err());
            self.step.set(Step::Writing);
        }
        if is_queued {
            app.say(text().write.queued);
            app.reload();
            app.flush(Trigger::Online);
        }
    }
}

/// Takes a refused letter back into the box.
pub(crate) fn take_back(app: App, letter: Letter, item: Item) {
    spawn_local(async move {
        match letters::take_back(&item).await {
            Ok(()) => {
                app.reload();
                letter.restore(app).await;
            }
            Err(error) => app.fail_store(error),
        }
    });
}

async fn seal_and_queue(
    record: &CaseRecord,
    prose: String,
    embargo: Option<EmbargoWord>,
    draft: DraftRecord,
) -> Result<(), String> {
    let checked = team::check(&record.team).await.map_err(|why| failed(&why))?;
    let desk = checked.team.policy.desk(&record.desk);
    let is_ready =
        desk.is_some_and(|desk| Readiness::judge_desk(&checked.team, desk, Some(&checked.known)).can_send());
    if !is_ready {
        return Err(text().write.not_ready.to_owned());
    }
    let now = clock::now();
    let missed =
        record.policy().map(|policy| MissedPromise::all(&view(&record.events, &policy, now).promises));
    let question = VaultRequest::SealFollowUp(Box::new(SealFollowUp {
        bundle: checked.team.bundle,
        desk: record.desk.clone(),
        words: record.secret.words.clone(),
        index: record.secret.index,
        text: prose,
        embargo,
        missed: missed.unwrap_or_default(),
        now,
    }));
    let sealed = ask(&question).await.map_err(|error| (text().errors.vault)(&error))?;
    let bytes = BASE64.decode(sealed.sealed.as_bytes()).map_err(|_| text().errors.vault_died.to_owned())?;
    let item = Item::follow_up(&sealed, record, embargo);
    letters::queue(&item, &bytes, &draft).await.map_err(|error| (text().errors.store)(error).to_owned())
}

fn failed(failure: &TeamFailure) -> String {
    (text().keys.failure)(failure)
}

async fn ask(question: &VaultRequest) -> Result<SealedFollowUp, VaultError> {
    vault::expect(vault::ask(question).await?, |answer| match answer {
        VaultAnswer::FollowUp(sealed) => Some(sealed),
        _ => None,
    })
}
