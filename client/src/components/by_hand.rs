//! Putting on record what came another way than through this page.

use leptos::prelude::*;
use sealpost_client_core::by_hand::{ByHandError, CameBy};
use sealpost_client_core::case_record::CaseRecord;
use sealpost_shared::timeline::Event;
use sealpost_shared::{CaseId, Timestamp};
use wasm_bindgen_futures::spawn_local;

use super::button::button;
use super::live::{live, maybe};
use crate::services::store::StoreError;
use crate::services::{browser, clock, intl, records};
use crate::state::app::App;
use crate::text::text;

/// What stands in the form.
#[derive(Debug, Clone, Copy)]
struct Form {
    came: RwSignal<Option<CameBy>>,
    at: RwSignal<String>,
    fault: RwSignal<Option<&'static str>>,
}

/// The section; only a case that was sent and is not closed has one.
pub(crate) fn by_hand(app: App, record: &CaseRecord) -> Option<AnyView> {
    let sent = record.events.sent().filter(|_| record.events.closed().is_none())?;
    let words = &text().by_hand;
    let now = intl::to_field(clock::now());
    let form = Form { came: RwSignal::new(None), at: RwSignal::new(now), fault: RwSignal::new(None) };
    let record = record.clone();
    let begin = move |_| {
        form.at.set(intl::to_field(clock::now()));
        form.fault.set(None);
    };
    let shown = view! {
        <section class="by-hand">
            <details on:toggle=begin>
                <summary data-test="record-by-hand">{words.title}</summary>
                <div class="inside">
                    <p class="hint">{words.what}</p>
                    {kind(form)}
                    {moment(form, sent)}
                    <div role="alert">{live(move || fault(form))}</div>
                    {button("", "record-save", words.save, move || save(app, &record, form))}
                </div>
            </details>
        </section>
    };
    Some(shown.into_any())
}

fn kind(form: Form) -> AnyView {
    let words = &text().by_hand;
    let options: Vec<AnyView> = CameBy::ALL
        .into_iter()
        .map(|came| view! { <option value=came.name()>{(words.came)(came)}</option> }.into_any())
        .collect();
    let note = move || Some(view! { <p>{(text().by_hand.note)(form.came.get()?)}</p> }.into_any());
    view! {
        <div class="field">
            <label for="record-kind">{words.kind}</label>
            <select id="record-kind" data-test="record-kind" aria-describedby="record-note"
                on:change=move |event| form.came.set(CameBy::named(&event_target_value(&event)))>
                <option value="">{words.choose}</option>
                {options}
            </select>
            <div class="hint" id="record-note" role="status" data-test="record-note">{maybe(note)}</div>
        </div>
    }
    .into_any()
}

fn moment(form: Form, sent: Timestamp) -> AnyView {
    let latest = move || {
        // Read so that the limit follows what "now" was when the form was opened.
        form.at.track();
        intl::to_field(clock::now())
    };
    view! {
        <div class="field">
            <label for="record-at">{text().by_hand.at}</label>
            <input type="datetime-local" id="record-at" data-test="record-at" min=intl::to_field(sent) max=latest
                prop:value=move || form.at.get()
                on:input=move |event| form.at.set(event_target_value(&event)) />
        </div>
    }
    .into_any()
}

fn fault(form: Form) -> AnyView {
    form.fault.get().map(|words| view! { <p class="fault" data-test="record-fault">{words}</p> }).into_any()
}

/// Tries it on a copy first, so that the form can say what is wrong; then on the stored record.
fn save(app: App, record: &CaseRecord, form: Form) {
    let words = &text().by_hand;
    let Some(came) = form.came.get_untracked() else {
        return form.fault.set(Some(words.choose_first));
    };
    let Some(at) = intl::from_field(&form.at.get_untracked()) else {
        return form.fault.set(Some(words.no_date));
    };
    let now = clock::now();
    if let Err(error) = record.clone().came_by(came, at, now) {
        return form.fault.set(Some((words.error)(&error)));
    }
    edit(app, record.case, words.saved, move |record| record.came_by(came, at, now));
}

/// A button that takes back what was recorded by hand.
pub(crate) fn undo(app: App, case: CaseId, event: Event) -> AnyView {
    let words = &text().by_hand;
    let take_back = move || {
        let event = event.clone();
        edit(app, case, words.undone, move |record| record.take_back(&event));
    };
    button("quiet", "record-undo", words.undo, take_back)
}

fn edit(
    app: App,
    case: CaseId,
    done: &'static str,
    change: impl FnOnce(&mut CaseRecord) -> Result<(), ByHandError> + 'static,
) {
    spawn_local(async move {
        let edited = records::edit_case(case, |record| change(record).map_err(|_| StoreError::Gone));
        match edited.await {
            Ok(()) => {
                app.reload();
                app.say(done);
                browser::focus("#timeline-title");
            }
            Err(error) => app.fail_store(error),
        }
    });
}
