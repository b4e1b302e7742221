//! Correcting when a report was sent that no relay signed for.

use leptos::prelude::*;
use sealpost_client_core::case_record::CaseRecord;
use sealpost_shared::Timestamp;

use super::button::button;
use super::live::maybe;
use crate::services::store::StoreError;
use crate::services::{clock, intl};
use crate::state::app::App;
use crate::state::edit::edit;
use crate::text::text;

/// What stands in the form. Made once for a page, like the one for what came another way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mend {
    is_open: RwSignal<bool>,
    at: RwSignal<String>,
    fault: RwSignal<Option<&'static str>>,
}

impl Mend {
    /// A closed one.
    pub(crate) fn new() -> Self {
        Self { is_open: RwSignal::new(false), at: RwSignal::default(), fault: RwSignal::new(None) }
    }

    /// Opens it with the time on record, or closes it.
    fn toggle(self, sent: Timestamp) {
        self.at.set(intl::to_field(sent));
        self.fault.set(None);
        self.is_open.update(|is_open| *is_open = !*is_open);
    }
}

/// The section; only a case that runs by the reporter's word alone has one.
pub(crate) fn mend(app: App, record: &CaseRecord, form: Mend) -> Option<AnyView> {
    let is_own_word = !record.route.has_relay() && record.events.closed().is_none();
    let sent = record.events.sent().filter(|_| is_own_word)?;
    let words = &text().by_hand;
    let record = record.clone();
    let fields = move || form.is_open.get().then(|| fields(app, &record, form, sent));
    let shown = view! {
        <section class="by-hand">
            <button type="button" class="link" data-test="mend-sent" aria-controls="mend"
                aria-expanded=move || form.is_open.get().to_string() on:click=move |_| form.toggle(sent)>{words.mend}</button>
            <div id="mend">{maybe(fields)}</div>
        </section>
    };
    Some(shown.into_any())
}

fn fields(app: App, record: &CaseRecord, form: Mend, sent: Timestamp) -> AnyView {
    let words = &text().by_hand;
    let record = record.clone();
    let fault = move || {
        let why = form.fault.get()?;
        Some(view! { <p class="fault" data-test="mend-fault">{why}</p> }.into_any())
    };
    view! {
        <div class="inside">
            <p class="hint" id="mend-hint">{words.mend_what}</p>
            <div class="field">
                <label for="mend-at">{words.mend_at}</label>
                <input type="datetime-local" id="mend-at" data-test="mend-at" aria-describedby="mend-hint"
                    prop:value=move || form.at.get() on:input=move |event| form.at.set(event_target_value(&event)) />
            </div>
            <div role="alert">{maybe(fault)}</div>
            {button("", "mend-save", words.mend_save, move || save(app, &record, form, sent))}
        </div>
    }
    .into_any()
}

/// Tries it on a copy first, so that the form can say what is wrong; then on the stored record.
fn save(app: App, record: &CaseRecord, form: Mend, sent: Timestamp) {
    let words = &text().by_hand;
    let Some(at) = intl::from_field(&form.at.get_untracked()) else {
        return form.fault.set(Some(text().track.no_date));
    };
    let now = clock::now();
    if let Err(error) = record.clone().sent_at_another_time(at, now) {
        return form.fault.set(Some((words.error)(&error)));
    }
    form.toggle(sent);
    edit(app, record.case, Some(words.mended), move |record| {
        record.sent_at_another_time(at, now).map_err(|_| StoreError::Overtaken)
    });
}
