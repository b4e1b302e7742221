//! The teams a relay serves: their checked policies, who may be written to and who may pull. Read once, at the start.

mod error;
mod load;

use std::collections::{BTreeMap, HashMap};

use axum::body::Bytes;
use sealpost_keys::{KeyId, UncheckedCert};
use sealpost_shared::Fingerprint;
use sealpost_shared::id::Slug;
use sealpost_shared::policy::Policy;
use sealpost_shared::wire::v1::{TeamSummary, TeamsResponse};

pub use error::TeamError;

use crate::store::DeskAddress;

/// Every team of this relay.
#[derive(Debug)]
pub struct Teams {
    teams: BTreeMap<Slug, Team>,
    security_txt: Option<Bytes>,
}

/// One team.
#[derive(Debug)]
pub struct Team {
    /// Its checked policy.
    pub policy: Policy,
    /// `GET /v1/teams/{team}/bundle` as JSON: the same for everybody, so made once.
    pub bundle: Bytes,
    /// The certificate that the Web Key Directory gives for the team's mail address, in binary.
    pub contact_certificate: Bytes,
    desks: HashMap<Slug, TeamDesk>,
    security_txt: Option<Bytes>,
}

/// What the relay needs to know of a desk.
#[derive(Debug)]
pub struct TeamDesk {
    /// The encryption keys of its usable certificates; what is sealed to others is refused.
    pub key_ids: Vec<KeyId>,
    /// The certificates of those who may pull and answer.
    pub members: Vec<UncheckedCert>,
}

impl TeamDesk {
    /// Whether the holder of that certificate may pull and answer here.
    #[must_use]
    pub fn has_member(&self, fingerprint: &Fingerprint) -> bool {
        self.members.iter().any(|member| member.fingerprint() == *fingerprint)
    }
}

impl Teams {
    /// The team of that name.
    #[must_use]
    pub fn team(&self, slug: &Slug) -> Option<&Team> {
        self.teams.get(slug)
    }

    /// A desk that can receive through the relay: one with certificates.
    #[must_use]
    pub fn desk(&self, address: &DeskAddress) -> Option<&TeamDesk> {
        self.team(&address.team)?.desks.get(&address.desk)
    }

    /// Every team, by slug.
    pub fn iter(&self) -> impl Iterator<Item = &Team> {
        self.teams.values()
    }

    /// `GET /v1/teams`
    #[must_use]
    pub fn summaries(&self) -> TeamsResponse {
        let summary = |(slug, team): (&Slug, &Team)| TeamSummary {
            slug: slug.clone(),
            name: team.policy.identity.name.clone(),
            project: team.policy.identity.project.clone(),
        };
        TeamsResponse { teams: self.teams.iter().map(summary).collect() }
    }

    /// The relay's own file if there is one, else the sole team's. With several teams nobody could say whose it should be.
    #[must_use]
    pub fn security_txt(&self) -> Option<Bytes> {
        let sole = || match self.teams.len() {
            1 => self.iter().next().and_then(|team| team.security_txt.clone()),
            _ => None,
        };
        self.security_txt.clone().or_else(sole)
    }
}
