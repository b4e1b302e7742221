//! A team after its bundle was checked: what pages show and what sealing needs.

use sealpost_shared::policy::{Desk, Policy, PolicyError};
use sealpost_shared::wire::v1::{BundleResponse, RelayIdentity};
use sealpost_shared::{Fingerprint, Timestamp};
use serde::{Deserialize, Serialize};

use crate::vault::{CheckedBundle, CheckedDesk, MemberCertificate};

/// A team whose policy signature was good and whose policy keeps every rule. Its certificates may still be unusable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// As fetched; the vault checks it again before it seals.
    pub bundle: BundleResponse,
    /// What the vault found.
    pub checked: CheckedBundle,
    /// The checked policy.
    pub policy: Policy,
}

impl Team {
    /// Puts a bundle and the vault's findings together.
    ///
    /// # Errors
    /// A broken rule of the policy; the vault refuses such a bundle before.
    pub fn new(bundle: BundleResponse, checked: CheckedBundle) -> Result<Self, PolicyError> {
        let policy = checked.policy.clone().check()?;
        Ok(Self { bundle, checked, policy })
    }

    /// The team's own desk.
    #[must_use]
    pub fn desk(&self) -> &Desk {
        self.policy.team_desk()
    }

    /// What became of a desk's certificates; `None` for a desk without any.
    #[must_use]
    pub fn judged(&self, desk: &Desk) -> Option<&CheckedDesk> {
        self.checked.desks.iter().find(|judged| judged.desk == desk.id)
    }

    /// The certificates by which replies of the team are verified.
    #[must_use]
    pub fn members(&self) -> Vec<MemberCertificate> {
        let members = self.checked.members.iter();
        members.filter(|member| member.desk == self.desk().id).cloned().collect()
    }

    /// The relay's identity as the bundle states it.
    #[must_use]
    pub fn relay(&self) -> &RelayIdentity {
        &self.bundle.relay
    }
}

/// The bundle of a team as it was last fetched, kept for the time without a network. Version 1 of the stored form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownTeam {
    /// As fetched; checked again at each use.
    pub bundle: BundleResponse,
    /// When it was fetched, by this device's clock.
    pub fetched_at: Timestamp,
    /// Who signed the policy when this device first met the team.
    pub first_signed_by: Fingerprint,
}
