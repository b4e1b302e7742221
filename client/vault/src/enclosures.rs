//! Sealing enclosures piece by piece: the page asks for a chunk and stores the one before meanwhile, so neither side piles anything up.
//! The one thing the vault keeps between two questions; a restarted vault has none, and the page begins again.

use std::cell::RefCell;

use data_encoding::{BASE64, HEXLOWER};
use sealpost_client_core::upload::CHUNK_BYTES;
use sealpost_client_core::vault::{Enclosing, SealEnclosures};
use sealpost_keys::enclosures::{FileSource, SealedEnclosures, make_blob_id, seal_enclosures_with};
use sealpost_keys::{BlobGate, KeyId, TeamCert};
use sealpost_shared::letter::Enclosures;
use sha2::{Digest as _, Sha256};

use crate::bulk::{self, Bulk};
use crate::failure::{Fails, bad_request, failure};
use crate::report::seal_failure;
use crate::{bundle, secret};

thread_local! {
    static SEALING: RefCell<Option<Sealing>> = const { RefCell::new(None) };
}

struct Sealing {
    source: SealedEnclosures<Bulk>,
    /// Sealed bytes that belong to the next chunk.
    rest: Vec<u8>,
    allowed: Vec<KeyId>,
    /// What went out, seen as the relay will see it.
    gate: Option<BlobGate>,
    hash: Sha256,
    size: u64,
}

/// What asking for more gives.
#[derive(Debug)]
pub(crate) enum Next {
    /// A chunk, and its SHA-256 in base64.
    Chunk(Vec<u8>, String),
    /// There is no more.
    End(Enclosures),
}

/// Begins. A sealing that was under way is given up.
pub(crate) async fn begin(request: &SealEnclosures, files: Vec<FileSource>) -> Fails<Enclosing> {
    let bundle = bundle::check(&request.bundle, request.now)?;
    let key = secret::case_key(&request.words, 0)?;
    let desk = bundle.desk(&request.desk)?;
    let recipients = bundle.recipients(desk, request.now)?;
    let allowed = recipients.iter().flat_map(TeamCert::encryption_key_ids).copied().collect();
    let source = seal_enclosures_with(files, &recipients, &key, request.now).await.map_err(seal_failure)?;
    let begun = Enclosing { expected: source.expected_bytes() };
    let sealing = Sealing { source, rest: Vec::new(), allowed, gate: None, hash: Sha256::new(), size: 0 };
    SEALING.set(Some(sealing));
    Ok(begun)
}

/// The next chunk, or the end. After an error there is no more.
pub(crate) async fn next() -> Fails<Next> {
    let none = || bad_request("The sealing was interrupted. Begin again.");
    let mut sealing = SEALING.take().ok_or_else(none)?;
    let chunk = sealing.chunk().await?;
    if chunk.is_empty() {
        return sealing.end().map(Next::End);
    }
    let digest = bulk::sha256(&chunk);
    sealing.see(&chunk)?;
    let digest = BASE64.encode(&digest.await);
    SEALING.set(Some(sealing));
    Ok(Next::Chunk(chunk, digest))
}

/// Gives a sealing up.
pub(crate) fn stop() {
    SEALING.set(None);
}

impl Sealing {
    async fn chunk(&mut self) -> Fails<Vec<u8>> {
        let mut chunk = std::mem::take(&mut self.rest);
        while chunk.len() < CHUNK_BYTES {
            let more = self.source.next().await.map_err(|error| failure("file", error))?;
            if more.is_empty() {
                return Ok(chunk);
            }
            chunk.extend_from_slice(&more);
        }
        self.rest = chunk.split_off(CHUNK_BYTES);
        Ok(chunk)
    }

    fn see(&mut self, chunk: &[u8]) -> Fails<()> {
        self.hash.update(chunk);
        self.size += chunk.len() as u64;
        match &mut self.gate {
            Some(gate) => gate.feed(chunk),
            None => {
                let gate = BlobGate::begin(chunk, Some(&self.allowed));
                self.gate = Some(gate.map_err(|e| failure("seal", e))?);
            }
        }
        Ok(())
    }

    fn end(self) -> Fails<Enclosures> {
        let gate = self.gate.ok_or_else(|| bad_request("Nothing was sealed."))?;
        gate.finish().map_err(|e| failure("seal", e))?;
        Ok(Enclosures {
            blob: make_blob_id(),
            size: self.size,
            sha256: HEXLOWER.encode(&self.hash.finalize()),
            files: self.source.files().to_vec(),
        })
    }
}
