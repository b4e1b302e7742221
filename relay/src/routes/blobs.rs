//! `/v1/cases/{case}/blobs`: files beside letters, in chunks. **Rule:** PROTOCOL.md, "Blobs".

mod download;

use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use sealpost_keys::KeyId;
use sealpost_shared::limits::{MAX_BLOB_CHUNKS, MAX_CHUNK_BYTES, max_blob_bytes};
use sealpost_shared::problem::ProblemCode;
use sealpost_shared::wire::v1::{Author, BlobsResponse, ChunksResponse, SealRequest};
use sealpost_shared::{BlobId, CaseId};
use serde::Deserialize;

pub(super) use download::download;

use super::cases::proof_header;
use super::entries::receipt_response;
use crate::arrival::sign;
use crate::error::Refusal;
use crate::extract::{Came, CaseAccess, Ids};
use crate::state::Relay;
use crate::store::blobs::{BlobRecord, ChunkStored, NewChunk, Sealed};
use crate::store::{DeskAddress, Stored};
use crate::upload::{ChunkPlace, announced_digest, discard, upload, verify};
use crate::work::{Goods, Origin, Route};

#[derive(Debug, Deserialize)]
pub(super) struct BlobPath {
    blob: BlobId,
}

#[derive(Debug, Deserialize)]
pub(super) struct ChunkPath {
    blob: BlobId,
    n: u32,
}

/// The desk's keys for what a reporter sends; any key for the team's, because the relay does not know the reporter's.
fn allowed(relay: &Relay, access: &CaseAccess) -> Result<Option<Vec<KeyId>>, Refusal> {
    match access.author {
        Author::Reporter => {
            Ok(Some(relay.teams.keys(&access.desk, relay.clock.now()).ok_or(Refusal::NOT_FOUND)?))
        }
        Author::Team => Ok(None),
    }
}

fn limit(relay: &Relay, desk: &DeskAddress) -> u64 {
    let team = relay.teams.team(&desk.team);
    team.map_or(0, |team| max_blob_bytes(team.policy.reports.enclosures_mib()))
}

async fn record(relay: &Relay, access: &CaseAccess, blob: BlobId) -> Result<BlobRecord, Refusal> {
    relay.store.blob(access.case, blob).await?.ok_or(Refusal::NOT_FOUND)
}

pub(super) async fn put_chunk(
    State(relay): State<Arc<Relay>>,
    Ids(path): Ids<ChunkPath>,
    access: CaseAccess,
    Came(origin): Came,
    headers: HeaderMap,
    mut body: Body,
) -> Result<StatusCode, Refusal> {
    let size = HttpBody::size_hint(&body).exact().unwrap_or(MAX_CHUNK_BYTES as u64);
    let ready = check_place(&relay, (&access, origin), &path, (&headers, size)).await;
    let (digest, keys) = match ready {
        Ok(ready) => ready,
        Err(refusal) => {
            discard(&mut body).await;
            return Err(refusal);
        }
    };
    let place = ChunkPlace { case: access.case, blob: path.blob, n: path.n, allowed: keys.as_deref() };
    let uploaded = upload(&relay, place, &digest, body).await?;
    let new = NewChunk {
        case: access.case,
        blob: path.blob,
        author: access.author,
        chunk: uploaded.chunk,
        object: uploaded.object.clone(),
        max_blob_bytes: limit(&relay, &access.desk),
        received: relay.clock.now().rounded_to_hour(),
    };
    let stored = relay.store.add_chunk(new).await;
    if !matches!(stored, Ok(ChunkStored::New)) {
        // No row names this file. Should removing it fail, the sweeper comes by.
        let _left_to_the_sweeper = relay.blobs.remove(&uploaded.object).await;
    }
    if stored? == ChunkStored::Again {
        return Ok(StatusCode::OK);
    }
    if path.n == 0 && access.author == Author::Reporter {
        // Another file weighs as much as another case: many of them make the next cases dearer.
        relay.work.count(Route { desk: &access.desk, origin }, relay.clock.now());
    }
    Ok(StatusCode::CREATED)
}

/// What can be told before a byte of the chunk is read.
async fn check_place(
    relay: &Relay,
    (access, origin): (&CaseAccess, Origin),
    path: &ChunkPath,
    (headers, size): (&HeaderMap, u64),
) -> Result<(String, Option<Vec<KeyId>>), Refusal> {
    if path.n >= MAX_BLOB_CHUNKS {
        return Err(ProblemCode::TooLarge.into());
    }
    let digest = announced_digest(headers)?;
    let blob = relay.store.blob(access.case, path.blob).await?;
    if path.n > 0 && blob.is_none() {
        return Err(ProblemCode::Incomplete.into());
    }
    let mut chunks = blob.iter().flat_map(|blob| &blob.chunks);
    let is_there = chunks.any(|chunk| chunk.info.n == path.n && chunk.info.sha256 == digest);
    if access.author == Author::Reporter && relay.work.asks() && !is_there {
        pay(relay, Route { desk: &access.desk, origin }, (access.case, &digest), (headers, size)).await?;
    }
    Ok((digest, allowed(relay, access)?))
}

/// Lets a chunk through whose sender did the work for it, before a byte of it is read. **Rule:** PROTOCOL.md, "Proof of work".
async fn pay(
    relay: &Relay,
    route: Route<'_>,
    (case, digest): (CaseId, &str),
    (headers, size): (&HeaderMap, u64),
) -> Result<(), Refusal> {
    let (now, goods) = (relay.clock.now(), Goods::Chunk(size, relay.store.files_share(route.desk).await?));
    let proof = relay.work.admit(proof_header(headers), route, goods, now);
    if proof.is_some_and(|proof| proof.holds(case, digest)) {
        return Ok(());
    }
    Err(Refusal::Proof(Box::new(relay.work.challenge(route, goods, now))))
}

pub(super) async fn has_chunk(
    State(relay): State<Arc<Relay>>,
    Ids(path): Ids<ChunkPath>,
    access: CaseAccess,
) -> Result<StatusCode, Refusal> {
    let record = record(&relay, &access, path.blob).await?;
    let there = record.chunks.iter().any(|chunk| chunk.info.n == path.n);
    if there { Ok(StatusCode::OK) } else { Err(Refusal::NOT_FOUND) }
}

pub(super) async fn list(
    State(relay): State<Arc<Relay>>,
    access: CaseAccess,
) -> Result<Json<BlobsResponse>, Refusal> {
    Ok(Json(BlobsResponse { blobs: relay.store.blobs(access.case).await? }))
}

pub(super) async fn chunks(
    State(relay): State<Arc<Relay>>,
    Ids(path): Ids<BlobPath>,
    access: CaseAccess,
) -> Result<Json<ChunksResponse>, Refusal> {
    let record = record(&relay, &access, path.blob).await?;
    let sealed = record.sealed.is_some();
    Ok(Json(ChunksResponse { chunks: record.chunks.into_iter().map(|chunk| chunk.info).collect(), sealed }))
}

pub(super) async fn seal(
    State(relay): State<Arc<Relay>>,
    Ids(path): Ids<BlobPath>,
    access: CaseAccess,
    body: Bytes,
) -> Result<Response, Refusal> {
    let announced: SealRequest = serde_json::from_slice(&body).map_err(|_| Refusal::BAD_REQUEST)?;
    let record = record(&relay, &access, path.blob).await?;
    if record.author != access.author {
        return Err(ProblemCode::Conflict.into());
    }
    if let Some(sealed) = record.sealed {
        let size: u64 = record.chunks.iter().map(|chunk| chunk.info.size).sum();
        let same = sealed.sha256 == announced.sha256
            && size == announced.size
            && record.chunks.len() == announced.chunks as usize;
        return if same {
            Ok(receipt_response(Stored::Again { receipt: sealed.receipt }))
        } else {
            Err(ProblemCode::Conflict.into())
        };
    }
    verify(&relay, &record.chunks, &announced).await?;
    let (receipt, _) =
        sign(&relay, &access.desk, access.case, path.blob.into(), announced.sha256.clone()).await?;
    let sealed = Sealed { sha256: announced.sha256, receipt };
    let stored = relay.store.seal_blob(access.case, path.blob, announced.chunks, sealed).await?;
    Ok(receipt_response(stored))
}

pub(super) async fn receipt(
    State(relay): State<Arc<Relay>>,
    Ids(path): Ids<BlobPath>,
    access: CaseAccess,
) -> Result<Response, Refusal> {
    let sealed = record(&relay, &access, path.blob).await?.sealed.ok_or(Refusal::NOT_FOUND)?;
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], sealed.receipt).into_response())
}
