//! A sealed report that the reporter carries: save the file, write the mail, say that it was sent; later, open an answer.

use data_encoding::BASE64;
use leptos::prelude::*;
use sealpost_client_core::case_record::{CaseRecord, Route};
use sealpost_client_core::elsewhere::contact;
use sealpost_client_core::vault::{OpenedMail, VaultAnswer, VaultRequest, file_name};
use sealpost_shared::CaseId;
use wasm_bindgen_futures::spawn_local;

use super::button::button;
use super::live::{live, maybe};
use super::receipt::PGP;
use crate::services::store::StoreError;
use crate::services::{browser, clock, intl, records, vault};
use crate::state::app::App;
use crate::state::edit::edit;
use crate::text::text;

/// The sealed file and what to do with it; nothing for cases of a relay.
pub(crate) fn carry(app: App, record: &CaseRecord, at: RwSignal<String>) -> Option<AnyView> {
    (record.route == Route::File && record.own_copy).then(|| {
        let words = &text().carry;
        let is_sent = record.events.sent().is_some();
        let case = record.case;
        let sent = (!is_sent).then(|| when_sent(app, record, at));
        let mail = contact(record).map(|contact| {
            let body = (words.mail_body)(&file_name(case));
            let subject = (words.mail_subject)(&record.policy.identity.project);
            let address = browser::mail_address(&format!("mailto:{contact}"), &subject, &body);
            view! { <a class="button quiet" data-test="carry-mail" href=address>{words.write_mail}</a> }
        });
        let to = contact(record).map_or_else(|| words.to_unknown.to_owned(), words.to);
        view! {
            <section class="outbox" data-test="carry" data-state=if is_sent { "sent" } else { "waiting" }>
                <h2>{if is_sent { words.title_sent } else { words.title }}</h2>
                <ol class="steps">
                    <li><p>{words.save_first}</p>
                        {button("", "carry-save", words.save, move || save(app, case))}</li>
                    <li><p>{to}</p><p class="hint">{words.attach}</p>{mail}</li>
                    {sent}
                </ol>
            </section>
        }
        .into_any()
    })
}

fn save(app: App, case: CaseId) {
    spawn_local(async move {
        let bytes = match records::sealed(&case.to_string()).await {
            Ok(bytes) => bytes,
            Err(error) => return app.fail_store(error),
        };
        match vault::ask(&VaultRequest::Armor { sealed: BASE64.encode(&bytes) }).await {
            Ok(VaultAnswer::Armored { text }) => browser::download(&file_name(case), PGP, &text),
            Ok(_) => app.fail(text().errors.vault_died),
            Err(error) => app.fail(&(text().errors.vault)(&error)),
        }
    });
}

fn when_sent(app: App, record: &CaseRecord, at: RwSignal<String>) -> AnyView {
    let words = &text().carry;
    let (case, fault) = (record.case, RwSignal::new(None::<&'static str>));
    if at.with_untracked(String::is_empty) {
        at.set(intl::to_field(clock::now()));
    }
    let press = move || match intl::from_field(&at.get_untracked()) {
        None => fault.set(Some(text().track.no_date)),
        Some(sent) if sent > clock::now() => fault.set(Some(text().track.future)),
        Some(sent) => edit(app, case, Some(words.started), move |record| {
            record.sent(sent).map_err(|_| StoreError::Foreign)
        }),
    };
    let wrong = move || {
        let why = fault.get()?;
        Some(view! { <p class="fault" role="alert" data-test="carry-fault">{why}</p> }.into_any())
    };
    view! {
        <li>
            <p>{words.then}</p>
            <div class="field">
                <label for="carried-at">{words.at}</label>
                <input type="datetime-local" id="carried-at" data-test="carried-at" prop:value=move || at.get()
                    on:input=move |event| at.set(event_target_value(&event)) />
            </div>
            {maybe(wrong)}
            {button("", "carried", words.sent, press)}
        </li>
    }
    .into_any()
}

/// Opens an answer that came by mail, sealed to the key inside the report.
pub(crate) fn mail_answer(record: &CaseRecord) -> Option<AnyView> {
    if record.route != Route::File || record.events.sent().is_none() {
        return None;
    }
    let words = &text().carry;
    let (pasted, outcome) = (RwSignal::new(String::new()), RwSignal::new(None::<Result<OpenedMail, String>>));
    let secret = record.secret.words.clone();
    let members: Vec<String> = record.members.iter().map(|member| member.certificate.clone()).collect();
    let open = move || {
        let question = VaultRequest::OpenMail {
            message: pasted.get_untracked(),
            words: secret.clone(),
            members: members.clone(),
            now: clock::now(),
        };
        spawn_local(async move {
            let opened = match vault::ask(&question).await {
                Ok(VaultAnswer::Mail(opened)) => Ok(opened),
                Ok(_) => Err(text().errors.vault_died.to_owned()),
                Err(error) => Err((text().errors.vault)(&error)),
            };
            let _ = outcome.try_set(Some(opened));
        });
    };
    let shown = view! {
        <section class="replies">
            <h2>{words.answer_title}</h2>
            <p>{words.answer_what}</p>
            <div class="field">
                <label for="mail-answer">{words.answer_label}</label>
                <textarea id="mail-answer" class="short mono" data-test="mail-answer" rows="5" spellcheck="false"
                    prop:value=move || pasted.get()
                    on:input=move |event| pasted.set(event_target_value(&event))></textarea>
            </div>
            {button("quiet", "mail-open", words.answer_open, open)}
            <div role="status">{live(move || outcome.with(|outcome| opened(outcome.as_ref())))}</div>
        </section>
    };
    Some(shown.into_any())
}

fn opened(outcome: Option<&Result<OpenedMail, String>>) -> AnyView {
    let words = &text().carry;
    match outcome {
        None => ().into_any(),
        Some(Err(why)) => view! { <p class="fault" data-test="mail-fault">{why.clone()}</p> }.into_any(),
        Some(Ok(mail)) => {
            let signed = match &mail.signed_by {
                Some(by) => (text().replies.signed_by)(&by.grouped()),
                None => words.unsigned.to_owned(),
            };
            view! {
                <article data-test="mail-opened">
                    <div class="prose">{mail.text.clone()}</div>
                    <p class="hint">{signed}</p>
                    <p class="hint">{words.answer_record}</p>
                </article>
            }
            .into_any()
        }
    }
}
