//! Tracking a report that was sent another way: the same clock, without a relay.

use leptos::prelude::*;
use sealpost_client_core::case_record::{CaseRecord, How, Route};
use sealpost_shared::Timestamp;
use sealpost_shared::letter::{FieldError, check_title};
use wasm_bindgen_futures::spawn_local;

use crate::components::field::{Named, line};
use crate::components::gravity::{Told, gravity};
use crate::components::live::maybe;
use crate::components::rules::{facts, rules};
use crate::page::Page;
use crate::services::records::carried;
use crate::services::{browser, clock, intl};
use crate::state::app::App;
use crate::state::rules::Rules;
use crate::state::sending::make_secret;
use crate::text::text;

/// What stands in the form beside the rules.
#[derive(Debug, Clone, Copy)]
struct Form {
    rules: Rules,
    told: Told,
    title: RwSignal<String>,
    how: RwSignal<How>,
    at: RwSignal<String>,
    fault: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
}

/// The page.
pub(crate) fn track() -> AnyView {
    let app = App::get();
    let words = &text().track;
    let form = Form {
        rules: Rules::new(),
        told: Told::new(),
        title: RwSignal::default(),
        how: RwSignal::new(How::Mail),
        at: RwSignal::new(intl::to_field(clock::now())),
        fault: RwSignal::default(),
        busy: RwSignal::default(),
    };
    let fault = move || {
        let why = form.fault.get()?;
        Some(view! { <p class="fault" data-test="track-fault">{why}</p> }.into_any())
    };
    view! {
        <h1 tabindex="-1">{words.title}</h1>
        <p class="lead">{words.lead}</p>
        <p>{words.not_sent_yet}" "<a href="#/seal" data-test="to-seal">{words.to_seal}</a></p>
        <form novalidate=true on:submit=move |event| {
            event.prevent_default();
            start(app, form);
        }>
            <section><h2>{words.what}</h2>
                {line(Named { id: "title", label: words.case_title, hint: words.case_title_hint }, form.title, Some(Memo::new(|_| None)))}
                {how(form)}
                {moment(form)}
            </section>
            <section><h2>{words.rules_title}</h2>{rules(form.rules)}{gravity(form.rules, form.told)}</section>
            <section><h2>{words.team_title}</h2>{facts(form.rules)}</section>
            <div role="alert">{maybe(fault)}</div>
            <div class="row send">
                <button type="submit" class="big" data-test="track" disabled=move || form.busy.get()>{words.start}</button>
                <p class="hint">{words.nothing_sent}</p>
            </div>
        </form>
    }
    .into_any()
}

fn how(form: Form) -> AnyView {
    let words = &text().track;
    let options: Vec<AnyView> = How::ALL
        .into_iter()
        .map(|how| {
            let selected = move || form.how.get() == how;
            view! { <option value=how.name() prop:selected=selected>{(words.how)(how)}</option> }.into_any()
        })
        .collect();
    let choose = move |event| {
        if let Some(how) = How::named(&event_target_value(&event)) {
            form.how.set(how);
        }
    };
    view! {
        <div class="field">
            <label for="how">{words.how_label}</label>
            <select id="how" data-test="how" on:change=choose>{options}</select>
        </div>
    }
    .into_any()
}

fn moment(form: Form) -> AnyView {
    let words = &text().track;
    view! {
        <div class="field">
            <label for="sent-at">{words.at}</label>
            <p class="hint" id="sent-at-hint">{words.at_hint}</p>
            <input type="datetime-local" id="sent-at" data-test="sent-at" aria-describedby="sent-at-hint"
                prop:value=move || form.at.get() on:input=move |event| form.at.set(event_target_value(&event)) />
        </div>
    }
    .into_any()
}

/// When it was sent, if that is a moment of the past.
pub(super) fn sent_at(field: &str) -> Result<Timestamp, (String, &'static str)> {
    let words = &text().track;
    match intl::from_field(field) {
        None => Err((words.no_date.to_owned(), "#sent-at")),
        Some(at) if at > clock::now() => Err((words.future.to_owned(), "#sent-at")),
        Some(at) => Ok(at),
    }
}

fn read(
    form: Form,
) -> Result<impl FnOnce(sealpost_client_core::vault::Secret) -> Option<CaseRecord>, (String, &'static str)> {
    let title = form.title.get_untracked();
    check_title(&title).map_err(|error| {
        let missing = error == FieldError::TitleMissing;
        (if missing { text().track.no_title.to_owned() } else { error.to_string() }, "#title")
    })?;
    let sent = sent_at(&form.at.get_untracked())?;
    let policy = form.rules.adapted(None, sent)?;
    let route = Route::Elsewhere { how: form.how.get_untracked() };
    let told = policy.policy.clone().check().map(|policy| form.told.heeded(&policy)).unwrap_or_default();
    Ok(move |secret| CaseRecord::tracked(&title, route, told, policy, secret, sent, clock::now()).ok())
}

fn start(app: App, form: Form) {
    if form.busy.get_untracked() {
        return;
    }
    let record = match read(form) {
        Ok(record) => record,
        Err((why, field)) => {
            form.fault.set(Some(why));
            return browser::focus(field);
        }
    };
    form.fault.set(None);
    form.busy.set(true);
    spawn_local(async move {
        let kept = keep(record).await;
        let _ = form.busy.try_set(false);
        match kept {
            Ok(record) => {
                app.reload();
                app.ask_to_keep_storage();
                browser::go_to(&Page::Case(record.case).hash());
            }
            Err(why) => drop(form.fault.try_set(Some(why))),
        }
    });
}

async fn keep(
    record: impl FnOnce(sealpost_client_core::vault::Secret) -> Option<CaseRecord>,
) -> Result<CaseRecord, String> {
    let secret = make_secret().await.map_err(|error| (text().errors.vault)(&error))?;
    let record = record(secret).ok_or_else(|| text().errors.vault_died.to_owned())?;
    let kept = carried::keep_case(&record, None, None).await;
    kept.map_err(|error| (text().errors.store)(error).to_owned())?;
    Ok(record)
}
