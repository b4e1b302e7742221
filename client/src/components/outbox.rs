//! A report that has not gone out: where it stands, why, and what the person can do.

use leptos::prelude::*;
use sealpost_client_core::case_record::CaseRecord;
use sealpost_client_core::outbox::{Item, State, Trigger};
use sealpost_client_core::span::Relative;
use wasm_bindgen_futures::spawn_local;

use super::button::button;
use super::live::said;
use crate::page::Page;
use crate::services::{browser, records};
use crate::state::app::App;
use crate::text::text;

/// The state's stable name for tests and styles.
pub(crate) const fn state_name(state: &State) -> &'static str {
    match state {
        State::Queued => "queued",
        State::Sending { .. } => "sending",
        State::Waiting { .. } => "waiting",
        State::Refused { .. } => "refused",
    }
}

/// Where a case's report stands in the outbox.
pub(crate) fn outbox(app: App, record: &CaseRecord, item: &Item) -> AnyView {
    let words = &text().outbox;
    // Trying again cannot help where the relay refuses these bytes.
    let weight = if matches!(item.state, State::Refused { .. }) { "quiet" } else { "" };
    view! {
        <section class="outbox" data-test="outbox" data-state=state_name(&item.state)>
            <h2>{words.title}</h2>
            {standing(app, record, item)}
            {button(weight, "send-now", words.try_now, move || app.flush(Trigger::Button))}
        </section>
    }
    .into_any()
}

fn standing(app: App, record: &CaseRecord, item: &Item) -> AnyView {
    let words = &text().outbox;
    match &item.state {
        State::Queued => view! { <p>{words.queued}</p> }.into_any(),
        State::Sending { .. } => view! { <p>{words.sending}</p>{working(app)} }.into_any(),
        // What may have arrived must not be sent again as another case.
        State::Waiting { why, .. } if item.is_missing() && !item.may_have_left => {
            to_take_back(app, record, (words.why)(why), words.missing_why)
        }
        State::Waiting { until, why } => {
            let (until, why) = (*until, (words.why)(why));
            let next = move || {
                let relative = Relative::of(until.max(app.now.get()), app.now.get());
                (words.next_try)(&(text().time.relative)(relative))
            };
            let clocks = if record.lacks_receipt() { words.no_receipt } else { words.not_started };
            view! {
                <p>{clocks}</p>
                <p data-test="outbox-why">{why}</p>
                <p class="hint">{said(next)}</p>
            }
            .into_any()
        }
        State::Refused { code } => to_take_back(app, record, (words.refused)(*code), words.take_back_why),
    }
}

/// The work that the relay asks for, once it lasts long enough to be noticed.
fn working(app: App) -> impl Fn() -> Option<AnyView> {
    let words = &text().outbox;
    move || {
        app.working.percent.get().map(|percent| {
            view! {
                <p data-test="outbox-work">
                    <label>{words.working} <progress max="100" value=percent.to_string()></progress></label>
                </p>
                {button("quiet", "stop-work", words.stop_working, move || app.working.stop())}
            }
            .into_any()
        })
    }
}

/// What does not go from here as it is: why, and the way back into the form.
fn to_take_back(app: App, record: &CaseRecord, why: String, how: &'static str) -> AnyView {
    let (case, team) = (record.case, record.team.clone());
    let take_back = move || {
        let team = team.clone();
        spawn_local(async move {
            match records::take_back(case, &team).await {
                Ok(()) => {
                    app.reload();
                    browser::go_to(&Page::Report(team).hash());
                }
                Err(error) => app.fail_store(error),
            }
        });
    };
    view! {
        <p class="fault" data-test="outbox-why">{why}</p>
        <p>{how}</p>
        {button("", "take-back", text().outbox.take_back, take_back)}
    }
    .into_any()
}
