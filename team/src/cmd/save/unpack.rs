//! From a sealed blob to files in a temporary folder, none of which has its name yet.

use std::io::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, ensure};
use sealpost_keys::UncheckedCert;
use sealpost_keys::enclosures::{Member, OpenedEnclosures, TarFiles};
use sealpost_shared::Timestamp;
use sealpost_shared::letter::Enclosures;
use sealpost_shared::limits::{MAX_ENCLOSURES_MIB, max_blob_bytes};

use super::Unpacked;
use crate::ui::{Ui, line};

/// Unpacks and verifies. Without a good signature nothing of it is handed out, and the temporary files go.
///
/// # Errors
/// When the message is damaged, signed by another, or no tar.
pub(super) fn unpack(
    ui: Ui,
    opened: &mut OpenedEnclosures<'_>,
    announced: &Enclosures,
    signers: &[UncheckedCert],
    now: Timestamp,
    folder: &Path,
) -> Result<Vec<Unpacked>> {
    // Parsers panic on input that nobody thought of.
    let work = AssertUnwindSafe(|| {
        let unpacked = unpack_all(ui, opened, folder)?;
        opened.verify(signers, now).context("the files do not carry the reporter's signature")?;
        Ok::<_, anyhow::Error>(unpacked)
    });
    let unpacked = catch_unwind(work)
        .unwrap_or_else(|_| Err(anyhow!("the files are damaged in a way that nobody thought of")));
    let unpacked = unpacked.context("nothing was unpacked")?;
    if unpacked.len() != announced.files.len() {
        ui.warn(&format!("the letter names {} files, and {} came", announced.files.len(), unpacked.len()));
    }
    Ok(unpacked)
}

fn unpack_all(ui: Ui, opened: &mut OpenedEnclosures<'_>, folder: &Path) -> Result<Vec<Unpacked>> {
    let mut tar = TarFiles::new(opened, max_blob_bytes(MAX_ENCLOSURES_MIB));
    let mut unpacked = Vec::new();
    while let Some(member) = tar.next_member()? {
        match member {
            Member::File(named) => {
                let mut file = private_file(folder)?;
                let written = io::copy(&mut tar, &mut file)?;
                ensure!(written == named.size, "the archive is cut off");
                file.flush()?;
                unpacked.push(Unpacked { name: named.name, file });
            }
            Member::LeftOut { name, what } => ui.warn(&format!("left out “{}”: {what}", line(&name))),
        }
    }
    Ok(unpacked)
}

/// A file without a name that anybody chose, for the owner only.
pub(super) fn private_file(folder: &Path) -> Result<tempfile::NamedTempFile> {
    tempfile::NamedTempFile::new_in(folder).with_context(|| format!("cannot write into {}", folder.display()))
}
