//! The public step: a prepared note that may be changed, and a check that stands between it and the clipboard.

use leptos::prelude::*;
use sealpost_client_core::case_record::CaseRecord;
use sealpost_client_core::public_note::{Basis, PublicNote};
use sealpost_shared::policy::{Place, Policy, Step};

use super::button::{button, copy_button_of};
use super::live::{live, maybe};
use crate::state::app::App;
use crate::text::text;

/// What stands in a note's way: one line for each piece, none when the note is empty. `None`: it may be posted.
type Verdict = Memo<Option<String>>;

/// Text field, result of the check, and what may be done with the text; `None` before the report was sent.
pub(crate) fn public_note(app: App, record: &CaseRecord, policy: &Policy, step: &Step) -> Option<AnyView> {
    let note = PublicNote::prepare(record, policy)?;
    let (basis, prepared, written) = (note.basis, note.text.clone(), app.note.text);
    app.note.take_up(record.case, &prepared);
    let verdict = Memo::new(move |_| written.with(|text| judge(&note, text)));
    let again = move || written.set(prepared.clone());
    let forum = forum(step);
    let shown = view! {
        <p class="notice warn">{text().ladder.public_note}</p>
        {field(written, verdict)}
        <div role="status" class="checked" data-test="note-check">{live(move || result(verdict, basis))}</div>
        {maybe(move || use_it(verdict, written, forum.as_ref()))}
        {button("link", "note-again", text().note.again, again)}
    };
    Some(shown.into_any())
}

fn judge(note: &PublicNote, written: &str) -> Option<String> {
    let leaks = note.check(written);
    let lines: Vec<String> =
        leaks.iter().map(|leak| format!("“{}” {}", leak.piece, leak.why.sentence())).collect();
    (!lines.is_empty() || written.trim().is_empty()).then(|| lines.join("\n"))
}

fn field(written: RwSignal<String>, verdict: Verdict) -> AnyView {
    let words = &text().note;
    view! {
        <div class="field">
            <label for="note">{words.label}</label>
            <p class="hint" id="note-hint">{words.hint}</p>
            <textarea id="note" class="short" form="unsaved" data-test="note-text" rows="7" aria-describedby="note-hint"
                aria-invalid=move || verdict.with(Option::is_some).to_string()
                prop:value=move || written.get()
                on:input=move |event| written.set(event_target_value(&event))></textarea>
        </div>
    }
    .into_any()
}

fn result(verdict: Verdict, basis: Basis) -> AnyView {
    let words = &text().note;
    let unsure = match basis {
        Basis::Report => None,
        Basis::TitleOnly => Some(words.title_only),
        Basis::Nothing => Some(words.nothing_known),
    };
    let unsure =
        unsure.map(|words| view! { <p class="hint" data-test="note-title-only">{words}</p> }.into_any());
    let found = match verdict.get() {
        None if basis != Basis::Report => None,
        None => Some(view! { <p class="good" data-test="note-good">{words.good}</p> }.into_any()),
        Some(lines) if lines.is_empty() => Some(view! { <p>{words.empty}</p> }.into_any()),
        Some(lines) => Some(leaks(&lines)),
    };
    view! { {found}{unsure} }.into_any()
}

fn leaks(lines: &str) -> AnyView {
    let leaks: Vec<AnyView> = lines
        .lines()
        .map(|line| view! { <li data-test="note-leak">{line.to_owned()}</li> }.into_any())
        .collect();
    view! { <p class="fault">{text().note.stopped}</p><ul class="leaks">{leaks}</ul> }.into_any()
}

fn forum(step: &Step) -> Option<String> {
    match &step.place {
        Place::Public(url) => Some(url.clone()),
        Place::Desk(_) => None,
    }
}

/// Ways to use a note that may be posted. Nothing is sent: the link only opens the place.
fn use_it(verdict: Verdict, written: RwSignal<String>, forum: Option<&String>) -> Option<AnyView> {
    let words = &text().note;
    if verdict.with(Option::is_some) {
        return None;
    }
    let link = forum.map(|url| {
        view! {
            <a class="button quiet" data-test="note-forum" href=url.clone() rel="noreferrer noopener"
                target="_blank">{words.forum}</a>
        }
        .into_any()
    });
    let shown = view! {
        <div class="row">{copy_button_of("", "note-copy", words.copy, text().app.copied, written)}{link}</div>
    };
    Some(shown.into_any())
}
