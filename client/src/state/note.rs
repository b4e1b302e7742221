//! A public note that is being changed: kept while the page is open, because the ladder around it is drawn again when a clock turns.

use leptos::prelude::*;
use sealpost_shared::CaseId;

use super::app::App;

/// What a person made of the prepared text of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EditedNote {
    case: CaseId,
    /// With new dates in the prepared text, one begins anew.
    prepared: String,
    text: String,
}

impl EditedNote {
    /// The changed text, if this prepared text was changed.
    pub(crate) fn of(app: App, case: CaseId, prepared: &str) -> Option<String> {
        app.note.with_untracked(|note| {
            let note = note.as_ref().filter(|note| note.case == case && note.prepared == prepared)?;
            Some(note.text.clone())
        })
    }

    /// Keeps a change.
    pub(crate) fn keep(app: App, case: CaseId, prepared: &str, text: &str) {
        let (prepared, text) = (prepared.to_owned(), text.to_owned());
        app.note.set(Some(Self { case, prepared, text }));
    }

    /// Forgets the change and gives the prepared text.
    pub(crate) fn forget(app: App, prepared: &str) -> String {
        app.note.set(None);
        prepared.to_owned()
    }
}
