//! A policy in plain sentences.

use leptos::prelude::*;
use sealpost_client_core::hand_on::is_placeholder;
use sealpost_shared::policy::explain::Section;
use sealpost_shared::policy::{Place, Policy, Step};

use crate::text::text;

/// The three promises and what follows from silence.
pub(crate) fn promises(policy: &Policy) -> AnyView {
    let promises = (text().team.promises)(&policy.clocks);
    let lines: Vec<AnyView> = promises.into_iter().map(|line| view! { <li>{line}</li> }.into_any()).collect();
    view! {
        <ul class="promises" data-test="promises">{lines}</ul>
        <p data-test="if-silent">{(text().team.if_silent)(&policy.escalation)}</p>
    }
    .into_any()
}

/// Sentences about one matter under their heading.
pub(crate) fn section(section: &Section) -> AnyView {
    let lines: Vec<AnyView> =
        section.sentences.iter().map(|line| view! { <li>{line.clone()}</li> }.into_any()).collect();
    let list = if section.ordered {
        view! { <ol class="steps">{lines}</ol> }.into_any()
    } else {
        view! { <ul class="promises">{lines}</ul> }.into_any()
    };
    view! { <section data-test=format!("policy-{}", section.id)><h2>{section.title.clone()}</h2>{list}</section> }.into_any()
}

/// A step's name for people.
pub(crate) fn step_name(policy: &Policy, step: &Step) -> String {
    match &step.place {
        Place::Public(url) if is_placeholder(url) => text().team.in_public.to_owned(),
        _ => (text().team.step_name)(policy, step),
    }
}

/// Whom a sentence says one turns to.
pub(crate) fn whom(policy: &Policy, step: &Step) -> String {
    match &step.place {
        Place::Public(url) => (text().team.public_place)(if is_placeholder(url) { "" } else { url }),
        Place::Desk(_) => step_name(policy, step),
    }
}

/// An address as a link, without the scheme where people do not write it.
pub(crate) fn contact(uri: &str) -> AnyView {
    let shown = uri.strip_prefix("mailto:").or_else(|| uri.strip_prefix("tel:")).unwrap_or(uri).to_owned();
    view! { <a href=uri.to_owned() rel="noreferrer noopener" target="_blank">{shown}</a> }.into_any()
}
