//! `sealpost policy check`, `explain`, `simulate` and `sign`.

mod args;
mod check;
pub(super) mod explain;
pub(super) mod simulate;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use sealpost_shared::limits;
use sealpost_shared::policy::{Policy, PolicyError};
use serde_json::json;

pub(crate) use self::args::{PolicyCommand, SimulateArgs};
pub(crate) use self::check::run as check;
use crate::args::TeamArgs;
use crate::config::{self, Context};
use crate::{files, keyring};

fn read(file: &Path) -> Result<(String, Policy)> {
    let text = files::read_text(file, limits::MAX_POLICY_BYTES as u64)?;
    match Policy::lint(&text) {
        Ok(linted) => Ok((text, linted.policy)),
        Err(faults) => bail!("{}", listed(file, &faults)),
    }
}

/// Every error of a policy file, each on a line in the form that editors jump to.
fn listed(file: &Path, faults: &[PolicyError]) -> String {
    let count = if faults.len() == 1 { "1 error".to_owned() } else { format!("{} errors", faults.len()) };
    let lines: Vec<String> = faults.iter().map(|fault| format!("\n  {}: {fault}", file.display())).collect();
    format!("{count} in this policy (docs/POLICY.md has every key){}", lines.concat())
}

fn signature_path(file: &Path) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(".asc");
    path.into()
}

/// Signs a policy file: writes the signature beside it, in place of an older one.
///
/// # Errors
/// When the policy breaks a rule, or the key is not the one it names in `identity.signed_by`.
pub(crate) fn sign(context: &Context, file: &Path, args: &TeamArgs) -> Result<()> {
    let (text, policy) = read(file)?;
    let key = args.key.clone().or_else(|| Some(policy.identity.signed_by.clone()));
    let args = TeamArgs { key, ..args.clone() };
    let keyring = keyring::find(&config::key(&context.home, &args, &policy.identity.slug)?)?;
    ensure!(
        *keyring.fingerprint() == policy.identity.signed_by,
        "the policy says it is signed by {}, but this key is {}; correct identity.signed_by or --key",
        policy.identity.signed_by,
        keyring.fingerprint()
    );
    let signature = keyring.sign_detached(text.as_bytes(), context.now())?;
    let path = signature_path(file);
    fs::write(&path, signature).with_context(|| format!("cannot write {}", path.display()))?;
    context.ui.json(&json!({ "signature": path, "signed_by": policy.identity.signed_by, "version": policy.identity.version }));
    context.ui.say(&format!("Signed version {}: {}", policy.identity.version, path.display()));
    Ok(())
}
