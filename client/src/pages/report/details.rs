//! The fields that may stay empty.

use leptos::prelude::*;
use sealpost_shared::letter::Severity;

use crate::components::field::{Named, line, optional_mark, tick};
use crate::state::report::Form;
use crate::text::text;

const SEVERITIES: [(&str, Severity); 4] = [
    ("low", Severity::Low),
    ("medium", Severity::Medium),
    ("high", Severity::High),
    ("critical", Severity::Critical),
];

/// A part that opens on demand; ticks that change what the team must do stand outside it.
pub(crate) fn details(form: Form) -> AnyView {
    let words = &text().report;
    view! {
        <div class="ticks">
            {tick("exploited", words.exploited, form.exploited)}
            {tick("public", words.public, form.public)}
        </div>
        <details data-test="more">
            <summary>{words.more}{optional_mark()}</summary>
            {line(Named { id: "product", label: words.product, hint: words.product_hint }, form.product, None)}
            {line(Named { id: "versions", label: words.versions, hint: words.versions_hint }, form.versions, None)}
            {severity(form)}
            {line(Named { id: "credit", label: words.credit, hint: words.credit_hint }, form.credit, None)}
        </details>
    }
    .into_any()
}

fn severity(form: Form) -> AnyView {
    let words = &text().report;
    let chosen =
        move |name: &str| SEVERITIES.iter().find(|(id, _)| *id == name).map(|(_, severity)| *severity);
    let options: Vec<AnyView> = SEVERITIES
        .iter()
        .map(|(id, severity)| {
            let selected = move || form.severity.get() == Some(*severity);
            view! { <option value=*id prop:selected=selected>{(words.severities)(*severity)}</option> }
                .into_any()
        })
        .collect();
    view! {
        <div class="field">
            <label for="severity">{words.severity}{optional_mark()}</label>
            <select id="severity" data-test="severity"
                on:change=move |event| form.severity.set(chosen(&event_target_value(&event)))>
                <option value="" prop:selected=move || form.severity.get().is_none()>{words.severity_none}</option>
                {options}
            </select>
        </div>
    }
    .into_any()
}
