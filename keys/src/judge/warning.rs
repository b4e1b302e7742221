//! What the owner of a usable certificate should see to.

use sealpost_shared::{Duration, Timestamp};

use super::Unusable;

/// How long before the end of a certificate people are warned: a month to renew and republish it.
const WARN_BEFORE: Duration = Duration::from_hours(30 * 24);

/// Something about a usable certificate that its owner should see to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertWarning {
    /// It ends within 30 days.
    #[error("It ends on {at}. Extend it and publish it again.")]
    ExpiresSoon {
        /// When it ends.
        at: Timestamp,
    },
    /// One of its encryption subkeys cannot be used, so letters go to another one.
    #[error("One of its encryption subkeys is passed over. {why}")]
    SubkeyPassedOver {
        /// Why it cannot be used.
        why: Unusable,
    },
}

impl CertWarning {
    /// A stable code for machines.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ExpiresSoon { .. } => "expires-soon",
            Self::SubkeyPassedOver { .. } => "subkey-passed-over",
        }
    }
}

/// The warnings about a certificate that ends at `expires` and whose other subkeys failed for these reasons.
pub(super) fn collect(
    expires: Option<Timestamp>,
    passed_over: &[Unusable],
    now: Timestamp,
) -> Vec<CertWarning> {
    let soon = expires.filter(|at| *at <= now + WARN_BEFORE).map(|at| CertWarning::ExpiresSoon { at });
    // Expired and revoked subkeys beside a good one are how keys are renewed, and nothing to see to.
    let odd = |why: &&Unusable| !matches!(why, Unusable::SubkeyExpired { .. } | Unusable::SubkeyRevoked);
    let others = passed_over.iter().filter(odd).map(|why| CertWarning::SubkeyPassedOver { why: *why });
    soon.into_iter().chain(others).collect()
}
