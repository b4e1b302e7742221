//! The ladder of a case: which step is open, since when, and why not yet.

use leptos::prelude::*;
use sealpost_client_core::case_record::CaseRecord;
use sealpost_client_core::pointer::pointer_text;
use sealpost_shared::policy::{Carries, Place, Policy, Step};
use sealpost_shared::timeline::{EventKind, LadderView, StepState, StepView, TimelineView};

use super::button::{button, copy_button};
use super::promises::{contact, step_name};
use super::public_note::public_note;
use super::when::{ago, when};
use crate::services::store::StoreError;
use crate::services::{browser, clock};
use crate::state::app::App;
use crate::state::edit::edit;
use crate::text::text;

/// The section.
pub(crate) fn ladder(app: App, record: &CaseRecord, policy: &Policy, view: &TimelineView) -> AnyView {
    let words = &text().ladder;
    let ladder = &view.ladder;
    let steps: Vec<AnyView> = ladder
        .steps
        .iter()
        .filter_map(|seen| Some(step(app, record, policy, policy.step(&seen.id)?, seen)))
        .collect();
    let state = if ladder.open { "open" } else { "closed" };
    let none = policy.escalation.steps.is_empty().then(|| view! { <p>{words.none}</p> });
    view! {
        <section class="ladder" data-test="ladder" data-state=state>
            <h2>{words.title}</h2>
            {reason(app, policy, ladder)}
            {none}
            <ol>{steps}</ol>
        </section>
    }
    .into_any()
}

fn reason(app: App, policy: &Policy, ladder: &LadderView) -> AnyView {
    let words = &text().ladder;
    let open = ladder.open;
    let label = if open { words.opened } else { words.opens };
    let since = move |at| if open { ago(app, at) } else { when(app, at) };
    let opens = ladder.opens_at.map(|at| {
        view! { <p data-test="ladder-opens"><strong>{label}": "</strong>{since(at)}</p> }
    });
    let question = (!ladder.open).then(|| view! { <h3>{words.why_not}</h3> });
    view! {
        {question}
        <p data-test="ladder-reason">{(words.reason)(ladder.reason, &policy.escalation)}</p>
        {opens}
    }
    .into_any()
}

fn step(app: App, record: &CaseRecord, policy: &Policy, step: &Step, seen: &StepView) -> AnyView {
    let words = &text().ladder;
    let state = (words.state)(seen.state);
    let body = match seen.state {
        StepState::Closed => closed(app, record, seen),
        StepState::Open => open(app, record, policy, step),
        StepState::Taken => seen.taken_at.map(|at| ago(app, at)).into_any(),
    };
    view! {
        <li data-test=format!("step-{}", seen.id) data-state=state_name(seen.state)>
            <span class="sign" aria-hidden="true">{sign(seen.state)}</span>
            <div>
                <h3>{step_name(policy, step)}" "<span class="state">{state}</span></h3>
                {body}
            </div>
        </li>
    }
    .into_any()
}

fn closed(app: App, record: &CaseRecord, seen: &StepView) -> AnyView {
    let is_running = record.events.sent().is_some() && record.events.closed().is_none();
    match seen.opens_at {
        _ if !is_running => ().into_any(),
        Some(at) => view! { <p>{text().ladder.opens}": "{when(app, at)}</p> }.into_any(),
        None => view! { <p class="hint">{text().ladder.after_previous}</p> }.into_any(),
    }
}

fn open(app: App, record: &CaseRecord, policy: &Policy, step: &Step) -> AnyView {
    let words = &text().ladder;
    let says_nothing = step.carries == Carries::Nothing;
    // Of a public step the note is what matters: "posted" must not be pressed before it.
    let (what, note, label, class) = if says_nothing {
        (public_note(app, record, policy, step).into_any(), words.posted_note, words.posted, "quiet")
    } else {
        (pointer(record, policy, step), words.take_note, words.take, "")
    };
    let (case, id) = (record.case, step.id.clone());
    let take = move || take(app, case, id.clone());
    view! {
        {what}
        <p class="hint">{note}</p>
        {button(class, "take-step", label, take)}
    }
    .into_any()
}

fn pointer(record: &CaseRecord, policy: &Policy, step: &Step) -> AnyView {
    let words = &text().ladder;
    let pointer = pointer_text(record, policy).unwrap_or_default();
    view! {
        <p>{(text().team.carries)(step.carries)}</p>
        {addresses(policy, step, &pointer)}
        <pre class="pointer" data-test="pointer">{pointer.clone()}</pre>
        <p class="hint">{words.pointer_note}</p>
        {copy_button("copy-pointer", words.copy_pointer, text().app.copied, pointer)}
    }
    .into_any()
}

fn addresses(policy: &Policy, step: &Step, pointer: &str) -> AnyView {
    let uris = match &step.place {
        Place::Desk(id) => policy.desk(id).map(|desk| desk.uris.clone()).unwrap_or_default(),
        Place::Public(url) => vec![url.clone()],
    };
    let mail = uris.iter().find(|uri| uri.starts_with("mailto:")).map(|uri| {
        let address = browser::mail_address(uri, text().ladder.mail_subject, pointer);
        view! { <p><a class="button" data-test="write-mail" href=address>{text().ladder.write_mail}</a></p> }
    });
    let shown: Vec<AnyView> = uris.iter().map(|uri| view! { <li>{contact(uri)}</li> }.into_any()).collect();
    view! {
        <ul class="contacts">{shown}</ul>
        {mail}
    }
    .into_any()
}

/// Puts the step on record, if it is still open by the clock of this moment.
fn take(app: App, case: sealpost_shared::CaseId, step: sealpost_shared::id::Slug) {
    edit(app, case, None, move |record| {
        let now = clock::now();
        let policy = record.policy().map_err(|_| StoreError::Foreign)?;
        record.events.may_take(&step, &policy, now).map_err(|_| StoreError::Gone)?;
        record.by_hand(EventKind::StepTaken { step: step.clone() }, now).map_err(|_| StoreError::Foreign)
    });
}

const fn sign(state: StepState) -> &'static str {
    match state {
        StepState::Closed => "",
        StepState::Open => "➜",
        StepState::Taken => "✓",
    }
}

const fn state_name(state: StepState) -> &'static str {
    match state {
        StepState::Closed => "closed",
        StepState::Open => "open",
        StepState::Taken => "taken",
    }
}
