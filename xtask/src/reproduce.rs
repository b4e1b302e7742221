//! `cargo xtask reproduce`: builds the browser app twice, in two folders, and compares the releases byte for byte. What a team signs and
//! what `sealpost client verify` compares is worth something only if others get the same bytes from the same source.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

use crate::place::Place;
use crate::setup::Setup;
use crate::{client, sh, wasm};

/// Two places that have neither their depth nor their length in common.
const FOLDERS: [&str; 2] = ["one", "another/and-deeper"];

/// A release's list.
#[derive(Debug)]
struct Manifest {
    release: String,
    files: BTreeMap<String, serde_json::Value>,
}

/// Builds both and says what differs.
///
/// # Errors
/// When a build fails, or a file differs; each that does is named, and both builds stay for a look.
pub(crate) fn reproduce(place: &Place, source: Option<wasm::Source>) -> Result<()> {
    ensure!(
        std::env::var_os("CARGO_TARGET_DIR").is_none(),
        "CARGO_TARGET_DIR would make both builds share what they compile: unset it"
    );
    let work = place.target.join("reproduce");
    if work.exists() {
        std::fs::remove_dir_all(&work).with_context(|| format!("could not clear {}", work.display()))?;
    }
    let mut manifests = Vec::new();
    for folder in FOLDERS {
        let root = work.join(folder);
        copy_source(place, &root)?;
        sh::say(format_args!("▸ building in {}", root.display()));
        manifests.push(build(place, root, source)?);
    }
    let [one, other] = &manifests[..] else { bail!("there must be two builds") };
    let differ = differences(one, other);
    ensure!(
        differ.is_empty() && one.release == other.release,
        "the two builds differ in {}; compare them below {}",
        differ.join(", "),
        work.display()
    );
    sh::say(format_args!(
        "✓ both builds gave release {}: {} files, byte for byte",
        one.release,
        one.files.len()
    ));
    std::fs::remove_dir_all(&work).with_context(|| format!("could not clear {}", work.display()))
}

/// What git tracks, as it stands in the checkout.
fn copy_source(place: &Place, to: &Path) -> Result<()> {
    let listed = sh::read("listing the sources", place.command("git").args(["ls-files"]))?;
    ensure!(!listed.trim().is_empty(), "git lists no sources here");
    for name in listed.lines() {
        let (source, target) = (place.root.join(name), to.join(name));
        std::fs::create_dir_all(target.parent().context("a file has a folder")?)?;
        std::fs::copy(&source, &target).with_context(|| format!("could not copy {}", source.display()))?;
    }
    Ok(())
}

fn build(place: &Place, root: PathBuf, source: Option<wasm::Source>) -> Result<Manifest> {
    let place = Place { target: root.join("target"), root, tools: place.tools.clone() };
    // A set-up of its own: it remembers which folder's paths are taken out of what is compiled.
    client::build(&place, &Setup::new(source))?;
    let listing = std::fs::read(place.dist().join("release.json"))?;
    Manifest::read(&listing).context("the build's release.json is no list of a release")
}

impl Manifest {
    fn read(listing: &[u8]) -> Option<Self> {
        let mut json: serde_json::Value = serde_json::from_slice(listing).ok()?;
        let release = json["release"].as_str()?.to_owned();
        let files = json["files"].as_object_mut().map(std::mem::take)?.into_iter().collect();
        Some(Self { release, files })
    }
}

fn differences(one: &Manifest, other: &Manifest) -> Vec<String> {
    let names = one.files.keys().chain(other.files.keys().filter(|name| !one.files.contains_key(*name)));
    names.filter(|name| one.files.get(*name) != other.files.get(*name)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(files: &[(&str, u8)]) -> Manifest {
        let files = files.iter().map(|(name, hash)| ((*name).to_owned(), (*hash).into())).collect();
        Manifest { release: String::new(), files }
    }

    #[test]
    fn every_file_that_differs_or_is_missing_on_one_side_is_named() {
        let (one, other) =
            (manifest(&[("a", 1), ("b", 2), ("c", 3)]), manifest(&[("a", 1), ("b", 9), ("d", 4)]));
        assert_eq!(differences(&one, &other), ["b", "c", "d"]);
        assert!(differences(&one, &one).is_empty());
    }
}
