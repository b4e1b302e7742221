//! What time does to a team that is in service: policies and certificates end. Judged again as time passes, and said 30 days ahead.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError};

use sealpost_keys::{CertWarning, KeyId, UncheckedCert};
use sealpost_shared::id::Slug;
use sealpost_shared::policy::{Policy, Standing};
use sealpost_shared::{Duration, Fingerprint, Timestamp};

use super::{Offering, Team, TeamDesk};

/// How long a judgement holds: certificates end on the second, and a minute of letters to a key that has just ended does no harm.
const JUDGED_FOR: Duration = Duration::from_seconds(60);

/// How long before the end of a policy its team is told: time to renew, sign and install it.
const WARN_BEFORE: Duration = Duration::from_hours(30 * 24);

/// Something that the team or the operator should see to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attention {
    /// The policy was not renewed in time: reporters are told not to rely on it.
    PolicyExpired {
        /// Since when.
        at: Timestamp,
    },
    /// The policy does not apply yet.
    PolicyNotYet {
        /// From when it does.
        from: Timestamp,
    },
    /// The policy ends within 30 days.
    PolicyEndsSoon {
        /// When.
        at: Timestamp,
    },
    /// Nobody can seal to a desk.
    CertUnusable {
        /// The desk.
        desk: Slug,
        /// The certificate.
        certificate: Fingerprint,
        /// The judgement's own code.
        why: &'static str,
    },
    /// The offline page in the team's folder is not offered.
    OfflinePage {
        /// Why, as part of a sentence.
        why: &'static str,
    },
    /// A desk's certificate ends within 30 days.
    CertEndsSoon {
        /// The desk.
        desk: Slug,
        /// The certificate.
        certificate: Fingerprint,
        /// When.
        at: Timestamp,
    },
}

impl Attention {
    /// Whether reporters are kept from writing now, and not only later.
    #[must_use]
    pub const fn is_grave(&self) -> bool {
        matches!(self, Self::PolicyExpired { .. } | Self::PolicyNotYet { .. } | Self::CertUnusable { .. })
    }

    /// When a certificate ends, if that is what this is about.
    #[must_use]
    pub const fn certificate_ends(&self) -> Option<Timestamp> {
        match self {
            Self::CertEndsSoon { at, .. } => Some(*at),
            _ => None,
        }
    }

    /// One word for metrics and watchers.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::PolicyExpired { .. } => "policy-expired",
            Self::PolicyNotYet { .. } => "policy-not-yet",
            Self::PolicyEndsSoon { .. } => "policy-ends-soon",
            Self::CertUnusable { .. } => "certificate-unusable",
            Self::CertEndsSoon { .. } => "certificate-ends-soon",
            Self::OfflinePage { .. } => "offline-page",
        }
    }
}

impl fmt::Display for Attention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PolicyExpired { at } => write!(f, "the policy expired at {at}: renew, sign and install it"),
            Self::PolicyNotYet { from } => write!(f, "the policy applies from {from} only: install it then"),
            Self::PolicyEndsSoon { at } => {
                write!(f, "the policy expires at {at}: renew, sign and install it")
            }
            Self::CertUnusable { desk, certificate, why } => {
                write!(
                    f,
                    "desk {desk}: certificate {certificate} cannot be sealed to ({why}): renew it, or take it out of the policy"
                )
            }
            Self::OfflinePage { why } => {
                write!(f, "the offline page is not offered: {why}; make it again, or remove it")
            }
            Self::CertEndsSoon { desk, certificate, at } => {
                write!(
                    f,
                    "desk {desk}: certificate {certificate} ends at {at}: renew it and install it again"
                )
            }
        }
    }
}

/// A team at one moment: which keys its letters may be sealed to, and what it should see to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Judged {
    keys: HashMap<Slug, Vec<KeyId>>,
    /// Everything that needs somebody.
    pub attention: Vec<Attention>,
}

impl Judged {
    /// The encryption keys of a desk's usable certificates; what is sealed to others is refused.
    #[must_use]
    pub fn keys(&self, desk: &Slug) -> &[KeyId] {
        self.keys.get(desk).map_or(&[], Vec::as_slice)
    }

    /// What keeps reporters from writing, if anything does.
    #[must_use]
    pub fn gravest(&self) -> Option<&Attention> {
        self.attention.iter().find(|each| each.is_grave())
    }
}

impl Team {
    /// The team as of `now`, at most a minute old; says in the log what has changed for the worse or the better.
    #[must_use]
    pub fn judged(&self, now: Timestamp) -> Arc<Judged> {
        let mut last = self.judged.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, judged)) = &*last
            && *at <= now
            && now < *at + JUDGED_FOR
        {
            return Arc::clone(judged);
        }
        let judged = Arc::new(self.judge(now));
        let before = last.replace((now, Arc::clone(&judged))).map(|(_, before)| before);
        for each in &judged.attention {
            if before.as_ref().is_none_or(|before| !before.attention.contains(each)) {
                tracing::warn!(team = self.slug().as_str(), code = each.code(), "{each}");
            }
        }
        judged
    }

    fn judge(&self, now: Timestamp) -> Judged {
        let mut judged = Judged { attention: standing(&self.policy, now), ..Judged::default() };
        for (name, desk) in &self.desks {
            let keys = judge_desk(name, desk, now, &mut judged.attention);
            judged.keys.insert(name.clone(), keys);
        }
        if let Offering::Refused(why) = self.offline {
            judged.attention.push(Attention::OfflinePage { why });
        }
        judged.attention.sort_by_key(ToString::to_string);
        judged
    }
}

fn standing(policy: &Policy, now: Timestamp) -> Vec<Attention> {
    match policy.identity.standing(now) {
        Standing::Expired { at } => vec![Attention::PolicyExpired { at }],
        Standing::NotYet { from } => vec![Attention::PolicyNotYet { from }],
        Standing::InForce if policy.identity.expires <= now + WARN_BEFORE => {
            vec![Attention::PolicyEndsSoon { at: policy.identity.expires }]
        }
        Standing::InForce => Vec::new(),
    }
}

fn judge_desk(name: &Slug, desk: &TeamDesk, now: Timestamp, attention: &mut Vec<Attention>) -> Vec<KeyId> {
    let mut keys = Vec::new();
    for cert in &desk.sealed_to {
        keys.extend(judge_cert(name, cert, now, attention));
    }
    keys
}

fn judge_cert(
    desk: &Slug,
    cert: &UncheckedCert,
    now: Timestamp,
    attention: &mut Vec<Attention>,
) -> Vec<KeyId> {
    let certificate = cert.fingerprint();
    match cert.judge(now) {
        Ok(usable) => {
            for warning in usable.warnings() {
                if let CertWarning::ExpiresSoon { at } = *warning {
                    let (desk, certificate) = (desk.clone(), certificate.clone());
                    attention.push(Attention::CertEndsSoon { desk, certificate, at });
                }
            }
            usable.encryption_key_ids().to_vec()
        }
        Err(why) => {
            attention.push(Attention::CertUnusable { desk: desk.clone(), certificate, why: why.code() });
            Vec::new()
        }
    }
}
