//! The relay's routes, as far as a reporter needs them. **Rule:** PROTOCOL.md.

use js_sys::Uint8Array;
use sealpost_client_core::outbox::{Item, Outcome};
use sealpost_client_core::upload::{There, Upload};
use sealpost_shared::id::Slug;
use sealpost_shared::limits;
use sealpost_shared::problem::ProblemCode;
use sealpost_shared::wire::v1::{
    BundleResponse, ChallengeResponse, ChunksResponse, DeletedProblem, Deletion, EntriesResponse, Problem,
    SealRequest, TeamsResponse,
};
use sealpost_shared::{CaseId, EntryId};
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, Request, RequestInit, Response};

use gloo_timers::callback::Timeout;

use super::json;

/// How long an ordinary answer may take: a slow phone network, not for ever.
const PATIENCE_MS: u32 = 30_000;
/// Sending a megabyte at 128 kbit/s takes a minute; twice that.
const SENDING_PATIENCE_MS: u32 = 120_000;
/// A chunk of a MiB at 5 KiB a second: somebody with such a line has time.
const CHUNK_PATIENCE_MS: u32 = 210_000;
/// A long poll's own wait, and a little more.
const POLL_PATIENCE_MS: u32 = (limits::MAX_WAIT_SECONDS + 15) * 1000;
/// The most of a JSON answer or receipt: sixteen certificates of two desks and a policy fit.
const MAX_TEXT_BYTES: usize = 16 * limits::MAX_CERT_BYTES;

/// Why nothing useful came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RelayError {
    /// No answer.
    Unreachable,
    /// The relay's own refusal.
    Problem(ProblemCode),
    /// The case was deleted there.
    Deleted(Deletion),
    /// An answer in no known form, with its status.
    Strange(u16),
}

struct Ask<'a> {
    method: &'a str,
    path: &'a str,
    capability: Option<&'a str>,
    proof: Option<&'a str>,
    /// A blob or bytes.
    body: Option<JsValue>,
    headers: &'a [(&'a str, &'a str)],
    patience_ms: u32,
    max_bytes: usize,
}

impl<'a> Ask<'a> {
    const fn get(path: &'a str) -> Self {
        Self {
            method: "GET",
            path,
            capability: None,
            proof: None,
            body: None,
            headers: &[],
            patience_ms: PATIENCE_MS,
            max_bytes: MAX_TEXT_BYTES,
        }
    }

    async fn send(self) -> Result<Vec<u8>, RelayError> {
        let unreachable = |_| RelayError::Unreachable;
        let abort = AbortController::new().map_err(unreachable)?;
        let request = self.request(&abort).map_err(unreachable)?;
        let window = web_sys::window().ok_or(RelayError::Unreachable)?;
        let hang_up = Timeout::new(self.patience_ms, move || abort.abort());
        let response = JsFuture::from(window.fetch_with_request(&request)).await.map_err(unreachable)?;
        let response: Response = response.dyn_into().map_err(unreachable)?;
        let body = read_body(&response, self.max_bytes).await;
        drop(hang_up);
        if response.ok() { body } else { Err(refusal(response.status(), body.ok().as_deref())) }
    }

    fn request(&self, abort: &AbortController) -> Result<Request, JsValue> {
        let headers = Headers::new()?;
        if let Some(capability) = self.capability {
            headers.set("authorization", &format!("Bearer {capability}"))?;
        }
        if let Some(proof) = self.proof {
            headers.set("sealpost-proof", proof)?;
        }
        let init = RequestInit::new();
        init.set_method(self.method);
        if let Some(body) = &self.body {
            headers.set("content-type", "application/octet-stream")?;
            init.set_body(body);
        }
        for (name, value) in self.headers {
            headers.set(name, value)?;
        }
        init.set_headers(&headers);
        init.set_signal(Some(&abort.signal()));
        Request::new_with_str_and_init(self.path, &init)
    }
}

async fn read_body(response: &Response, max_bytes: usize) -> Result<Vec<u8>, RelayError> {
    let strange = RelayError::Strange(response.status());
    let announced = response.headers().get("content-length").ok().flatten();
    if announced.and_then(|length| length.parse::<usize>().ok()).is_some_and(|length| length > max_bytes) {
        return Err(strange);
    }
    let buffer = response.array_buffer().map_err(|_| RelayError::Unreachable)?;
    let buffer = JsFuture::from(buffer).await.map_err(|_| RelayError::Unreachable)?;
    let bytes = Uint8Array::new(&buffer);
    if bytes.length() as usize > max_bytes { Err(strange) } else { Ok(bytes.to_vec()) }
}

fn refusal(status: u16, body: Option<&[u8]>) -> RelayError {
    if let Some(gone) = body.and_then(json::read::<DeletedProblem>) {
        return RelayError::Deleted(gone.deleted);
    }
    let problem = body.and_then(json::read::<Problem>);
    problem.map_or(RelayError::Strange(status), |problem| RelayError::Problem(problem.code))
}

async fn fetch<T: DeserializeOwned>(ask: Ask<'_>) -> Result<T, RelayError> {
    json::read(&ask.send().await?).ok_or(RelayError::Strange(200))
}

/// A policy preset of this app. It is one of the app's own files, so it is there without a network too.
///
/// # Errors
/// Why it is not.
pub(crate) async fn preset(name: &str) -> Result<String, RelayError> {
    let path = format!("/policies/{name}.toml");
    let bytes = Ask { max_bytes: limits::MAX_POLICY_BYTES, ..Ask::get(&path) }.send().await?;
    String::from_utf8(bytes).map_err(|_| RelayError::Strange(200))
}

/// The teams of this relay.
///
/// # Errors
/// Why there is no list.
pub(crate) async fn teams() -> Result<TeamsResponse, RelayError> {
    fetch(Ask::get("/v1/teams")).await
}

/// A team's bundle, unchecked.
///
/// # Errors
/// Why there is none.
pub(crate) async fn bundle(team: &Slug) -> Result<BundleResponse, RelayError> {
    fetch(Ask::get(&format!("/v1/teams/{team}/bundle"))).await
}

/// What it costs to send something of that size to a desk; `of` says what, if it is no letter.
///
/// # Errors
/// Why the relay does not say.
pub(crate) async fn challenge(
    (team, desk): (&Slug, &Slug),
    size: usize,
    of: &str,
) -> Result<ChallengeResponse, RelayError> {
    fetch(Ask::get(&format!("/v1/teams/{team}/challenge?desk={desk}&size={size}{of}"))).await
}

/// Sends a sealed letter that opens a case, with the proof of the work that it costs.
pub(crate) async fn open_case(item: &Item, capability: &str, proof: &str, sealed: &[u8]) -> Outcome {
    let path = format!("/v1/teams/{}/desks/{}/cases/{}", item.team, item.desk, item.case);
    let ask = Ask {
        method: "PUT",
        capability: Some(capability),
        proof: Some(proof),
        body: Some(Uint8Array::from(sealed).into()),
        patience_ms: SENDING_PATIENCE_MS,
        ..Ask::get(&path)
    };
    outcome(ask.send().await)
}

/// Sends a later sealed letter of a case, with the proof of work if there is one.
pub(crate) async fn add_entry(
    (case, entry): (CaseId, EntryId),
    capability: &str,
    proof: &str,
    sealed: &[u8],
) -> Outcome {
    let path = format!("/v1/cases/{case}/entries/{entry}");
    let ask = Ask {
        method: "PUT",
        capability: Some(capability),
        proof: Some(proof).filter(|proof| !proof.is_empty()),
        body: Some(Uint8Array::from(sealed).into()),
        patience_ms: SENDING_PATIENCE_MS,
        ..Ask::get(&path)
    };
    outcome(ask.send().await)
}

fn outcome(answer: Result<Vec<u8>, RelayError>) -> Outcome {
    match answer {
        Ok(body) => Outcome::Receipt(String::from_utf8_lossy(&body).into_owned()),
        Err(error) => error.into(),
    }
}

impl From<RelayError> for Outcome {
    fn from(error: RelayError) -> Self {
        match error {
            RelayError::Unreachable => Self::Unreachable,
            RelayError::Problem(code) => Self::Problem(code),
            RelayError::Deleted(_) => Self::Problem(ProblemCode::Deleted),
            RelayError::Strange(status) => Self::Strange(status),
        }
    }
}

fn blob_path(upload: &Upload) -> String {
    format!("/v1/cases/{}/blobs/{}", upload.case, upload.blob)
}

/// Which chunks of a blob are there.
pub(crate) async fn chunks(upload: &Upload, capability: &str) -> There {
    let path = format!("{}/chunks", blob_path(upload));
    match fetch::<ChunksResponse>(Ask { capability: Some(capability), ..Ask::get(&path) }).await {
        Ok(answer) => There::Chunks(answer.chunks.iter().map(|chunk| chunk.n).collect()),
        // Never begun, or forgotten because it rested for a day.
        Err(RelayError::Problem(ProblemCode::NotFound)) => There::Chunks(Vec::new()),
        Err(error) => There::Failed(outcome(Err(error))),
    }
}

/// Sends a chunk, a blob or bytes, with the proof of the work that it costs.
pub(crate) async fn put_chunk(
    upload: &Upload,
    n: u32,
    (capability, proof): (&str, &str),
    chunk: &JsValue,
) -> Outcome {
    let path = format!("{}/{n}", blob_path(upload));
    let digest =
        upload.digests.get(n as usize).map(|digest| format!("sha-256=:{digest}:")).unwrap_or_default();
    let ask = Ask {
        method: "PUT",
        capability: Some(capability),
        proof: Some(proof),
        body: Some(chunk.clone()),
        headers: &[("content-digest", &digest)],
        patience_ms: CHUNK_PATIENCE_MS,
        ..Ask::get(&path)
    };
    outcome(ask.send().await)
}

/// Seals a blob; success is the receipt.
pub(crate) async fn seal_blob(upload: &Upload, capability: &str) -> Outcome {
    let whole = SealRequest { chunks: upload.chunks(), size: upload.size, sha256: upload.sha256.clone() };
    let Ok(body) = serde_json::to_vec(&whole) else { return Outcome::Unreachable };
    let path = blob_path(upload);
    let ask = Ask {
        method: "POST",
        capability: Some(capability),
        body: Some(Uint8Array::from(body.as_slice()).into()),
        patience_ms: SENDING_PATIENCE_MS,
        ..Ask::get(&path)
    };
    outcome(ask.send().await)
}

/// Entries of a case after the `after`th. `patiently`, the relay holds the answer for a while if there are none.
///
/// # Errors
/// Why there are none to be had.
pub(crate) async fn entries(
    case: CaseId,
    capability: &str,
    after: u64,
    patiently: bool,
) -> Result<EntriesResponse, RelayError> {
    let wait = if patiently { limits::MAX_WAIT_SECONDS } else { 0 };
    let path = format!("/v1/cases/{case}/entries?after={after}&wait={wait}");
    fetch(Ask { capability: Some(capability), patience_ms: POLL_PATIENCE_MS, ..Ask::get(&path) }).await
}

/// The receipt of an entry, unchecked.
///
/// # Errors
/// Why there is none to be had.
pub(crate) async fn receipt(case: CaseId, capability: &str, entry: EntryId) -> Result<String, RelayError> {
    let path = format!("/v1/cases/{case}/entries/{entry}/receipt");
    let bytes = Ask { capability: Some(capability), ..Ask::get(&path) }.send().await?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The sealed bytes of an entry.
///
/// # Errors
/// Why there are none to be had.
pub(crate) async fn entry(case: CaseId, capability: &str, entry: EntryId) -> Result<Vec<u8>, RelayError> {
    let path = format!("/v1/cases/{case}/entries/{entry}");
    let ask = Ask { capability: Some(capability), max_bytes: limits::MAX_LETTER_BYTES, ..Ask::get(&path) };
    ask.send().await
}
