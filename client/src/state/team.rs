//! Loading a team: fetched from the relay or remembered, and always checked by the vault before it is shown.

use leptos::prelude::*;
use sealpost_client_core::readiness::Readiness;
use sealpost_client_core::team::{Doubt, KnownTeam, Team};
use sealpost_client_core::vault::{VaultAnswer, VaultRequest};
use sealpost_shared::Timestamp;
use sealpost_shared::id::Slug;
use sealpost_shared::wire::v1::{BundleResponse, TeamSummary};
use wasm_bindgen_futures::spawn_local;

use super::app::App;
use crate::services::relay::{self, RelayError};
use crate::services::vault::{self, VaultError};
use crate::services::{clock, records};

/// For how long a finished check is not repeated when the person moves between pages.
const FRESH_SECONDS: i64 = 60;

/// The team that is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TeamState {
    /// None.
    None,
    /// Being fetched and checked.
    Checking(Slug),
    /// Checked. Whether a report can be sealed to it is another question.
    Checked(Box<CheckedTeam>),
    /// It cannot be shown, let alone written to.
    Failed(Slug, TeamFailure),
}

/// A team and what follows for the reporter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CheckedTeam {
    /// The team.
    pub(crate) team: Team,
    /// What this device believes of it, with this policy unless that is doubtful.
    pub(crate) known: KnownTeam,
    /// Whether a report can be sealed.
    pub(crate) readiness: Readiness,
    /// When it was fetched, if the relay did not answer now.
    pub(crate) remembered: Option<Timestamp>,
    /// When it was checked.
    pub(crate) at: Timestamp,
}

/// Why a team cannot be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TeamFailure {
    /// The relay did not give its bundle, and none is remembered.
    Relay(RelayError),
    /// The vault did not accept it, or did not answer.
    Vault(VaultError),
}

impl TeamState {
    /// The checked team of this name.
    pub(crate) fn checked(&self, slug: &Slug) -> Option<&CheckedTeam> {
        match self {
            Self::Checked(checked) if checked.team.policy.identity.slug == *slug => Some(checked),
            _ => None,
        }
    }

    /// The team of this name, if a report can be sealed to it.
    pub(crate) fn sendable(&self, slug: &Slug) -> Option<&Team> {
        self.checked(slug).filter(|checked| checked.readiness.can_send()).map(|checked| &checked.team)
    }

    fn is_fresh(&self, slug: &Slug, now: Timestamp) -> bool {
        self.checked(slug).is_some_and(|checked| {
            let age = (now - checked.at).seconds();
            checked.remembered.is_none() && (0..FRESH_SECONDS).contains(&age)
        })
    }
}

/// Loads a team into the shared signal, unless that was done a moment ago.
pub(crate) fn load(app: App, slug: &Slug) {
    if app.team.with_untracked(|state| state.is_fresh(slug, clock::now())) {
        return;
    }
    app.team.set(TeamState::Checking(slug.clone()));
    let slug = slug.clone();
    spawn_local(async move {
        let state = match check(&slug).await {
            Ok(checked) => TeamState::Checked(Box::new(checked)),
            Err(failure) => TeamState::Failed(slug.clone(), failure),
        };
        let awaited = app.team.with_untracked(|state| *state == TeamState::Checking(slug));
        if awaited {
            app.team.set(state);
        }
    });
}

/// Fetches a team's bundle, or takes the remembered one, and has it checked.
///
/// # Errors
/// Why it cannot be shown.
pub(crate) async fn check(slug: &Slug) -> Result<CheckedTeam, TeamFailure> {
    // A device that cannot remember the team has met it for the first time.
    let known = records::known_team(slug).await.ok().flatten();
    let (bundle, remembered) = match (relay::bundle(slug).await, &known) {
        (Ok(bundle), _) => (bundle, None),
        (Err(RelayError::Unreachable | RelayError::Strange(_)), Some(known)) => {
            (known.bundle.clone(), Some(known.fetched_at))
        }
        (Err(error), _) => return Err(TeamFailure::Relay(error)),
    };
    let now = clock::now();
    let team = ask_vault(bundle, now).await.map_err(TeamFailure::Vault)?;
    let readiness = Readiness::judge(&team, known.as_ref());
    let known = match known {
        Some(known) if remembered.is_some() => known,
        Some(known) => known.learn(&team, now),
        None => KnownTeam::first_met(&team, now),
    };
    if remembered.is_none() {
        remember(&team, &known).await;
    }
    Ok(CheckedTeam { team, known, readiness, remembered, at: now })
}

async fn ask_vault(bundle: BundleResponse, now: Timestamp) -> Result<Team, VaultError> {
    let question = VaultRequest::CheckBundle { bundle: bundle.clone(), now };
    let checked = vault::expect(vault::ask(&question).await?, |answer| match answer {
        VaultAnswer::Bundle(checked) => Some(checked),
        _ => None,
    })?;
    Team::new(bundle, checked).map_err(|_| VaultError::Died)
}

/// Only a bundle whose signature was good is worth remembering. Not being able to is no reason to stop.
async fn remember(team: &Team, known: &KnownTeam) {
    let _ = records::remember_team(&team.policy.identity.slug, known).await;
}

/// The person compared what a doubt is about: it is cleared up here, and remembered.
pub(crate) fn confirm(app: App, slug: &Slug, doubt: &Doubt) {
    let mut believed = None;
    app.team.update(|state| {
        if let TeamState::Checked(checked) = state {
            let known = checked.known.clone().confirmed(doubt);
            checked.known = known.learn(&checked.team, checked.at);
            checked.readiness = Readiness::judge(&checked.team, Some(&checked.known));
            believed = Some(checked.known.clone());
        }
    });
    let (Some(known), slug) = (believed, slug.clone()) else { return };
    spawn_local(async move {
        if let Err(error) = records::remember_team(&slug, &known).await {
            app.fail_store(error);
        }
    });
}

/// The teams of this relay; without a network, those that are remembered.
pub(crate) async fn list() -> Result<Vec<TeamSummary>, RelayError> {
    match relay::teams().await {
        Ok(list) => Ok(list.teams),
        Err(error) => remembered_teams().await.ok_or(error),
    }
}

async fn remembered_teams() -> Option<Vec<TeamSummary>> {
    let known = records::known_teams().await.ok()?;
    let mut teams = Vec::with_capacity(known.len());
    for known in known {
        if let Ok(team) = ask_vault(known.bundle, clock::now()).await {
            let identity = team.policy.identity;
            teams.push(TeamSummary { slug: identity.slug, name: identity.name, project: identity.project });
        }
    }
    (!teams.is_empty()).then_some(teams)
}
