//! Writing to a team that only publishes a certificate: the report is sealed here, and the reporter carries the file.

use leptos::prelude::*;
use sealpost_client_core::draft::Field;
use sealpost_client_core::vault::CheckedCertificate;

use super::report::attachments::attachments;
use super::report::details::details;
use super::report::{failure as form_failure, faults, outline, overtaken};
use crate::components::field::{Named, fault_of, line, lines};
use crate::components::fingerprint::fingerprint;
use crate::components::keys::validity;
use crate::components::live::{live, maybe};
use crate::components::rules::{facts, rules};
use crate::services::{browser, files};
use crate::state::app::App;
use crate::state::by_file::{ByFile, draft_name};
use crate::state::report::{Form, Step};
use crate::text::text;

/// The page.
pub(crate) fn seal() -> AnyView {
    let app = App::get();
    let (by_file, form) = (ByFile::new(), Form::open(app, draft_name(), false));
    browser::on_window("pagehide", move || form.save_now());
    let words = &text().seal;
    view! {
        <h1 tabindex="-1">{words.title}</h1>
        <p class="lead">{words.lead}</p>
        {key(by_file)}
        {overtaken(app, form)}
        {faults(form)}
        <form novalidate=true on:submit=move |event| {
            event.prevent_default();
            by_file.seal(app, form);
        }>
            <section><h2>{words.report}</h2>{report(app, form)}</section>
            <section><h2>{text().track.rules_title}</h2>{rules(by_file.rules)}</section>
            <section><h2>{text().track.team_title}</h2>{facts(by_file.rules)}</section>
            {form_failure(form)}
            <div role="alert">{maybe(move || failure(by_file))}</div>
            <div class="row send">
                <button type="submit" class="big" data-test="seal"
                    disabled=move || by_file.busy.get() || !by_file.is_usable()>
                    {move || if by_file.busy.get() { words.sealing } else { words.seal }}
                </button>
                <p class="hint">{words.next}</p>
            </div>
        </form>
    }
    .into_any()
}

fn failure(by_file: ByFile) -> Option<AnyView> {
    let why = by_file.failure.get()?;
    Some(view! { <p class="fault" data-test="seal-fault">{why}</p> }.into_any())
}

fn report(app: App, form: Form) -> AnyView {
    let words = &text().report;
    let (title, report) = (fault_of(form, Field::Title), fault_of(form, Field::Report));
    let is_opening = move || form.step.get() == Step::Opening;
    view! {
        <fieldset class="plain" prop:disabled=is_opening>
            {line(Named { id: "title", label: words.title_field, hint: words.title_hint }, form.title, Some(title))}
            {lines(Named { id: "report", label: words.report_field, hint: words.report_hint }, form.report, report)}
            {outline(form)}
            {details(form)}
            {attachments(app, form)}
        </fieldset>
    }
    .into_any()
}

/// Choose, drop or paste; judged at once.
fn key(by_file: ByFile) -> AnyView {
    let words = &text().seal;
    let state = move || {
        by_file.found.with(|found| match found {
            Some(found) if found.problem.is_none() => "usable",
            Some(_) => "unusable",
            None => "none",
        })
    };
    let dropped = move |event: leptos::ev::DragEvent| {
        event.prevent_default();
        by_file.open(files::dropped(&event));
    };
    view! {
        <section class="keys" data-test="key" data-state=state on:dragover=|event| event.prevent_default() on:drop=dropped>
            <h2>{words.key}</h2>
            <p>{words.key_why}</p>
            <div class="field">
                <label for="key-file">{words.key_file}</label>
                <p class="hint" id="key-hint">{words.key_hint}</p>
                <input type="file" id="key-file" data-test="key-file" accept=".asc,.pgp,.gpg,.key,.pub,.txt"
                    aria-describedby="key-hint" on:change=move |event| by_file.choose(&event) />
            </div>
            <details>
                <summary>{words.paste}</summary>
                <div class="field">
                    <label for="key-text">{words.key_text}</label>
                    <textarea id="key-text" class="short mono" data-test="key-text" rows="6" spellcheck="false"
                        prop:value=move || by_file.pasted.get()
                        on:input=move |event| by_file.paste(event_target_value(&event))></textarea>
                </div>
            </details>
            <div role="status">{live(move || judged(by_file))}</div>
        </section>
    }
    .into_any()
}

fn judged(by_file: ByFile) -> AnyView {
    if let Some(why) = by_file.fault.get() {
        return view! { <p class="fault" data-test="key-fault">{why}</p> }.into_any();
    }
    by_file.found.with(|found| found.as_ref().map(certificate)).into_any()
}

fn certificate(found: &CheckedCertificate) -> AnyView {
    let words = &text().seal;
    let verdict = match &found.problem {
        Some(problem) => {
            view! { <p class="fault" data-test="key-fault">{words.unusable}" "{problem.sentence.clone()}</p> }
                .into_any()
        }
        None => view! { <p class="good">{words.usable}</p> }.into_any(),
    };
    let algorithm = found.problem.is_none().then(|| {
        view! { <p class="hint">{found.algorithm.clone()}", "{validity(found)}</p> }
    });
    view! {
        <div class="certificate" data-test="key-found">
            {verdict}
            {fingerprint(&found.fingerprint)}
            <p class="hint">{words.names}" "{found.user_ids.join(", ")}</p>
            {algorithm}
            <p>{words.compare}</p>
        </div>
    }
    .into_any()
}
