//! The start page: whose it is, what is promised, and the one big button.

use leptos::prelude::*;
use sealpost_shared::id::Slug;
use sealpost_shared::policy::Policy;
use sealpost_shared::wire::v1::TeamSummary;
use wasm_bindgen_futures::spawn_local;

use super::cases::case_list;
use crate::components::button::button;
use crate::components::keys::keys;
use crate::components::live::{live, maybe};
use crate::components::promises::promises;
use crate::page::Page;
use crate::services::records;
use crate::services::relay::RelayError;
use crate::state::app::App;
use crate::state::team::{self, TeamState};
use crate::text::text;

/// The teams of this relay.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Teams {
    Loading,
    Listed(Vec<TeamSummary>),
    Failed(RelayError),
}

/// The page.
pub(crate) fn start() -> AnyView {
    let app = App::get();
    let teams = RwSignal::new(Teams::Loading);
    load(app, teams);
    let shown = move || match teams.get() {
        Teams::Loading => {
            view! { <h1 tabindex="-1">{text().start.title}</h1><p>{text().app.loading}</p> }.into_any()
        }
        Teams::Listed(list) => match &list[..] {
            [only] => one_team(app, only),
            list => several(list),
        },
        Teams::Failed(error) => failed(app, teams, error),
    };
    view! { {live(shown)}{your_cases(app)}{elsewhere()} }.into_any()
}

fn load(app: App, teams: RwSignal<Teams>) {
    teams.set(Teams::Loading);
    spawn_local(async move {
        match team::list().await {
            Ok(list) => {
                if let [only] = &list[..] {
                    team::load(app, &only.slug);
                }
                teams.set(Teams::Listed(list));
            }
            Err(error) => teams.set(Teams::Failed(error)),
        }
    });
}

fn one_team(app: App, team: &TeamSummary) -> AnyView {
    let words = &text().start;
    let slug = team.slug.clone();
    let report = Page::Report(slug.clone()).hash();
    view! {
        <h1 tabindex="-1" data-test="team-name">{(words.of)(&team.name)}</h1>
        <p class="lead">{(words.looks_after)(&team.project)}</p>
        {expectations(app, team)}
        {unfinished(&slug)}
        <p><a class="button big" data-test="start-report" href=report>{words.report}</a></p>
        <p class="secrecy">{words.secrecy}</p>
        <p><a href=format!("#/t/{slug}") data-test="policy-link">{words.policy_link}</a></p>
    }
    .into_any()
}

/// The way back to a report to this team that was begun on this device.
fn unfinished(team: &Slug) -> AnyView {
    let (team, found) = (team.clone(), RwSignal::new(false));
    let report = Page::Report(team.clone()).hash();
    spawn_local(async move {
        // Without storage there is no draft either, and the page says that above.
        let is_there = matches!(records::draft(&team).await, Ok(Some(draft)) if !draft.is_empty());
        let _ = found.try_set(is_there);
    });
    let shown = move || {
        let (words, report) = (&text().start, report.clone());
        let said = || {
            view! { <p class="notice" data-test="unfinished">{words.draft}" "<a href=report>{words.draft_go_on}</a></p> }
                .into_any()
        };
        found.get().then(said)
    };
    maybe(shown)
}

/// The promises once they are checked; what is wrong instead, if something is.
fn expectations(app: App, team: &TeamSummary) -> AnyView {
    let slug = team.slug.clone();
    let shown = move || {
        app.team.with(|state| match state {
            TeamState::Checked(checked) if checked.readiness.can_send() => expected(&checked.team.policy),
            TeamState::Checked(_) | TeamState::Failed(..) => keys(app, slug.clone()),
            TeamState::Checking(_) | TeamState::None => checking(),
        })
    };
    live(shown)
}

fn expected(policy: &Policy) -> AnyView {
    view! { <section class="expect"><h2>{text().start.promises}</h2>{promises(policy)}</section> }.into_any()
}

fn checking() -> AnyView {
    view! { <section class="expect waiting"><p>{text().start.checking_promises}</p></section> }.into_any()
}

fn several(list: &[TeamSummary]) -> AnyView {
    let words = &text().start;
    let shown: Vec<AnyView> = list
        .iter()
        .map(|team| {
            let about = (words.looks_after)(&team.project);
            view! { <li><a href=format!("#/t/{}", team.slug)>{team.name.clone()}</a>" "<span class="hint">{about}</span>{unfinished(&team.slug)}</li> }
                .into_any()
        })
        .collect();
    let body = if shown.is_empty() {
        view! { <p>{words.no_teams}</p> }.into_any()
    } else {
        view! { <p class="lead">{words.choose}</p><ul class="teams" data-test="teams">{shown}</ul> }
            .into_any()
    };
    view! { <h1 tabindex="-1">{words.title}</h1>{body}<p class="secrecy">{words.secrecy}</p> }.into_any()
}

fn failed(app: App, teams: RwSignal<Teams>, error: RelayError) -> AnyView {
    view! {
        <h1 tabindex="-1">{text().start.title}</h1>
        <p class="fault" data-test="start-error">{(text().errors.relay)(error)}</p>
        {button("", "again", text().start.again, move || load(app, teams))}
    }
    .into_any()
}

/// What works without this server's teams.
fn elsewhere() -> AnyView {
    let words = &text().start;
    view! {
        <section class="elsewhere">
            <h2>{words.elsewhere}</h2>
            <ul class="teams">
                <li><a href="#/track" data-test="to-track">{words.track}</a><p class="hint">{words.track_why}</p></li>
                <li><a href="#/seal" data-test="to-seal">{words.seal}</a><p class="hint">{words.seal_why}</p></li>
            </ul>
        </section>
    }
    .into_any()
}

fn your_cases(app: App) -> AnyView {
    let any =
        Memo::new(move |_| app.cases.with(|cases| cases.as_ref().is_some_and(|cases| !cases.is_empty())));
    view! {
        <Show when=move || any.get()>
            <section><h2>{text().cases.title}</h2>{case_list(app)}</section>
        </Show>
    }
    .into_any()
}
