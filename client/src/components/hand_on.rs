//! An open step towards a desk with a key: whose key, what is sent, and the button that seals and sends it.

use leptos::prelude::*;
use sealpost_client_core::case_record::CaseRecord;
use sealpost_client_core::hand_on::{Way, addresses};
use sealpost_client_core::readiness::Readiness;
use sealpost_client_core::team::Team;
use sealpost_shared::policy::{Policy, Step};

use super::button::button;
use super::fingerprint::fingerprint;
use super::keys::blockers;
use super::live::{live, maybe};
use super::promises::step_name;
use super::step::{by_hand, mail, take_button};
use crate::state::app::App;
use crate::state::hand_on as handing;
use crate::state::team::{self, TeamState};
use crate::text::text;

/// The step's body.
pub(crate) fn hand_on(app: App, record: &CaseRecord, policy: &Policy, step: &Step, note: &str) -> AnyView {
    team::load(app, &record.team);
    app.handing.take_up(record, &step.id, note);
    let way = Way::of(record, policy, step);
    let (of, at) = (record.clone(), step.clone());
    let is_ready = Memo::new(move |_| {
        handing::ready(app, &of, &at).is_some_and(|(_, ready)| handing::may_seal(app, &ready))
    });
    let (of, at) = (record.clone(), step.clone());
    let keys = move || keys(app, &of, &at);
    let name = step_name(policy, step);
    view! {
        <p>{(text().ladder.how)(way)}</p>
        {live(keys)}
        {note_field(app)}
        {goes_along(record, way)}
        {maybe(move || failure(app))}
        {send_button(app, record, step, &name, is_ready)}
        {another_way(app, record, policy, step, is_ready)}
    }
    .into_any()
}

/// Whether the desk's keys can be used, told before the button.
fn keys(app: App, record: &CaseRecord, step: &Step) -> AnyView {
    let words = &text().hand_on;
    match handing::ready(app, record, step) {
        Some((team, readiness)) if readiness.can_send() => {
            view! { {usable(&team, step)}{compare(app, &readiness)} }.into_any()
        }
        Some((team, readiness)) => unusable(&team, &readiness),
        None => {
            let failed = app.team.with(|state| match state {
                TeamState::Failed(_, failure) => Some((text().keys.failure)(failure)),
                TeamState::Checked(_) => Some(words.no_desk.to_owned()),
                _ => None,
            });
            match failed {
                Some(why) => {
                    view! { <p class="fault" data-test="hand-on-keys" data-state="unusable">{why}</p> }
                        .into_any()
                }
                None => {
                    view! { <p data-test="hand-on-keys" data-state="checking">{text().keys.checking}</p> }
                        .into_any()
                }
            }
        }
    }
}

fn usable(team: &Team, step: &Step) -> AnyView {
    let desk = team.policy.desk(match &step.place {
        sealpost_shared::policy::Place::Desk(id) => id,
        sealpost_shared::policy::Place::Public(_) => return ().into_any(),
    });
    let certificates = desk.and_then(|desk| team.judged(desk)).map(|desk| desk.certificates.as_slice());
    let shown: Vec<AnyView> =
        certificates.unwrap_or_default().iter().map(|cert| fingerprint(&cert.fingerprint)).collect();
    view! {
        <div class="sealed-to" data-test="hand-on-keys" data-state="usable">
            <p class="good">{text().hand_on.usable}</p>
            {shown}
        </div>
    }
    .into_any()
}

/// The team signs its policy alone, so a key that it put there since the case began is compared first.
fn compare(app: App, readiness: &Readiness) -> Option<AnyView> {
    let words = &text().hand_on;
    let compared = app.handing.compared;
    (!readiness.new_keys.is_empty()).then(|| {
        view! {
            <div class="notice warn" data-test="hand-on-new-key">
                <p>{words.new_key}</p>
                <div class="tick">
                    <input type="checkbox" id="hand-on-compared" data-test="hand-on-compared" prop:checked=move || compared.get()
                        on:change=move |event| compared.set(event_target_checked(&event)) />
                    <label for="hand-on-compared">{words.compared}</label>
                </div>
            </div>
        }
        .into_any()
    })
}

fn unusable(team: &Team, readiness: &Readiness) -> AnyView {
    let words = &text().hand_on;
    let doubt = (!readiness.doubts.is_empty()).then(|| {
        let page = format!("#/t/{}", team.policy.identity.slug);
        view! { <p><a href=page>{words.compare_first}</a></p> }
    });
    view! {
        <div data-test="hand-on-keys" data-state="unusable">
            <p class="fault">{words.unusable}</p>
            {blockers(readiness)}
            {doubt}
        </div>
    }
    .into_any()
}

fn note_field(app: App) -> AnyView {
    let words = &text().hand_on;
    let note = app.handing.note;
    view! {
        <div class="field">
            <label for="cover">{words.note_label}</label>
            <p class="hint" id="cover-hint">{words.note_hint}</p>
            <textarea id="cover" class="short" data-test="cover-note" rows="9" aria-describedby="cover-hint"
                prop:value=move || note.get()
                on:input=move |event| note.set(event_target_value(&event))></textarea>
        </div>
    }
    .into_any()
}

fn goes_along(record: &CaseRecord, way: Way) -> AnyView {
    let words = &text().hand_on;
    if way != (Way::Sealed { with_report: true }) {
        return view! { <p class="hint">{words.only_note}</p> }.into_any();
    }
    let receipt = record.receipt.is_some().then(|| view! { <li>{words.with_receipt}</li> });
    let files =
        record.enclosures_receipt.is_some().then(|| view! { <p class="hint">{words.without_files}</p> });
    view! {
        <p>{words.goes_along}</p>
        <ul class="along" data-test="goes-along"><li>{(words.with_report)(&record.title)}</li>{receipt}</ul>
        {files}
    }
    .into_any()
}

fn failure(app: App) -> Option<AnyView> {
    let why = app.handing.failure.get()?;
    Some(view! { <p class="fault" role="alert" data-test="hand-on-fault">{why}</p> }.into_any())
}

fn send_button(app: App, record: &CaseRecord, step: &Step, name: &str, is_ready: Memo<bool>) -> AnyView {
    let words = &text().hand_on;
    let (record, step) = (record.clone(), step.clone());
    let send = (words.send)(name);
    let busy = app.handing.busy;
    let label = send;
    let sure = app.handing.sure;
    let is_shut = move || busy.get() || !is_ready.get();
    let ask = move || {
        view! {
            <button type="button" class="big" data-test="hand-on" disabled=is_shut
                on:click=move |_| sure.set(true)>{label.clone()}</button>
            <p class="hint">{words.undo_note}</p>
        }
        .into_any()
    };
    let confirm = move || {
        let (record, step) = (record.clone(), step.clone());
        let send = move |_| handing::send(app, record.clone(), step.clone());
        view! {
            <div class="notice warn" data-test="hand-on-sure">
                <p>{words.send_sure}</p>
                <div class="row">
                    <button type="button" data-test="hand-on-yes" disabled=is_shut on:click=send>
                        {move || if busy.get() { words.sealing } else { words.send_yes }}
                    </button>
                    {button("quiet", "hand-on-no", words.send_no, move || sure.set(false))}
                </div>
            </div>
        }
        .into_any()
    };
    let shown = live(move || if sure.get() { confirm() } else { ask() });
    view! { {shown}<p class="hint">{words.answers_here}</p> }.into_any()
}

fn another_way(app: App, record: &CaseRecord, policy: &Policy, step: &Step, is_ready: Memo<bool>) -> AnyView {
    let words = &text().hand_on;
    let (of, at) = (record.clone(), step.clone());
    let save = move || handing::save(app, of.clone(), at.clone());
    let uris = addresses(policy, step);
    let file = move || {
        let save = save.clone();
        is_ready.get().then(|| {
            view! {
                <p>{words.file_note}</p>
                {button("quiet", "hand-on-file", words.save_file, save)}
                {mail(&uris, words.mail_body)}
            }
            .into_any()
        })
    };
    view! {
        <details class="another-way">
            <summary>{words.another_way}</summary>
            <div class="inside">
                {maybe(file)}
                {by_hand(record, policy, step)}
                <p class="hint">{text().ladder.take_note}</p>
                {take_button("quiet", text().ladder.take, app, record, step)}
            </div>
        </details>
    }
    .into_any()
}
