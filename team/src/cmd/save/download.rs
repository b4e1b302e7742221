//! Fetching a sealed blob in slices, from where the last try stopped. What is on the disk afterwards is what the letter says, byte for byte.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use data_encoding::HEXLOWER;
use sealpost_shared::CaseId;
use sealpost_shared::letter::Enclosures;
use sealpost_shared::limits::{MAX_ENCLOSURES_MIB, max_blob_bytes};
use sha2::{Digest as _, Sha256};

use crate::config::Context;
use crate::relay_api::{ApiError, RelayApi};
use crate::session::Session;
use crate::ui::megabytes;

/// What one request fetches: a line that breaks loses at most this much.
const SLICE_BYTES: u64 = 2 << 20;

/// Brings a blob to `path`.
///
/// # Errors
/// When it is not at the relay, or not what the letter says; what was fetched of a good blob stays.
pub(super) fn download(
    context: &Context,
    api: &RelayApi,
    session: &mut Session<'_>,
    case: CaseId,
    wanted: &Enclosures,
    path: &Path,
) -> Result<()> {
    ensure!(
        wanted.size <= max_blob_bytes(MAX_ENCLOSURES_MIB),
        "the letter announces {} of files, more than any policy allows; they were not fetched",
        megabytes(wanted.size)
    );
    let mut file = OpenOptions::new().create(true).append(true).read(true).mode(0o600).open(path)?;
    let mut have = file.metadata()?.len();
    if have > wanted.size {
        file.set_len(0)?;
        have = 0;
    }
    while have < wanted.size {
        let end = wanted.size.min(have + SLICE_BYTES);
        let slice = session.call(|token| api.blob(case, wanted.blob, token, have..end));
        let slice = slice.map_err(|why| missing(why, api, session, case, wanted))?;
        ensure!(
            slice.len() as u64 == end - have,
            "the relay sends fewer bytes than the letter announces; ask who runs it"
        );
        file.write_all(&slice)
            .with_context(|| format!("cannot write {}; make room, and run this again", path.display()))?;
        have = end;
        context.ui.progress_bytes(have, wanted.size);
    }
    if digest(path)? == wanted.sha256 {
        return Ok(());
    }
    std::fs::remove_file(path)?;
    bail!(
        "the relay's files are not those that the letter names (SHA-256 differs): nothing was unpacked. Run this again, and ask who runs the relay if it stays so"
    )
}

/// Says how far a blob has come that cannot be read yet.
fn missing(
    why: anyhow::Error,
    api: &RelayApi,
    session: &mut Session<'_>,
    case: CaseId,
    wanted: &Enclosures,
) -> anyhow::Error {
    if !ApiError::is_not_found(&why) {
        return why.context("the download stopped; run this again, and it goes on where it was");
    }
    let blobs = session.call(|token| api.blobs(case, token)).map(|answer| answer.blobs).unwrap_or_default();
    let there = blobs.iter().find(|blob| blob.blob == wanted.blob).map_or(0, |blob| blob.size);
    anyhow::anyhow!(
        "the files are still on their way: {} of {} have arrived. The reporter's page sends the rest as soon as it is open and online; try again later",
        megabytes(there),
        megabytes(wanted.size)
    )
}

fn digest(path: &Path) -> Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(HEXLOWER.encode(&hash.finalize()));
        }
        hash.update(buffer.get(..read).unwrap_or_default());
    }
}
