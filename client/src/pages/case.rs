//! One case: its clock, its ladder, what the team wrote, and the receipt.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use leptos::prelude::*;
use sealpost_client_core::case_record::{CaseRecord, Route, StepOf};
use sealpost_shared::CaseId;
use sealpost_shared::policy::{Identity, Policy};
use sealpost_shared::timeline::{TimelineView, Warning, view};
use wasm_bindgen_futures::spawn_local;

use super::cases::standing;
use crate::components::button::button;
use crate::components::by_hand::{Form, by_hand};
use crate::components::carry::{carry, mail_answer};
use crate::components::ending::{closing, deleting};
use crate::components::keep::keep;
use crate::components::ladder::ladder;
use crate::components::live::{live, maybe};
use crate::components::mend::{Mend, mend};
use crate::components::outbox::outbox;
use crate::components::receipt::receipt;
use crate::components::replies::replies;
use crate::components::stages::stages;
use crate::components::timeline::timeline;
use crate::components::upload::upload;
use crate::components::when::date;
use crate::components::words::words;
use crate::components::write::write;
use crate::page::Page;
use crate::services::attention::Consent;
use crate::services::records::carried;
use crate::services::store::StoreError;
use crate::state::app::App;
use crate::state::edit::edit;
use crate::state::follow_up::Letter;
use crate::state::replies as fetching;
use crate::text::text;

/// The page.
pub(crate) fn case(case: CaseId) -> AnyView {
    let app = App::get();
    follow(app, case);
    let (record, form, letter) = (app.case(case), Form::new(), Letter::open(app, case));
    let moved = Mend::new();
    let shown = move || match record.get() {
        Some(CaseRecord { step_of: Some(of), .. }) => of_step(&of),
        Some(record) => known(app, &record, form, letter, moved),
        None if app.cases.with(Option::is_none) => {
            view! { <h1 tabindex="-1">{text().case.number}" "{case.short()}</h1><p>{text().app.loading}</p> }
                .into_any()
        }
        None => view! {
            <h1 tabindex="-1">{text().case.unknown_title}</h1>
            <p>{text().case.unknown}</p>
            <p><a href="#/cases">{text().cases.title}</a></p>
        }
        .into_any(),
    };
    live(shown)
}

/// A case at another desk is shown with the step that opened it.
fn of_step(of: &StepOf) -> AnyView {
    let words = &text().case;
    view! {
        <h1 tabindex="-1">{words.number}</h1>
        <p>{words.of_step}</p>
        <p><a href=Page::Case(of.case).hash()>{words.to_case}</a></p>
    }
    .into_any()
}

/// Asks for replies while the page is shown.
fn follow(app: App, case: CaseId) {
    let over = Arc::new(AtomicBool::new(false));
    let is_over = Arc::clone(&over);
    on_cleanup(move || over.store(true, Ordering::Relaxed));
    spawn_local(async move {
        fetching::follow(app, case, || is_over.load(Ordering::Relaxed)).await;
    });
}

fn known(app: App, record: &CaseRecord, form: Form, letter: Letter, moved: Mend) -> AnyView {
    let Ok(policy) = record.policy() else {
        return view! { <h1 tabindex="-1">{record.title.clone()}</h1><p class="fault">{(text().errors.store)(StoreError::Foreign)}</p> }
            .into_any();
    };
    let shared = record.clone();
    let state = move || app.outbox.with(|items| standing(&shared, items).0);
    let shared = record.clone();
    let state_words = move || app.outbox.with(|items| standing(&shared, items).1);
    view! {
        <article class="case" data-test="case" data-state=state>
            <h1 tabindex="-1">{record.title.clone()}</h1>
            <p class="lead">
                <span class="state" data-test="case-state">{state_words}</span>" "
                {(text().case.sent_to)(&policy.identity.name)}
            </p>
            {number(record)}
            {record.restored.then(|| view! { <p class="notice" data-test="restored-note">{text().restore.known_little}</p> })}
            {record.deleted.map(|deletion| view! { <p class="notice" data-test="deleted-note">{(text().case.deleted)(deletion)}</p> })}
            {unkept_words(app, record, &policy.identity)}
            {waiting(app, record)}
            {upload(app, record.case)}
            {carry(app, record, form.at)}
            {(!record.replies.is_empty()).then(|| replies(app, record))}
            {clocks(app, record, policy, letter)}
            {write(app, record, letter)}
            {by_hand(app, record, form)}
            {mend(app, record, moved)}
            {keep_going(app, record)}
            {(is_awaited(record)).then(|| replies(app, record))}
            {mail_answer(record)}
            {record.enclosures_receipt.as_ref().map(|_| view! { <p data-test="files-arrived">{text().upload.arrived}</p> })}
            {record.receipt.as_ref().map(|stored| receipt(record, stored))}
            {keep(record)}
            {copy_kept(app, record)}
            {closing(app, record)}
            {deleting(app, record)}
        </article>
    }
    .into_any()
}

/// The number by which the team knows the case.
fn number(record: &CaseRecord) -> Option<AnyView> {
    let is_known = !matches!(record.route, Route::Elsewhere { .. });
    is_known.then(|| {
        view! { <p class="hint">{text().case.number}" "<code data-test="case-id">{record.case.to_string()}</code></p> }
            .into_any()
    })
}

/// Whether answers come here by themselves and none has come yet.
fn is_awaited(record: &CaseRecord) -> bool {
    record.route.has_relay() && record.events.sent().is_some() && record.replies.is_empty()
}

/// Timeline and ladder, again at every second at which they change.
fn clocks(app: App, record: &CaseRecord, policy: Policy, letter: Letter) -> AnyView {
    let events = record.events.clone();
    let judged = policy.clone();
    let seen: Memo<TimelineView> = Memo::new(move |_| view(&events, &judged, app.now.get()));
    let record = record.clone();
    let shown = move || {
        seen.with(|seen| {
            let timeline = seen.sent.is_some().then(|| timeline(app, &record, &policy, seen));
            let (stages, ladder) =
                (stages(app, &record, &policy, seen, letter), ladder(app, &record, &policy, seen));
            let warnings = warnings(app, record.case, seen);
            // What can be done now comes before what may come one day.
            if seen.ladder.open {
                view! { {warnings}{timeline}{ladder}{stages} }.into_any()
            } else {
                view! { {warnings}{timeline}{stages}{ladder} }.into_any()
            }
        })
    };
    live(shown)
}

fn waiting(app: App, record: &CaseRecord) -> AnyView {
    let record = record.clone();
    let item = Memo::new(move |_| {
        app.outbox.with(|items| items.iter().find(|item| item.opens(record.case)).cloned())
    });
    let case = record.case;
    let shown = move || {
        let item = item.get()?;
        let record = app.case(case).get_untracked()?;
        Some(outbox(app, &record, &item))
    };
    maybe(shown)
}

fn warnings(app: App, case: CaseId, seen: &TimelineView) -> AnyView {
    let said = seen.warnings.iter().filter_map(|warning| {
        let (test, words) = match warning {
            Warning::ClockDiffers { received } => ("clock-differs", (text().case.clock)(&date(*received))),
            Warning::PolicyExpired { at } => ("policy-expired", (text().case.policy_expired)(&date(*at))),
            // These stand in the timeline and beside the embargo.
            Warning::DueSoon { .. }
            | Warning::EmbargoTooLong { .. }
            | Warning::EmbargoPastDeadline { .. } => return None,
        };
        let mend = matches!(warning, Warning::ClockDiffers { .. }).then(|| from_receipt(app, case));
        Some(view! { <div class="notice warn" data-test=test><p>{words}</p>{mend}</div> }.into_any())
    });
    said.collect::<Vec<_>>().into_any()
}

fn from_receipt(app: App, case: CaseId) -> AnyView {
    let words = &text().case;
    let count = move || {
        edit(app, case, Some(words.counted_from_receipt), |record| {
            record.count_from_receipt().map_err(|_| StoreError::Gone)
        });
    };
    view! { <p>{words.clock_was_wrong}</p>{button("quiet", "count-from-receipt", words.count_from_receipt, count)} }
        .into_any()
}

fn unkept_words(app: App, record: &CaseRecord, team: &Identity) -> Option<AnyView> {
    if record.words_kept {
        return None;
    }
    let case = record.case;
    let keep = move || {
        edit(app, case, None, |record| {
            record.words_kept = true;
            Ok(())
        });
    };
    let shown = view! {
        <section class="keep">
            <h2>{text().words.again}</h2>
            <p>{text().words.again_why}</p>
            {words(&record.secret.words, &team.slug, Some(&team.signed_by))}
            {button("", "words-kept-now", text().words.done, keep)}
        </section>
    };
    Some(shown.into_any())
}

/// The sealed copy that makes handing on possible, and the way to be rid of it.
fn copy_kept(app: App, record: &CaseRecord) -> Option<AnyView> {
    let (words, case) = (&text().carry, record.case);
    let forget = move || {
        spawn_local(async move {
            match carried::forget_copy(case).await {
                Ok(()) => {
                    app.reload();
                    app.say(words.forget_done);
                }
                Err(error) => app.fail_store(error),
            }
        });
    };
    // A file that was not sent yet is all there is.
    let is_sent = record.events.sent().is_some();
    (record.own_copy && is_sent).then(|| {
        view! {
            <section class="closing" data-test="copy-kept">
                <p class="hint">{words.copy_kept}" "{words.forget_why}</p>
                {button("quiet", "forget-copy", words.forget, forget)}
            </section>
        }
        .into_any()
    })
}

/// What helps when the page is not looked at: being told, and a sheet for paper.
fn keep_going(app: App, record: &CaseRecord) -> Option<AnyView> {
    let is_running = record.events.sent().is_some() && record.events.closed().is_none();
    let words = &text().attention;
    let consent = move || match app.attention.consent.get() {
        Consent::Missing => ().into_any(),
        Consent::Unasked => view! {
            <p class="hint">{words.what}</p>
            {button("quiet", "tell-me", words.ask, move || app.attention.ask(app))}
        }
        .into_any(),
        Consent::Given => view! { <p class="hint" data-test="told">{words.on}</p> }.into_any(),
        Consent::Refused => view! { <p class="hint" data-test="not-told">{words.refused}</p> }.into_any(),
    };
    let paper = Page::Paper(record.case).hash();
    is_running.then(|| {
        view! {
            <section class="keep-going">
                <h2>{words.title}</h2>
                {live(consent)}
                <p><a class="button quiet" data-test="to-paper" href=paper>{text().paper.link}</a></p>
            </section>
        }
        .into_any()
    })
}
