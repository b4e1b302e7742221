//! One step of the ladder: before it opens, what it would send, to whom and how; when it is open, the means to take it.

use leptos::prelude::*;
use sealpost_client_core::case_record::CaseRecord;
use sealpost_client_core::cover_note::cover_note;
use sealpost_client_core::hand_on::{Way, addresses};
use sealpost_client_core::pointer::pointer_text;
use sealpost_client_core::public_note::PublicNote;
use sealpost_shared::CaseId;
use sealpost_shared::id::Slug;
use sealpost_shared::policy::{Policy, Step};

use super::button::{button, copy_button};
use super::hand_on::hand_on;
use super::ladder::At;
use super::promises::{contact, step_name};
use super::public_note::public_note;
use super::when::when;
use crate::services::store::StoreError;
use crate::services::{browser, clock};
use crate::state::app::App;
use crate::state::edit::edit;
use crate::text::text;

/// A step that is not open: why not yet, and everything it would do.
pub(crate) fn closed(app: App, record: &CaseRecord, policy: &Policy, at: At<'_>) -> AnyView {
    let words = &text().ladder;
    let is_running = record.events.sent().is_some() && record.events.closed().is_none();
    let why = is_running.then(|| match (at.seen.opens_at, at.before) {
        (Some(opens), _) => view! { <p>{words.opens}": "{when(app, opens)}</p> }.into_any(),
        (None, Some(before)) => {
            let why = (words.after_previous)(&step_name(policy, before), at.step.wait);
            view! { <p class="hint" data-test="step-why">{why}</p> }.into_any()
        }
        (None, None) => ().into_any(),
    });
    let way = Way::of(record, policy, at.step);
    let preview = prepared(record, policy, at.step, way).map(|text| {
        view! {
            <details><summary>{words.what}</summary><pre data-test="step-preview">{text}</pre></details>
        }
    });
    view! {
        {why}
        <p>{(words.how)(way)}</p>
        {contacts(&addresses(policy, at.step))}
        {preview}
    }
    .into_any()
}

/// The text that a step would send.
fn prepared(record: &CaseRecord, policy: &Policy, step: &Step, way: Way) -> Option<String> {
    match way {
        Way::Sealed { with_report: true } => {
            cover_note(record, policy, step, &step_name(policy, step), clock::now())
        }
        Way::Sealed { with_report: false } | Way::Pointer => pointer_text(record, policy),
        Way::Note => PublicNote::prepare(record, policy).map(|note| note.text),
    }
}

/// An open step.
pub(crate) fn open(app: App, record: &CaseRecord, policy: &Policy, step: &Step) -> AnyView {
    let words = &text().ladder;
    match Way::of(record, policy, step) {
        way @ Way::Sealed { .. } => {
            let note = prepared(record, policy, step, way).unwrap_or_default();
            hand_on(app, record, policy, step, &note)
        }
        way @ Way::Pointer => view! {
            <p>{(words.how)(way)}</p>
            {by_hand(record, policy, step)}
            <p class="hint">{words.take_note}</p>
            {take_button("", words.take, app, record, step)}
        }
        .into_any(),
        // Of a public step the note is what matters: "posted" must not be pressed before it.
        Way::Note => view! {
            {public_note(app, record, policy, step)}
            <p class="hint">{words.posted_note}</p>
            {take_button("quiet", words.posted, app, record, step)}
        }
        .into_any(),
    }
}

/// Addresses, and the text that names case and dates only.
pub(crate) fn by_hand(record: &CaseRecord, policy: &Policy, step: &Step) -> AnyView {
    let words = &text().ladder;
    let pointer = pointer_text(record, policy).unwrap_or_default();
    let uris = addresses(policy, step);
    view! {
        {contacts(&uris)}
        {mail(&uris, &pointer)}
        <pre class="pointer" data-test="pointer">{pointer.clone()}</pre>
        <p class="hint">{words.pointer_note}</p>
        {copy_button("copy-pointer", words.copy_pointer, text().app.copied, pointer)}
    }
    .into_any()
}

fn contacts(uris: &[String]) -> AnyView {
    if uris.is_empty() {
        return view! { <p class="hint">{text().ladder.no_address}</p> }.into_any();
    }
    let shown: Vec<AnyView> = uris.iter().map(|uri| view! { <li>{contact(uri)}</li> }.into_any()).collect();
    view! { <ul class="contacts">{shown}</ul> }.into_any()
}

/// A link that opens a mail with the text in it, if there is a mail address.
pub(crate) fn mail(uris: &[String], body: &str) -> Option<AnyView> {
    let words = &text().ladder;
    let uri = uris.iter().find(|uri| uri.starts_with("mailto:"))?;
    let address = browser::mail_address(uri, words.mail_subject, body);
    let link = view! { <p><a class="button" data-test="write-mail" href=address>{words.write_mail}</a></p> };
    Some(link.into_any())
}

/// The button that puts a step on record which the reporter took by hand.
pub(crate) fn take_button(
    class: &'static str,
    label: &'static str,
    app: App,
    record: &CaseRecord,
    step: &Step,
) -> AnyView {
    let (case, id) = (record.case, step.id.clone());
    button(class, "take-step", label, move || take(app, case, id.clone()))
}

/// Puts the step on record, if it is still open by the clock of this moment.
fn take(app: App, case: CaseId, step: Slug) {
    edit(app, case, None, move |record| {
        record.take_step(&step, clock::now()).map_err(|_| StoreError::Overtaken)
    });
}
