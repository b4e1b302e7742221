//! The file of a case that the offline page saved: unpacked into a folder like the one that `sealpost report --out` makes.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use data_encoding::BASE64;
use sealpost_keys::CaseKey;
use sealpost_keys::backup::open_backup;
use sealpost_shared::letter::Severity;
use sealpost_shared::wire::v1::BundleResponse;
use sealpost_shared::{CaseId, Timestamp, limits};
use serde::Deserialize;

use super::read_folder;
use crate::bundle::{self, Bundle, SignerOption, sha256};
use crate::cmd::report::CaseFile;
use crate::files;

/// A letter and its own copy, in base64 and that in armor, what the letter was made from, and a bundle.
const MAX_FILE_BYTES: u64 = 32 << 20;

/// What of the file is needed here. **Rule:** PROTOCOL.md, "The backup file".
#[derive(Deserialize)]
struct Backup {
    #[serde(default)]
    written: Vec<Written>,
}

#[derive(Deserialize)]
struct Written {
    bundle: BundleResponse,
    report: Told,
    sealed: Sealed,
    at: Timestamp,
}

#[derive(Deserialize)]
struct Told {
    severity: Option<Severity>,
    exploited: bool,
}

#[derive(Deserialize)]
struct Sealed {
    case: CaseId,
    sealed: String,
    sha256: String,
}

/// Makes the folder beside the file, or finds the one that was made before; gives its path.
///
/// # Errors
/// When the words are others, the file is none of the offline page, or the folder's place is taken.
pub(super) fn unpack(file: &Path, words: &str, key: &CaseKey) -> Result<PathBuf> {
    let armored = files::read_text(file, MAX_FILE_BYTES)?;
    let opened = open_backup(&armored, words).with_context(|| file.display().to_string())?;
    let backup: Backup = serde_json::from_str(&opened).context("this file was made by another version")?;
    let written = backup.written.into_iter().find(|written| written.sealed.case == key.case_id());
    let written = written.with_context(|| {
        format!("{} holds no report of the offline page under these words; a file of the browser app is opened there", file.display())
    })?;
    let folder = file.with_file_name(format!("sealpost-case-{}", key.case_id().short()));
    if folder.exists() {
        let there = read_folder(&folder)?;
        ensure!(there.case == key.case_id(), "{} belongs to another case; move it away", folder.display());
        return Ok(folder);
    }
    keep(&folder, &written)?;
    Ok(folder)
}

fn keep(folder: &Path, written: &Written) -> Result<()> {
    let Written { bundle: fetched, report, sealed, at } = written;
    let letter =
        BASE64.decode(sealed.sealed.as_bytes()).context("the sealed report in this file is damaged")?;
    ensure!(
        letter.len() <= limits::MAX_LETTER_BYTES && sha256(&letter) == sealed.sha256,
        "the sealed report in this file is damaged; take a copy of the file, or write the report again"
    );
    let signer = bundle::claimed_signer(fetched)?;
    let slug = sealpost_shared::policy::Policy::from_toml(&fetched.policy)?.identity.slug;
    let checked = Bundle::check(fetched.clone(), &slug, &signer, SignerOption::Fingerprint, *at)?;
    let file = CaseFile {
        relay: checked.origin().to_owned(),
        team: slug,
        desk: checked.policy().team_desk().id.clone(),
        case: sealed.case,
        fingerprint: signer,
        sent: None,
        sha256: sealed.sha256.clone(),
        severity: report.severity,
        exploited: report.exploited,
        heard: Vec::new(),
        said: Vec::new(),
        enclosures: None,
    };
    files::private_folder(folder)?;
    files::create(&folder.join("report.pgp"), &letter, 0o600)?;
    files::create(&folder.join("bundle.json"), &serde_json::to_vec(fetched)?, 0o600)?;
    file.keep(folder)
}
