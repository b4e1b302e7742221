//! Badge and notification while the page is open: asked for by a click, in words that say nothing of product, project or problem.

use leptos::prelude::*;
use sealpost_client_core::case_record::CaseRecord;
use sealpost_client_core::watch::Watch;
use wasm_bindgen_futures::spawn_local;

use super::app::App;
use crate::services::{attention, clock};
use crate::text::text;

/// What was seen last, and whether the person wants to be told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attention {
    seen: StoredValue<Option<Watch>>,
    /// Whether notifications may be shown, as far as the browser says.
    pub(crate) consent: RwSignal<attention::Consent>,
}

impl Attention {
    /// Nothing seen yet.
    pub(crate) fn new() -> Self {
        Self { seen: StoredValue::new(None), consent: RwSignal::new(attention::consent()) }
    }

    /// Asks the browser, which asks the person.
    pub(crate) fn ask(self, app: App) {
        spawn_local(async move {
            let consent = attention::ask().await;
            self.consent.set(consent);
            app.say(match consent {
                attention::Consent::Given => text().attention.on,
                _ => text().attention.refused,
            });
        });
    }

    /// Looks at the clock; only an instant at which something may turn costs more than a comparison.
    pub(crate) fn tick(self, app: App) {
        let turns =
            self.seen.get_value().is_none_or(|seen| seen.turns_at.is_some_and(|at| clock::now() >= at));
        if turns {
            app.cases.with_untracked(|cases| self.look(cases.as_deref().unwrap_or_default()));
        }
    }

    /// Looks at all cases, sets the badge, and tells what is new since the last look.
    pub(crate) fn look(self, cases: &[CaseRecord]) {
        let (before, now) = (self.seen.get_value(), Watch::over(cases, clock::now()));
        self.seen.set_value(Some(now));
        if before.is_none_or(|before| before.badge() != now.badge()) {
            attention::badge(now.badge());
        }
        // The first look after opening is no news: the page itself shows it.
        let Some(before) = before else { return };
        if now.has_news_since(before) {
            self.tell(text().attention.reply);
        }
        if now.has_passed_since(before) {
            self.tell(text().attention.passed);
        }
    }

    fn tell(self, words: &str) {
        if self.consent.get_untracked() == attention::Consent::Given {
            attention::notify(words);
        }
    }

    /// Whether answers are to be looked for although nobody looks at the page.
    pub(crate) fn is_wanted(self) -> bool {
        self.consent.get_untracked() == attention::Consent::Given
    }
}
