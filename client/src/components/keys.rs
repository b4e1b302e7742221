//! Whether the team's keys can be trusted with a report, told before the first key is pressed (promise 1).

use leptos::prelude::*;
use sealpost_client_core::readiness::{Blocker, Readiness, Warning};
use sealpost_client_core::team::Doubt;
use sealpost_client_core::vault::{CLOCK, CheckedCertificate, CheckedDesk};
use sealpost_shared::id::Slug;

use super::button::button;
use super::fingerprint::fingerprint;
use super::live::live;
use super::promises::contact;
use super::when::{date, day};
use crate::services::browser;
use crate::services::vault::VaultError;
use crate::state::app::App;
use crate::state::team::{self, CheckedTeam, TeamFailure, TeamState};
use crate::text::text;

/// The box above the form.
pub(crate) fn keys(app: App, slug: Slug) -> AnyView {
    let body = move || {
        app.team.with(|state| match state {
            TeamState::Checked(checked) if checked.readiness.can_send() => usable(checked, &slug),
            TeamState::Checked(checked) if !checked.readiness.doubts.is_empty() => doubtful(app, checked),
            TeamState::Checked(checked) => unusable(checked),
            TeamState::Failed(slug, failure) => failed(app, slug.clone(), failure),
            TeamState::Checking(_) | TeamState::None => view! { <p>{text().keys.checking}</p> }.into_any(),
        })
    };
    let state = move || app.team.with(state_of);
    view! { <section class="keys" data-test="keys" data-state=state>{live(body)}</section> }.into_any()
}

fn state_of(state: &TeamState) -> &'static str {
    match state {
        TeamState::Checked(checked) if checked.readiness.can_send() => "usable",
        TeamState::Checked(_) | TeamState::Failed(..) => "unusable",
        TeamState::Checking(_) | TeamState::None => "checking",
    }
}

fn usable(checked: &CheckedTeam, slug: &Slug) -> AnyView {
    let words = &text().keys;
    let desk = checked.team.judged(checked.team.desk());
    let certificates = desk.map_or(&[][..], |desk| &desk.certificates[..]);
    let shown: Vec<AnyView> = certificates.iter().map(certificate_line).collect();
    let quantum = desk.is_some_and(CheckedDesk::post_quantum);
    let quantum =
        quantum.then(|| view! { <p class="hint" data-test="post-quantum">{words.post_quantum}</p> });
    let signer = &checked.team.policy.identity.signed_by;
    let same = certificates.iter().any(|certificate| certificate.fingerprint == *signer);
    let signed_by = if same {
        view! { <p class="hint">{words.same_signer}</p> }.into_any()
    } else {
        view! { <p class="hint">{words.signed_by}</p>{fingerprint(signer)} }.into_any()
    };
    view! {
        <h2><span class="sign" aria-hidden="true">"✓"</span>{words.usable}</h2>
        {warnings(checked)}
        <p class="hint">{words.sealed_to}</p>
        {shown}
        {quantum}
        {signed_by}
        <p class="hint"><a href=format!("#/t/{slug}")>{text().team.how_to_compare_title}</a></p>
    }
    .into_any()
}

fn certificate_line(certificate: &CheckedCertificate) -> AnyView {
    view! { {fingerprint(&certificate.fingerprint)}<p class="hint">{validity(certificate)}</p> }.into_any()
}

/// "valid until …", or that there is no end.
pub(crate) fn validity(certificate: &CheckedCertificate) -> AnyView {
    match certificate.expires {
        Some(at) => view! { {text().keys.until}" "{day(at)} }.into_any(),
        None => text().keys.no_expiry.into_any(),
    }
}

fn warnings(checked: &CheckedTeam) -> AnyView {
    let said = checked.readiness.warnings.iter().map(|warning| {
        let at = match warning {
            Warning::ExpiresSoon { at, .. } => at.map(date),
        };
        (text().keys.warning)(warning, &at.unwrap_or_default())
    });
    let remembered = checked.remembered.map(|at| (text().keys.remembered)(&date(at)));
    let all: Vec<AnyView> = remembered
        .into_iter()
        .chain(said)
        .map(|words| view! { <p class="notice warn" data-test="keys-warning">{words}</p> }.into_any())
        .collect();
    all.into_any()
}

/// What makes sending impossible.
pub(crate) fn blockers(readiness: &Readiness) -> AnyView {
    let blockers = readiness.blockers.iter();
    let said: Vec<AnyView> = blockers
        .map(|blocker| view! { <li>{blocker_words(blocker)}{blocked_key(blocker)}</li> }.into_any())
        .collect();
    (!said.is_empty()).then(|| view! { <ul data-test="blockers">{said}</ul> }).into_any()
}

/// The contacts of a doubtful policy are as doubtful as its keys, so none is shown.
fn doubtful(app: App, checked: &CheckedTeam) -> AnyView {
    let words = &text().keys;
    let slug = &checked.team.policy.identity.slug;
    let doubts = &checked.readiness.doubts;
    // Each has a place of its own: a tick that was set must not slide under the other question.
    let signer = doubts.iter().find(|doubt| matches!(doubt, Doubt::SignerChanged { .. }));
    let version = doubts.iter().find(|doubt| matches!(doubt, Doubt::OlderPolicy { .. }));
    view! {
        <h2><span class="sign" aria-hidden="true">"✕"</span>{words.doubtful}</h2>
        {signer.map(|found| doubt(app, slug, found))}
        {version.map(|found| doubt(app, slug, found))}
        {blockers(&checked.readiness)}
        <p class="hint">{text().team.how_to_compare}</p>
        <p>{words.doubtful_instead}</p>
    }
    .into_any()
}

/// What is in doubt, and the tick that says it was compared.
fn doubt(app: App, slug: &Slug, doubt: &Doubt) -> AnyView {
    let words = &text().keys;
    let (id, tick, keys) = match doubt {
        Doubt::SignerChanged { before, now } => (
            "confirm-signer",
            words.compared_signer,
            Some(view! {
                <p class="hint">{words.signer_now}</p>{fingerprint(now)}
                <p class="hint">{words.signer_before}</p>{fingerprint(before)}
            }),
        ),
        Doubt::OlderPolicy { .. } => ("confirm-version", words.compared_version, None),
    };
    let said = (words.doubt)(doubt);
    let (slug, doubt) = (slug.clone(), doubt.clone());
    let compared = move |event| {
        if event_target_checked(&event) {
            team::confirm(app, &slug, &doubt);
            browser::focus("main h1");
        }
    };
    view! {
        <p data-test="doubt">{said}</p>
        {keys}
        <div class="tick">
            <input type="checkbox" id=id data-test=id on:change=compared />
            <label for=id>{tick}</label>
        </div>
    }
    .into_any()
}

fn unusable(checked: &CheckedTeam) -> AnyView {
    let words = &text().keys;
    view! {
        <h2><span class="sign" aria-hidden="true">"✕"</span>{words.unusable}</h2>
        {blockers(&checked.readiness)}
        <p>{words.instead}</p>
        {contacts(checked)}
    }
    .into_any()
}

fn blocker_words(blocker: &Blocker) -> String {
    let at = match blocker {
        Blocker::NotYet { from: at } | Blocker::Expired { at } => date(*at),
        Blocker::Certificate { .. } | Blocker::NoCertificate | Blocker::TeamsOwnKey { .. } => String::new(),
    };
    (text().keys.blocker)(blocker, &at)
}

fn blocked_key(blocker: &Blocker) -> Option<AnyView> {
    match blocker {
        Blocker::Certificate { fingerprint: digits, .. } | Blocker::TeamsOwnKey { fingerprint: digits } => {
            Some(fingerprint(digits))
        }
        _ => None,
    }
}

/// How to reach the team without this page.
pub(crate) fn contacts(checked: &CheckedTeam) -> AnyView {
    let mail = format!("mailto:{}", checked.team.policy.identity.contact);
    let others = checked.team.desk().uris.iter().filter(|uri| **uri != mail).cloned();
    let shown: Vec<AnyView> = std::iter::once(mail.clone())
        .chain(others)
        .map(|uri| view! { <li>{contact(&uri)}</li> }.into_any())
        .collect();
    view! { <ul class="contacts" data-test="contacts">{shown}</ul> }.into_any()
}

/// Why the team cannot be shown.
pub(crate) fn failed(app: App, slug: Slug, failure: &TeamFailure) -> AnyView {
    let words = &text().keys;
    let why = (words.failure)(failure);
    let is_refused = matches!(failure, TeamFailure::Vault(VaultError::Failed(found)) if found.code != CLOCK);
    let again = move || {
        team::load(app, &slug);
        browser::focus("main h1");
    };
    view! {
        <h2><span class="sign" aria-hidden="true">"✕"</span>{words.unusable}</h2>
        <p data-test="blockers">{why}</p>
        {is_refused.then(|| view! { <p>{words.elsewhere}</p> })}
        {button("quiet", "check-again", words.again, again)}
    }
    .into_any()
}
