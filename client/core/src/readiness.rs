//! Whether a report can be sealed to a team at all, decided before a word is typed (promise 1).

use sealpost_shared::policy::{Desk, PolicyFile, Role, Standing};
use sealpost_shared::{Fingerprint, Timestamp};

use crate::team::{Doubt, KnownTeam, Team};
use crate::vault::CheckedCertificate;

/// What stands in the way of sealing, and what the reporter should know.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Readiness {
    /// Any of these makes sending impossible.
    pub blockers: Vec<Blocker>,
    /// Nor can anything be sent while one of these stands; the person can clear them up by comparing.
    pub doubts: Vec<Doubt>,
    /// None of these does.
    pub warnings: Vec<Warning>,
    /// Keys of a ladder's desk that were not named when the case began. Nothing goes to them before the person has compared them.
    pub new_keys: Vec<Fingerprint>,
}

/// Makes sending impossible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blocker {
    /// The policy applies later.
    NotYet {
        /// From when.
        from: Timestamp,
    },
    /// The policy was not renewed.
    Expired {
        /// Since when.
        at: Timestamp,
    },
    /// A certificate of the desk cannot be used.
    Certificate {
        /// Which.
        fingerprint: Fingerprint,
        /// Stable code of the reason.
        code: String,
        /// The reason in a sentence.
        sentence: String,
    },
    /// The desk has no certificate that was judged.
    NoCertificate,
    /// The desk is to hear about the team, and the key named for it is the team's own.
    TeamsOwnKey {
        /// Which.
        fingerprint: Fingerprint,
    },
}

/// Worth knowing, no obstacle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// A certificate expires within 30 days.
    ExpiresSoon {
        /// Which.
        fingerprint: Fingerprint,
        /// When.
        at: Option<Timestamp>,
    },
}

impl Readiness {
    /// Judges the team's own desk. `known` is what this device remembers of the team from before.
    #[must_use]
    pub fn judge(team: &Team, known: Option<&KnownTeam>) -> Self {
        Self::judge_desk(team, team.desk(), known)
    }

    /// Judges a desk of the policy.
    #[must_use]
    pub fn judge_desk(team: &Team, desk: &Desk, known: Option<&KnownTeam>) -> Self {
        let doubts = known.map(|known| known.doubts(team)).unwrap_or_default();
        let mut found = Self { doubts, ..Self::default() };
        match team.checked.standing {
            Standing::InForce => {}
            Standing::NotYet { from } => found.blockers.push(Blocker::NotYet { from }),
            Standing::Expired { at } => found.blockers.push(Blocker::Expired { at }),
        }
        match team.judged(desk) {
            Some(desk) if !desk.certificates.is_empty() => {
                desk.certificates.iter().for_each(|cert| found.certificate(cert));
            }
            _ => found.blockers.push(Blocker::NoCertificate),
        }
        found
    }

    /// Judges a desk of the ladder, to which the reporter turns because of the team's silence. The team signs the policy of today, so
    /// its word alone does not say whose key that is: `then` is the policy under which the case began.
    #[must_use]
    pub fn judge_step(team: &Team, desk: &Desk, known: Option<&KnownTeam>, then: &PolicyFile) -> Self {
        let mut found = Self::judge_desk(team, desk, known);
        let of_team = |key: &&Fingerprint| {
            team.policy.identity.signed_by == **key || is_teams(then, key) || {
                team.desk().fingerprints.contains(key)
            }
        };
        let own = desk.fingerprints.iter().filter(of_team).cloned();
        found.blockers.extend(own.map(|fingerprint| Blocker::TeamsOwnKey { fingerprint }));
        let before = then.desks.iter().find(|table| table.id == desk.id);
        let was_named = |key: &&Fingerprint| before.is_some_and(|table| table.fingerprints.contains(key));
        found.new_keys = desk.fingerprints.iter().filter(|key| !was_named(key)).cloned().collect();
        found
    }

    /// Whether a report can be sealed.
    #[must_use]
    pub fn can_send(&self) -> bool {
        self.blockers.is_empty() && self.doubts.is_empty()
    }

    fn certificate(&mut self, cert: &CheckedCertificate) {
        if let Some(problem) = &cert.problem {
            self.blockers.push(Blocker::Certificate {
                fingerprint: cert.fingerprint.clone(),
                code: problem.code.clone(),
                sentence: problem.sentence.clone(),
            });
        } else if cert.expires_soon {
            self.warnings
                .push(Warning::ExpiresSoon { fingerprint: cert.fingerprint.clone(), at: cert.expires });
        }
    }
}

fn is_teams(policy: &PolicyFile, key: &Fingerprint) -> bool {
    let mut desks = policy.desks.iter().filter(|desk| desk.role == Role::Team);
    policy.identity.signed_by == *key || desks.any(|desk| desk.fingerprints.contains(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case_record::tests::team;
    use crate::vault::{CertificateProblem, CheckedDesk};

    fn certificate(problem: Option<&str>, expires_soon: bool) -> CheckedCertificate {
        CheckedCertificate {
            fingerprint: "5769C88BF5DD3D14A234A7ACEFB9860AE7520DAC".parse().unwrap(),
            user_ids: Vec::new(),
            algorithm: String::new(),
            expires: None,
            certificate: String::new(),
            problem: problem
                .map(|code| CertificateProblem { code: code.to_owned(), sentence: "No.".to_owned() }),
            expires_soon,
            post_quantum: false,
        }
    }

    fn judged(certificates: Vec<CheckedCertificate>) -> Readiness {
        let mut team = team();
        team.checked.desks = vec![CheckedDesk { desk: "team".parse().unwrap(), certificates }];
        Readiness::judge(&team, None)
    }

    #[test]
    fn a_desk_is_as_strong_as_its_weakest_recipient() {
        let quantum = || CheckedCertificate { post_quantum: true, ..certificate(None, false) };
        let desk = |certificates| CheckedDesk { desk: "team".parse().unwrap(), certificates }.post_quantum();
        assert!(desk(vec![quantum(), quantum()]));
        assert!(!desk(vec![quantum(), certificate(None, false)]) && !desk(vec![]));
        let revoked = CheckedCertificate { post_quantum: true, ..certificate(Some("revoked"), false) };
        assert!(!desk(vec![quantum(), revoked]));
    }

    #[test]
    fn one_unusable_certificate_stops_everything() {
        assert!(judged(vec![certificate(None, false)]).can_send());
        assert!(!judged(vec![certificate(None, false), certificate(Some("expired"), false)]).can_send());
        assert_eq!(judged(Vec::new()).blockers, [Blocker::NoCertificate]);
    }

    #[test]
    fn a_policy_out_of_force_stops_everything() {
        let mut team = team();
        let at = Timestamp::from_seconds(5);
        team.checked.standing = Standing::Expired { at };
        assert!(Readiness::judge(&team, None).blockers.contains(&Blocker::Expired { at }));
    }

    #[test]
    fn a_key_that_the_team_put_in_place_of_a_contacts_is_told_and_its_own_is_refused() {
        let mut team = team();
        let coordinator: PolicyFile =
            PolicyFile::from_toml(include_str!("../../../policies/rust-classic.toml")).unwrap();
        let is_coordinator = |desk: &&sealpost_shared::policy::DeskTable| desk.role == Role::Coordinator;
        let table = coordinator.desks.iter().find(is_coordinator).unwrap().clone();
        let mut desk = coordinator.check().unwrap().desk(&table.id).unwrap().clone();
        team.checked.policy.desks.push(table);
        let (old, new): (Fingerprint, Fingerprint) =
            ("11".repeat(20).parse().unwrap(), "22".repeat(20).parse().unwrap());
        let mut then = team.checked.policy.clone();
        for table in then.desks.iter_mut().filter(|table| table.id == desk.id) {
            table.fingerprints = vec![old.clone()];
        }
        let judge = |desk: &Desk| Readiness::judge_step(&team, desk, None, &then);
        desk.fingerprints = vec![old];
        assert_eq!(judge(&desk).new_keys, []);
        desk.fingerprints = vec![new.clone()];
        assert_eq!(judge(&desk).new_keys, [new]);
        let own = team.desk().fingerprints[0].clone();
        desk.fingerprints = vec![own.clone()];
        assert!(judge(&desk).blockers.contains(&Blocker::TeamsOwnKey { fingerprint: own }));
    }

    #[test]
    fn a_certificate_near_its_end_warns_only() {
        let found = judged(vec![certificate(None, true)]);
        assert!(found.can_send() && matches!(found.warnings[..], [Warning::ExpiresSoon { .. }]));
    }

    #[test]
    fn a_new_signer_stops_everything_until_it_was_compared() {
        let mut team = team();
        team.checked.desks =
            vec![CheckedDesk { desk: "team".parse().unwrap(), certificates: vec![certificate(None, false)] }];
        let mut known = KnownTeam::first_met(&team, Timestamp::from_seconds(1));
        assert!(Readiness::judge(&team, Some(&known)).can_send());
        known.first_signed_by = "00".repeat(20).parse().unwrap();
        let found = Readiness::judge(&team, Some(&known));
        assert!(!found.can_send() && found.blockers.is_empty());
        let known = known.confirmed(&found.doubts[0]);
        assert!(Readiness::judge(&team, Some(&known)).can_send());
    }
}
