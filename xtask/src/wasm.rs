//! The compiler for the browser: where `wasm32-unknown-unknown` comes from and how cargo is told.

mod packages;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::place::{Place, which};
use crate::{debian, sh};

/// The browser's target.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Where the target's standard library comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Source {
    /// `rustup target add`.
    Rustup,
    /// Debian 12's own compiler and sources, for machines that cannot reach rustup's server.
    Packages,
}

/// A compiler that can build for the browser.
#[derive(Debug, Clone)]
pub(crate) struct Wasm {
    source: Source,
    variables: Vec<(&'static str, OsString)>,
    target: PathBuf,
}

impl Wasm {
    /// Finds the target, or installs it: from rustup, and where that cannot be, from Debian's packages.
    pub(crate) fn ensure(place: &Place, wanted: Option<Source>) -> Result<Self> {
        let sysroot = sysroot(place)?;
        let source = match wanted {
            Some(Source::Packages) => Source::Packages,
            _ if is_in(&sysroot) => Source::Rustup,
            Some(Source::Rustup) => add(place).map(|()| Source::Rustup)?,
            None => add(place).map_or_else(fall_back, |()| Ok(Source::Rustup))?,
        };
        let mut wasm =
            Self { source, variables: vec![same_paths_everywhere(place)], target: place.target.clone() };
        if source == Source::Packages {
            packages::ensure(place)?;
            // Its own target folder: two compilers in one would rebuild everything at each change of hands.
            wasm.target = place.target.join("packages");
            wasm.variables.extend(packages::variables(&sysroot, &wasm.target)?);
        }
        Ok(wasm)
    }

    /// Makes cargo, or a tool that calls cargo, use this compiler.
    pub(crate) fn apply<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.envs(self.variables.iter().map(|(name, value)| (name, value)))
    }

    /// Where cargo puts what it builds for the browser under a profile.
    pub(crate) fn built(&self, profile: &str) -> PathBuf {
        self.target.join(TARGET).join(profile)
    }

    /// Whether clippy of rust-toolchain.toml can see the target.
    pub(crate) fn has_clippy(&self) -> bool {
        self.source == Source::Rustup
    }
}

fn add(place: &Place) -> Result<()> {
    if which("rustup").is_none() {
        bail!("rustup is not on PATH: install it from rustup.rs and run this again");
    }
    let mut command = place.command("rustup");
    sh::run_quietly(
        "adding the wasm32-unknown-unknown target (about 20 seconds, once)",
        command.args(["target", "add", TARGET]),
    )
}

fn fall_back(why: anyhow::Error) -> Result<Source> {
    if !packages::is_debian_12() || !debian::is_root()? {
        return Err(
            why.context("no wasm32-unknown-unknown; root on Debian 12 could build it from packages instead")
        );
    }
    sh::say(format_args!(
        "  rustup could not add it ({why:#})\n  building it from Debian's packages instead"
    ));
    Ok(Source::Packages)
}

fn sysroot(place: &Place) -> Result<PathBuf> {
    let path = sh::read("asking rustc for its sysroot", place.command("rustc").args(["--print", "sysroot"]))?;
    Ok(PathBuf::from(path))
}

/// Whether a sysroot holds the target's standard library.
fn is_in(sysroot: &Path) -> bool {
    let folder = sysroot.join("lib/rustlib").join(TARGET).join("lib");
    let Ok(entries) = std::fs::read_dir(folder) else {
        return false;
    };
    entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
}

/// Panic messages carry source paths; without the first flags the bytes would depend on who built them and where.
fn same_paths_everywhere(place: &Place) -> (&'static str, OsString) {
    let cargo = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo = cargo.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let pairs = [(cargo, "/cargo"), (Some(place.root.clone()), "/sealpost")];
    let flags = pairs.into_iter().filter_map(|(from, to)| {
        let from = from?.into_os_string().into_string().ok()?;
        // The variable is split at spaces, so a path with one stays as it is.
        (!from.contains(char::is_whitespace)).then(|| format!("--remap-path-prefix={from}={to}"))
    });
    // Leptos then keeps its views behind few types: a sixth less code for the page, and no other crate minds.
    let flags: Vec<String> = flags.chain(["--cfg=erase_components".to_owned()]).collect();
    ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags.join(" ").into())
}

/// rustup's linker, which Debian's compiler lacks.
fn rust_lld(sysroot: &Path) -> Result<PathBuf> {
    let hosts = sysroot.join("lib/rustlib");
    let entries = std::fs::read_dir(&hosts).with_context(|| format!("could not list {}", hosts.display()))?;
    let mut found =
        entries.flatten().map(|entry| entry.path().join("bin/rust-lld")).filter(|file| file.is_file());
    found.next().with_context(|| format!("no rust-lld below {}", hosts.display()))
}
