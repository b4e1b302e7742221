//! Enclosures on their way, as pages see them: what waits, how fast it goes, and who stopped it.

use std::cell::RefCell;
use std::collections::BTreeSet;

use leptos::prelude::*;
use sealpost_client_core::outbox::Trigger;
use sealpost_client_core::upload::{Pace, Upload, carry};
use sealpost_shared::CaseId;
use wasm_bindgen_futures::spawn_local;

use super::app::App;
use crate::services::browser::{self, Work};
use crate::services::clock;
use crate::services::uploads::{self, BrowserUploads};

/// How far the upload is that this tab carries.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Going {
    /// Whose.
    pub(crate) case: Option<CaseId>,
    /// Bytes that the relay has.
    pub(crate) done: u64,
    /// How fast it goes.
    pub(crate) pace: Pace,
}

/// Signals about uploads. Copied freely: each is a handle.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Uploads {
    /// Everything that is not at the relay yet.
    pub(crate) all: RwSignal<Vec<Upload>>,
    /// What goes just now.
    pub(crate) going: RwSignal<Going>,
    stopped: StoredValue<BTreeSet<CaseId>>,
}

impl Uploads {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        Self { all: RwSignal::default(), going: RwSignal::default(), stopped: StoredValue::default() }
    }

    /// Whether something is due.
    pub(crate) fn is_due(self) -> bool {
        let now = clock::now();
        self.all.with_untracked(|all| all.iter().any(|upload| upload.is_due(now, Trigger::Timer)))
    }

    fn heard(self, upload: &Upload) {
        self.going.update(|going| {
            if going.case != Some(upload.case) {
                *going = Going { case: Some(upload.case), ..Going::default() };
            }
            going.done = upload.done;
            going.pace.note(browser::milliseconds(), upload.done);
        });
    }

    /// Stops an upload, after its present chunk if it is going. What is at the relay stays there for a day, what is here stays.
    pub(crate) fn stop(self, app: App, case: CaseId) {
        self.stopped.update_value(|stopped| {
            stopped.insert(case);
        });
        if self.going.with_untracked(|going| going.case != Some(case)) {
            spawn_local(async move {
                match uploads::stop(case).await {
                    Ok(()) => app.reload(),
                    Err(error) => app.fail_store(error),
                }
            });
        }
    }
}

/// Sends what is due, in one tab only. A letter goes before the files that it names.
pub(super) fn send(app: App, trigger: Trigger, only: Option<CaseId>) {
    if let Some(case) = only {
        app.uploads.stopped.update_value(|stopped| {
            stopped.remove(&case);
        });
    }
    spawn_local(browser::in_one_tab_only(Work::Files, async move {
        let ports = BrowserUploads {
            told: move |upload: Option<&Upload>| match upload {
                Some(upload) => app.uploads.heard(upload),
                None => app.reload(),
            },
            is_stopped: move |case| app.uploads.stopped.with_value(|stopped| stopped.contains(&case)),
            challenge: RefCell::default(),
        };
        for mut upload in uploads::uploads().await.unwrap_or_default() {
            let is_meant = only.is_none_or(|case| case == upload.case);
            if is_meant && upload.is_due(clock::now(), trigger) && is_sent(&upload).await {
                upload.stopped = false;
                if let Err(error) = carry(&ports, upload).await {
                    app.fail(&error.to_string());
                }
            }
        }
        app.uploads.going.set(Going::default());
    }));
}

async fn is_sent(upload: &Upload) -> bool {
    let items = crate::services::records::outbox().await;
    items.is_ok_and(|items| !items.iter().any(|item| item.opens(upload.case)))
}
