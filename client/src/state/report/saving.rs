//! Keeping the draft on this device while somebody types, and what to do when another tab kept another one.

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use sealpost_client_core::draft::DraftRecord;
use wasm_bindgen_futures::spawn_local;

use super::{Form, Step};
use crate::services::store::StoreError;
use crate::services::{browser, records};
use crate::state::app::App;

/// The pause between two saves while somebody types.
const SAVE_PAUSE_MS: u32 = 250;

/// Where the saving stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Saving {
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
    pub(super) fn changed(self, app: App, record: DraftRecord) {
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
}
