//! Why a relay did not do what it was asked.

use sealpost_shared::problem::ProblemCode;
use sealpost_shared::wire::v1::{Deleter, Deletion};

use crate::times::utc;

/// Says why a relay did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// It refused, with a stable code.
    #[error("{} ({})", sentence(*code), code.as_str())]
    Refused {
        /// The code to match on.
        code: ProblemCode,
    },
    /// The case was deleted there; it says by whom and when.
    #[error("{}. What you have stays with you; to go on, write a new report", deleted(.0))]
    Deleted(Deletion),
    /// It answered something that is no Sealpost.
    #[error("{origin} answered with status {status}, but not as a relay does; check the address")]
    Strange {
        /// Who.
        origin: String,
        /// The HTTP status.
        status: u16,
    },
    /// It sent more than was asked for.
    #[error(
        "{origin} sends more than {limit} bytes, which is larger than this may be; ask who runs the relay"
    )]
    TooLong {
        /// Who.
        origin: String,
        /// The most bytes that are read.
        limit: u64,
    },
    /// It could not be reached.
    #[error("cannot reach {origin}: {cause}. Nothing is lost; try again later")]
    Unreachable {
        /// Who.
        origin: String,
        /// What the network said.
        cause: String,
    },
}

/// The code's sentence; a login is made by this program, so a person looks at what it is made of.
const fn sentence(code: ProblemCode) -> &'static str {
    match code {
        ProblemCode::LoginRefused => {
            "The login was refused. `sealpost doctor` says whether your key, your clock or your membership is wrong."
        }
        code => code.sentence(),
    }
}

impl ApiError {
    /// Whether the relay is away, as against one answer being wrong.
    pub(crate) fn is_outage(error: &anyhow::Error) -> bool {
        match error.downcast_ref() {
            Some(Self::Unreachable { .. }) => true,
            Some(Self::Refused { code }) => code.may_pass_later(),
            _ => false,
        }
    }

    /// Whether the relay asked for work, or for more of it.
    pub(crate) fn is_proof_needed(error: &anyhow::Error) -> bool {
        matches!(error.downcast_ref(), Some(Self::Refused { code: ProblemCode::ProofNeeded }))
    }

    /// Whether the case was deleted, by the team or because its time was over.
    pub(crate) fn is_deleted(error: &anyhow::Error) -> bool {
        matches!(error.downcast_ref(), Some(Self::Deleted(_) | Self::Refused { code: ProblemCode::Deleted }))
    }

    /// By whom and when the case was deleted, if that is what happened.
    pub(crate) fn deletion(error: &anyhow::Error) -> Option<Deletion> {
        match error.downcast_ref() {
            Some(Self::Deleted(deletion)) => Some(*deletion),
            _ => None,
        }
    }

    /// Whether the relay said “nothing here for this caller”, which a stale token is answered with too.
    pub(crate) fn is_not_found(error: &anyhow::Error) -> bool {
        matches!(error.downcast_ref(), Some(Self::Refused { code: ProblemCode::NotFound }))
    }
}

/// By whom and when, in a sentence without its full stop.
pub(crate) fn deleted(deletion: &Deletion) -> String {
    let at = utc(deletion.at);
    match deletion.by {
        Deleter::Team => format!("the team deleted this case at the relay, {at} (to the hour)"),
        Deleter::Policy => format!(
            "the relay deleted this case, {at} (to the hour), because the policy keeps cases for so long after the last word and no longer"
        ),
    }
}
