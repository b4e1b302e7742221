//! The public step: a prepared note that may be changed, and a check that stands between it and the clipboard.

use leptos::prelude::*;
use sealpost_client_core::case_record::CaseRecord;
use sealpost_client_core::hand_on::addresses;
use sealpost_client_core::public_note::{Basis, MAX_COMPARED_BYTES, PublicNote};
use sealpost_shared::note::Leak;
use sealpost_shared::policy::{Policy, Step};

use super::button::{button, copy_button_of};
use super::field::optional_mark;
use super::live::{live, maybe};
use crate::state::app::App;
use crate::state::note::NoteDraft;
use crate::text::text;

/// What stands in a note's way: none when the note is empty. `None`: it may be posted.
type Verdict = Memo<Option<Vec<Leak>>>;

/// Text field, result of the check, and what may be done with the text; `None` before the report was sent.
pub(crate) fn public_note(app: App, record: &CaseRecord, policy: &Policy, step: &Step) -> Option<AnyView> {
    let note = PublicNote::prepare(record, policy)?;
    let (basis, prepared, draft) = (note.basis, note.text.clone(), app.note);
    draft.take_up(record.case, &prepared);
    let compared = Memo::new(move |_| draft.sent.with(|sent| note.clone().compared_with(sent)));
    let verdict = Memo::new(move |_| compared.with(|note| judge(note, draft)));
    let forum = addresses(policy, step).into_iter().next();
    let shown = view! {
        <p class="notice warn">{text().ladder.public_note}</p>
        {field(draft.text, verdict)}
        {(basis != Basis::Report).then(|| compare(draft.sent))}
        <div role="status" class="checked" data-test="note-check">
            {live(move || result(verdict, compared.with(|note| note.basis), draft))}
        </div>
        {maybe(move || use_it(verdict, draft.text, forum.as_ref()))}
        {button("link", "note-again", text().note.again, move || draft.begin(&prepared))}
    };
    Some(shown.into_any())
}

fn judge(note: &PublicNote, draft: NoteDraft) -> Option<Vec<Leak>> {
    let leaks = draft.text.with(|text| draft.harmless.with(|harmless| note.check(text, harmless)));
    let is_empty = draft.text.with(|text| text.trim().is_empty());
    (is_empty || !leaks.is_empty()).then_some(leaks)
}

/// Where the report is not known: what was sent may be pasted, to compare the note with it.
fn compare(sent: RwSignal<String>) -> AnyView {
    let words = &text().note;
    let too_long = move || {
        sent.with(|sent| sent.len() > MAX_COMPARED_BYTES)
            .then(|| view! { <p class="fault" id="note-sent-fault">{words.too_long}</p> }.into_any())
    };
    view! {
        <div class="field">
            <label for="note-sent">{words.compare}{optional_mark()}</label>
            <p class="hint" id="note-sent-hint">{words.compare_hint}</p>
            <textarea id="note-sent" class="short" form="unsaved" autocomplete="off" data-test="note-sent" rows="4"
                aria-describedby="note-sent-hint note-sent-fault" prop:value=move || sent.get()
                on:input=move |event| sent.set(event_target_value(&event))></textarea>
            {maybe(too_long)}
        </div>
    }
    .into_any()
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

fn result(verdict: Verdict, basis: Basis, draft: NoteDraft) -> AnyView {
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
        Some(leaks) if leaks.is_empty() => Some(view! { <p>{words.empty}</p> }.into_any()),
        Some(leaks) => Some(stopped(leaks, draft)),
    };
    view! { {found}{unsure} }.into_any()
}

fn stopped(leaks: Vec<Leak>, draft: NoteDraft) -> AnyView {
    let leaks: Vec<AnyView> = leaks.into_iter().map(|leak| one(leak, draft)).collect();
    view! { <p class="fault">{text().note.stopped}</p><ul class="leaks">{leaks}</ul> }.into_any()
}

/// A piece, why it may not stand there, and, where only the reporter can tell, the button that says it is harmless.
fn one(leak: Leak, draft: NoteDraft) -> AnyView {
    let line = format!("“{}” {}", leak.piece, leak.why.sentence());
    let say = leak.word.map(|word| {
        let label = (text().note.harmless)(&word);
        let allow = move |_| draft.harmless.update(|words| words.push(word.clone()));
        view! { " "<button type="button" class="link" data-test="note-harmless" on:click=allow>{label}</button> }.into_any()
    });
    view! { <li data-test="note-leak">{line}{say}</li> }.into_any()
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
    let unknown = forum
        .is_none()
        .then(|| view! { <p class="hint" data-test="note-no-forum">{words.no_forum}</p> }.into_any());
    let shown = view! {
        <div class="row">{copy_button_of("", "note-copy", words.copy, text().app.copied, written)}{link}</div>
        {unknown}
    };
    Some(shown.into_any())
}
