//! The other OpenPGP programs that the tests exchange letters with, where Debian does not have them: OpenPGP.js from npm and
//! Sequoia 2 from PyPI, and an S3 server from npm for relays that share their files; pinned in tools/peers and installed into the user's cache under a name that carries the pins' hash.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::place::Place;
use crate::{sh, tools};

/// Where the pins are, and what hashes to the folder's name.
const FILES: [&str; 3] = ["package.json", "package-lock.json", "requirements.txt"];

/// The installed peers.
#[derive(Debug, Clone)]
pub(crate) struct Peers {
    home: PathBuf,
}

impl Peers {
    /// Installs them unless these exact ones are there.
    pub(crate) fn ensure(place: &Place) -> Result<Self> {
        let pins = place.root.join("tools/peers");
        let mut hash = Sha256::new();
        for file in FILES {
            hash.update(
                std::fs::read(pins.join(file))
                    .with_context(|| format!("could not read tools/peers/{file}"))?,
            );
        }
        let name = format!("peers-{}", HEXLOWER.encode(&hash.finalize()[..8]));
        let peers = Self { home: place.tools.join(name) };
        // A link in a virtual environment can outlive the Python it leads to.
        if !(peers.openpgp_js().is_file() && runs(&peers.python())) {
            install(&pins, &peers.home)?;
        }
        Ok(peers)
    }

    /// OpenPGP.js as one module for Node.
    pub(crate) fn openpgp_js(&self) -> PathBuf {
        self.home.join("node_modules/openpgp/dist/node/openpgp.min.mjs")
    }

    /// A server that speaks S3, as a package for Node.
    pub(crate) fn s3rver(&self) -> PathBuf {
        self.home.join("node_modules/s3rver")
    }

    /// The Python that knows pysequoia.
    pub(crate) fn python(&self) -> PathBuf {
        self.home.join("venv/bin/python3")
    }
}

fn runs(python: &Path) -> bool {
    let mut command = Command::new(python);
    command.args(["-c", "import pysequoia"]).output().is_ok_and(|output| output.status.success())
}

/// A virtual environment carries its own path, so it is made in place, and last; [`Peers::ensure`] sees whether it is whole.
fn install(pins: &Path, home: &Path) -> Result<()> {
    if home.exists() {
        std::fs::remove_dir_all(home)?;
    }
    let partial = tools::partial_beside(home)?;
    for file in FILES {
        std::fs::copy(pins.join(file), partial.join(file))?;
    }
    let mut npm = Command::new("npm");
    npm.current_dir(&partial).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    sh::run_quietly(
        "installing OpenPGP.js and an S3 server from npm for the tests (about 10 seconds, once)",
        &mut npm,
    )?;
    tools::put_in_place(&partial, home)?;
    let mut venv = Command::new("python3");
    venv.current_dir(home).args(["-m", "venv", "venv"]);
    sh::run_quietly("making a virtual environment for Python", &mut venv)?;
    let mut pip = Command::new(home.join("venv/bin/python3"));
    pip.current_dir(home).args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--only-binary",
        ":all:",
        "-r",
        "requirements.txt",
    ]);
    sh::run_quietly("installing Sequoia from PyPI as a peer (about 5 seconds, once)", &mut pip)
}
