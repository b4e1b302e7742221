//! The report form: its fields, its draft on this device, and the way from "continue" to the outbox.

mod attaching;
mod leaving;
mod saving;

use leptos::prelude::*;
use sealpost_client_core::draft::{self, DraftRecord, Fault, Field};
use sealpost_client_core::vault::{DraftAttachment, ReportDraft, Secret};
use sealpost_shared::id::Slug;
use sealpost_shared::letter::{FieldError, Severity};
use wasm_bindgen_futures::spawn_local;
use web_sys::File;

use self::saving::Saving;
use super::app::App;
use super::enclosing::Enclosing;
use crate::services::files::FileError;
use crate::services::{browser, records};
use crate::text::text;

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

    /// Whether this device has a draft of this form. Followed by way of `step` and `saved`, which change after it did.
    pub(crate) fn is_stored(self) -> bool {
        self.step.track();
        self.saved.track();
        self.revision.get_value() != 0
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
}
