//! What comes from Debian: the browser for the tests, GnuPG as a peer, headers for the driver's TLS library.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::place::which;
use crate::sh;

/// One Debian package and how to see that it is there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Package {
    name: &'static str,
    program: Option<&'static str>,
    file: Option<&'static str>,
    /// A Python module.
    module: Option<&'static str>,
}

const fn program(name: &'static str, program: &'static str) -> Package {
    Package { name, program: Some(program), file: None, module: None }
}

/// What every compilation of the whole workspace needs: the browser driver's crate links OpenSSL.
pub(crate) const FOR_BUILDING: &[Package] = &[
    program("pkg-config", "pkg-config"),
    Package { name: "libssl-dev", program: None, file: Some("/usr/include/openssl/ssl.h"), module: None },
];

/// What the demonstration needs: the team's keys live in GnuPG.
pub(crate) const FOR_THE_DEMO: &[Package] = &[program("gnupg", "gpg")];

/// What the tests need besides: a browser and its driver, GnuPG and curl as the team's plain way, Sequoia as a peer, Python for a newer
/// one, strace for what is on the disk when, and PostgreSQL for relays that share their cases.
pub(crate) const FOR_TESTING: &[Package] = &[
    program("chromium", "chromium"),
    program("chromium-driver", "chromedriver"),
    program("gnupg", "gpg"),
    program("curl", "curl"),
    program("strace", "strace"),
    // libFuzzer is C++.
    program("g++", "g++"),
    program("sq", "sq"),
    program("sqop", "sqop"),
    program("python3", "python3"),
    Package { name: "python3-venv", program: None, file: None, module: Some("ensurepip") },
    // Its programs are on nobody's PATH. The tests run servers of their own; the one that the package sets up is left alone.
    Package {
        name: "postgresql",
        program: None,
        file: Some("/usr/lib/postgresql/15/bin/initdb"),
        module: None,
    },
];

/// Installs what is missing when that is possible, and otherwise says what to type.
pub(crate) fn ensure(packages: &[Package]) -> Result<()> {
    let missing: Vec<&str> =
        packages.iter().filter(|package| !is_there(package)).map(|package| package.name).collect();
    if missing.is_empty() {
        return Ok(());
    }
    install(&missing)
}

/// Installs packages by name; the caller knows that they are missing.
pub(crate) fn install(names: &[&str]) -> Result<()> {
    if which("apt-get").is_none() {
        bail!("missing programs: install what Debian calls {} and run this again", names.join(" "));
    }
    if !is_root()? {
        bail!(
            "missing programs: type this and run again\n\n    sudo apt-get install -y {}\n",
            names.join(" ")
        );
    }
    sh::run_quietly("apt-get update", apt().arg("update"))?;
    let what = format!("installing {} from Debian (up to a minute, once)", names.join(", "));
    sh::run_quietly(&what, apt().args(["install", "-y", "--no-install-recommends"]).args(names))
}

/// Whether this process may install packages.
pub(crate) fn is_root() -> Result<bool> {
    Ok(sh::read("asking who runs this", Command::new("id").arg("-u"))? == "0")
}

fn apt() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive").args(["-o", "Dpkg::Use-Pty=0"]);
    command
}

fn is_there(package: &Package) -> bool {
    let program = package.program.is_none_or(|name| which(name).is_some());
    let file = package.file.is_none_or(|path| Path::new(path).exists());
    program && file && package.module.is_none_or(python_knows)
}

fn python_knows(module: &str) -> bool {
    let import = format!("import {module}");
    let output = Command::new("python3").args(["-c", &import]).output();
    output.is_ok_and(|output| output.status.success())
}
