//! Files that are too large for the letter: sealed into the folder before anything is sent, and uploaded after the letter.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use data_encoding::HEXLOWER;
use sealpost_keys::enclosures::{FileSource, seal_enclosures};
use sealpost_keys::{CaseKey, TeamCert};
use sealpost_shared::letter::Enclosures;
use sealpost_shared::limits::MIN_CHUNK_BYTES;
use sealpost_shared::wire::v1::SealRequest;
use sealpost_shared::{BlobId, EntryId, Timestamp};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::CaseFile;
use super::work::{Goods, pay};
use crate::bundle::Bundle;
use crate::config::Context;
use crate::files;
use crate::relay_api::{Of, RelayApi};
use crate::session::make_random;
use crate::ui::megabytes;

const SEALED: &str = "enclosures.pgp";
const RECEIPT: &str = "enclosures-receipt.asc";

/// A file's own name.
pub(super) fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Seals files into the folder; `None` without any.
///
/// # Errors
/// When they are more than the policy takes, or one cannot be read.
pub(super) fn seal(
    context: &Context,
    paths: &[PathBuf],
    mib: u32,
    to: &[TeamCert],
    key: &CaseKey,
    folder: &Path,
    now: Timestamp,
) -> Result<Option<Enclosures>> {
    if paths.is_empty() {
        return Ok(None);
    }
    let sources = paths.iter().map(|path| source(path)).collect::<Result<Vec<_>>>()?;
    let size: u64 = sources.iter().map(|file| file.size).sum();
    ensure!(
        size <= u64::from(mib) << 20,
        "the large files have {} together; this team takes {mib} MiB. Leave something out, or offer it in the report",
        megabytes(size)
    );
    let mut sealing = seal_enclosures(sources, to, key, now)?;
    let (files, expected) = (sealing.files().to_vec(), sealing.expected_bytes());
    let path = folder.join(SEALED);
    let mut out = File::create_new(&path).with_context(|| format!("cannot write {}", path.display()))?;
    let (mut hash, mut size) = (Sha256::new(), 0_u64);
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = sealing.read(&mut buffer).context("the files cannot be sealed")?;
        let bytes = buffer.get(..read).unwrap_or_default();
        if bytes.is_empty() {
            break;
        }
        hash.update(bytes);
        out.write_all(bytes).with_context(|| format!("cannot write {}; make room", path.display()))?;
        size += read as u64;
        context.ui.progress_bytes(size.min(expected), expected);
    }
    out.sync_all()?;
    let blob = BlobId::from_bytes(make_random()?);
    Ok(Some(Enclosures { blob, size, sha256: HEXLOWER.encode(&hash.finalize()), files }))
}

fn source(path: &Path) -> Result<FileSource> {
    let file = File::open(path).with_context(|| format!("cannot open {}; check its name", path.display()))?;
    let data = file.metadata()?;
    ensure!(data.is_file(), "{} is no file; pack a folder into an archive first", path.display());
    Ok(FileSource { name: name(path), size: data.len(), bytes: Box::new(file) })
}

/// Sends what the relay does not have yet, and keeps its receipt. Does nothing without enclosures, or once there is a receipt.
///
/// # Errors
/// When the relay refuses or the line breaks; the next call goes on from there.
pub(in crate::cmd) fn upload(
    context: &Context,
    bundle: &Bundle,
    file: &CaseFile,
    key: &CaseKey,
    folder: &Path,
) -> Result<()> {
    let Some(whole) = &file.enclosures else { return Ok(()) };
    if folder.join(RECEIPT).exists() {
        return Ok(());
    }
    let token = Zeroizing::new(key.capability().to_token());
    let api = RelayApi::new(&file.relay)?;
    let there = api.chunks(file.case, whole.blob, &token)?.chunks;
    let mut sealed = files::buffered(&folder.join(SEALED))?;
    let (mut done, mut count, mut challenge) = (0, 0, None);
    loop {
        let mut chunk = Vec::with_capacity(MIN_CHUNK_BYTES);
        (&mut sealed).take(MIN_CHUNK_BYTES as u64).read_to_end(&mut chunk)?;
        if chunk.is_empty() {
            break;
        }
        if !there.iter().any(|known| known.n == count) {
            let goods =
                Goods { desk: (&file.team, &file.desk), case: file.case, bytes: &chunk, of: Of::Chunk };
            pay(context.ui, &api, goods, &mut challenge, |proof| {
                api.put_chunk(file.case, whole.blob, count, &token, proof, &chunk)
            })?;
        }
        done += chunk.len() as u64;
        count += 1;
        context.ui.progress_bytes(done, whole.size);
    }
    let request = SealRequest { chunks: count, size: whole.size, sha256: whole.sha256.clone() };
    let text = api.seal_blob(file.case, whole.blob, &token, &request)?.receipt()?;
    let (receipt, _) =
        bundle.relay_keys().verify_receipt(&text, context.now()).context("the relay's receipt")?;
    let ours = (receipt.case, receipt.entry) == (file.case, EntryId::from(whole.blob))
        && receipt.sha256 == whole.sha256;
    ensure!(ours, "the relay gave a receipt for something else; treat the files as not received");
    files::create(&folder.join(RECEIPT), text.as_bytes(), 0o600)?;
    context.ui.note(&format!("The large files arrived as well ({}).", megabytes(whole.size)));
    Ok(())
}
