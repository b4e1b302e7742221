//! `sealpost client verify`: whether a relay serves the browser app it says it serves, byte for byte.
//!
//! `sealpost client offline` makes the page in one file.
//!
//! A page cannot vouch for itself. This compares from outside, with a list of hashes that the reader may have from somewhere else.

mod offline;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use clap::{Args, Subcommand};
use data_encoding::HEXLOWER;
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest as _, Sha384};

pub(crate) use self::offline::{OfflineArgs, run as offline};
use crate::config::Context;
use crate::files;
use crate::relay_api::RelayApi;
use crate::ui::plain;

/// A release lists some twenty files in 150 bytes each.
const MAX_MANIFEST_BYTES: u64 = 256 * 1024;
/// The largest file of the app, its vault, has three million.
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;
/// A release of ours has some twenty; a longer list is no release and would be fetched for hours.
const MAX_FILES: usize = 256;

/// `sealpost client …`
#[derive(Debug, Subcommand)]
pub(crate) enum ClientCommand {
    /// Compare every file that a relay serves with the hashes of a release.
    Verify(VerifyArgs),
    /// Make the page in one file that seals without a network, and sign it.
    Offline(Box<OfflineArgs>),
}

/// `sealpost client verify`
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  sealpost client verify https://relay.example --manifest release.json

Without --manifest the relay's own list is taken, which shows that its files are whole and belong together; whether they are the
project's is shown only by a list from another place: `cargo xtask build` of the same source leaves it in dist/release.json. A relay
can serve other bytes to a browser than to this command; the page's service worker keeps the release it has installed.")]
pub(crate) struct VerifyArgs {
    /// Address of the relay.
    pub(crate) relay: String,
    /// The release's list of hashes, from another place than the relay.
    #[arg(long, value_name = "FILE")]
    pub(crate) manifest: Option<PathBuf>,
}

/// The list of a release, as the build writes it.
#[derive(Debug, Deserialize)]
struct Manifest {
    release: String,
    files: BTreeMap<String, Entry>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    sha384: String,
    bytes: u64,
}

/// Fetches and compares every file.
///
/// # Errors
/// When the list is none, a file cannot be fetched, or one differs; each that differs is named.
pub(crate) fn run(context: &Context, args: &VerifyArgs) -> Result<()> {
    let api = RelayApi::new(&args.relay)?;
    let served = api.file("release.json", MAX_MANIFEST_BYTES).context("the relay's release.json")?;
    let (bytes, whose) = match &args.manifest {
        Some(file) => (files::read(file, MAX_MANIFEST_BYTES)?, file.display().to_string()),
        None => (served.clone(), "the relay's own release.json".to_owned()),
    };
    let manifest = parse(&bytes).with_context(|| format!("{whose} is no list of a release"))?;
    let mut wrong = Vec::new();
    if served != bytes {
        wrong.push("release.json: the relay serves another list".to_owned());
    }
    for (done, (path, entry)) in manifest.files.iter().enumerate() {
        context.ui.progress("fetching", done + 1, manifest.files.len());
        wrong.extend(compare(&api, path, entry)?);
    }
    let (good, checked) = (wrong.is_empty(), manifest.files.len());
    context.ui.json(&json!({
        "good": good, "release": manifest.release, "files": checked, "wrong": wrong, "own_list": args.manifest.is_none(),
    }));
    for line in &wrong {
        context.ui.alarm(&plain(line));
    }
    ensure!(
        good,
        "{} does not serve release {} as {whose} lists it; do not write a report there before this is explained",
        args.relay,
        manifest.release
    );
    context
        .ui
        .say(&format!("Good: {checked} files of release {} are as {whose} lists them.", manifest.release));
    if args.manifest.is_none() {
        context.ui.note(
            "The list is the relay's own. Compare the release id with the project's, or give --manifest.",
        );
    }
    Ok(())
}

fn parse(bytes: &[u8]) -> Result<Manifest> {
    let manifest: Manifest = serde_json::from_slice(bytes)?;
    ensure!(
        !manifest.files.is_empty() && manifest.files.len() <= MAX_FILES,
        "it lists no files, or too many"
    );
    let is_path = |path: &String| {
        !path.starts_with('/') && path.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c))
    };
    ensure!(manifest.files.keys().all(is_path), "it lists a file under a name that no release has");
    let is_id = manifest.release.chars().all(|c| c.is_ascii_alphanumeric());
    ensure!(is_id && !manifest.release.is_empty(), "its release has no id");
    Ok(manifest)
}

/// What differs, in words. The page is fetched under the address that browsers use.
fn compare(api: &RelayApi, path: &str, entry: &Entry) -> Result<Option<String>> {
    let address = if path == "index.html" { "" } else { path };
    let served = api.file(address, MAX_FILE_BYTES).with_context(|| path.to_owned())?;
    if served.len() as u64 != entry.bytes {
        return Ok(Some(format!("{path}: {} bytes in place of {}", served.len(), entry.bytes)));
    }
    let digest = HEXLOWER.encode(&Sha384::digest(&served));
    Ok((digest != entry.sha384).then(|| format!("{path}: other bytes than the list says")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_release_is_taken_for_one() {
        let list = |release: &str, path: &str| {
            format!(r#"{{"release":"{release}","files":{{"{path}":{{"sha384":"00","bytes":1}}}}}}"#)
        };
        assert_eq!(parse(list("ab12", "icons/seal.svg").as_bytes()).unwrap().files.len(), 1);
        for (release, path) in
            [("", "a.js"), ("a b", "a.js"), ("a", "/a.js"), ("a", "a.js?x"), ("a", "a\\u0000")]
        {
            assert!(parse(list(release, path).as_bytes()).is_err(), "{release} {path}");
        }
        assert!(parse(br#"{"release":"a","files":{}}"#).is_err());
        assert!(parse(b"<!doctype html>").is_err());
    }
}
