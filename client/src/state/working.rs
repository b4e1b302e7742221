//! How far the work is that a relay asked for, and the person's word to stop it.

use leptos::prelude::*;

use crate::services::work::Watch;

/// Two signals; copied freely.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Working {
    /// In percent, while there is something to see.
    pub(crate) percent: RwSignal<Option<u8>>,
    stopped: RwSignal<bool>,
}

impl Working {
    /// Nothing to be done yet.
    pub(crate) fn new() -> Self {
        Self { percent: RwSignal::new(None), stopped: RwSignal::new(false) }
    }

    /// The same, with an earlier word to stop forgotten.
    pub(crate) fn begun(self) -> Self {
        self.stopped.set(false);
        self
    }

    /// Ends what is being done after its present portion. The letter waits in the outbox.
    pub(crate) fn stop(self) {
        self.stopped.set(true);
    }
}

impl Watch for Working {
    fn show(&self, percent: Option<u8>) {
        if self.percent.get_untracked() != percent {
            self.percent.set(percent);
        }
    }

    fn is_stopped(&self) -> bool {
        self.stopped.get_untracked()
    }
}
