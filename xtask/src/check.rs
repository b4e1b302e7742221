//! `cargo xtask check`: what can be judged without running anything.

use anyhow::Result;

use crate::place::{Place, path_with};
use crate::setup::Setup;
use crate::wasm::TARGET;
use crate::{debian, sh};

/// Crates that only make sense in a browser, so they are judged for its target.
pub(crate) const BROWSER_CRATES: [&str; 2] = ["sealpost-client", "sealpost-vault"];
/// Crates that run in both worlds and are judged for both.
const SHARED_CRATES: [&str; 2] = ["sealpost-client-core", "sealpost-keys"];

/// What `check` may be asked besides.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct Options {
    /// Also asks the advisory database, which needs a network that reaches it.
    #[arg(long)]
    advisories: bool,
}

/// Checks format, lints, dependencies and documentation.
pub(crate) fn check(place: &Place, setup: &Setup, options: Options) -> Result<()> {
    debian::ensure(debian::FOR_BUILDING)?;
    sh::run("format", &mut place.cargo(&["fmt", "--all", "--check"]))?;
    lints(place, setup)?;
    dependencies(place, setup, options)?;
    documentation(place, setup)
}

/// `--workspace` without the browser's crates.
pub(crate) fn native_crates() -> Vec<&'static str> {
    let excluded = BROWSER_CRATES.into_iter().flat_map(|name| ["--exclude", name]);
    ["--workspace"].into_iter().chain(excluded).collect()
}

fn browser_crates(names: &[&'static str]) -> Vec<&'static str> {
    let named = names.iter().flat_map(|name| ["--package", name]);
    ["--target", TARGET].into_iter().chain(named).collect()
}

fn lints(place: &Place, setup: &Setup) -> Result<()> {
    let mut native = place.cargo(&["clippy", "--all-targets"]);
    sh::run("lints", native.args(native_crates()).args(["--", "-D", "warnings"]))?;
    let wasm = setup.wasm(place)?;
    if !wasm.has_clippy() {
        sh::say("  lints for the browser are left out: the compiler from packages has no clippy");
        return Ok(());
    }
    let crates = [BROWSER_CRATES, SHARED_CRATES].concat();
    let mut browser = place.cargo(&["clippy"]);
    browser.args(browser_crates(&crates)).args(["--", "-D", "warnings"]);
    sh::run("lints for the browser", wasm.apply(&mut browser))
}

fn dependencies(place: &Place, setup: &Setup, options: Options) -> Result<()> {
    let folder = setup.cargo_deny(place)?;
    let mut command = place.cargo(&[
        "deny",
        "--all-features",
        "check",
        "--allow",
        "unused-wrapper",
        "bans",
        "licenses",
        "sources",
    ]);
    if options.advisories {
        command.arg("advisories");
    }
    sh::run("licences, sources, borders between crates", command.env("PATH", path_with(&[folder])?))
}

fn documentation(place: &Place, setup: &Setup) -> Result<()> {
    let mut native = place.cargo(&["doc", "--no-deps"]);
    sh::run("documentation", native.args(native_crates()).env("RUSTDOCFLAGS", "-D warnings"))?;
    let wasm = setup.wasm(place)?;
    if !wasm.has_clippy() {
        return Ok(());
    }
    let mut browser = place.cargo(&["doc", "--no-deps"]);
    browser.args(browser_crates(&BROWSER_CRATES)).env("RUSTDOCFLAGS", "-D warnings");
    sh::run("documentation of the browser app", wasm.apply(&mut browser))
}
