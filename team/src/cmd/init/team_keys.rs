//! The keys of a new team: made by gpg, made into a file, or there already.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use sealpost_keys::UncheckedCert;
use sealpost_shared::{Fingerprint, Timestamp, limits};

use super::args::InitArgs;
use crate::config::Context;
use crate::files;
use crate::keyring::{FileKeyring, Gpg, GpgKeyring, Keyring};

/// Long enough not to nag, short enough that a forgotten key stops being used.
const LIFE: &str = "2y";

/// What a team starts with.
pub(super) struct TeamKeys {
    /// The key that signs the policy.
    pub(super) keyring: Box<dyn Keyring>,
    /// Certificates that letters are sealed to; the first belongs to `keyring`.
    pub(super) certificates: Vec<UncheckedCert>,
    /// Where the secret key was written, if it was.
    pub(super) file: Option<PathBuf>,
}

impl TeamKeys {
    /// The certificates' fingerprints, the signer's first.
    pub(super) fn fingerprints(&self) -> Vec<Fingerprint> {
        self.certificates.iter().map(UncheckedCert::fingerprint).collect()
    }
}

/// Takes the certificates that were named, or makes a key.
///
/// # Errors
/// When a file is there already, or gpg refuses.
pub(super) fn find_or_make(context: &Context, args: &InitArgs, now: Timestamp) -> Result<TeamKeys> {
    if args.key_file {
        make_in_file(context, args, now)
    } else if args.cert.is_empty() {
        make_in_gpg(args)
    } else {
        take(args)
    }
}

fn user_id(args: &InitArgs) -> String {
    format!("{} <{}>", args.name, args.email)
}

fn make_in_file(context: &Context, args: &InitArgs, now: Timestamp) -> Result<TeamKeys> {
    let path = context.home.key_file(&args.slug);
    ensure!(
        !path.exists(),
        "{} is there already and stays as it is; move it away, or choose another --slug",
        path.display()
    );
    let others = read_certificates(args)?;
    let keyring = FileKeyring::make(&user_id(args), args.post_quantum, now)?;
    files::private_folder(path.parent().context("a file lies in a folder")?)?;
    files::create(&path, keyring.to_armored()?.as_bytes(), 0o600)?;
    let certificates = [vec![keyring.certificate()], others].concat();
    Ok(TeamKeys { keyring: Box::new(keyring), certificates, file: Some(path) })
}

fn make_in_gpg(args: &InitArgs) -> Result<TeamKeys> {
    let (user_id, no_passphrase) = (user_id(args), args.no_passphrase);
    let found = Gpg.run(["--with-colons", "--list-keys", "--", &format!("={user_id}")], b"")?;
    ensure!(
        found.ok("list keys").is_err(),
        "gpg has a key of “{user_id}” already; use it: gpg --armor --export {0} > {0}.asc, then --cert {0}.asc",
        args.email
    );
    let unlocked: &[&str] =
        if no_passphrase { &["--pinentry-mode", "loopback", "--passphrase", ""] } else { &[] };
    let generate = ["--quick-generate-key", "--", &user_id, "ed25519", "cert,sign", LIFE];
    let made = Gpg.run(unlocked.iter().chain(&generate), b"")?.ok("make a key")?;
    let fingerprint = made.status("KEY_CREATED").and_then(|rest| rest.split(' ').nth(1)).unwrap_or_default();
    let fingerprint: Fingerprint = fingerprint.parse().context("gpg made a key but does not name it")?;
    let subkey = ["--quick-add-key", fingerprint.as_str(), "cv25519", "encr", LIFE];
    Gpg.run(unlocked.iter().chain(&subkey), b"")?.ok("add an encryption subkey")?;
    let export = ["--export-options", "export-minimal", "--export", fingerprint.as_str()];
    let cert = UncheckedCert::parse_one(&Gpg.run(export, b"")?.ok("export the certificate")?.bytes)?;
    Ok(TeamKeys { keyring: Box::new(GpgKeyring::new(fingerprint)), certificates: vec![cert], file: None })
}

fn take(args: &InitArgs) -> Result<TeamKeys> {
    let certificates = read_certificates(args)?;
    let first = certificates.first().context("no certificate was named")?.fingerprint();
    Ok(TeamKeys { keyring: Box::new(GpgKeyring::new(first)), certificates, file: None })
}

fn read_certificates(args: &InitArgs) -> Result<Vec<UncheckedCert>> {
    let most = limits::MAX_DESK_CERTS - usize::from(args.key_file);
    ensure!(args.cert.len() <= most, "a desk has at most {} certificates", limits::MAX_DESK_CERTS);
    let read = |path: &PathBuf| {
        let bytes = files::read(path, 2 * limits::MAX_CERT_BYTES as u64)?;
        UncheckedCert::parse_one(&bytes).with_context(|| path.display().to_string())
    };
    args.cert.iter().map(read).collect()
}
