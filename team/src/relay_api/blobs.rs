//! Files beside letters, chunk by chunk.

use std::ops::Range;
use std::time::Duration;

use anyhow::Result;
use data_encoding::BASE64;
use sealpost_shared::wire::v1::{BlobsResponse, ChunksResponse, SealRequest};
use sealpost_shared::{BlobId, CaseId};
use sha2::{Digest as _, Sha256};

use super::error::ApiError;
use super::http::{Taken, bearer};
use super::{MAX_PAGE_BYTES, MAX_SHORT_BYTES, RelayApi};

/// A chunk of 1 MiB at 5 KiB/s: somebody with such a line has time.
const CHUNK_WITHIN: Duration = Duration::from_secs(200);

impl RelayApi {
    /// Every blob of a case, whole or not.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub(crate) fn blobs(&self, case: CaseId, token: &str) -> Result<BlobsResponse> {
        let url = self.url(&format!("v1/cases/{case}/blobs"));
        self.json(bearer(self.agent.get(url), token), MAX_PAGE_BYTES)
    }

    /// A part of a sealed blob.
    ///
    /// # Errors
    /// See [`ApiError`]; “not found” also while the blob is not whole.
    pub(crate) fn blob(&self, case: CaseId, blob: BlobId, token: &str, part: Range<u64>) -> Result<Vec<u8>> {
        let url = self.url(&format!("v1/cases/{case}/blobs/{blob}"));
        let range = format!("bytes={}-{}", part.start, part.end.saturating_sub(1));
        let answer = self.sent(bearer(self.agent.get(url), token).header("Range", range).call())?;
        self.bytes(answer, part.end - part.start)
    }

    /// The chunks of a blob that are there; none of one that was never begun.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub(crate) fn chunks(&self, case: CaseId, blob: BlobId, token: &str) -> Result<ChunksResponse> {
        let url = self.url(&format!("v1/cases/{case}/blobs/{blob}/chunks"));
        match self.json(bearer(self.agent.get(url), token), MAX_PAGE_BYTES) {
            Err(error) if ApiError::is_not_found(&error) => {
                Ok(ChunksResponse { chunks: Vec::new(), sealed: false })
            }
            outcome => outcome,
        }
    }

    /// Sends a chunk. Repeating it is harmless.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub(crate) fn put_chunk(
        &self,
        case: CaseId,
        blob: BlobId,
        n: u32,
        token: &str,
        proof: Option<&str>,
        bytes: &[u8],
    ) -> Result<()> {
        let digest = format!("sha-256=:{}:", BASE64.encode(&Sha256::digest(bytes)));
        let request = self.agent.put(self.url(&format!("v1/cases/{case}/blobs/{blob}/{n}")));
        let request =
            bearer(request, token).header("Content-Digest", digest).content_type("application/octet-stream");
        let request = match proof {
            Some(proof) => request.header("Sealpost-Proof", proof),
            None => request,
        };
        self.sent(request.config().timeout_global(Some(CHUNK_WITHIN)).build().send(bytes)).map(drop)
    }

    /// Seals a blob. Repeating it is harmless.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub(crate) fn seal_blob(
        &self,
        case: CaseId,
        blob: BlobId,
        token: &str,
        whole: &SealRequest,
    ) -> Result<Taken> {
        let request = bearer(self.agent.post(self.url(&format!("v1/cases/{case}/blobs/{blob}"))), token);
        let answer =
            self.sent(request.content_type("application/json").send(serde_json::to_vec(whole)?.as_slice()))?;
        Ok(Taken { receipt: self.bytes(answer, MAX_SHORT_BYTES) })
    }
}
