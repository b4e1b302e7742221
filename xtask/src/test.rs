//! `cargo xtask test`: every test, from the smallest to the whole system. The whole system comes last and nothing is
//! printed after it, so that the output ends with its result.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::check::native_crates;
use crate::parts::files_below;
use crate::place::{Place, which};
use crate::setup::Setup;
use crate::wasm::TARGET;
use crate::{binaries, client, debian, fuzz, sh};

/// The crate of whole-system tests.
const SYSTEM: &str = "sealpost-tests";
/// Everything but documentation tests: an empty crate's "0 passed" would end the output.
const KINDS: [&str; 3] = ["--lib", "--bins", "--tests"];
/// Crates that may have tests for the browser's target, and their folders.
const BROWSER_TESTS: [(&str, &str); 4] = [
    ("sealpost-keys", "keys"),
    ("sealpost-client-core", "client/core"),
    ("sealpost-vault", "client/vault"),
    ("sealpost-client", "client"),
];

/// Property tests draw the same cases in every run, so that a red run is the change's doing and can be had again. Set the variable
/// to draw others.
const SEED: (&str, &str) = ("PROPTEST_RNG_SEED", "4880");

/// Which tests to run.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// Only tests whose name contains this.
    filter: Option<String>,
    /// Only the long ones, which are left out else: minutes each.
    #[arg(long)]
    long: bool,
}

impl Options {
    /// What the tests' own programs are told.
    fn arguments(&self) -> impl Iterator<Item = &str> {
        self.long.then_some("--ignored").into_iter().chain(self.filter.as_deref())
    }
}

/// Runs the tests.
pub(crate) fn test(place: &Place, setup: &Setup, options: &Options) -> Result<()> {
    debian::ensure(debian::FOR_BUILDING)?;
    debian::ensure(debian::FOR_TESTING)?;
    client::build(place, setup)?;
    binaries::build_debug(place)?;
    native(place, setup, options)?;
    browser(place, setup, options)?;
    if options.filter.is_none() && !options.long {
        fuzz::briefly(place)?;
    }
    system(place, setup, options)
}

fn native(place: &Place, setup: &Setup, options: &Options) -> Result<()> {
    let mut command = place.cargo(&["test"]);
    if std::env::var_os(SEED.0).is_none() {
        command.env(SEED.0, SEED.1);
    }
    command.env("SEALPOST_NODE", which("node").context("node is not on PATH")?);
    command.env("SEALPOST_S3RVER", setup.peers(place)?.s3rver());
    command.args(native_crates()).args(["--exclude", SYSTEM]).args(KINDS).arg("--").args(options.arguments());
    sh::run("tests of every crate", &mut command)
}

fn browser(place: &Place, setup: &Setup, options: &Options) -> Result<()> {
    for (package, folder) in BROWSER_TESTS {
        let targets = wasm_tests(&place.root.join(folder))?;
        if targets.is_empty() {
            continue;
        }
        let runner = setup.wasm_bindgen(place)?.join("wasm-bindgen-test-runner");
        let driver = which("chromedriver").context("chromedriver is not on PATH")?;
        let mut command = place.cargo(&["test", "--target", TARGET, "--package", package, "--all-features"]);
        command.args(targets).arg("--").args(options.arguments());
        setup.wasm(place)?.apply(&mut command).env("CHROMEDRIVER", driver);
        command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner);
        sh::run(&format!("wasm tests of {package}"), &mut command)?;
    }
    Ok(())
}

fn system(place: &Place, setup: &Setup, options: &Options) -> Result<()> {
    let mut command = place.cargo(&["test", "--package", SYSTEM]);
    command.args(KINDS).arg("--").args(options.arguments());
    with_tools(place, setup, &mut command)?;
    sh::run_last("tests of the whole system", &mut command)
}

/// Tells whole-system tests where everything is that they start.
pub(crate) fn with_tools(place: &Place, setup: &Setup, command: &mut Command) -> Result<()> {
    let (npm, peers) = (setup.npm(place)?, setup.peers(place)?);
    let node = which("node").context("node is not on PATH")?;
    command.env("PLAYWRIGHT_NODE_EXE", &node).env("SEALPOST_NODE", &node);
    command.env("SEALPOST_OPENPGP_JS", peers.openpgp_js()).env("SEALPOST_PYTHON", peers.python());
    command.env("PLAYWRIGHT_CLI_JS", npm.playwright()).env("SEALPOST_AXE", npm.axe());
    command.env("SEALPOST_CHROMIUM", which("chromium").context("chromium is not on PATH")?);
    command.env("SEALPOST_CALENDAR_PYTHON", setup.python(place)?);
    command.env("SEALPOST_BIN_DIR", place.target.join("debug")).env("SEALPOST_DIST", place.dist());
    Ok(())
}

/// The arguments that select a crate's tests for the browser's target: its other tests may not even compile there.
fn wasm_tests(krate: &Path) -> Result<Vec<String>> {
    let mut targets = Vec::new();
    if any_has_wasm_tests(&krate.join("src"))? {
        targets.push("--lib".to_owned());
    }
    let tests = krate.join("tests");
    if tests.is_dir() {
        for name in files_below(&tests)? {
            let stem = name.strip_suffix(".rs").filter(|stem| !stem.contains('/'));
            if let Some(stem) = stem.filter(|_| has_wasm_tests(&tests.join(&name))) {
                targets.extend(["--test".to_owned(), stem.to_owned()]);
            }
        }
    }
    Ok(targets)
}

fn any_has_wasm_tests(folder: &Path) -> Result<bool> {
    Ok(files_below(folder)?.iter().any(|name| has_wasm_tests(&folder.join(name))))
}

fn has_wasm_tests(file: &Path) -> bool {
    std::fs::read_to_string(file).is_ok_and(|text| text.contains("wasm_bindgen_test"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_with_wasm_tests_are_selected() {
        let krate = tempfile::tempdir().unwrap();
        for (file, content) in [
            ("src/lib.rs", "#[test] fn native() {}"),
            ("tests/gpg.rs", "#[test] fn native() {}"),
            ("tests/wasm.rs", "#[wasm_bindgen_test] fn browser() {}"),
            ("tests/wasm/part.rs", "use wasm_bindgen_test::*;"),
        ] {
            let file = krate.path().join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, content).unwrap();
        }
        assert_eq!(wasm_tests(krate.path()).unwrap(), ["--test", "wasm"]);
    }
}
