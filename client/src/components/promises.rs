//! A policy in plain sentences.

use leptos::prelude::*;
use sealpost_shared::policy::{Place, Policy, Step};
use sealpost_shared::timeline::PromiseId;

use crate::text::text;

/// The three promises and what follows from silence.
pub(crate) fn promises(policy: &Policy) -> AnyView {
    let ids = [PromiseId::Acknowledge, PromiseId::Answer, PromiseId::Update];
    let lines: Vec<AnyView> = ids
        .into_iter()
        .map(|id| view! { <li>{(text().team.promise)(id, &policy.clocks)}</li> }.into_any())
        .collect();
    view! {
        <ul class="promises" data-test="promises">{lines}</ul>
        <p data-test="if-silent">{(text().team.if_silent)(&policy.escalation)}</p>
    }
    .into_any()
}

/// A step's name for people.
pub(crate) fn step_name(policy: &Policy, step: &Step) -> String {
    match &step.place {
        Place::Desk(id) => policy
            .desk(id)
            .map_or_else(|| id.to_string(), |desk| (text().team.step_name)(&desk.name, desk.role)),
        Place::Public(url) => (text().team.public_place)(url),
    }
}

/// An address as a link, without the scheme where people do not write it.
pub(crate) fn contact(uri: &str) -> AnyView {
    let shown = uri.strip_prefix("mailto:").or_else(|| uri.strip_prefix("tel:")).unwrap_or(uri).to_owned();
    view! { <a href=uri.to_owned() rel="noreferrer noopener" target="_blank">{shown}</a> }.into_any()
}
