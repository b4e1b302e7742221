//! The pinned Cargo tools: each is built once into the user's cache and found there in milliseconds afterwards.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::place::Place;
use crate::sh;

/// One tool built by `cargo install`.
#[derive(Debug, Clone)]
pub(crate) struct Tool {
    package: &'static str,
    version: String,
    binary: &'static str,
    locked: bool,
    /// What a person should expect on two cores.
    takes: &'static str,
}

impl Tool {
    /// Builds the browser app. 0.22 needs a newer compiler than rust-toolchain.toml names.
    pub(crate) fn trunk() -> Self {
        Self::new("trunk", "0.21.14", "trunk", true, "about 3 minutes")
    }

    /// Writes the JavaScript side of the wasm. It must be exactly the version of the crate in Cargo.lock.
    /// Not `--locked`: the lock file it was published with names a crate that is no longer offered.
    pub(crate) fn wasm_bindgen(place: &Place) -> Result<Self> {
        let version = locked_version(&place.root.join("Cargo.lock"), "wasm-bindgen")?;
        let mut tool = Self::new("wasm-bindgen-cli", "", "wasm-bindgen", false, "about 2 minutes");
        tool.version = version;
        Ok(tool)
    }

    /// Checks licences, sources and the borders between crates.
    pub(crate) fn cargo_deny() -> Self {
        Self::new("cargo-deny", "0.20.2", "cargo-deny", true, "about 2 minutes")
    }

    fn new(
        package: &'static str,
        version: &str,
        binary: &'static str,
        locked: bool,
        takes: &'static str,
    ) -> Self {
        Self { package, version: version.to_owned(), binary, locked, takes }
    }

    /// The folder with the tool's programs, which is there once [`Tool::ensure`] has returned.
    pub(crate) fn bin(&self, place: &Place) -> PathBuf {
        self.home(place).join("bin")
    }

    /// Installs the tool unless it is there, and returns the folder with its programs.
    pub(crate) fn ensure(&self, place: &Place) -> Result<PathBuf> {
        let bin = self.bin(place);
        if !bin.join(self.binary).is_file() {
            self.install(place)?;
        }
        Ok(bin)
    }

    fn home(&self, place: &Place) -> PathBuf {
        place.tools.join(format!("{}-{}", self.package, self.version))
    }

    fn install(&self, place: &Place) -> Result<()> {
        let partial = partial_beside(&self.home(place))?;
        let mut command = place.cargo(&["install", self.package, "--version", &self.version]);
        command.args(["--no-default-features", "--root"]).arg(&partial);
        if self.locked {
            command.arg("--locked");
        }
        // A tool runs for seconds and is built once, so it is built fast, and never into the project's target.
        command.env_remove("CARGO_TARGET_DIR").env_remove("CARGO_BUILD_TARGET").env_remove("RUSTFLAGS");
        command.env("CARGO_PROFILE_RELEASE_LTO", "off").env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
        command.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
        let what = format!("installing {} {} ({}, once)", self.package, self.version, self.takes);
        sh::run_quietly(&what, &mut command)?;
        put_in_place(&partial, &self.home(place))
    }
}

/// Makes an empty folder beside `home` for an install that may be interrupted.
pub(crate) fn partial_beside(home: &Path) -> Result<PathBuf> {
    let name = home.file_name().context("a tool's folder has a name")?.to_string_lossy();
    let partial = home.with_file_name(format!(".partial-{name}-{}", std::process::id()));
    if partial.exists() {
        std::fs::remove_dir_all(&partial)?;
    }
    std::fs::create_dir_all(&partial).with_context(|| format!("could not make {}", partial.display()))?;
    Ok(partial)
}

/// Renames a finished install to where it is looked for, so that half an install is never found.
pub(crate) fn put_in_place(partial: &Path, home: &Path) -> Result<()> {
    if home.exists() {
        std::fs::remove_dir_all(home)?;
    }
    std::fs::rename(partial, home).with_context(|| format!("could not put {} in place", home.display()))
}

/// Reads the version of one package from Cargo.lock.
fn locked_version(lock: &Path, package: &str) -> Result<String> {
    let text = std::fs::read_to_string(lock).with_context(|| format!("could not read {}", lock.display()))?;
    version_in(&text, package).with_context(|| {
        format!("{} does not name {package}: is the client in the workspace?", lock.display())
    })
}

fn version_in(lock: &str, package: &str) -> Option<String> {
    let wanted = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| **line != wanted);
    let version = lines.nth(1)?.strip_prefix("version = \"")?.strip_suffix('"')?;
    Some(version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_the_exact_package() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"9.9.9\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(version_in(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(version_in(lock, "wasm"), None);
    }

    #[test]
    fn an_interrupted_install_is_replaced_by_a_whole_one() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("tool-1");
        std::fs::create_dir_all(home.join("half")).unwrap();
        let partial = partial_beside(&home).unwrap();
        std::fs::write(partial.join("whole"), "").unwrap();
        put_in_place(&partial, &home).unwrap();
        assert!(home.join("whole").is_file() && !home.join("half").exists() && !partial.exists());
    }
}
