//! Putting on record what came another way than through this page.

use leptos::prelude::*;
use sealpost_client_core::by_hand::CameBy;
use sealpost_client_core::case_record::CaseRecord;
use sealpost_shared::timeline::Event;
use sealpost_shared::{CaseId, Timestamp};

use super::button::button;
use super::live::maybe;
use crate::services::store::StoreError;
use crate::services::{clock, intl};
use crate::state::app::App;
use crate::state::edit::edit;
use crate::text::text;

/// What stands in the form. Made once for a page, so that an answer that arrives meanwhile does not empty it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form {
    is_open: RwSignal<bool>,
    /// A name of [`CameBy`], or nothing.
    came: RwSignal<String>,
    pub(crate) at: RwSignal<String>,
    fault: RwSignal<Option<String>>,
}

impl Form {
    /// A closed one.
    pub(crate) fn new() -> Self {
        Self {
            is_open: RwSignal::new(false),
            came: RwSignal::new(String::new()),
            at: RwSignal::new(String::new()),
            fault: RwSignal::new(None),
        }
    }

    /// Opens it with the time of this moment, or closes it.
    fn toggle(self) {
        self.at.set(intl::to_field(clock::now()));
        self.came.set(String::new());
        self.fault.set(None);
        self.is_open.update(|is_open| *is_open = !*is_open);
    }
}

/// The section; only a case that was sent and is not closed has one.
pub(crate) fn by_hand(app: App, record: &CaseRecord, form: Form) -> Option<AnyView> {
    let sent = record.events.sent().filter(|_| record.events.closed().is_none())?;
    let words = &text().by_hand;
    let record = record.clone();
    let fields = move || form.is_open.get().then(|| fields(app, &record, form, sent));
    let shown = view! {
        <section class="by-hand">
            <button type="button" class="link" data-test="record-by-hand" aria-controls="by-hand"
                aria-expanded=move || form.is_open.get().to_string() on:click=move |_| form.toggle()>{words.title}</button>
            <div id="by-hand">{maybe(fields)}</div>
        </section>
    };
    Some(shown.into_any())
}

fn fields(app: App, record: &CaseRecord, form: Form, sent: Timestamp) -> AnyView {
    let words = &text().by_hand;
    let record = record.clone();
    view! {
        <div class="inside">
            <p class="hint">{words.what}</p>
            {kind(form)}
            {moment(form, sent)}
            <div role="alert">{maybe(move || fault(form))}</div>
            {button("", "record-save", words.save, move || save(app, &record, form))}
        </div>
    }
    .into_any()
}

fn kind(form: Form) -> AnyView {
    let words = &text().by_hand;
    let options: Vec<AnyView> = CameBy::ALL
        .into_iter()
        .map(|came| {
            let selected = form.came.with_untracked(|chosen| chosen == came.name());
            view! { <option value=came.name() prop:selected=selected>{(words.came)(came)}</option> }
                .into_any()
        })
        .collect();
    let note =
        move || Some(view! { <p>{(text().by_hand.note)(CameBy::named(&form.came.get())?)}</p> }.into_any());
    view! {
        <div class="field">
            <label for="record-kind">{words.kind}</label>
            <select id="record-kind" data-test="record-kind" aria-describedby="record-note"
                on:change=move |event| form.came.set(event_target_value(&event))>
                <option value="">{words.choose}</option>
                {options}
            </select>
            <div class="hint" id="record-note" role="status" data-test="record-note">{maybe(note)}</div>
        </div>
    }
    .into_any()
}

fn moment(form: Form, sent: Timestamp) -> AnyView {
    view! {
        <div class="field">
            <label for="record-at">{text().by_hand.at}</label>
            <input type="datetime-local" id="record-at" data-test="record-at" min=intl::to_field(sent)
                prop:value=move || form.at.get()
                on:input=move |event| form.at.set(event_target_value(&event)) />
        </div>
    }
    .into_any()
}

fn fault(form: Form) -> Option<AnyView> {
    let words = form.fault.get()?;
    Some(view! { <p class="fault" data-test="record-fault">{words}</p> }.into_any())
}

/// Tries it on a copy first, so that the form can say what is wrong; then on the stored record.
fn save(app: App, record: &CaseRecord, form: Form) {
    let words = &text().by_hand;
    let Some(came) = CameBy::named(&form.came.get_untracked()) else {
        return form.fault.set(Some(words.choose_first.to_owned()));
    };
    let Some(at) = intl::from_field(&form.at.get_untracked()) else {
        return form.fault.set(Some(words.no_date.to_owned()));
    };
    let now = clock::now();
    if let Err(error) = record.clone().came_by(came, at, now) {
        return form.fault.set(Some((words.error)(&error).to_owned()));
    }
    form.toggle();
    edit(app, record.case, Some(words.saved), move |record| {
        record.came_by(came, at, now).map_err(|_| StoreError::Gone)
    });
}

/// A button that takes back what was recorded by hand.
pub(crate) fn undo(app: App, case: CaseId, event: Event) -> AnyView {
    let words = &text().by_hand;
    let take_back = move || {
        let (event, others) = (event.clone(), app.cases.get_untracked().unwrap_or_default());
        edit(app, case, Some(words.undone), move |record| {
            record.take_back(&event, &others).map_err(|_| StoreError::Overtaken)
        });
    };
    button("quiet", "record-undo", words.undo, take_back)
}
