//! The browser's target from Debian 12's packages: its web compiler builds its own standard library from source.
//! Takes about a minute, needs root once, and no other server than Debian's and the crates registry.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::{TARGET, is_in, rust_lld};
use crate::place::Place;
use crate::{debian, sh, tools};

/// Debian's own, never the ones of rustup that come first on PATH.
const RUSTC: &str = "/usr/bin/rustc";
const CARGO: &str = "/usr/bin/cargo";
const PACKAGES: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];
/// std with its panic runtime, and the harness that `cargo test` links.
const BUILD_STD: &str = "-Zbuild-std=std,panic_abort,test";

pub(super) fn is_debian_12() -> bool {
    let text = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    text.contains("VERSION_CODENAME=bookworm")
}

/// Builds the standard library into the compiler's sysroot unless it is there.
pub(super) fn ensure(place: &Place) -> Result<()> {
    if ![RUSTC, CARGO, "/usr/src/rustc"].iter().all(|path| is_there(path)) {
        debian::install(&PACKAGES)?;
    }
    let sysroot =
        sh::read("asking Debian's rustc for its sysroot", Command::new(RUSTC).args(["--print", "sysroot"]))?;
    let sysroot = PathBuf::from(sysroot);
    if is_in(&sysroot) {
        return Ok(());
    }
    let workshop = tools::partial_beside(&place.tools.join("wasm-std"))?;
    let built = build(&workshop).and_then(|()| install(&workshop, &sysroot));
    std::fs::remove_dir_all(&workshop)?;
    built
}

/// What makes cargo use this compiler with rustup's linker.
pub(super) fn variables(rustup: &Path, target: &Path) -> Result<[(&'static str, OsString); 3]> {
    Ok([
        ("RUSTC", RUSTC.into()),
        ("CARGO_TARGET_DIR", target.into()),
        ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", rust_lld(rustup)?.into()),
    ])
}

/// A path, or one that goes on with a version: `/usr/src/rustc` finds `/usr/src/rustc-1.96.0`.
fn is_there(path: &str) -> bool {
    let path = Path::new(path);
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return false;
    };
    let Ok(entries) = std::fs::read_dir(folder) else {
        return false;
    };
    let name = name.to_string_lossy();
    entries.flatten().any(|entry| {
        let found = entry.file_name();
        let found = found.to_string_lossy();
        found == name
            || found.strip_prefix(&*name).is_some_and(|rest| rest.starts_with('-') && name == "rustc")
    })
}

fn build(workshop: &Path) -> Result<()> {
    std::fs::create_dir_all(workshop.join("src"))?;
    std::fs::write(workshop.join("src/lib.rs"), "")?;
    let manifest = "[package]\nname = \"carrier\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n";
    std::fs::write(workshop.join("Cargo.toml"), manifest)?;
    let mut command = Command::new(CARGO);
    command.current_dir(workshop).args(["build", "--release", "--target", TARGET, BUILD_STD]);
    command.env("RUSTC", RUSTC).env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", "-Cembed-bitcode=yes");
    command.env("CARGO_TARGET_DIR", workshop.join("target"));
    sh::run_quietly(
        "building the browser's standard library from Debian's source (about a minute, once)",
        &mut command,
    )
}

fn install(workshop: &Path, sysroot: &Path) -> Result<()> {
    let built = workshop.join("target").join(TARGET).join("release/deps");
    let folder = sysroot.join("lib/rustlib").join(TARGET).join("lib");
    std::fs::create_dir_all(&folder).with_context(|| format!("could not make {}", folder.display()))?;
    let mut copied = 0;
    for entry in std::fs::read_dir(&built).with_context(|| format!("could not list {}", built.display()))? {
        let file = entry?.path();
        let name = file.file_name().unwrap_or_default().to_owned();
        if file.extension().is_some_and(|ending| ending == "rlib")
            && !name.to_string_lossy().starts_with("libcarrier")
        {
            std::fs::copy(&file, folder.join(name))?;
            copied += 1;
        }
    }
    ensure!(copied > 0 && is_in(sysroot), "the build left no standard library in {}", built.display());
    Ok(())
}
