//! A team after its bundle was checked: what pages show and what sealing needs.

use sealpost_shared::evidence::PolicyProof;
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

    /// The policy as the team signed it, for evidence.
    #[must_use]
    pub fn policy_proof(&self) -> PolicyProof {
        PolicyProof {
            text: self.bundle.policy.clone(),
            signature: Some(self.bundle.policy_signature.clone()),
            certificate: Some(self.checked.signer_certificate.clone()),
        }
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
    /// Who signed the policy when this device first met the team, or whom the person compared and confirmed since.
    pub first_signed_by: Fingerprint,
    /// The highest version of the policy that was believed: a relay that serves an older one may be turning time back.
    #[serde(default)]
    pub highest_version: u32,
}

/// What speaks against a policy whose signature is good, until the person has compared it with what the project publishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// The policy is signed by another key than the one this device knows.
    SignerChanged {
        /// Whom this device knows.
        before: Fingerprint,
        /// Who signs now.
        now: Fingerprint,
    },
    /// This device has seen a newer policy of this team.
    OlderPolicy {
        /// The version it has seen.
        seen: u32,
        /// The version that is served now.
        served: u32,
    },
}

impl KnownTeam {
    /// What is remembered of a team at the first meeting.
    #[must_use]
    pub fn first_met(team: &Team, now: Timestamp) -> Self {
        let identity = &team.policy.identity;
        Self {
            bundle: team.bundle.clone(),
            fetched_at: now,
            first_signed_by: identity.signed_by.clone(),
            highest_version: identity.version,
        }
    }

    /// What speaks against believing this policy. Empty for one that continues what is known.
    #[must_use]
    pub fn doubts(&self, team: &Team) -> Vec<Doubt> {
        let identity = &team.policy.identity;
        let signer = (identity.signed_by != self.first_signed_by).then(|| Doubt::SignerChanged {
            before: self.first_signed_by.clone(),
            now: identity.signed_by.clone(),
        });
        let version = (identity.version < self.highest_version)
            .then_some(Doubt::OlderPolicy { seen: self.highest_version, served: identity.version });
        signer.into_iter().chain(version).collect()
    }

    /// Remembers a policy that was fetched now. A doubtful one changes nothing: what was believed stays.
    #[must_use]
    pub fn learn(self, team: &Team, now: Timestamp) -> Self {
        if self.doubts(team).is_empty() { Self::first_met(team, now) } else { self }
    }

    /// The person compared what a doubt is about, and it is right.
    #[must_use]
    pub fn confirmed(mut self, doubt: &Doubt) -> Self {
        match doubt {
            Doubt::SignerChanged { now, .. } => self.first_signed_by = now.clone(),
            Doubt::OlderPolicy { served, .. } => self.highest_version = *served,
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case_record::tests::team;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn of(version: u32, signer: &str) -> Team {
        let mut team = team();
        team.policy.identity.version = version;
        team.policy.identity.signed_by = signer.repeat(20).parse().unwrap();
        team
    }

    #[test]
    fn a_newer_policy_of_the_same_signer_is_believed_and_an_older_one_is_not() {
        let known = KnownTeam::first_met(&of(7, "AA"), at(1));
        assert_eq!(known.doubts(&of(7, "AA")), []);
        let known = known.learn(&of(8, "AA"), at(2));
        assert_eq!((known.highest_version, known.fetched_at), (8, at(2)));
        let older = Doubt::OlderPolicy { seen: 8, served: 1 };
        assert_eq!(known.doubts(&of(1, "AA")), std::slice::from_ref(&older));
        assert_eq!(known.clone().learn(&of(1, "AA"), at(3)), known, "a doubtful policy changes nothing");
        assert_eq!(known.confirmed(&older).doubts(&of(1, "AA")), []);
    }

    #[test]
    fn another_signer_is_believed_only_after_the_person_compared() {
        let known = KnownTeam::first_met(&of(1, "AA"), at(1));
        let [doubt] = &known.doubts(&of(9, "BB"))[..] else { panic!("one doubt") };
        assert_eq!(known.clone().learn(&of(9, "BB"), at(2)), known);
        let confirmed = known.confirmed(doubt);
        assert_eq!(confirmed.doubts(&of(9, "BB")), []);
        assert_eq!(confirmed.doubts(&of(9, "CC")).len(), 1, "only the compared key is believed");
    }

    #[test]
    fn another_signer_with_an_older_policy_must_be_confirmed_in_both() {
        let known = KnownTeam::first_met(&of(7, "AA"), at(1));
        let doubts = known.doubts(&of(1, "BB"));
        assert_eq!(doubts.len(), 2);
        assert_eq!(known.confirmed(&doubts[0]).doubts(&of(1, "BB")), doubts[1..]);
    }

    #[test]
    fn what_an_older_page_remembered_still_opens() {
        let mut json = serde_json::to_value(KnownTeam::first_met(&of(7, "AA"), at(1))).unwrap();
        assert!(json.as_object_mut().unwrap().remove("highest_version").is_some());
        let known: KnownTeam = serde_json::from_value(json).unwrap();
        assert_eq!(known.learn(&of(7, "AA"), at(2)).highest_version, 7);
    }
}
