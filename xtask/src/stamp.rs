//! Remembers which inputs dist/ was built from, so that an unchanged browser app is not built again.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::parts::files_below;
use crate::place::Place;

/// Everything the browser app is made from. A file or folder that is missing counts as empty.
const INPUTS: [&str; 16] = [
    "client",
    "shared",
    "keys",
    "policies",
    "Cargo.toml",
    "Cargo.lock",
    "Trunk.toml",
    "index.html",
    "rust-toolchain.toml",
    "tools/package-lock.json",
    "xtask/src/client.rs",
    "xtask/src/parts.rs",
    "xtask/src/seal.rs",
    "xtask/src/seal",
    "xtask/src/size.rs",
    "xtask/src/wasm.rs",
];

/// Hashes names and contents of all inputs below `root`.
pub(crate) fn inputs(root: &Path) -> Result<String> {
    let mut hash = Sha256::new();
    for input in INPUTS {
        for (name, file) in files_of(root, input)? {
            let bytes = std::fs::read(&file).with_context(|| format!("could not read {}", file.display()))?;
            hash.update(format!("{} {name}\n", HEXLOWER.encode(&Sha256::digest(&bytes))));
        }
    }
    Ok(HEXLOWER.encode(&hash.finalize()))
}

/// Whether dist/ is what these inputs gave: the stamp names both, so another build's dist/ is noticed.
pub(crate) fn is_current(place: &Place, inputs: &str) -> bool {
    let stamp = std::fs::read_to_string(file(place)).unwrap_or_default();
    release_of(&place.dist()).is_some_and(|release| stamp == format!("{inputs}\n{release}\n"))
}

/// Remembers that dist/ was made from these inputs.
pub(crate) fn write(place: &Place, inputs: &str) -> Result<()> {
    let release = release_of(&place.dist()).context("dist/release.json is missing after a build")?;
    Ok(std::fs::write(file(place), format!("{inputs}\n{release}\n"))?)
}

/// Forgets, so that a build that fails half-way is done again.
pub(crate) fn forget(place: &Place) -> Result<()> {
    match std::fs::remove_file(file(place)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

fn file(place: &Place) -> PathBuf {
    place.target.join("browser-app.stamp")
}

fn release_of(dist: &Path) -> Option<String> {
    let listing = std::fs::read(dist.join("release.json")).ok()?;
    Some(HEXLOWER.encode(&Sha256::digest(&listing)))
}

fn files_of(root: &Path, input: &str) -> Result<Vec<(String, PathBuf)>> {
    let path = root.join(input);
    if path.is_dir() {
        let files = files_below(&path)?.into_iter();
        return Ok(files.map(|name| (format!("{input}/{name}"), path.join(name))).collect());
    }
    Ok(path.is_file().then(|| (input.to_owned(), path)).into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkout() -> (tempfile::TempDir, Place) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_owned();
        for name in ["client/src", "target", "dist"] {
            std::fs::create_dir_all(root.join(name)).unwrap();
        }
        std::fs::write(root.join("client/src/main.rs"), "fn main() {}").unwrap();
        std::fs::write(root.join("dist/release.json"), "{}").unwrap();
        let place = Place { target: root.join("target"), tools: root.join("tools"), root };
        (folder, place)
    }

    #[test]
    fn the_hash_follows_contents_and_names_of_the_inputs_only() {
        let (_folder, place) = checkout();
        let before = inputs(&place.root).unwrap();
        std::fs::write(place.root.join("README.md"), "other").unwrap();
        assert_eq!(before, inputs(&place.root).unwrap());
        std::fs::write(place.root.join("client/src/main.rs"), "fn main() { }").unwrap();
        let changed = inputs(&place.root).unwrap();
        assert_ne!(before, changed);
        std::fs::rename(place.root.join("client/src/main.rs"), place.root.join("client/src/app.rs")).unwrap();
        assert_ne!(changed, inputs(&place.root).unwrap());
    }

    #[test]
    fn a_stamp_holds_for_its_inputs_and_its_dist_only() {
        let (_folder, place) = checkout();
        assert!(!is_current(&place, "a"));
        write(&place, "a").unwrap();
        assert!(is_current(&place, "a") && !is_current(&place, "b"));
        std::fs::write(place.dist().join("release.json"), "{ }").unwrap();
        assert!(!is_current(&place, "a"));
        write(&place, "a").unwrap();
        forget(&place).unwrap();
        forget(&place).unwrap();
        assert!(!is_current(&place, "a"));
    }
}
