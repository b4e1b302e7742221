//! The files of blobs against the rows that name them.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use super::Walk;
use super::rows::Said;
use crate::blobs::{self, PART_BYTES};
use crate::store::inspect::{BlobClaim, ChunkClaim};

impl Walk<'_> {
    /// Every blob and its files.
    pub(super) async fn blobs(&mut self) {
        let mut last = (String::new(), String::new());
        loop {
            match self.inspection.blob_behind((&last.0, &last.1)).await {
                Ok(Some(claim)) => {
                    self.blob(&claim).await;
                    last = (claim.case_id, claim.blob_id);
                }
                Ok(None) => return,
                Err(error) => {
                    let (case, blob) = last;
                    let what = format!("cannot be read behind case {case}, blob {blob}: {error}");
                    return self.findings.fault("blobs", what);
                }
            }
        }
    }

    async fn blob(&mut self, claim: &BlobClaim) {
        self.findings.blobs += 1;
        let place = format!("case {}, blob {}", claim.case_id, claim.blob_id);
        let chunks = match self.inspection.chunks(&claim.case_id, &claim.blob_id).await {
            Ok(chunks) => chunks,
            Err(error) => return self.findings.fault(place, error.to_string()),
        };
        let (mut whole, mut sound) = (Sha256::new(), true);
        for chunk in &chunks {
            sound &= self.chunk(&place, chunk, &mut whole).await;
        }
        let (Some(sha256), Some(receipt)) = (&claim.sha256, &claim.receipt) else { return };
        let gapless = chunks.iter().zip(0..).all(|(chunk, n)| chunk.n == n);
        if !gapless {
            self.findings.fault(&place, "it is sealed, but chunks are missing");
        } else if sound && HEXLOWER.encode(&whole.finalize()) != *sha256 {
            self.findings.fault(&place, "the chunks together are not what the digest says");
        }
        let (team, desk) = (&claim.team, &claim.desk);
        self.receipt(
            &place,
            receipt,
            &Said { team, desk, case: &claim.case_id, entry: &claim.blob_id, sha256 },
        );
    }

    /// Whether a chunk is what its row says; its bytes go into `whole`.
    async fn chunk(&mut self, blob: &str, chunk: &ChunkClaim, whole: &mut Sha256) -> bool {
        self.findings.chunks += 1;
        let what = match self.read(chunk, whole) {
            Ok((size, sha256)) if sha256 == chunk.sha256 && i64::try_from(size) == Ok(chunk.size) => {
                return true;
            }
            Ok((size, _)) if i64::try_from(size) != Ok(chunk.size) => {
                format!("the file has {size} bytes and not {}", chunk.size)
            }
            Ok(_) => "the file is not what its digest says".to_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => "the file is missing".to_owned(),
            Err(error) => format!("the file cannot be read: {error}"),
        };
        // A relay at work may have forgotten the blob in the meantime.
        if !matches!(self.inspection.names(&chunk.object).await, Ok(false)) {
            self.findings.fault(format!("{blob}, chunk {} ({})", chunk.n, chunk.object), what);
        }
        false
    }

    fn read(&self, chunk: &ChunkClaim, whole: &mut Sha256) -> io::Result<(u64, String)> {
        let path = blobs::path_of(&self.blobs, &chunk.object)?;
        let (mut size, mut hash) = (0, Sha256::new());
        for_each_part(&path, |part| {
            size += part.len() as u64;
            hash.update(part);
            whole.update(part);
        })?;
        Ok((size, HEXLOWER.encode(&hash.finalize())))
    }

    /// Counts the files that no row names.
    pub(super) async fn loose_files(&mut self) {
        let named: HashSet<String> = match self.inspection.objects().await {
            Ok(objects) => objects.into_iter().collect(),
            Err(error) => return self.findings.fault("chunks", error.to_string()),
        };
        match blobs::list(&self.blobs) {
            Ok(files) => {
                self.findings.loose_files = files.iter().filter(|file| !named.contains(*file)).count() as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => self.findings.fault(self.blobs.display().to_string(), error.to_string()),
        }
    }
}

fn for_each_part(path: &Path, mut take: impl FnMut(&[u8])) -> io::Result<()> {
    let mut file = File::open(path)?;
    let mut part = vec![0; PART_BYTES];
    loop {
        match file.read(&mut part)? {
            0 => return Ok(()),
            n => take(part.get(..n).unwrap_or_default()),
        }
    }
}
