//! Whether a report can be sealed to a team at all, decided before a word is typed (promise 1).

use sealpost_shared::policy::{Desk, Standing};
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
