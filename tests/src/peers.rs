//! Other OpenPGP programs: each has a team key of its own, opens what is sealed to it and seals answers.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

pub use gpg::GpgPeer;
pub use sop::Sop;
pub use sq::Sq;

mod gpg;
mod sop;
mod sq;

/// The name every peer's key bears.
const USER_ID: &str = "Team <team@peer.example>";

/// A program that plays the team.
pub trait Peer {
    /// Its name and version, as it says itself.
    ///
    /// # Errors
    /// When it cannot be started.
    fn version(&self) -> Result<String>;

    /// The certificate of its team key, armored or binary.
    ///
    /// # Errors
    /// When the program refuses.
    fn certificate(&self) -> Result<Vec<u8>>;

    /// Decrypts, and verifies the signature against the armored certificate of the signer.
    ///
    /// # Errors
    /// When it does not open, or the signature is not a good one by that certificate.
    fn open(&self, sealed: &[u8], signer: &str) -> Result<Vec<u8>>;

    /// Signs with its team key and encrypts to the armored certificate.
    ///
    /// # Errors
    /// When the program refuses.
    fn seal(&self, plain: &[u8], to: &str) -> Result<Vec<u8>>;
}

/// Runs a program with `input` on its standard input and gives what it printed.
fn run(command: &mut Command, input: &[u8]) -> Result<Vec<u8>> {
    let what = format!("{command:?}");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .with_context(|| format!("{what} cannot be started; `cargo xtask test` installs it"))?;
    let mut stdin = child.stdin.take().context("no standard input")?;
    let output = std::thread::scope(|scope| {
        // A program may stop reading early, and that is its answer.
        scope.spawn(move || drop(stdin.write_all(input)));
        child.wait_with_output()
    })?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{what}: {}: {said}", output.status);
    Ok(output.stdout)
}

/// What the set-up installed for the tests, by the variable that says where.
fn installed(variable: &str) -> Result<PathBuf> {
    let path = std::env::var_os(variable).map(PathBuf::from);
    path.with_context(|| format!("{variable} is not set: run the tests with `cargo xtask test`"))
}

/// The scripts that make libraries into programs.
fn script(name: &str) -> OsString {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(name).into_os_string()
}

/// Writes a file of one peer and gives its path.
fn write(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) -> Result<PathBuf> {
    let path = folder.join(name);
    std::fs::write(&path, bytes)?;
    Ok(path)
}
