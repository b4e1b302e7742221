//! The timeline: what was promised, what happened, what comes next. A shape and a word tell each state; colour only repeats it.

use leptos::prelude::*;
use sealpost_client_core::case_record::CaseRecord;
use sealpost_client_core::span::Span;
use sealpost_client_core::story::{Row, What, story};
use sealpost_shared::id::Slug;
use sealpost_shared::policy::Policy;
use sealpost_shared::timeline::{NextWhat, PromiseId, PromiseState, PromiseView, StepState, TimelineView};

use sealpost_shared::Timestamp;
use sealpost_shared::time::Duration;

use super::button::button;
use super::by_hand::undo;
use super::promises::whom;
use super::when::{ago, date, day, when};
use crate::services::browser;
use crate::state::app::App;
use crate::text::text;

/// How long the one who was just turned to is given before the next step is offered as what to do now: no policy of a preset sets a wait.
const FAIR_WAIT: Duration = Duration::from_hours(24);

/// The list, and above it the one thing that comes next.
pub(crate) fn timeline(app: App, record: &CaseRecord, policy: &Policy, view: &TimelineView) -> AnyView {
    let rows: Vec<AnyView> =
        story(&record.events, view).into_iter().map(|line| row(app, record, policy, &line)).collect();
    view! {
        {now(app, policy, view)}
        {next(app, policy, view)}
        <section>
            <h2>{if record.is_measure { text().timeline.title_measure } else { text().timeline.title }}</h2>
            {record.is_measure.then(|| view! { <p class="hint">{text().timeline.measure}</p> })}
            {tally(view)}
            <ol class="timeline" data-test="timeline">{rows}</ol>
        </section>
    }
    .into_any()
}

/// The step that is open, first of all: nobody should have to look for it.
fn now(app: App, policy: &Policy, view: &TimelineView) -> Option<AnyView> {
    let words = &text().timeline;
    let steps = &view.ladder.steps;
    let Some(open) = steps.iter().find(|step| step.state == StepState::Open) else {
        let is_over = view.ladder.open && !steps.is_empty();
        return is_over.then(|| {
            view! { <section class="next" data-test="all-taken"><p>{words.now_none}</p></section> }.into_any()
        });
    };
    let name = named(policy, &open.id);
    let before = steps.iter().filter_map(|step| Some((step.taken_at?, &step.id))).max();
    let is_fresh = |(at, _): &(Timestamp, &Slug)| app.now.get_untracked() < *at + FAIR_WAIT;
    let sentence = match before.filter(is_fresh) {
        Some((_, before)) => (words.now_step_soon)(&named(policy, before), &name),
        None => (words.now_step)(&name),
    };
    let show = || browser::focus("#ladder h2");
    let shown = view! {
        <section class="next now" data-test="now">
            <h2>{words.now_title}</h2>
            <p data-test="now-sentence">{sentence}</p>
            {button("quiet", "now-show", words.now_show, show)}
        </section>
    };
    Some(shown.into_any())
}

/// Whom a step turns to.
fn named(policy: &Policy, step: &Slug) -> String {
    policy.step(step).map(|step| whom(policy, step)).unwrap_or_default()
}

/// How many promises were kept, are late, or still open.
fn tally(view: &TimelineView) -> AnyView {
    let states = [PromiseState::Kept, PromiseState::Late, PromiseState::Pending];
    let counted = states.into_iter().filter_map(|state| {
        let count = view.promises.iter().filter(|promise| promise.state == state).count();
        (count > 0).then(|| (text().timeline.tally)(state, count))
    });
    let said = counted.collect::<Vec<_>>().join(" · ");
    view! { <p class="lead" data-test="tally">{said}</p> }.into_any()
}

fn next(app: App, policy: &Policy, view: &TimelineView) -> Option<AnyView> {
    let next = view.next.as_ref()?;
    let words = &text().timeline;
    let sentence = match &next.what {
        NextWhat::PromiseDue { promise } => (words.next_promise)(*promise).to_owned(),
        NextWhat::StepOpens { step } => (words.next_step)(&named(policy, step)),
    };
    let next = view! {
        <section class="next" data-test="next">
            <h2>{words.next_title}</h2>
            <p>{sentence}" "{when(app, next.at)}</p>
        </section>
    };
    Some(next.into_any())
}

fn row(app: App, record: &CaseRecord, policy: &Policy, row: &Row) -> AnyView {
    let words = &text().timeline;
    let (test, title, note) = match &row.what {
        What::AutoReply => return answered(app, record, "auto-replied", words.auto_reply, row),
        What::Reply(kind) => return answered(app, record, "replied", (words.reply)(*kind), row),
        What::Promise(promise) => return promise_row(app, policy, *promise),
        What::Sent => ("sent", words.sent.to_owned(), words.sent_note),
        What::Received => ("received", words.received.to_owned(), words.received_note),
        What::FollowUp => ("follow-up", words.follow_up.to_owned(), ""),
        What::Closed => ("closed", words.closed.to_owned(), ""),
        What::EmbargoLifted => ("embargo", words.embargo_lifted.to_owned(), ""),
        What::Published => ("published", words.published.to_owned(), ""),
        What::EmbargoProposed(until) => ("embargo", (words.embargo_proposed)(&date(*until)), ""),
        What::EmbargoAgreed(until) => ("embargo", (words.embargo_agreed)(&date(*until)), ""),
        What::Stage(stage) => {
            let title = policy.stage(stage).map(|stage| stage.title.clone()).unwrap_or_default();
            ("stage", (words.stage)(&title), "")
        }
        What::StepTaken(step) => ("step-taken", (words.step_taken)(&named(policy, step)), ""),
    };
    view! {
        <li class="event" data-test=test>
            <span class="sign" aria-hidden="true">"●"</span>
            <div>
                <h3>{title}</h3>
                <p>{ago(app, row.at)}</p>
                {(!note.is_empty()).then(|| view! { <p class="hint">{note}</p> })}
                {take_back(app, record, row)}
            </div>
        </li>
    }
    .into_any()
}

/// The button for what the reporter put on record by hand and may take back.
fn take_back(app: App, record: &CaseRecord, row: &Row) -> Option<AnyView> {
    let event = row.event.clone()?;
    let may = app.cases.with(|cases| record.may_take_back(&event, cases.as_deref().unwrap_or_default()));
    may.is_ok().then(|| undo(app, record.case, event))
}

/// An answer, and on whose word it is on record; the reporter's own can be taken back.
fn answered(app: App, record: &CaseRecord, test: &'static str, title: &'static str, row: &Row) -> AnyView {
    let words = &text().timeline;
    let note = (row.what == What::AutoReply).then(|| view! { <p class="hint">{words.auto_reply_note}</p> });
    let witness = row.event.as_ref().map(|event| (words.witness)(event.by));
    view! {
        <li class="event" data-test=test>
            <span class="sign" aria-hidden="true">"●"</span>
            <div>
                <h3>{title}</h3>
                <p>{ago(app, row.at)}</p>
                <p class="hint" data-test="witness">{witness}</p>
                {note}
                {take_back(app, record, row)}
            </div>
        </li>
    }
    .into_any()
}

fn promise_row(app: App, policy: &Policy, promise: PromiseView) -> AnyView {
    let words = &text().timeline;
    let state = (words.state)(promise.state);
    view! {
        <li class="promise" data-test=hook(promise.id) data-state=state_name(promise.state)>
            <span class="sign" aria-hidden="true">{sign(promise.state)}</span>
            <div>
                <h3>{(words.promise)(promise.id)}" "<span class="state">{state}</span></h3>
                <p class="hint">{(words.sentence)(promise.id, &policy.clocks)}</p>
                <p>{due(app, promise)}</p>
                {outcome(app, promise)}
            </div>
        </li>
    }
    .into_any()
}

/// A date that was kept is past caring how far away it lies.
fn due(app: App, promise: PromiseView) -> AnyView {
    if promise.state == PromiseState::Kept { day(promise.due) } else { when(app, promise.due) }
}

/// By how much it was kept or missed; a promise that is late and unmet keeps counting.
fn outcome(app: App, promise: PromiseView) -> Option<AnyView> {
    let words = &text().timeline;
    match (promise.state, promise.met_at) {
        (PromiseState::Pending, _) => None,
        (PromiseState::Kept, met) => {
            let met = met?;
            let spare = (words.kept_by)(Span::of(promise.due - met));
            Some(view! { <p>{(words.met)(&date(met), promise.state)}", "{spare}</p> }.into_any())
        }
        (PromiseState::Late, Some(met)) => {
            let late = (words.late_by)(Span::of(met - promise.due));
            Some(view! { <p>{(words.met)(&date(met), promise.state)}", "{late}</p> }.into_any())
        }
        (PromiseState::Late, None) => {
            let late = Memo::new(move |_| (words.late_by)(Span::of(app.now.get() - promise.due)));
            Some(view! { <p>{late}</p> }.into_any())
        }
    }
}

const fn sign(state: PromiseState) -> &'static str {
    match state {
        PromiseState::Pending => "",
        PromiseState::Kept => "✓",
        PromiseState::Late => "!",
    }
}

const fn state_name(state: PromiseState) -> &'static str {
    match state {
        PromiseState::Pending => "pending",
        PromiseState::Kept => "kept",
        PromiseState::Late => "late",
    }
}

const fn hook(promise: PromiseId) -> &'static str {
    match promise {
        PromiseId::Acknowledge => "promise-acknowledge",
        PromiseId::Answer => "promise-answer",
        PromiseId::Update => "promise-update",
    }
}
