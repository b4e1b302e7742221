//! `sealpost policy check`: everything wrong with a policy, and with what lies beside it as a relay wants it.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use sealpost_keys::UncheckedCert;
use sealpost_shared::policy::{Linted, Policy, PolicyError, Standing};
use sealpost_shared::{Fingerprint, limits};
use serde_json::{Value, json};

use super::{listed, signature_path};
use crate::config::Context;
use crate::{files, times};

/// Checks a policy file, and what lies beside it as a relay wants it.
///
/// # Errors
/// Every broken rule, or that something is wrong with signature, certificates or dates.
pub(crate) fn run(context: &Context, file: &Path) -> Result<()> {
    let text = files::read_text(file, limits::MAX_POLICY_BYTES as u64)?;
    let Linted { policy, odd } = match Policy::lint(&text) {
        Ok(linted) => linted,
        Err(faults) => return refuse(context, file, &faults),
    };
    let dates = dates(context, &text, &policy);
    if let Err(expired) = dates {
        return refuse(context, file, &[expired]);
    }
    let odd: Vec<PolicyError> = odd.into_iter().chain(dates.ok().flatten()).collect();
    odd.iter().for_each(|odd| context.ui.warn(&format!("{}: {odd}", file.display())));
    let mut wrong = Vec::new();
    let folder = file.parent().unwrap_or(Path::new("")).join("certs");
    let signed = if folder.is_dir() {
        Some(check_beside(context, file, &text, &policy, &folder, &mut wrong)?)
    } else {
        None
    };
    let odd: Vec<Value> = odd.iter().map(fault_json).collect();
    context.ui.json(&json!({
        "slug": policy.identity.slug, "version": policy.identity.version, "expires": policy.identity.expires,
        "signed_by": policy.identity.signed_by, "signature": signed, "wrong": wrong, "errors": [], "warnings": odd,
    }));
    say(context, &policy, signed);
    wrong.iter().for_each(|wrong| context.ui.alarm(&format!("  {wrong}")));
    ensure!(wrong.is_empty(), "{}: {} found wrong", file.display(), wrong.len());
    Ok(())
}

fn refuse(context: &Context, file: &Path, faults: &[PolicyError]) -> Result<()> {
    let errors: Vec<Value> = faults.iter().map(fault_json).collect();
    context.ui.json(&json!({ "errors": errors }));
    bail!("{}", listed(file, faults))
}

fn say(context: &Context, policy: &Policy, signed: Option<bool>) {
    context.ui.heading(&format!("{} (version {})", policy.identity.name, policy.identity.version));
    context.ui.say("  every rule holds");
    match signed {
        Some(true) => context.ui.say("  signature and certificates are good"),
        Some(false) => {}
        None => context.ui.say("  no folder certs/ beside it: signature and certificates were not checked"),
    }
}

/// A policy that has expired is wrong, one that does not apply yet only odd.
fn dates(context: &Context, text: &str, policy: &Policy) -> Result<Option<PolicyError>, PolicyError> {
    let fault = |key, rule: String| Policy::fault(text, key, rule);
    match policy.identity.standing(context.now()) {
        Standing::Expired { at } => {
            let rule = format!("the policy expired {}; set a later date and sign it again", times::utc(at));
            Err(fault("identity.expires", rule))
        }
        Standing::NotYet { from } => {
            let rule = format!("the policy applies only from {}", times::utc(from));
            Ok(Some(fault("identity.effective", rule)))
        }
        Standing::InForce => Ok(None),
    }
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
