//! The public step: a prepared note that may be changed, and a check that stands between it and the clipboard.

use leptos::prelude::*;
use sealpost_client_core::case_record::CaseRecord;
use sealpost_client_core::public_note::{Basis, PublicNote};
use sealpost_shared::note::Leak;
use sealpost_shared::policy::{Place, Policy, Step};

use super::button::{button, copy_button_of};
use super::live::live;
use crate::state::app::App;
use crate::state::note::EditedNote;
use crate::text::text;

/// What the check makes of the text as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Judged {
    Empty,
    MayBePosted,
    Stopped(Vec<Leak>),
}

/// Text field, result of the check, and what may be done with the text; `None` before the report was sent.
pub(crate) fn public_note(app: App, record: &CaseRecord, policy: &Policy, step: &Step) -> Option<AnyView> {
    let note = PublicNote::prepare(record, policy)?;
    let (case, basis, prepared) = (record.case, note.basis, note.text.clone());
    let written = RwSignal::new(EditedNote::of(app, case, &prepared).unwrap_or_else(|| prepared.clone()));
    let judged = Memo::new(move |_| written.with(|text| judge(&note, text)));
    let template = prepared.clone();
    let write = move |text: String| {
        EditedNote::keep(app, case, &template, &text);
        written.set(text);
    };
    let again = { move || written.set(EditedNote::forget(app, &prepared)) };
    let forum = forum(step);
    let shown = view! {
        <p class="notice warn">{text().ladder.public_note}</p>
        {field(written, judged, write)}
        <div role="status" class="checked" data-test="note-check">{live(move || result(&judged.get(), basis))}</div>
        {live(move || use_it(&judged.get(), written, forum.clone()))}
        {button("link", "note-again", text().note.again, again)}
    };
    Some(shown.into_any())
}

fn judge(note: &PublicNote, text: &str) -> Judged {
    let leaks = note.check(text);
    match (text.trim().is_empty(), leaks.is_empty()) {
        (true, _) => Judged::Empty,
        (false, true) => Judged::MayBePosted,
        (false, false) => Judged::Stopped(leaks),
    }
}

fn field(
    written: RwSignal<String>,
    judged: Memo<Judged>,
    write: impl Fn(String) + Send + Sync + 'static,
) -> AnyView {
    let words = &text().note;
    let is_stopped = move || judged.with(|judged| matches!(judged, Judged::Stopped(_)));
    view! {
        <div class="field">
            <label for="note">{words.label}</label>
            <p class="hint" id="note-hint">{words.hint}</p>
            <textarea id="note" class="short" data-test="note-text" rows="7" aria-describedby="note-hint"
                aria-invalid=move || is_stopped().to_string()
                prop:value=move || written.get()
                on:input=move |event| write(event_target_value(&event))></textarea>
        </div>
    }
    .into_any()
}

fn result(judged: &Judged, basis: Basis) -> AnyView {
    let words = &text().note;
    let title_only = (basis == Basis::TitleOnly)
        .then(|| view! { <p class="hint" data-test="note-title-only">{words.title_only}</p> });
    match judged {
        Judged::Empty => view! { <p>{words.empty}</p> }.into_any(),
        Judged::MayBePosted if basis == Basis::TitleOnly => title_only.into_any(),
        Judged::MayBePosted => view! { <p class="good" data-test="note-good">{words.good}</p> }.into_any(),
        Judged::Stopped(leaks) => {
            let leaks: Vec<AnyView> = leaks.iter().map(leak).collect();
            view! { <p class="fault">{words.stopped}</p><ul class="leaks">{leaks}</ul>{title_only} }
                .into_any()
        }
    }
}

fn leak(leak: &Leak) -> AnyView {
    view! { <li data-test="note-leak"><strong>"“"{leak.piece.clone()}"”"</strong>" "{leak.why.sentence()}</li> }
        .into_any()
}

fn forum(step: &Step) -> Option<String> {
    match &step.place {
        Place::Public(url) => Some(url.clone()),
        Place::Desk(_) => None,
    }
}

/// Ways to use a text that may be posted. Nothing is sent: the link only opens the place.
fn use_it(judged: &Judged, written: RwSignal<String>, forum: Option<String>) -> AnyView {
    let words = &text().note;
    if *judged != Judged::MayBePosted {
        return ().into_any();
    }
    let link = forum.map(|url| {
        view! {
            <a class="button quiet" data-test="note-forum" href=url rel="noreferrer noopener" target="_blank">{words.forum}</a>
        }
    });
    view! { <div class="row">{copy_button_of("note-copy", words.copy, text().app.copied, written.into())}{link}</div> }
        .into_any()
}
