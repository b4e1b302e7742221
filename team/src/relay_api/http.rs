//! One question and its answer, bounded: what every request shares.

use anyhow::{Context as _, Result, bail};
use sealpost_shared::wire::v1::{DeletedProblem, Problem};
use serde::de::DeserializeOwned;
use ureq::http::Response;
use ureq::typestate::{WithBody, WithoutBody};
use ureq::{Body, RequestBuilder};

use super::error::ApiError;
use super::{MAX_SHORT_BYTES, RelayApi, date_of};

/// A relay's success for a letter it was sent, and what it gave as a receipt.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(super) receipt: Result<Vec<u8>>,
}

impl Taken {
    /// The receipt's text, unverified.
    ///
    /// # Errors
    /// When it did not come whole, or is no text.
    pub(crate) fn receipt(self) -> Result<String> {
        String::from_utf8(self.receipt.context("the relay's receipt")?)
            .context("the relay's receipt is not text")
    }
}

impl RelayApi {
    pub(super) fn put(&self, path: &str, token: &str, sealed: &[u8]) -> Result<Taken> {
        self.send(self.agent.put(self.url(path)), token, sealed)
    }

    pub(super) fn send(
        &self,
        request: RequestBuilder<WithBody>,
        token: &str,
        sealed: &[u8],
    ) -> Result<Taken> {
        let request = bearer(request, token).content_type("application/octet-stream");
        let answer = self.sent(request.send(sealed))?;
        Ok(Taken { receipt: self.bytes(answer, MAX_SHORT_BYTES) })
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.origin)
    }

    pub(super) fn json<T: DeserializeOwned>(
        &self,
        request: RequestBuilder<WithoutBody>,
        limit: u64,
    ) -> Result<T> {
        let answer = self.sent(request.call())?;
        self.parsed(answer, limit)
    }

    pub(super) fn parsed<T: DeserializeOwned>(&self, answer: Response<Body>, limit: u64) -> Result<T> {
        let status = answer.status().as_u16();
        let bytes = self.bytes(answer, limit)?;
        Ok(serde_json::from_slice(&bytes)
            .map_err(|_| ApiError::Strange { origin: self.origin.clone(), status })?)
    }

    /// Makes an error of everything but a success.
    pub(super) fn sent(&self, answer: Result<Response<Body>, ureq::Error>) -> Result<Response<Body>> {
        let answer = answer.map_err(|error| self.unreachable(&error))?;
        if let Ok(mut date) = self.date.lock() {
            *date = date_of(answer.headers()).or(*date);
        }
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let bytes = self.bytes(answer, MAX_SHORT_BYTES).unwrap_or_default();
        if let Ok(problem) = serde_json::from_slice::<DeletedProblem>(&bytes) {
            bail!(ApiError::Deleted(problem.deleted));
        }
        match serde_json::from_slice::<Problem>(&bytes) {
            Ok(problem) => bail!(ApiError::Refused { code: problem.code }),
            Err(_) => bail!(ApiError::Strange { origin: self.origin.clone(), status: status.as_u16() }),
        }
    }

    pub(super) fn bytes(&self, mut answer: Response<Body>, limit: u64) -> Result<Vec<u8>> {
        let read = answer.body_mut().with_config().limit(limit).read_to_vec();
        Ok(read.map_err(|error| match error {
            ureq::Error::BodyExceedsLimit(_) => ApiError::TooLong { origin: self.origin.clone(), limit },
            error => self.unreachable(&error),
        })?)
    }

    pub(super) fn unreachable(&self, error: &ureq::Error) -> ApiError {
        ApiError::Unreachable { origin: self.origin.clone(), cause: error.to_string() }
    }
}

/// With the token or capability where no log writes it down.
pub(super) fn bearer<B>(request: RequestBuilder<B>, token: &str) -> RequestBuilder<B> {
    request.header("Authorization", format!("Bearer {token}"))
}
