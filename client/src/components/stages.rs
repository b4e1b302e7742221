//! How far the team is, by its own signed words: stages, who handles the case, and until when nobody speaks.

use leptos::prelude::*;
use sealpost_client_core::case_record::CaseRecord;
use sealpost_shared::letter::EmbargoWord;
use sealpost_shared::policy::{Policy, Stage};
use sealpost_shared::timeline::{EmbargoView, TimelineView};

use super::button::{button, button_saying};
use super::when::{ago, date, when};
use crate::services::{browser, clock};
use crate::state::app::App;
use crate::state::follow_up::Letter;
use crate::text::text;

/// The section; only a case that was sent has one, under a policy with stages or an embargo.
pub(crate) fn stages(
    app: App,
    record: &CaseRecord,
    policy: &Policy,
    view: &TimelineView,
    letter: Letter,
) -> Option<AnyView> {
    view.sent?;
    let words = &text().stages;
    let rows: Vec<AnyView> = policy.disclosure.stages.iter().map(|stage| row(app, stage, view)).collect();
    if rows.is_empty() && view.embargo.is_none() {
        return None;
    }
    let handler = record.handler().map_or_else(|| words.nobody.to_owned(), |name| (words.handler)(&name));
    let shown = view! {
        <section class="stages" data-test="stages">
            <h2>{words.title}</h2>
            <p data-test="handler">{handler}</p>
            <ol class="timeline">{rows}</ol>
            {view.embargo.as_ref().map(|embargo| until(app, record, embargo, letter))}
        </section>
    };
    Some(shown.into_any())
}

fn row(app: App, stage: &Stage, view: &TimelineView) -> AnyView {
    let reached = view.stages.iter().find(|seen| seen.id == stage.id).and_then(|seen| seen.reached_at);
    let (state, sign) = if reached.is_some() { ("reached", "✓") } else { ("open", "") };
    let date = match reached {
        Some(at) => view! { <p>{ago(app, at)}</p> }.into_any(),
        None => view! { <p class="hint">{text().stages.not_yet}</p> }.into_any(),
    };
    view! {
        <li class="event" data-test=format!("stage-{}", stage.id) data-state=state>
            <span class="sign" aria-hidden="true">{sign}</span>
            <div><h3>{stage.title.clone()}</h3>{date}</div>
        </li>
    }
    .into_any()
}

/// Date, hour and zone, and what the reporter may answer.
fn until(app: App, record: &CaseRecord, embargo: &EmbargoView, letter: Letter) -> AnyView {
    let words = &text().stages;
    let (state, sentence) = match (embargo.ended_at, embargo.agreed, embargo.proposed) {
        (Some(_), ..) => ("ended", words.ended),
        (None, Some(_), _) => ("agreed", words.agreed),
        (None, None, Some(_)) => ("proposed", words.proposed),
        (None, None, None) => ("preferred", words.preferred),
    };
    let date = embargo.ended_at.or(embargo.lifts_at).map(|at| when(app, at));
    let deadline =
        embargo.hard_deadline.map(|at| view! { <p class="hint">{words.deadline}" "{when(app, at)}</p> });
    let answer = embargo.ended_at.is_none().then(|| answer(app, record, letter));
    let what = date.is_some().then_some(sentence);
    view! {
        <div class="embargo" data-test="embargo-date" data-state=state>
            <h3>{words.embargo}</h3>
            <p>{what}" "{date}</p>
            {deadline}
            {answer}
        </div>
    }
    .into_any()
}

fn answer(app: App, record: &CaseRecord, letter: Letter) -> Option<AnyView> {
    let words = &text().stages;
    record.is_writable().then_some(())?;
    let agree = record.proposed_by_team(clock::now()).map(|until| {
        let record = record.clone();
        button_saying("embargo-agree", (words.agree)(&date(until)), move || {
            letter.say(app, &record, EmbargoWord::Agreed { until });
        })
    });
    let counter = button("quiet", "embargo-counter", words.counter, move || {
        letter.is_open.set(true);
        browser::focus_soon("#letter-until");
    });
    Some(view! { <div class="row">{agree}{counter}</div> }.into_any())
}
