//! The public note as it is being changed: kept while the page is open, because the ladder around it is drawn again when a clock turns.

use leptos::prelude::*;
use sealpost_shared::CaseId;

/// What a person makes of the prepared text of one case.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NoteDraft {
    /// For which case, and from which prepared text: new dates begin a new note.
    of: RwSignal<String>,
    /// The text as it stands.
    pub(crate) text: RwSignal<String>,
}

impl NoteDraft {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self { of: RwSignal::new(String::new()), text: RwSignal::new(String::new()) }
    }

    /// Takes up what was written for this case, or begins with the prepared text.
    pub(crate) fn take_up(self, case: CaseId, prepared: &str) {
        let of = format!("{case} {prepared}");
        if self.of.with_untracked(|old| *old != of) {
            self.text.set(prepared.to_owned());
            self.of.set(of);
        }
    }
}
