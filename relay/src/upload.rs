//! The way of a chunk from the network to its file: the gate for the first, bounded memory, the digest, and the disk before the answer.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use data_encoding::{BASE64, HEXLOWER};
use futures_util::TryStreamExt as _;
use sealpost_keys::{BlobGate, KeyId};
use sealpost_shared::limits::{MAX_CHUNK_BYTES, MIN_CHUNK_BYTES};
use sealpost_shared::problem::ProblemCode;
use sealpost_shared::wire::v1::{ChunkInfo, SealRequest};
use sealpost_shared::{BlobId, CaseId};
use sha2::{Digest as _, Sha256};

use crate::arrival::{Room, next_chunk};
use crate::blobs::{ChunkWriter, PART_BYTES};
use crate::error::Refusal;
use crate::state::Relay;
use crate::store::blobs::StoredChunk;

/// A chunk whose bytes are on disk.
#[derive(Debug)]
pub struct Uploaded {
    /// Number, bytes and digest.
    pub chunk: ChunkInfo,
    /// Its file.
    pub object: String,
}

/// Where a chunk goes, and who may read it.
#[derive(Debug, Clone, Copy)]
pub struct ChunkPlace<'a> {
    /// The case.
    pub case: CaseId,
    /// The blob.
    pub blob: BlobId,
    /// The number.
    pub n: u32,
    /// The keys that the message may be sealed to; `None` allows any.
    pub allowed: Option<&'a [KeyId]>,
}

/// Reads the digest that a chunk is announced with: `Content-Digest: sha-256=:BASE64:`. **Rule:** RFC 9530, 2.
///
/// # Errors
/// `bad-request` without a SHA-256.
pub fn announced_digest(headers: &HeaderMap) -> Result<String, Refusal> {
    let value = headers.get("content-digest").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let sha256 =
        value.split(',').find_map(|member| member.trim().strip_prefix("sha-256=:")?.strip_suffix(':'));
    let bytes = sha256.and_then(|text| BASE64.decode(text.as_bytes()).ok()).filter(|bytes| bytes.len() == 32);
    bytes.map(|bytes| HEXLOWER.encode(&bytes)).ok_or(Refusal::BAD_REQUEST)
}

/// Writes a chunk to a file of its own. Whatever fails, no file stays, and the body is read to its end, so that its sender gets to
/// read the answer.
///
/// # Errors
/// `too-large`, `digest-mismatch`, `storage-full`, the gate's code for chunk 0, `bad-request` for an empty or broken body.
pub async fn upload(
    relay: &Relay,
    place: ChunkPlace<'_>,
    digest: &str,
    mut body: Body,
) -> Result<Uploaded, Refusal> {
    let uploaded = write(relay, place, digest, &mut body).await;
    if uploaded.as_ref().is_err_and(|refusal| !matches!(refusal, Refusal::Stalled)) {
        discard(&mut body).await;
    }
    uploaded
}

/// Reads what is left of a body, within bounds, and throws it away.
pub async fn discard(body: &mut Body) {
    let mut seen = 0_usize;
    while let Ok(Some(bytes)) = next_chunk(body).await {
        seen = seen.saturating_add(bytes.len());
        if seen > 2 * MAX_CHUNK_BYTES {
            return;
        }
    }
}

async fn write(
    relay: &Relay,
    place: ChunkPlace<'_>,
    digest: &str,
    body: &mut Body,
) -> Result<Uploaded, Refusal> {
    let has_room = relay.blobs.has_room(MAX_CHUNK_BYTES as u64);
    if !has_room.map_err(|error| Refusal::unavailable(format!("the disk does not answer: {error}")))? {
        return Err(ProblemCode::StorageFull.into());
    }
    let _room = Room::take(relay, PART_BYTES).await?;
    let mut writing = Writing {
        relay,
        place,
        part: Vec::with_capacity(PART_BYTES),
        file: None,
        hash: Sha256::new(),
        size: 0,
    };
    while let Some(bytes) = next_chunk(body).await? {
        writing.take(&bytes).await?;
    }
    writing.finish(digest).await
}

/// A chunk on its way, of which at most a part is in memory.
struct Writing<'a> {
    relay: &'a Relay,
    place: ChunkPlace<'a>,
    part: Vec<u8>,
    file: Option<ChunkWriter>,
    hash: Sha256,
    size: usize,
}

impl Writing<'_> {
    async fn take(&mut self, mut bytes: &[u8]) -> Result<(), Refusal> {
        self.size = self.size.saturating_add(bytes.len());
        if self.size > MAX_CHUNK_BYTES {
            return Err(ProblemCode::TooLarge.into());
        }
        self.hash.update(bytes);
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(PART_BYTES - self.part.len()));
            self.part.extend_from_slice(now);
            bytes = later;
            if self.part.len() == PART_BYTES {
                self.flush().await?;
            }
        }
        Ok(())
    }

    /// Writes the part that is in memory. Before the first byte of chunk 0 goes to the disk, the gate has seen it.
    async fn flush(&mut self) -> Result<(), Refusal> {
        let file = match self.file.take() {
            Some(file) => file,
            None => {
                if self.place.n == 0 {
                    BlobGate::begin(&self.part, self.place.allowed)?;
                }
                let ChunkPlace { case, blob, n, .. } = self.place;
                self.relay.blobs.begin(case, blob, n).await.map_err(|error| disk(&error))?
            }
        };
        let file = self.file.insert(file);
        let part = std::mem::replace(&mut self.part, Vec::with_capacity(PART_BYTES));
        file.write(Bytes::from(part)).await.map_err(|error| disk(&error))
    }

    async fn finish(mut self, digest: &str) -> Result<Uploaded, Refusal> {
        if self.size == 0 {
            return Err(Refusal::BAD_REQUEST);
        }
        if !self.part.is_empty() {
            self.flush().await?;
        }
        let sha256 = HEXLOWER.encode(&self.hash.finalize());
        if sha256 != digest {
            return Err(ProblemCode::DigestMismatch.into());
        }
        let Some(file) = self.file else { return Err(Refusal::BAD_REQUEST) };
        let object = file.finish().await.map_err(|error| disk(&error))?;
        let chunk = ChunkInfo { n: self.place.n, size: self.size as u64, sha256 };
        Ok(Uploaded { chunk, object })
    }
}

/// A disk that is full, read-only or broken: its words go to the log.
pub(crate) fn disk(error: &object_store::Error) -> Refusal {
    Refusal::unavailable(format!("the blob files cannot be used just now: {error}"))
}

/// Reads a blob's chunks in order and says whether they are what was announced.
///
/// # Errors
/// `incomplete`, `digest-mismatch`, or the gate's code.
pub async fn verify(
    relay: &Arc<Relay>,
    chunks: &[StoredChunk],
    announced: &SealRequest,
) -> Result<(), Refusal> {
    check_numbers(chunks, announced)?;
    let (mut hash, mut gate) = (Sha256::new(), None::<BlobGate>);
    for chunk in chunks {
        let bytes = relay.blobs.read(&chunk.object, 0..chunk.info.size);
        let mut bytes = std::pin::pin!(bytes);
        while let Some(part) = bytes.try_next().await.map_err(|error| disk(&error))? {
            hash.update(&part);
            match &mut gate {
                Some(gate) => gate.feed(&part),
                // To whom it is sealed was judged when chunk 0 came, by the keys of that time.
                None => gate = Some(BlobGate::begin(&part, None)?),
            }
        }
    }
    if HEXLOWER.encode(&hash.finalize()) != announced.sha256 {
        return Err(ProblemCode::DigestMismatch.into());
    }
    Ok(gate.ok_or(ProblemCode::Incomplete)?.finish()?)
}

fn check_numbers(chunks: &[StoredChunk], announced: &SealRequest) -> Result<(), Refusal> {
    let gapless = chunks.iter().zip(0..).all(|(chunk, n)| chunk.info.n == n);
    if !gapless || chunks.len() < announced.chunks as usize {
        return Err(ProblemCode::Incomplete.into());
    }
    let size: u64 = chunks.iter().map(|chunk| chunk.info.size).sum();
    if chunks.len() > announced.chunks as usize || size != announced.size {
        return Err(ProblemCode::DigestMismatch.into());
    }
    let (_, all_but_last) = chunks.split_last().ok_or(ProblemCode::Incomplete)?;
    let small = |chunk: &StoredChunk| chunk.info.size < MIN_CHUNK_BYTES as u64;
    if all_but_last.iter().any(small) { Err(Refusal::BAD_REQUEST) } else { Ok(()) }
}
