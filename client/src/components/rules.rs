//! Choosing the promises a case without a relay is measured by, and saying what is known of the team.

use leptos::prelude::*;
use sealpost_client_core::elsewhere::PRESETS;
use sealpost_client_core::hand_on::is_placeholder;
use sealpost_shared::id::Slug;
use sealpost_shared::policy::{Place, Policy};

use super::field::{Named, line, optional_mark};
use super::live::{live, maybe};
use super::promises::{promises, step_name};
use crate::state::rules::Rules;
use crate::text::text;

/// The chooser, and below it the chosen promises in sentences.
pub(crate) fn rules(rules: Rules) -> AnyView {
    let words = &text().track;
    let options: Vec<AnyView> = PRESETS
        .iter()
        .map(|name| {
            let selected = move || rules.chosen.get() == *name;
            view! { <option value=*name prop:selected=selected>{(words.preset)(name)}</option> }.into_any()
        })
        .collect();
    view! {
        <div class="field">
            <label for="rules">{words.rules_label}</label>
            <p class="hint" id="rules-hint">{words.rules_hint}</p>
            <select id="rules" data-test="rules" aria-describedby="rules-hint"
                on:change=move |event| rules.choose(&event_target_value(&event))>
                <option value="">{words.rules_none}</option>
                {options}
            </select>
        </div>
        <div class="field">
            <label for="rules-file">{words.rules_file}{optional_mark()}</label>
            <input type="file" id="rules-file" data-test="rules-file" accept=".toml"
                on:change=move |event| rules.open(&event) />
        </div>
        <div role="status">{maybe(move || failure(rules))}{maybe(move || doubt(rules))}</div>
        {live(move || chosen(rules))}
    }
    .into_any()
}

/// What is known of the team.
pub(crate) fn facts(rules: Rules) -> AnyView {
    let words = &text().track;
    view! {
        {line(Named { id: "project", label: words.project, hint: words.project_hint }, rules.project, Some(Memo::new(|_| None)))}
        {line(Named { id: "contact", label: words.contact, hint: words.contact_hint }, rules.contact, None)}
        {live(move || addresses(rules))}
    }
    .into_any()
}

fn failure(rules: Rules) -> Option<AnyView> {
    let why = rules.failure.get()?;
    Some(view! { <p class="fault" data-test="rules-fault">{why}</p> }.into_any())
}

fn doubt(rules: Rules) -> Option<AnyView> {
    let why = rules.doubt.get()?;
    Some(view! { <p class="notice warn" data-test="rules-doubt">{why}</p> }.into_any())
}

/// The chosen policy, once it was read.
pub(crate) fn checked(rules: Rules) -> Option<Policy> {
    rules.read.with(|read| read.as_ref()?.policy.policy.clone().check().ok())
}

fn chosen(rules: Rules) -> AnyView {
    let Some(policy) = checked(rules) else { return ().into_any() };
    view! { <div class="notice" data-test="rules-read">{promises(&policy)}</div> }.into_any()
}

/// A field for the address of each step. Presets name examples only.
fn addresses(rules: Rules) -> AnyView {
    let words = &text().track;
    let Some(policy) = checked(rules) else { return ().into_any() };
    let fields: Vec<AnyView> = policy
        .escalation
        .steps
        .iter()
        .map(|step| {
            let label = match &step.place {
                Place::Public(url) if is_placeholder(url) => words.public_place.to_owned(),
                _ => step_name(&policy, step),
            };
            address(rules, &step.id, label)
        })
        .collect();
    if fields.is_empty() {
        return ().into_any();
    }
    view! {
        <fieldset class="plain" id="addresses">
            <legend>{words.addresses}{optional_mark()}</legend>
            <p class="hint">{words.addresses_hint}</p>
            {fields}
        </fieldset>
    }
    .into_any()
}

fn address(rules: Rules, step: &Slug, label: String) -> AnyView {
    let id = format!("address-{step}");
    let value = rules.addresses.with_untracked(|all| {
        all.iter().find(|(found, _)| found == step).map(|(_, known)| known.clone()).unwrap_or_default()
    });
    let step = step.clone();
    let typed = move |event| {
        let text = event_target_value(&event);
        rules.addresses.update_untracked(|all| {
            if let Some((_, known)) = all.iter_mut().find(|(found, _)| *found == step) {
                *known = text;
            }
        });
    };
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <input type="text" id=id.clone() data-test=id autocomplete="off" prop:value=value on:input=typed />
        </div>
    }
    .into_any()
}
