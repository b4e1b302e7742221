//! What comes from npm (wasm-opt, the browser driver, the accessibility rules), installed from tools/package-lock.json
//! into the user's cache under a name that carries the lock file's hash.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::place::{Place, which};
use crate::{sh, tools};

/// playwright-core 1.64.0 and binaryen's Node programs need it.
const OLDEST_NODE: u32 = 20;

/// An installed `node_modules`.
#[derive(Debug, Clone)]
pub(crate) struct Npm {
    modules: PathBuf,
}

impl Npm {
    /// Installs the packages unless these exact ones are there.
    pub(crate) fn ensure(place: &Place) -> Result<Self> {
        let lock = place.root.join("tools/package-lock.json");
        let bytes = std::fs::read(&lock).with_context(|| format!("could not read {}", lock.display()))?;
        let hash = HEXLOWER.encode(&Sha256::digest(&bytes)[..8]);
        let home = place.tools.join(format!("npm-{hash}"));
        let npm = Self { modules: home.join("node_modules") };
        if !npm.axe().is_file() {
            check_node()?;
            install(place, &home)?;
        }
        Ok(npm)
    }

    /// The folder with `wasm-opt`.
    pub(crate) fn bin(&self) -> PathBuf {
        self.modules.join(".bin")
    }

    /// The browser driver's entry, for Node.
    pub(crate) fn playwright(&self) -> PathBuf {
        self.modules.join("playwright-core/cli.js")
    }

    /// The accessibility rules, to be evaluated in a page.
    pub(crate) fn axe(&self) -> PathBuf {
        self.modules.join("axe-core/axe.min.js")
    }
}

fn install(place: &Place, home: &std::path::Path) -> Result<()> {
    let partial = tools::partial_beside(home)?;
    for file in ["package.json", "package-lock.json"] {
        std::fs::copy(place.root.join("tools").join(file), partial.join(file))?;
    }
    let mut command = std::process::Command::new("npm");
    command.current_dir(&partial).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    sh::run_quietly(
        "installing wasm-opt, playwright-core and axe-core from npm (about 10 seconds, once)",
        &mut command,
    )?;
    tools::put_in_place(&partial, home)
}

fn check_node() -> Result<()> {
    let advice =
        "install Node 20 or newer with npm (nodejs.org, your distribution, or nvm) and run this again";
    ensure!(which("node").is_some() && which("npm").is_some(), "node or npm is not on PATH: {advice}");
    let version =
        sh::read("asking Node for its version", std::process::Command::new("node").arg("--version"))?;
    let major = major_of(&version).with_context(|| format!("Node calls itself {version:?}"))?;
    ensure!(major >= OLDEST_NODE, "Node {version} is too old: {advice}");
    Ok(())
}

fn major_of(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_the_first_number() {
        assert_eq!(major_of("v20.20.2"), Some(20));
        assert_eq!(major_of("twenty"), None);
    }
}
