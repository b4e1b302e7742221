//! The ladder of a case: which step is open, since when, and why not yet.

use leptos::prelude::*;
use sealpost_client_core::case_record::CaseRecord;
use sealpost_shared::policy::{Policy, Step};
use sealpost_shared::timeline::{LadderView, StepState, StepView, TimelineView};

use super::handed::handed;
use super::promises::step_name;
use super::step::{closed, open};
use super::when::{ago, when};
use crate::state::app::App;
use crate::text::text;

/// The section.
pub(crate) fn ladder(app: App, record: &CaseRecord, policy: &Policy, view: &TimelineView) -> AnyView {
    let words = &text().ladder;
    let ladder = &view.ladder;
    let mut before: Option<&Step> = None;
    let mut steps: Vec<AnyView> = Vec::new();
    for seen in &ladder.steps {
        if let Some(found) = policy.step(&seen.id) {
            steps.push(step(app, record, policy, At { step: found, seen, before }));
            before = Some(found);
        }
    }
    let state = if ladder.open { "open" } else { "closed" };
    let none = policy.escalation.steps.is_empty().then(|| view! { <p>{words.none}</p> });
    view! {
        <section class="ladder" id="ladder" data-test="ladder" data-state=state>
            <h2 tabindex="-1">{words.title}</h2>
            {reason(app, policy, ladder)}
            {none}
            <ol>{steps}</ol>
        </section>
    }
    .into_any()
}

/// A step, how it stands, and the one before it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At<'a> {
    pub(crate) step: &'a Step,
    pub(crate) seen: &'a StepView,
    pub(crate) before: Option<&'a Step>,
}

fn reason(app: App, policy: &Policy, ladder: &LadderView) -> AnyView {
    let words = &text().ladder;
    let open = ladder.open;
    let label = if open { words.opened } else { words.opens };
    let since = move |at| if open { ago(app, at) } else { when(app, at) };
    let opens = ladder
        .opens_at
        .filter(|_| ladder.steps.iter().any(|step| step.state != StepState::Taken))
        .map(|at| {
            view! { <p data-test="ladder-opens"><strong>{label}": "</strong>{since(at)}</p> }
        });
    if ladder.steps.is_empty() {
        return ().into_any();
    }
    let question = (!ladder.open).then(|| view! { <h3>{words.why_not}</h3> });
    view! {
        {question}
        <p data-test="ladder-reason">{(words.reason)(ladder.reason, &policy.escalation)}</p>
        {opens}
    }
    .into_any()
}

fn step(app: App, record: &CaseRecord, policy: &Policy, at: At<'_>) -> AnyView {
    let words = &text().ladder;
    let At { step, seen, .. } = at;
    let state = (words.state)(seen.state);
    let body = match seen.state {
        StepState::Closed => closed(app, record, policy, at),
        StepState::Open => open(app, record, policy, step),
        StepState::Taken => {
            view! { <p>{seen.taken_at.map(|at| ago(app, at))}</p>{handed(app, record.case, &step.id)} }
                .into_any()
        }
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
