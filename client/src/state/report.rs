//! The report form: its fields, its draft on this device, and the way from "continue" to the outbox.

use std::collections::VecDeque;

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use sealpost_client_core::draft::{self, DraftRecord, Fault, Field};
use sealpost_client_core::team::Team;
use sealpost_client_core::upload::Upload;
use sealpost_client_core::vault::{DraftAttachment, ReportDraft, Secret};
use sealpost_shared::id::Slug;
use sealpost_shared::letter::{FieldError, Severity};
use sealpost_shared::limits;
use wasm_bindgen_futures::spawn_local;
use web_sys::File;

use super::app::App;
use super::enclosing::{Enclosing, NotSealed};
use super::sending::{make_secret, seal_and_queue, sent_off};
use super::team::CheckedTeam;
use crate::page::Page;
use crate::services::files::{self, FileError};
use crate::services::store::StoreError;
use crate::services::{browser, records};
use crate::text::text;

/// The pause between two saves while somebody types.
const SAVE_PAUSE_MS: u32 = 250;

/// Where the person stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The draft is being read from this device.
    Opening,
    /// Writing.
    Writing,
    /// The vault makes the secret.
    Preparing,
    /// The words are shown.
    Words,
    /// The vault seals, and the outbox takes it.
    Sealing,
}

/// The form's signals. Copied freely: each is a handle.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form {
    pub(crate) title: RwSignal<String>,
    pub(crate) report: RwSignal<String>,
    pub(crate) product: RwSignal<String>,
    pub(crate) versions: RwSignal<String>,
    pub(crate) severity: RwSignal<Option<Severity>>,
    pub(crate) exploited: RwSignal<bool>,
    pub(crate) public: RwSignal<bool>,
    pub(crate) credit: RwSignal<String>,
    pub(crate) attachments: RwSignal<Vec<DraftAttachment>>,
    /// Files that are too large for the letter. Their bytes are read when they are sealed.
    pub(crate) large: RwSignal<Vec<File>, LocalStorage>,
    takes_large: bool,
    /// Names of large files that a reload took away: they are to be chosen again.
    pub(crate) lost: RwSignal<Vec<String>>,
    /// The sealing of large files.
    pub(crate) enclosing: Enclosing,
    pub(crate) secret: RwSignal<Option<Secret>>,
    /// The person ticked that the words are kept.
    pub(crate) kept: RwSignal<bool>,
    /// What must be mended before it can be sealed.
    pub(crate) faults: RwSignal<Vec<(Field, Fault)>>,
    /// Why a chosen file was left out.
    pub(crate) file_error: RwSignal<Option<FileError>>,
    /// What failed on the way, in words.
    pub(crate) failure: RwSignal<Option<String>>,
    pub(crate) step: RwSignal<Step>,
    /// Whether everything typed is on this device's disk.
    pub(crate) saved: RwSignal<bool>,
    /// Another tab saved another text in between: nothing is saved until the person chooses.
    pub(crate) overtaken: RwSignal<bool>,
    /// Any number of this tab's own.
    tab: StoredValue<u32>,
    /// Which stored draft this form goes on from.
    revision: StoredValue<u64>,
    team: StoredValue<Slug>,
    saving: StoredValue<Saving>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Saving {
    #[default]
    Idle,
    Running,
    RunningAndDirty,
    /// Another tab saved in between: nothing is written until the person chooses.
    Overtaken,
    /// The report has left the form: nothing is written back any more.
    Over,
}

impl Form {
    /// An empty form; the draft is read and then kept.
    /// `takes_large` says whether files that do not fit the letter can travel beside it.
    pub(crate) fn open(app: App, team: Slug, takes_large: bool) -> Self {
        let form = Self {
            takes_large,
            title: RwSignal::default(),
            report: RwSignal::default(),
            product: RwSignal::default(),
            versions: RwSignal::default(),
            severity: RwSignal::default(),
            exploited: RwSignal::default(),
            public: RwSignal::default(),
            credit: RwSignal::default(),
            attachments: RwSignal::default(),
            large: RwSignal::new_local(Vec::new()),
            lost: RwSignal::default(),
            enclosing: Enclosing::new(),
            secret: RwSignal::default(),
            kept: RwSignal::default(),
            faults: RwSignal::default(),
            file_error: RwSignal::default(),
            failure: RwSignal::default(),
            step: RwSignal::new(Step::Opening),
            saved: RwSignal::new(true),
            overtaken: RwSignal::default(),
            tab: StoredValue::new(browser::dice().max(1)),
            revision: StoredValue::default(),
            team: StoredValue::new(team),
            saving: StoredValue::default(),
        };
        Effect::new(move |before: Option<DraftRecord>| {
            let record = form.record();
            let is_open = form.step.get_untracked() != Step::Opening;
            if is_open && before.is_some_and(|before| !before.says_the_same(&record)) {
                form.forget_mended(&record);
                form.changed(app, record.clone());
            }
            record
        });
        spawn_local(form.restore(app));
        form
    }

    async fn restore(self, app: App) {
        let team = self.team.get_value();
        match records::draft(&team).await {
            Ok(Some(record)) => self.fill(record),
            Ok(None) => {}
            Err(error) => app.fail_store(error),
        }
        self.step.set(Step::Writing);
    }

    fn fill(self, record: DraftRecord) {
        let report = record.report;
        self.title.set(report.title);
        self.report.set(report.text);
        self.product.set(report.product);
        self.versions.set(report.versions);
        self.severity.set(report.severity);
        self.exploited.set(report.exploited);
        self.public.set(report.public);
        self.credit.set(report.credit);
        self.attachments.set(report.attachments);
        self.secret.set(record.secret);
        self.lost.set(record.large_files);
        self.revision.set_value(record.revision);
    }

    /// What stands in the form, followed as it changes.
    fn record(self) -> DraftRecord {
        let report = ReportDraft {
            title: self.title.get(),
            text: self.report.get(),
            product: self.product.get(),
            versions: self.versions.get(),
            severity: self.severity.get(),
            exploited: self.exploited.get(),
            public: self.public.get(),
            credit: self.credit.get(),
            attachments: self.attachments.get(),
        };
        let large = self.large.with(|files| files.iter().map(File::name).collect::<Vec<_>>());
        DraftRecord {
            report,
            large_files: if large.is_empty() { self.lost.get() } else { large },
            secret: self.secret.get(),
            revision: self.revision.get_value(),
            tab: self.tab.get_value(),
        }
    }

    /// A fault that was mended goes at once; a new one waits for the next "continue".
    fn forget_mended(self, record: &DraftRecord) {
        if self.faults.with_untracked(|faults| !faults.is_empty()) {
            let left = self.found(record);
            self.faults.update(|faults| faults.retain(|fault| left.contains(fault)));
        }
    }

    /// What must be mended in the form.
    fn found(self, record: &DraftRecord) -> Vec<(Field, Fault)> {
        let mut faults = draft::check(&record.report);
        // Headings alone say nothing.
        if record.report.text.trim() == text().report.template.trim() {
            faults.push((Field::Report, Fault::Letter(FieldError::ReportMissing)));
        }
        faults.extend(
            (!self.lost.get_untracked().is_empty()).then_some((Field::Attachments, Fault::LostFiles)),
        );
        faults
    }

    fn changed(self, app: App, record: DraftRecord) {
        match self.saving.get_value() {
            Saving::Over | Saving::Overtaken => {}
            Saving::Running | Saving::RunningAndDirty => self.saving.set_value(Saving::RunningAndDirty),
            Saving::Idle => {
                self.saving.set_value(Saving::Running);
                self.saved.set(false);
                spawn_local(self.save(app, record));
            }
        }
    }

    /// Saves at once, then again as long as there was more, with a pause between. The person may leave the page meanwhile:
    /// then its signals are gone, and what was saved stays.
    async fn save(self, app: App, mut record: DraftRecord) {
        let team = self.team.get_value();
        loop {
            let result = records::save_draft(&team, &record).await;
            match result {
                Ok(revision) => {
                    // The person may have left the page.
                    let _ = self.revision.try_set_value(revision);
                    app.ask_to_keep_storage();
                }
                Err(StoreError::Overtaken) => return self.halt(),
                Err(error) => app.fail_store(error),
            }
            TimeoutFuture::new(SAVE_PAUSE_MS).await;
            match self.saving.try_get_value() {
                Some(Saving::RunningAndDirty) => self.saving.set_value(Saving::Running),
                Some(Saving::Running) => {
                    self.saving.set_value(Saving::Idle);
                    self.saved.set(result.is_ok());
                    return;
                }
                Some(Saving::Idle | Saving::Over | Saving::Overtaken) | None => return,
            }
            record = untrack(|| self.record());
        }
    }

    /// Another tab saved in between. The report that is being sealed goes its way; one that is being written asks.
    fn halt(self) {
        if self.saving.try_get_value().is_some_and(|saving| saving != Saving::Over) {
            self.saving.set_value(Saving::Overtaken);
            self.overtaken.set(true);
            browser::focus_soon("#overtaken");
        }
    }

    /// Ends the halt: with the other tab's text in the form, or with this form's text in its place.
    pub(crate) fn choose(self, app: App, mine: bool) {
        let team = self.team.get_value();
        spawn_local(async move {
            let stored = match records::draft(&team).await {
                Ok(stored) => stored.unwrap_or_default(),
                Err(error) => return app.fail_store(error),
            };
            if self.step.try_get_untracked().is_none() {
                return;
            }
            self.overtaken.set(false);
            self.saving.set_value(Saving::Idle);
            if mine {
                self.revision.set_value(stored.revision);
                if stored.is_empty() {
                    // The other tab sent its report: these words belong to that one.
                    self.secret.set(None);
                }
                self.changed(app, untrack(|| self.record()));
            } else {
                self.fill(stored);
                self.saved.set(true);
            }
            browser::focus("#report");
        });
    }

    /// Saves what is not yet saved, because the page is about to go.
    pub(crate) fn save_now(self) {
        let is_dirty = self.saving.try_get_value() == Some(Saving::RunningAndDirty);
        if is_dirty {
            let (team, record) = (self.team.get_value(), untrack(|| self.record()));
            spawn_local(async move {
                // Nobody is there any more to hear that it failed.
                let _ = records::save_draft(&team, &record).await;
            });
        }
    }

    /// Saves everything again, because the browser cleared what was saved.
    pub(crate) fn save_again(self, app: App) {
        if self.saving.try_get_value().is_some() && self.step.get_untracked() != Step::Opening {
            self.revision.set_value(0);
            self.changed(app, untrack(|| self.record()));
        }
    }

    /// How many more bytes of files fit.
    pub(crate) fn room(self) -> usize {
        self.report.with(|text| {
            let used = untrack(|| draft::attached_bytes(&self.record().report));
            draft::room_for_files(text.len()).saturating_sub(used)
        })
    }

    /// Attaches the files that were chosen: what fits the letter goes into it, the rest travels beside it.
    pub(crate) fn attach(self, app: App, event: &leptos::ev::Event) {
        let mut files: VecDeque<_> = files::chosen(event).into();
        self.file_error.set(None);
        self.lost.set(Vec::new());
        spawn_local(async move {
            while let Some(file) = files.pop_front() {
                // The person may have left the page meanwhile.
                if self.step.try_get_untracked().is_none() {
                    return;
                }
                if let Err(error) = self.attach_one(app, file).await {
                    self.file_error.set(Some(error));
                }
            }
        });
    }

    async fn attach_one(self, app: App, file: File) -> Result<(), FileError> {
        let fits = self.attachments.with_untracked(Vec::len) < limits::MAX_ATTACHMENTS
            && files::size(&file) <= untrack(|| self.room()) as u64;
        if fits {
            let attachment = files::read(&file, untrack(|| self.room())).await?;
            self.attachments.update(|all| all.push(attachment));
            return Ok(());
        }
        let (count, bytes) =
            self.large.with_untracked(|all| (all.len(), all.iter().map(files::size).sum::<u64>()));
        let mib = self.limit_mib(app);
        if count >= limits::MAX_ENCLOSED_FILES {
            return Err(FileError::TooMany { name: file.name() });
        }
        if bytes + files::size(&file) > u64::from(mib) << 20 {
            return Err(FileError::TooLarge { name: file.name(), mib });
        }
        self.large.update(|all| all.push(file));
        Ok(())
    }

    /// How many MiB of large files the team takes.
    pub(crate) fn limit_mib(self, app: App) -> u32 {
        if !self.takes_large {
            return 0;
        }
        let team = self.team.get_value();
        let said = |checked: &CheckedTeam| checked.team.policy.reports.enclosures_mib();
        app.team.with(|state| state.checked(&team).map(said)).unwrap_or(limits::DEFAULT_ENCLOSURES_MIB)
    }

    /// Checks the form and shows the words.
    pub(crate) fn go_on(self) {
        let faults = self.found(&untrack(|| self.record()));
        self.failure.set(None);
        self.faults.set(faults.clone());
        if !faults.is_empty() {
            return browser::focus_soon("#faults");
        }
        if self.secret.with_untracked(Option::is_some) {
            return self.show_words();
        }
        self.step.set(Step::Preparing);
        spawn_local(async move {
            match make_secret().await {
                Ok(secret) => {
                    self.secret.set(Some(secret));
                    self.show_words();
                }
                Err(error) => self.back(Step::Writing, (text().errors.vault)(&error)),
            }
        });
    }

    /// Checks the form, and leads to what must be mended.
    pub(crate) fn is_complete(self) -> bool {
        let faults = self.found(&untrack(|| self.record()));
        self.failure.set(None);
        self.faults.set(faults.clone());
        if !faults.is_empty() {
            browser::focus_soon("#faults");
        }
        faults.is_empty()
    }

    /// What is to be sealed; from here on the form saves nothing.
    pub(crate) fn leave(self) -> ReportDraft {
        self.saving.set_value(Saving::Over);
        untrack(|| self.record()).report
    }

    /// It was not sealed after all.
    pub(crate) fn stay(self) {
        let _ = self.saving.try_set_value(Saving::Idle);
    }

    fn show_words(self) {
        self.step.set(Step::Words);
        browser::focus_soon("#words-title");
    }

    fn back(self, step: Step, why: String) {
        self.step.set(step);
        self.failure.set(Some(why));
    }

    /// Seals the report and puts it into the outbox. `kept` is whether the words need not be shown again.
    pub(crate) fn send(self, app: App, kept: bool) {
        let team = app.team.with_untracked(|state| state.sendable(&self.team.get_value()).cloned());
        let (Some(secret), Some(team)) = (self.secret.get_untracked(), team) else {
            return self.failure.set(Some(text().report.not_checked.to_owned()));
        };
        self.failure.set(None);
        self.step.set(Step::Sealing);
        self.saving.set_value(Saving::Over);
        let draft = untrack(|| self.record());
        let files = self.large.get_untracked();
        spawn_local(async move {
            let case = secret.case;
            let upload = match self.enclose(&team, &secret, &files).await {
                Ok(upload) => upload,
                Err(why) => return self.not_sealed(why),
            };
            match seal_and_queue(&team, draft, secret, kept, upload).await {
                Ok(()) => sent_off(app, &Page::Case(case)),
                Err(why) => self.not_sealed(NotSealed::Failed(why)),
            }
        });
    }

    /// Seals the large files first, because the letter names them.
    async fn enclose(
        self,
        team: &Team,
        secret: &Secret,
        files: &[File],
    ) -> Result<Option<Upload>, NotSealed> {
        if files.is_empty() { Ok(None) } else { self.enclosing.seal(team, secret, files).await.map(Some) }
    }

    /// The person may have left the page meanwhile: then its signals are gone, and so is what was sealed.
    fn not_sealed(self, why: NotSealed) {
        if self.step.try_get_untracked().is_none() {
            return;
        }
        self.saving.set_value(Saving::Idle);
        match why {
            NotSealed::Cancelled => self.step.set(Step::Words),
            NotSealed::Failed(why) => self.back(Step::Words, why),
        }
    }
}
