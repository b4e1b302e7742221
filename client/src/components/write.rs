//! Writing to the team again: a letter of the same case, and a word about the embargo.

use leptos::prelude::*;
use sealpost_client_core::case_record::{CaseRecord, SentLetter};
use sealpost_client_core::outbox::{Item, State, Trigger};
use sealpost_shared::CaseId;
use sealpost_shared::letter::EmbargoWord;

use super::button::button;
use super::live::{live, maybe};
use super::receipt::PGP;
use super::when::ago;
use crate::services::{browser, clock, intl};
use crate::state::app::App;
use crate::state::follow_up::{Letter, Step, take_back};
use crate::text::text;

/// The section; only a case that the relay has and that is not closed can be written to.
pub(crate) fn write(app: App, record: &CaseRecord, letter: Letter) -> AnyView {
    let shown = record.clone();
    let fields = move || letter.is_open.get().then(|| fields(app, &shown, letter));
    let fault = move || {
        let fault = letter.fault.get()?;
        Some(view! { <p class="fault" data-test="letter-fault">{fault}</p> }.into_any())
    };
    let open = record.is_writable().then(|| {
        view! {
            <button type="button" class="link" data-test="write-open" aria-controls="write-letter"
                aria-expanded=move || letter.is_open.get().to_string()
                on:click=move |_| letter.is_open.update(|is_open| *is_open = !*is_open)>{text().write.title}</button>
            <div id="write-letter">{maybe(fields)}</div>
            <div role="alert">{maybe(fault)}</div>
        }
    });
    view! {
        <section class="by-hand" data-test="write">
            {open}
            {waiting(app, record.case, letter)}
            {(!record.letters.is_empty()).then(|| sent(app, &record.letters))}
        </section>
    }
    .into_any()
}

/// Letters that the outbox still has.
fn waiting(app: App, case: CaseId, letter: Letter) -> AnyView {
    let shown = move || {
        let items = app.outbox.get();
        let items = items.iter().filter(|item| item.follows(case));
        items.map(|item| waits(app, item, letter)).collect::<Vec<_>>().into_any()
    };
    view! { <div role="status">{live(shown)}</div> }.into_any()
}

fn waits(app: App, item: &Item, letter: Letter) -> AnyView {
    let words = &text().write;
    let (why, is_stuck) = match &item.state {
        State::Queued | State::Sending { .. } => (String::new(), false),
        State::Waiting { why, .. } if item.is_missing() => {
            (format!("{} {}", (text().outbox.why)(why), text().outbox.missing_why), true)
        }
        State::Waiting { why, .. } => (format!("{} {}", (text().outbox.why)(why), words.later), false),
        State::Refused { code } => ((text().outbox.refused)(*code), true),
    };
    let back = item.clone();
    let act = if is_stuck {
        button("", "letter-take-back", words.take_back, move || take_back(app, letter, back.clone()))
    } else {
        button("quiet", "letter-now", words.now, move || app.flush(Trigger::Button))
    };
    view! {
        <div class="inside" data-test="letter-waiting" data-state=super::outbox::state_name(&item.state)>
            <p>{words.waiting}</p>
            <p>{why}</p>
            {act}
        </div>
    }
    .into_any()
}

fn sent(app: App, letters: &[SentLetter]) -> AnyView {
    let words = &text().write;
    let rows: Vec<AnyView> = letters.iter().map(|letter| receipt(app, letter)).collect();
    let elsewhere = letters.iter().any(|letter| letter.elsewhere);
    view! {
        {elsewhere.then(|| view! { <p class="hint" data-test="letter-elsewhere">{words.elsewhere}</p> })}
        <details data-test="letters-sent"><summary>{words.sent}</summary><ul>{rows}</ul></details>
    }
    .into_any()
}

fn receipt(app: App, letter: &SentLetter) -> AnyView {
    let (name, signed) = (format!("receipt-{}.asc", letter.entry), letter.receipt.signed.clone());
    let save = move || browser::download(&name, PGP, &signed);
    let words = &text().write;
    let from = letter.elsewhere.then_some(words.from_elsewhere);
    view! { <li>{ago(app, letter.at)}" "{from}" "{button("link", "letter-receipt", words.receipt, save)}</li> }
        .into_any()
}

fn fields(app: App, record: &CaseRecord, letter: Letter) -> AnyView {
    let words = &text().write;
    let record = record.clone();
    let sending = move || match letter.step.get() {
        Step::Writing => {
            let record = record.clone();
            button("", "letter-send", words.send, move || letter.send(app, &record, proposal(letter)))
        }
        Step::Sealing => view! { <p>{words.sealing}</p> }.into_any(),
    };
    view! {
        <div class="inside">
            <p class="hint">{words.what}</p>
            <div class="field">
                <label for="letter">{words.label}</label>
                <textarea id="letter" data-test="letter" rows="6" prop:value=move || letter.text.get()
                    on:input=move |event| letter.text.set(event_target_value(&event))></textarea>
                {live(move || kept(letter))}
            </div>
            <div class="field">
                <label for="letter-until">{words.until}</label>
                <p class="hint" id="letter-until-hint">{words.until_hint}</p>
                <input type="datetime-local" id="letter-until" data-test="letter-until" aria-describedby="letter-until-hint"
                    min=intl::to_field(clock::now()) prop:value=move || letter.until.get()
                    on:input=move |event| letter.until.set(event_target_value(&event)) />
            </div>
            {live(sending)}
        </div>
    }
    .into_any()
}

/// Whether what was typed would survive the page.
fn kept(letter: Letter) -> AnyView {
    let saved = letter.saved.get();
    let (state, said) = if saved { ("saved", text().write.saved) } else { ("saving", text().report.saving) };
    let said = (!saved || letter.text.with(|typed| !typed.is_empty())).then_some(said);
    view! { <p class="hint" data-test="letter-saved" data-state=state>{said}</p> }.into_any()
}

/// What the form proposes about the embargo: nothing, if the field is empty.
fn proposal(letter: Letter) -> Result<Option<EmbargoWord>, &'static str> {
    let typed = letter.until.get_untracked();
    if typed.is_empty() {
        return Ok(None);
    }
    let until = intl::from_field(&typed).ok_or(text().write.no_date)?;
    if until > clock::now() { Ok(Some(EmbargoWord::Proposed { until })) } else { Err(text().write.past) }
}
