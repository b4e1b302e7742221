//! How grave a tracked report is, asked only where the chosen policy heeds it, and what follows from that.

use leptos::prelude::*;
use sealpost_client_core::gravity::{Gravity, heeds_attacks, heeds_severity};
use sealpost_shared::letter::Severity;
use sealpost_shared::policy::Policy;

use super::field::{severity, tick};
use super::live::{live, maybe};
use super::rules::checked;
use crate::state::rules::Rules;
use crate::text::text;

/// What stands in the two fields.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told {
    severity: RwSignal<Option<Severity>>,
    exploited: RwSignal<bool>,
}

impl Told {
    /// Nothing said.
    pub(crate) fn new() -> Self {
        Self { severity: RwSignal::default(), exploited: RwSignal::default() }
    }

    /// What was said, as far as the policy heeds it.
    pub(crate) fn heeded(self, policy: &Policy) -> Gravity {
        Gravity { severity: self.severity.get(), exploited: self.exploited.get() }.heeded(policy)
    }
}

/// The fields, for a policy that has other times for graver cases.
pub(crate) fn gravity(rules: Rules, told: Told) -> AnyView {
    let words = &text().track;
    let heeded = Memo::new(move |_| {
        checked(rules).map(|policy| (heeds_severity(&policy), heeds_attacks(&policy))).unwrap_or_default()
    });
    let fields = move || {
        let (by_severity, by_attacks) = heeded.get();
        (by_severity || by_attacks).then(|| {
            view! {
                <div data-test="gravity">
                    <p class="hint">{words.gravity}</p>
                    {by_attacks.then(|| tick("exploited", text().report.exploited, told.exploited))}
                    {by_severity.then(|| severity(text().report.severity, told.severity))}
                    <div role="status">{live(move || effects(rules, told))}</div>
                </div>
            }
            .into_any()
        })
    };
    maybe(fields)
}

fn effects(rules: Rules, told: Told) -> AnyView {
    let Some(policy) = checked(rules) else { return ().into_any() };
    let effects = told.heeded(&policy).effects(&policy);
    if effects.is_empty() {
        return ().into_any();
    }
    let lines: Vec<AnyView> = effects
        .into_iter()
        .map(|effect| view! { <li>{(text().track.effect)(effect)}</li> }.into_any())
        .collect();
    view! { <ul class="promises" data-test="gravity-effects">{lines}</ul> }.into_any()
}
