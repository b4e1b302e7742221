//! The files of blobs against the rows that name them.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use futures_util::TryStreamExt as _;
use sealpost_shared::Timestamp;
use sha2::{Digest as _, Sha256};

use super::Walk;
use super::rows::Said;
use crate::blobs::{BlobFiles, BlobsAddress, PART_BYTES, local};
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
        let what = match self.chunks.read(chunk, whole).await {
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

    /// Counts the files that no row names.
    pub(super) async fn loose_files(&mut self) {
        let named: HashSet<String> = match self.inspection.objects().await {
            Ok(objects) => objects.into_iter().collect(),
            Err(error) => return self.findings.fault("chunks", error.to_string()),
        };
        match self.chunks.list().await {
            Ok(files) => {
                self.findings.loose_files = files.iter().filter(|file| !named.contains(*file)).count() as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => self.findings.fault("files", error.to_string()),
        }
    }
}

/// The chunks' files, to be read.
#[derive(Debug)]
pub(super) enum Chunks {
    Folder(PathBuf),
    Bucket(BlobFiles),
}

impl Chunks {
    pub(super) fn open(address: &BlobsAddress) -> io::Result<Self> {
        match address {
            BlobsAddress::Folder(folder) => Ok(Self::Folder(folder.clone())),
            BlobsAddress::Bucket(_) => BlobFiles::open_to_read(address).map(Self::Bucket),
        }
    }

    /// Reads one; says its size and digest. Its bytes go into `whole`, too.
    async fn read(&self, chunk: &ChunkClaim, whole: &mut Sha256) -> io::Result<(u64, String)> {
        let (mut size, mut hash) = (0, Sha256::new());
        let take = |part: &[u8]| {
            size += part.len() as u64;
            hash.update(part);
            whole.update(part);
        };
        match self {
            Self::Folder(folder) => for_each_part(&local::path_of(folder, &chunk.object)?, take)?,
            Self::Bucket(files) => fetch(files, &chunk.object, take).await?,
        }
        Ok((size, HEXLOWER.encode(&hash.finalize())))
    }

    async fn list(&self) -> io::Result<Vec<String>> {
        match self {
            Self::Folder(folder) => local::list(folder),
            Self::Bucket(files) => Ok(files.older_than(Timestamp::from_seconds(i64::MAX)).await?),
        }
    }
}

async fn fetch(files: &BlobFiles, object: &str, mut take: impl FnMut(&[u8])) -> io::Result<()> {
    let size = files.size(object).await?;
    let mut parts = std::pin::pin!(files.read(object, 0..size));
    while let Some(part) = parts.try_next().await? {
        take(&part);
    }
    Ok(())
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
