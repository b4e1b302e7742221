//! The next steps of a case for paper: dates, promises, the ladder with its addresses, the note. Nothing about the problem, unless the
//! reporter ticks it.

use leptos::prelude::*;
use sealpost_client_core::case_record::CaseRecord;
use sealpost_client_core::cover_note::utc;
use sealpost_client_core::hand_on::{Way, addresses};
use sealpost_client_core::public_note::PublicNote;
use sealpost_shared::CaseId;
use sealpost_shared::policy::{Policy, Step};
use sealpost_shared::timeline::{PromiseState, PromiseView, StepState, StepView, TimelineView, view};

use crate::components::button::button;
use crate::components::field::tick;
use crate::components::live::live;
use crate::components::promises::step_name;
use crate::components::when::{date, day};
use crate::page::Page;
use crate::services::{browser, clock};
use crate::state::app::App;
use crate::text::text;

/// The page.
pub(crate) fn paper(case: CaseId) -> AnyView {
    let app = App::get();
    let (record, with_title) = (app.case(case), RwSignal::new(false));
    let shown = move || {
        record.with(|record| match record {
            Some(record) => sheet(record, with_title),
            None => view! { <h1 tabindex="-1">{text().case.unknown_title}</h1> }.into_any(),
        })
    };
    view! {
        <article class="paper" data-test="paper">{live(shown)}</article>
        <div class="row no-print">
            {button("big", "print", text().paper.print, browser::print)}
            <a class="button quiet" href=Page::Case(case).hash()>{text().paper.back}</a>
        </div>
    }
    .into_any()
}

fn sheet(record: &CaseRecord, with_title: RwSignal<bool>) -> AnyView {
    let words = &text().paper;
    let Ok(policy) = record.policy() else { return ().into_any() };
    let seen = view(&record.events, &policy, clock::now());
    let title = record.title.clone();
    let named = move || {
        if with_title.get() {
            view! { <p><strong>{title.clone()}</strong></p> }.into_any()
        } else {
            ().into_any()
        }
    };
    let note = PublicNote::prepare(record, &policy).map(|note| {
        view! { <section><h2>{words.note}</h2><p>{words.note_hint}</p><pre data-test="paper-note">{note.text}</pre></section> }
    });
    view! {
        <h1 tabindex="-1">{words.title}</h1>
        <p>{(words.about)(&policy.identity.name)}</p>
        {live(named)}
        <p class="hint">{(words.printed)(&date(clock::now()))}</p>
        <div class="no-print">
            <p>{words.says}</p>
            {tick("with-title", words.with_title, with_title)}
        </div>
        {promises(record, &policy, &seen)}
        {ladder(record, &policy, &seen)}
        {note}
    }
    .into_any()
}

fn promises(record: &CaseRecord, policy: &Policy, seen: &TimelineView) -> AnyView {
    let words = &text().paper;
    let title = if record.is_measure { text().timeline.title_measure } else { text().timeline.title };
    let deadline = seen.embargo.as_ref().and_then(|embargo| embargo.hard_deadline);
    let deadline = deadline
        .map(|at| view! { <p>{text().stages.deadline}" "<strong>{day(at)}</strong>" ("{utc(at)}")"</p> });
    let rows: Vec<AnyView> = seen.promises.iter().map(|promise| row(policy, *promise)).collect();
    let sent =
        seen.sent.map(|at| view! { <p>{words.sent}": "<strong>{day(at)}</strong>" ("{utc(at)}")"</p> });
    view! {
        <section>
            <h2>{title}</h2>
            {sent}
            {deadline}
            <table>
                <thead><tr><th scope="col">{words.promise}</th><th scope="col">{words.due}</th><th scope="col">{words.state}</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </section>
    }
    .into_any()
}

fn row(policy: &Policy, promise: PromiseView) -> AnyView {
    let words = &text().timeline;
    let state = match (promise.state, promise.met_at) {
        (PromiseState::Pending, _) => text().paper.box_to_tick.to_owned(),
        (state, Some(at)) => format!("{}, {}", (words.state)(state), date(at)),
        (state, None) => format!("{}: {}", (words.state)(state), text().paper.nothing_came),
    };
    view! {
        <tr>
            <th scope="row">{(words.promise)(promise.id)}<br /><small>{(words.sentence)(promise.id, &policy.clocks)}</small></th>
            <td>{day(promise.due)}</td>
            <td>{state}</td>
        </tr>
    }
    .into_any()
}

fn ladder(record: &CaseRecord, policy: &Policy, seen: &TimelineView) -> AnyView {
    let words = &text().paper;
    let steps: Vec<AnyView> = seen
        .ladder
        .steps
        .iter()
        .filter_map(|state| Some(step(record, policy, policy.step(&state.id)?, state)))
        .collect();
    if steps.is_empty() {
        return view! { <section><h2>{text().ladder.title}</h2><p>{text().ladder.none}</p></section> }
            .into_any();
    }
    view! {
        <section>
            <h2>{text().ladder.title}</h2>
            <p>{words.in_order}</p>
            <ol class="steps">{steps}</ol>
        </section>
    }
    .into_any()
}

fn step(record: &CaseRecord, policy: &Policy, step: &Step, seen: &StepView) -> AnyView {
    let words = &text().ladder;
    let when = match (seen.state, seen.taken_at, seen.opens_at) {
        (StepState::Taken, Some(at), _) => format!("{}: {}", (words.state)(seen.state), date(at)),
        (StepState::Closed, _, Some(at)) => format!("{}: {}", words.opens, date(at)),
        (StepState::Closed, _, None) => text().paper.after_that.to_owned(),
        (state, ..) => (words.state)(state).to_owned(),
    };
    let known = addresses(policy, step);
    let places: Vec<AnyView> = if known.is_empty() {
        vec![view! { <li>{text().paper.address_line}</li> }.into_any()]
    } else {
        let plain = |uri: &String| uri.trim_start_matches("mailto:").to_owned();
        known.iter().map(|uri| view! { <li>{plain(uri)}</li> }.into_any()).collect()
    };
    view! {
        <li>
            <strong>{step_name(policy, step)}</strong>
            <p>{when}</p>
            <ul>{places}</ul>
            {(seen.state != StepState::Taken).then(|| view! { <p class="hint">{(words.how)(Way::of(record, policy, step))}</p> })}
        </li>
    }
    .into_any()
}
