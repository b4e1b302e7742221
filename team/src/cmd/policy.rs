//! `sealpost policy check`, `explain`, `simulate` and `sign`.

mod args;
pub(super) mod explain;
pub(super) mod simulate;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use sealpost_keys::UncheckedCert;
use sealpost_shared::policy::{Policy, PolicyError, Standing};
use sealpost_shared::{Fingerprint, limits};
use serde_json::{Value, json};

pub(crate) use self::args::{PolicyCommand, SimulateArgs};
use crate::args::TeamArgs;
use crate::config::{self, Context};
use crate::{files, keyring, times};

fn read(file: &Path) -> Result<(String, Policy)> {
    let text = files::read_text(file, limits::MAX_POLICY_BYTES as u64)?;
    match Policy::lint(&text) {
        Ok(policy) => Ok((text, policy)),
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

/// Checks a policy file, and what lies beside it as a relay wants it.
///
/// # Errors
/// Every broken rule, or that something is wrong with signature, certificates or dates.
pub(crate) fn check(context: &Context, file: &Path) -> Result<()> {
    let text = files::read_text(file, limits::MAX_POLICY_BYTES as u64)?;
    let policy = match Policy::lint(&text) {
        Ok(policy) => policy,
        Err(faults) => {
            let errors: Vec<Value> = faults.iter().map(fault_json).collect();
            context.ui.json(&json!({ "errors": errors }));
            bail!("{}", listed(file, &faults));
        }
    };
    let mut wrong = Vec::new();
    match policy.identity.standing(context.now()) {
        Standing::Expired { at } => {
            wrong.push(format!("it expired {}; move identity.expires and sign it again", times::utc(at)));
        }
        Standing::NotYet { from } => context.ui.warn(&format!("it applies only from {}", times::utc(from))),
        Standing::InForce => {}
    }
    let folder = file.parent().unwrap_or(Path::new("")).join("certs");
    let signed = if folder.is_dir() {
        Some(check_beside(context, file, &text, &policy, &folder, &mut wrong)?)
    } else {
        None
    };
    context.ui.json(&json!({
        "slug": policy.identity.slug, "version": policy.identity.version, "expires": policy.identity.expires,
        "signed_by": policy.identity.signed_by, "signature": signed, "wrong": wrong, "errors": [],
    }));
    context.ui.heading(&format!("{} (version {})", policy.identity.name, policy.identity.version));
    context.ui.say("  every rule holds");
    match signed {
        Some(true) => context.ui.say("  signature and certificates are good"),
        Some(false) => {}
        None => context.ui.say("  no folder certs/ beside it: signature and certificates were not checked"),
    }
    wrong.iter().for_each(|wrong| context.ui.alarm(&format!("  {wrong}")));
    ensure!(wrong.is_empty(), "{}: {} found wrong", file.display(), wrong.len());
    Ok(())
}

fn fault_json(fault: &PolicyError) -> Value {
    match fault {
        PolicyError::Syntax { line, message } => json!({ "line": line, "key": null, "rule": message }),
        PolicyError::Rule { line, key, rule } => json!({ "line": line, "key": key, "rule": rule }),
    }
}

fn check_beside(
    context: &Context,
    file: &Path,
    text: &str,
    policy: &Policy,
    folder: &Path,
    wrong: &mut Vec<String>,
) -> Result<bool> {
    let (certs, now, before) = (certs(folder)?, context.now(), wrong.len());
    let find = |fingerprint: &Fingerprint| certs.iter().find(|cert| cert.fingerprint() == *fingerprint);
    for desk in &policy.desks {
        for fingerprint in &desk.fingerprints {
            let verdict =
                find(fingerprint).context("it is not in certs/").and_then(|cert| Ok(cert.judge(now)?));
            wrong.extend(
                verdict.err().map(|why| format!("desk “{}”: certificate {fingerprint}: {why:#}", desk.id)),
            );
        }
        let members = desk.members.iter().filter(|member| find(member).is_none());
        wrong.extend(
            members.map(|member| format!("desk “{}”: the member {member} is not in certs/", desk.id)),
        );
    }
    let signature = files::read_if_there(&signature_path(file), limits::MAX_POLICY_BYTES as u64)?;
    let verdict = match (find(&policy.identity.signed_by), signature) {
        (None, _) => Err("the certificate of identity.signed_by is not in certs/".to_owned()),
        (_, None) => Err("it is not signed; run `sealpost policy sign`".to_owned()),
        (Some(cert), Some(signature)) => {
            cert.verify_detached(text.as_bytes(), &signature, now).map(drop).map_err(|why| {
                format!("its signature does not hold: {why} After a change, run `sealpost policy sign`")
            })
        }
    };
    wrong.extend(verdict.err());
    Ok(wrong.len() == before)
}

fn certs(folder: &Path) -> Result<Vec<UncheckedCert>> {
    let mut certs = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "asc" || ending == "pgp") {
            let bytes = files::read(&path, 2 * limits::MAX_CERT_BYTES as u64)?;
            certs.push(UncheckedCert::parse_one(&bytes).with_context(|| path.display().to_string())?);
        }
    }
    Ok(certs)
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
