//! How grave a report is by its reporter's word, and what follows from that by a policy.

use sealpost_shared::letter::Severity;
use sealpost_shared::policy::{Length, Policy, When};
use sealpost_shared::timeline::PromiseId;

/// How grave a report is by its reporter's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Gravity {
    /// How bad it is; `None` if the reporter does not say.
    pub severity: Option<Severity>,
    /// The reporter knows of attacks.
    pub exploited: bool,
}

/// Something that is otherwise because of a case's gravity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// A promise is shorter.
    Promise {
        /// Which.
        promise: PromiseId,
        /// What is promised.
        length: Length,
        /// What is promised to others.
        usual: Length,
    },
    /// The reporter's own deadline, counted from the sending, is another.
    Deadline {
        /// How long it is.
        length: Length,
        /// How long it is for others; `None` if they have none.
        usual: Option<Length>,
    },
}

/// Whether a promise of the policy hangs on how bad a report is.
#[must_use]
pub fn heeds_severity(policy: &Policy) -> bool {
    policy.overrides.iter().any(|each| matches!(each.when, When::AtLeast(_)))
}

/// Whether a promise of the policy, or the reporter's deadline, hangs on attacks.
#[must_use]
pub fn heeds_attacks(policy: &Policy) -> bool {
    let deadline = policy.disclosure.embargo.is_some_and(|embargo| embargo.exploited.is_some());
    deadline || policy.overrides.iter().any(|each| each.when == When::Exploited)
}

impl Gravity {
    /// As much of it as the policy heeds.
    #[must_use]
    pub fn heeded(self, policy: &Policy) -> Self {
        Self {
            severity: self.severity.filter(|_| heeds_severity(policy)),
            exploited: self.exploited && heeds_attacks(policy),
        }
    }

    /// What is otherwise because of it, the promises first.
    #[must_use]
    pub fn effects(self, policy: &Policy) -> Vec<Effect> {
        let held = policy.clone().for_case(self.severity, self.exploited);
        let promises = [
            (PromiseId::Acknowledge, held.clocks.acknowledge, policy.clocks.acknowledge),
            (PromiseId::Answer, held.clocks.answer, policy.clocks.answer),
            (PromiseId::Update, held.clocks.update, policy.clocks.update),
        ];
        let promises = promises.into_iter().filter(|(_, length, usual)| length != usual);
        let promises = promises.map(|(promise, length, usual)| Effect::Promise { promise, length, usual });
        let deadline = |policy: &Policy| policy.disclosure.embargo.and_then(|embargo| embargo.hard_deadline);
        let (now, usual) = (deadline(&held), deadline(policy));
        let deadline = now.filter(|_| now != usual).map(|length| Effect::Deadline { length, usual });
        promises.chain(deadline).collect()
    }
}

#[cfg(test)]
mod tests {
    use sealpost_shared::policy::PolicyFile;

    use super::*;

    fn preset(name: &str, more: &str) -> Policy {
        let file = format!("{}/../../policies/{name}.toml", env!("CARGO_MANIFEST_DIR"));
        let text =
            std::fs::read_to_string(file).unwrap().replace("[escalation]", &format!("{more}\n[escalation]"));
        PolicyFile::from_toml(&text).unwrap().check().unwrap()
    }

    const GRAVE: &str = "[[clocks.overrides]]\nseverity = \"high\"\nacknowledge = \"12h\"";

    #[test]
    fn attacks_bring_the_deadline_nearer_where_the_policy_says_so() {
        let policy = preset("project-zero-90-30", "");
        let told = Gravity { severity: Some(Severity::Critical), exploited: true };
        assert_eq!(told.heeded(&policy), Gravity { severity: None, exploited: true });
        let deadline = Effect::Deadline { length: Length::Days(7), usual: Some(Length::Days(90)) };
        assert_eq!(told.effects(&policy), [deadline]);
        assert!(Gravity::default().effects(&policy).is_empty());
    }

    #[test]
    fn a_policy_that_heeds_nothing_is_not_asked() {
        let policy = preset("rust-classic", "");
        assert!(!heeds_severity(&policy) && !heeds_attacks(&policy));
        let told = Gravity { severity: Some(Severity::Critical), exploited: true };
        assert_eq!((told.heeded(&policy), told.effects(&policy)), (Gravity::default(), Vec::new()));
    }

    #[test]
    fn a_grave_report_is_promised_more() {
        let policy = preset("rust-classic", GRAVE);
        let told = |severity| Gravity { severity: Some(severity), exploited: false }.effects(&policy);
        let sooner = Effect::Promise {
            promise: PromiseId::Acknowledge,
            length: Length::Hours(12),
            usual: Length::Hours(24),
        };
        assert_eq!(told(Severity::Critical), [sooner]);
        assert_eq!(told(Severity::Medium), []);
    }
}
