//! A team: its policy in plain sentences, the ladder, its keys and how to compare them.

use leptos::prelude::*;
use sealpost_client_core::team::Team;
use sealpost_client_core::vault::CheckedCertificate;
use sealpost_shared::id::Slug;
use sealpost_shared::policy::Desk;
use sealpost_shared::wire::v1::OFFLINE_PAGE;

use crate::components::button::button;
use crate::components::fingerprint::fingerprint;
use crate::components::keys::{contacts, keys, validity};
use crate::components::live::live;
use crate::components::promises::{contact, section};
use crate::components::receipt::PGP;
use crate::page::Page;
use crate::services::browser;
use crate::state::app::App;
use crate::state::team::{self, CheckedTeam, TeamState};
use crate::text::text;

/// The page.
pub(crate) fn team(slug: Slug) -> AnyView {
    let app = App::get();
    team::load(app, &slug);
    let shown = move || {
        app.team.with(|state| match state {
            TeamState::Checked(checked) => known(app, checked),
            _ => view! { <h1 tabindex="-1">{slug.to_string()}</h1>{keys(app, slug.clone())} }.into_any(),
        })
    };
    live(shown)
}

fn known(app: App, checked: &CheckedTeam) -> AnyView {
    let team = &checked.team;
    let identity = &team.policy.identity;
    let words = &text().team;
    let report = checked.readiness.can_send().then(|| {
        let report = Page::Report(identity.slug.clone()).hash();
        view! { <p><a class="button big" data-test="start-report" href=report>{text().start.report}</a></p> }
    });
    let mut sections = team.checked.explained.iter().map(section);
    let (first, rest) = (sections.next(), sections.collect::<Vec<_>>());
    let blocked = (!checked.readiness.can_send()).then(|| keys(app, identity.slug.clone()));
    view! {
        <h1 tabindex="-1" data-test="team-name">{(words.title)(&identity.name)}</h1>
        <p class="lead">{(text().start.looks_after)(&identity.project)}</p>
        {blocked}
        {first}
        {report}
        {rest}
        {all_keys(team)}
        {offline(team)}
        <section><h2>{words.contact}</h2>{contacts(checked)}{about(team)}</section>
    }
    .into_any()
}

fn all_keys(team: &Team) -> AnyView {
    let words = &text().team;
    let desks: Vec<AnyView> = team.policy.desks.iter().map(|desk| desk_keys(team, desk)).collect();
    view! {
        <section class="all-keys">
            <h2>{words.keys}</h2>
            <h3>{words.signer}</h3>
            {fingerprint(&team.policy.identity.signed_by)}
            {desks}
            <h3>{words.how_to_compare_title}</h3>
            <p>{words.how_to_compare}</p>
        </section>
    }
    .into_any()
}

fn desk_keys(team: &Team, desk: &Desk) -> AnyView {
    let name = (text().team.contact_name)(&desk.name, desk.role);
    let body: Vec<AnyView> = match team.judged(desk) {
        Some(judged) => judged.certificates.iter().map(certificate).collect(),
        None => {
            let uris: Vec<AnyView> =
                desk.uris.iter().map(|uri| view! { <li>{contact(uri)}</li> }.into_any()).collect();
            vec![
                view! { <p class="hint">{text().team.no_key}</p><ul class="contacts">{uris}</ul> }.into_any(),
            ]
        }
    };
    view! { <h3>{name}</h3>{body} }.into_any()
}

fn certificate(certificate: &CheckedCertificate) -> AnyView {
    let file = format!("{}.asc", certificate.fingerprint);
    let armored = certificate.certificate.clone();
    let problem = certificate.problem.as_ref().map(|problem| {
        view! { <p class="fault">{problem.sentence.clone()}</p> }
    });
    view! {
        <div class="certificate" data-test="certificate">
            {fingerprint(&certificate.fingerprint)}
            {problem}
            <p class="hint">{certificate.user_ids.join(", ")}</p>
            <p class="hint">{certificate.algorithm.clone()}", "{validity(certificate)}</p>
            {button("quiet", "download-key", text().keys.download, move || browser::download(&file, PGP, &armored))}
        </div>
    }
    .into_any()
}

/// The page in one file. How to check it stands on the page without scripts, which is there for such a computer too.
fn offline(team: &Team) -> Option<AnyView> {
    let words = &text().team;
    let page = team.bundle.offline.as_ref()?;
    let plain = format!("/plain/{}", team.policy.identity.slug);
    let (file, how) = (format!("{plain}/{OFFLINE_PAGE}"), format!("{plain}#offline"));
    let signature = format!("{file}.asc");
    Some(
        view! {
            <section data-test="offline">
                <h2>{words.offline}</h2>
                <p>{words.offline_what}</p>
                <p class="row">
                    <a class="button quiet" data-test="offline-page" href=file download=OFFLINE_PAGE>{words.offline_save}</a>
                    <a data-test="offline-signature" href=signature download=true>{words.offline_signature}</a>
                    <a href=how>{words.offline_check}</a>
                </p>
                <p class="hint">"SHA-256 "<code data-test="offline-sha256">{page.sha256.clone()}</code></p>
                <p class="hint">{words.offline_signed_by}</p>
                {fingerprint(&team.policy.identity.signed_by)}
            </section>
        }
        .into_any(),
    )
}

fn about(team: &Team) -> AnyView {
    let words = &text().team;
    let identity = &team.policy.identity;
    let (policy, signature) = (team.bundle.policy.clone(), team.bundle.policy_signature.clone());
    let download = move || {
        browser::download("policy.toml", "application/toml", &policy);
        browser::download("policy.toml.asc", PGP, &signature);
    };
    let page = identity.policy_url.clone().map(
        |url| view! { <p><a href=url rel="noreferrer noopener" target="_blank">{words.policy_page}</a></p> },
    );
    // A page of the relay itself: feed readers lead there too, and it needs no app.
    let advisories = format!("{}/t/{}/advisories", team.bundle.relay.origin, identity.slug);
    view! {
        {page}
        <p><a href=advisories data-test="advisories">{words.advisories}</a></p>
        {button("quiet", "download-policy", words.download_policy, download)}
    }
    .into_any()
}
