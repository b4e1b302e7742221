//! Form fields with label, hint and error in the places where assistive technology looks for them.

use leptos::prelude::*;
use sealpost_client_core::draft::Field;
use sealpost_shared::letter::Severity;

use super::live::maybe;
use crate::state::report::Form;
use crate::text::text;

/// Names of a field: its id and test hook, its label, its hint.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Named {
    pub(crate) id: &'static str,
    pub(crate) label: &'static str,
    pub(crate) hint: &'static str,
}

/// The fault of a field, in words.
pub(crate) fn fault_of(form: Form, field: Field) -> Memo<Option<String>> {
    Memo::new(move |_| {
        form.faults.with(|faults| {
            faults.iter().find(|(at, _)| *at == field).map(|(_, fault)| (text().report.fault)(*fault))
        })
    })
}

/// The line below a field that says what is wrong with it.
pub(crate) fn fault_line(id: &'static str, fault: Memo<Option<String>>) -> AnyView {
    let line = move || {
        let words = fault.get()?;
        Some(
            view! { <p class="fault" id=format!("{id}-fault") data-test=format!("{id}-error")>{words}</p> }
                .into_any(),
        )
    };
    maybe(line)
}

/// A field of one line.
pub(crate) fn line(names: Named, value: RwSignal<String>, fault: Option<Memo<Option<String>>>) -> AnyView {
    let Named { id, label, hint } = names;
    let wrong = move || fault.is_some_and(|fault| fault.with(Option::is_some));
    let optional = fault.is_none().then(optional_mark);
    view! {
        <div class="field">
            <label for=id>{label}{optional}</label>
            <p class="hint" id=format!("{id}-hint")>{hint}</p>
            <input type="text" id=id data-test=id autocomplete="off" aria-describedby=described(id)
                aria-invalid=move || wrong().to_string() aria-required=fault.is_some().to_string()
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event)) />
            {fault.map(|fault| fault_line(id, fault))}
        </div>
    }
    .into_any()
}

/// A field of many lines.
pub(crate) fn lines(names: Named, value: RwSignal<String>, fault: Memo<Option<String>>) -> AnyView {
    let Named { id, label, hint } = names;
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <p class="hint" id=format!("{id}-hint")>{hint}</p>
            <textarea id=id data-test=id rows="12" aria-describedby=described(id)
                aria-invalid=move || fault.with(Option::is_some).to_string() aria-required="true"
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))></textarea>
            {fault_line(id, fault)}
        </div>
    }
    .into_any()
}

/// A tick.
pub(crate) fn tick(id: &'static str, label: &'static str, value: RwSignal<bool>) -> AnyView {
    view! {
        <div class="tick">
            <input type="checkbox" id=id data-test=id prop:checked=move || value.get()
                on:change=move |event| value.set(event_target_checked(&event)) />
            <label for=id>{label}</label>
        </div>
    }
    .into_any()
}

const SEVERITIES: [(&str, Severity); 4] = [
    ("low", Severity::Low),
    ("medium", Severity::Medium),
    ("high", Severity::High),
    ("critical", Severity::Critical),
];

/// A choice of how bad it is, or not to say.
pub(crate) fn severity(label: &'static str, value: RwSignal<Option<Severity>>) -> AnyView {
    let words = &text().report;
    let chosen =
        move |name: &str| SEVERITIES.iter().find(|(id, _)| *id == name).map(|(_, severity)| *severity);
    let options: Vec<AnyView> = SEVERITIES
        .iter()
        .map(|(id, severity)| {
            let selected = move || value.get() == Some(*severity);
            view! { <option value=*id prop:selected=selected>{(words.severities)(*severity)}</option> }
                .into_any()
        })
        .collect();
    view! {
        <div class="field">
            <label for="severity">{label}{optional_mark()}</label>
            <select id="severity" data-test="severity"
                on:change=move |event| value.set(chosen(&event_target_value(&event)))>
                <option value="" prop:selected=move || value.get().is_none()>{words.severity_none}</option>
                {options}
            </select>
        </div>
    }
    .into_any()
}

/// "(optional)" behind a label.
pub(crate) fn optional_mark() -> AnyView {
    view! { " "<span class="optional">"("{text().report.optional}")"</span> }.into_any()
}

fn described(id: &str) -> String {
    format!("{id}-hint {id}-fault")
}
