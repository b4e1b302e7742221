//! Every refusal on its way out: problem+json with a stable code. Causes go to the log, once, here; bodies say nothing of them.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sealpost_keys::GateError;
use sealpost_shared::problem::ProblemCode;
use sealpost_shared::wire::v1::{ChallengeResponse, DeletedProblem, Deletion, Problem, ProofProblem};

use crate::store::StoreError;

/// Why a request is not granted. **Rule:** PROTOCOL.md, "Problems".
#[derive(Debug)]
pub enum Refusal {
    /// The caller can know why.
    Code(ProblemCode),
    /// A new case without the work that it costs now: `proof-needed`, with what is to be solved.
    Proof(Box<ChallengeResponse>),
    /// The case was deleted: `deleted`, with by whom and when. Only for its reporter and its desk.
    Deleted(Deletion),
    /// A body of which nothing came any more: `bad-request`. Nobody waits for its rest.
    Stalled,
    /// The path exists, the method does not: `bad-request` with status 405.
    Method,
    /// The relay is at fault, and only its log says how.
    Fault {
        /// [`ProblemCode::Unavailable`] or [`ProblemCode::Internal`].
        code: ProblemCode,
        /// For the log. Never holds what a caller sent.
        cause: String,
    },
}

impl Refusal {
    /// What everybody hears who may not know.
    pub const NOT_FOUND: Self = Self::Code(ProblemCode::NotFound);
    /// A path, query, header or body that is not spelled as PROTOCOL.md says.
    pub const BAD_REQUEST: Self = Self::Code(ProblemCode::BadRequest);

    /// Something inside failed that should not have.
    pub fn internal(cause: impl Into<String>) -> Self {
        Self::Fault { code: ProblemCode::Internal, cause: cause.into() }
    }

    /// Something does not work just now.
    pub fn unavailable(cause: impl Into<String>) -> Self {
        Self::Fault { code: ProblemCode::Unavailable, cause: cause.into() }
    }
}

impl From<ProblemCode> for Refusal {
    fn from(code: ProblemCode) -> Self {
        Self::Code(code)
    }
}

impl From<GateError> for Refusal {
    fn from(error: GateError) -> Self {
        Self::Code(error.code())
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Code(ProblemCode::Conflict),
            StoreError::NotFound => Self::NOT_FOUND,
            StoreError::Full => Self::Code(ProblemCode::Full),
            StoreError::TooLarge => Self::Code(ProblemCode::TooLarge),
            StoreError::Incomplete => Self::Code(ProblemCode::Incomplete),
            StoreError::Unavailable(_) => Self::unavailable(error.to_string()),
            StoreError::Broken(_) => Self::internal(error.to_string()),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Code(code) => problem(&Problem::from(code)),
            Self::Stalled => problem(&Problem::from(ProblemCode::BadRequest)),
            Self::Proof(challenge) => {
                let problem = Problem::from(ProblemCode::ProofNeeded);
                let status = problem.status;
                send(status, &ProofProblem { problem, challenge: *challenge })
            }
            Self::Deleted(deleted) => {
                let problem = Problem::from(ProblemCode::Deleted);
                send(problem.status, &DeletedProblem { problem, deleted })
            }
            Self::Method => {
                let status = StatusCode::METHOD_NOT_ALLOWED.as_u16();
                problem(&Problem { status, ..Problem::from(ProblemCode::BadRequest) })
            }
            Self::Fault { code, cause } => {
                tracing::error!(code = code.as_str(), cause, "a request failed inside the relay");
                problem(&Problem::from(code))
            }
        }
    }
}

fn problem(problem: &Problem) -> Response {
    send(problem.status, problem)
}

fn send(status: u16, body: &impl serde::Serialize) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = serde_json::to_vec(body).expect("a problem is plain strings and numbers");
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    (status, [kind], body).into_response()
}
