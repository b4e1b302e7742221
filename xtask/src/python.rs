//! What comes from PyPI: a second reader of calendar files, and a mail server. Installed from tools/requirements.txt, every file by its hash, into the
//! user's cache under a name that carries that list's hash.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::place::{Place, which};
use crate::{debian, sh, tools};

/// The list of packages, with their hashes.
const LIST: &str = "tools/requirements.txt";

/// Finds, or makes, a Python with the packages, and returns its program.
pub(crate) fn ensure(place: &Place) -> Result<PathBuf> {
    let list = place.root.join(LIST);
    let bytes = std::fs::read(&list).with_context(|| format!("could not read {}", list.display()))?;
    let hash = HEXLOWER.encode(&Sha256::digest(&bytes)[..8]);
    let home = place.tools.join(format!("python-{hash}"));
    let program = home.join("bin/python3");
    if !works(&program) {
        install(&list, &home)?;
    }
    Ok(program)
}

/// An environment outlives the Python it was made with only as a broken link.
fn works(program: &Path) -> bool {
    let read = Command::new(program).args(["-c", "import aiosmtpd, icalendar"]).output();
    read.is_ok_and(|output| output.status.success())
}

fn install(list: &Path, home: &Path) -> Result<()> {
    if !can_make_environments() {
        debian::install(&["python3-venv"])?;
    }
    let partial = tools::partial_beside(home)?;
    let mut make = Command::new("python3");
    sh::run_quietly("making a Python environment", make.args(["-m", "venv"]).arg(&partial))?;
    let mut pip = Command::new(partial.join("bin/python3"));
    pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--quiet"]);
    pip.args(["--require-hashes", "--only-binary", ":all:", "--requirement"]).arg(list);
    sh::run_quietly(
        "installing a reader of calendar files and a mail server from PyPI (some seconds, once)",
        &mut pip,
    )?;
    tools::put_in_place(&partial, home)
}

/// Debian has Python without what makes environments in a package of its own.
fn can_make_environments() -> bool {
    let asked = Command::new("python3").args(["-c", "import ensurepip, venv"]).output();
    which("python3").is_some() && asked.is_ok_and(|output| output.status.success())
}
