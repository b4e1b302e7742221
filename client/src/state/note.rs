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
    /// What the reporter sent another way, to compare the text with. Kept nowhere else.
    pub(crate) sent: RwSignal<String>,
    /// Words that the reporter called harmless in this text.
    pub(crate) harmless: RwSignal<Vec<String>>,
}

impl NoteDraft {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self {
            of: RwSignal::new(String::new()),
            text: RwSignal::new(String::new()),
            sent: RwSignal::new(String::new()),
            harmless: RwSignal::new(Vec::new()),
        }
    }

    /// Begins again with the prepared text: what was called harmless was so in another.
    pub(crate) fn begin(self, prepared: &str) {
        self.text.set(prepared.to_owned());
        self.harmless.set(Vec::new());
    }

    /// Takes up what was written for this case, or begins with the prepared text.
    pub(crate) fn take_up(self, case: CaseId, prepared: &str) {
        let of = format!("{case} {prepared}");
        if self.of.with_untracked(|old| *old != of) {
            self.begin(prepared);
            self.sent.set(String::new());
            self.of.set(of);
        }
    }
}
