//! The teams a relay serves: their checked policies, who may be written to and who may pull. Read at the start and again when the
//! operator asks; what is wrong with one team is never another's trouble.

mod attention;
mod error;
mod load;
pub(crate) mod notice;
mod offline;
mod serving;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use sealpost_keys::UncheckedCert;
use sealpost_shared::id::Slug;
use sealpost_shared::policy::Policy;
use sealpost_shared::wire::v1::{TeamSummary, TeamsResponse};
use sealpost_shared::{Fingerprint, Timestamp};

pub use attention::{Attention, Judged};
pub use error::{Fault, TeamError};
pub use load::Reading;
pub use offline::{Offering, Offline};
pub use serving::Serving;

use crate::store::DeskAddress;

/// The highest policy version that was ever taken into service, for each team.
pub type Versions = BTreeMap<Slug, u32>;

/// Every team of this relay, as of one reading of its folder.
#[derive(Debug)]
pub struct Teams {
    teams: BTreeMap<Slug, Arc<Team>>,
    security_txt: Option<Bytes>,
    faults: Vec<Fault>,
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
    desks: HashMap<Slug, Arc<TeamDesk>>,
    security_txt: Option<Bytes>,
    /// Its page for writing without a network.
    pub offline: Offering,
    notices: HashMap<Slug, notice::Notice>,
    judged: Mutex<Option<(Timestamp, Arc<Judged>)>>,
}

/// What the relay needs to know of a desk.
#[derive(Debug)]
pub struct TeamDesk {
    /// The certificates that letters to it are sealed to.
    pub sealed_to: Vec<UncheckedCert>,
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

impl Team {
    /// Its name in paths.
    #[must_use]
    pub const fn slug(&self) -> &Slug {
        &self.policy.identity.slug
    }
}

impl Teams {
    /// The team of that name.
    #[must_use]
    pub fn team(&self, slug: &Slug) -> Option<Arc<Team>> {
        self.teams.get(slug).map(Arc::clone)
    }

    /// A desk that can receive through the relay: one with certificates.
    #[must_use]
    pub fn desk(&self, address: &DeskAddress) -> Option<Arc<TeamDesk>> {
        self.teams.get(&address.team)?.desks.get(&address.desk).map(Arc::clone)
    }

    /// Who at a desk is told by mail that something came in; nobody, unless the team's folder says so.
    #[must_use]
    pub(crate) fn notice(&self, address: &DeskAddress) -> Option<notice::Notice> {
        self.teams.get(&address.team)?.notices.get(&address.desk).cloned()
    }

    /// Every team, by slug.
    pub fn iter(&self) -> impl Iterator<Item = &Team> {
        self.teams.values().map(Arc::as_ref)
    }

    /// What was refused at the last reading.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// The policy versions in service.
    #[must_use]
    pub fn versions(&self) -> Versions {
        self.iter().map(|team| (team.slug().clone(), team.policy.identity.version)).collect()
    }

    /// `GET /v1/teams`
    #[must_use]
    pub fn summaries(&self) -> TeamsResponse {
        let summary = |team: &Team| TeamSummary {
            slug: team.slug().clone(),
            name: team.policy.identity.name.clone(),
            project: team.policy.identity.project.clone(),
        };
        TeamsResponse { teams: self.iter().map(summary).collect() }
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
