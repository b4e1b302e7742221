//! Every case of this device.

use leptos::prelude::*;
use sealpost_client_core::case_record::CaseRecord;
use sealpost_client_core::outbox::{Item, State};

use crate::components::live::{live, maybe};
use crate::components::when::ago;
use crate::page::Page;
use crate::state::app::App;
use crate::text::text;

/// The page.
pub(crate) fn cases() -> AnyView {
    let app = App::get();
    let words = &text().cases;
    let none = move || {
        let is_empty = app.cases.with(|cases| cases.as_ref().is_some_and(Vec::is_empty));
        is_empty.then(|| {
            view! { <p data-test="no-cases">{words.none}</p><p><a class="button" href="#/">{words.report}</a></p> }
            .into_any()
        })
    };
    view! {
        <h1 tabindex="-1">{words.title}</h1>
        {maybe(none)}
        {case_list(app)}
        <p class="hint">{words.here_only}</p>
    }
    .into_any()
}

/// The list, newest first.
pub(crate) fn case_list(app: App) -> AnyView {
    let rows = move || {
        let outbox = app.outbox.get();
        let cases = app.cases.get().unwrap_or_default();
        let rows: Vec<AnyView> = cases
            .iter()
            .filter(|record| record.step_of.is_none())
            .rev()
            .map(|record| row(app, record, &outbox))
            .collect();
        rows.into_any()
    };
    view! { <ul class="cases" data-test="cases">{live(rows)}</ul> }.into_any()
}

fn row(app: App, record: &CaseRecord, outbox: &[Item]) -> AnyView {
    let (state, words) = standing(record, outbox);
    let since = record.events.sent().unwrap_or(record.queued_at);
    let verified = if record.route.has_relay() {
        (text().cases.replies)(record.replies.len())
    } else {
        record.policy.identity.project.clone()
    };
    let case = record.case;
    // Its own memo, so that the row stays the same one while the files go.
    let files_left =
        Memo::new(move |_| app.uploads.all.with(|all| all.iter().any(|upload| upload.case == case)));
    let files = move || {
        let said =
            || view! { <p class="hint" data-test="case-files">{text().cases.files_left}</p> }.into_any();
        files_left.get().then(said)
    };
    view! {
        <li data-test="case-row" data-state=state>
            <a href=Page::Case(record.case).hash()>{record.title.clone()}</a>
            <p>{words}" · "{ago(app, since)}</p>
            {maybe(files)}
            <p class="hint">{verified}" · "<code>{record.case.short()}</code></p>
        </li>
    }
    .into_any()
}

/// Where a case stands: the stable name, and the words.
pub(crate) fn standing(record: &CaseRecord, outbox: &[Item]) -> (&'static str, &'static str) {
    let words = &text().case;
    let item = outbox.iter().find(|item| item.opens(record.case));
    if record.events.closed().is_some() {
        ("closed", words.state_closed)
    } else if !record.route.has_relay() {
        if record.events.sent().is_some() {
            ("tracked", words.state_tracked)
        } else {
            ("to-carry", words.state_to_carry)
        }
    } else if record.receipt.is_some() {
        ("sent", words.state_sent)
    } else if item.is_some_and(|item| matches!(item.state, State::Refused { .. })) {
        ("refused", words.state_refused)
    } else if record.lacks_receipt() {
        ("unreceipted", words.state_unreceipted)
    } else {
        ("waiting", words.state_waiting)
    }
}
