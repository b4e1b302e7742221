//! The way out of the form: checked, the words shown, sealed, queued.

use leptos::prelude::*;
use sealpost_client_core::team::Team;
use sealpost_client_core::upload::Upload;
use sealpost_client_core::vault::{ReportDraft, Secret};
use wasm_bindgen_futures::spawn_local;
use web_sys::File;

use super::saving::Saving;
use super::{Form, Step};
use crate::page::Page;
use crate::services::browser;
use crate::state::app::App;
use crate::state::enclosing::NotSealed;
use crate::state::sending::{make_secret, seal_and_queue, sent_off};
use crate::text::text;

impl Form {
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
