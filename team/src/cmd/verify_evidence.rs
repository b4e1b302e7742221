//! `sealpost verify-evidence`: what an evidence file proves, what is only its reporter's word, and what does not hold.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use sealpost_keys::{RelayKeys, UncheckedCert};
use sealpost_shared::evidence::{self, Evidence, Line};
use sealpost_shared::policy::Policy;
use sealpost_shared::receipt::Receipt;
use sealpost_shared::time::Duration;
use sealpost_shared::{Fingerprint, Timestamp};
use serde_json::json;

use crate::config::Context;
use crate::ui::Ui;
use crate::{files, times};

/// How far the clocks of who made the file and who checks it may be apart.
const CLOCKS_DIFFER: Duration = Duration::from_hours(24);

/// `sealpost verify-evidence`
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  sealpost verify-evidence evidence.json --fingerprint \"what the project publishes\""
)]
pub(crate) struct VerifyEvidenceArgs {
    /// The evidence file.
    pub(crate) file: PathBuf,
    /// The fingerprint that must have signed the policy, from the project's own pages.
    #[arg(long, value_name = "FPR")]
    pub(crate) fingerprint: Option<Fingerprint>,
}

/// What was found.
#[derive(Debug, Default)]
struct Verdict {
    faults: Vec<String>,
    lines: Vec<Line>,
    case_key: Option<Fingerprint>,
    signer: Option<Fingerprint>,
    relay_key: Option<Fingerprint>,
}

/// Computes everything again from the file.
///
/// # Errors
/// When the file is no evidence, or anything in it does not hold; each fault is named.
pub(crate) fn run(context: &Context, args: &VerifyEvidenceArgs) -> Result<()> {
    let (file, is_all) = read(&args.file)?;
    let mut verdict = judge(&file, context.now());
    if !is_all {
        verdict.faults.push("facts: they say more than this form knows, or in another order".to_owned());
    }
    if let Some(expected) =
        args.fingerprint.as_ref().filter(|expected| verdict.signer.as_ref() != Some(*expected))
    {
        verdict.faults.push(format!("policy: it is not signed by {expected}"));
    }
    let (good, facts) = (verdict.faults.is_empty(), &file.facts);
    context.ui.json(&json!({
        "good": good, "faults": verdict.faults, "case": facts.case, "team": facts.team, "made_at": facts.made_at,
        "case_key": verdict.case_key, "policy_signer": verdict.signer, "relay_key": verdict.relay_key,
        "lines": verdict.lines, "timeline": facts.view,
    }));
    say(context.ui, &file, &verdict);
    let (count, s) = (verdict.faults.len(), if verdict.faults.len() == 1 { "" } else { "s" });
    ensure!(good, "{}: {count} fault{s}; do not rely on this file", args.file.display());
    Ok(())
}

fn read(path: &Path) -> Result<(Evidence, bool)> {
    let bytes = files::read(path, evidence::MAX_BYTES as u64)?;
    let (file, is_all) = Evidence::read(&bytes).with_context(|| {
        format!("{} is no evidence file of this version, or it was changed", path.display())
    })?;
    ensure!(
        file.evidence == evidence::VERSION,
        "{} is an evidence file of version {}; this program knows version {}",
        path.display(),
        file.evidence,
        evidence::VERSION
    );
    Ok((file, is_all))
}

fn judge(file: &Evidence, now: Timestamp) -> Verdict {
    let mut verdict = Verdict::default();
    if file.facts.made_at > now + CLOCKS_DIFFER {
        verdict.faults.push(format!(
            "made_at: {} lies in the future; the clock of the device that made the file, or of this one, is wrong",
            file.facts.made_at
        ));
    }
    check_signature(file, now, &mut verdict);
    let policy = check_policy(file, now, &mut verdict);
    let receipts = check_receipts(file, now, &mut verdict);
    let Some(policy) = policy else { return verdict };
    verdict.faults.extend(file.facts.check(&policy, &receipts).iter().map(ToString::to_string));
    verdict.lines = file.facts.lines(&policy, &receipts);
    verdict
}

/// The case's key signed the facts, where there is one.
fn check_signature(file: &Evidence, now: Timestamp, verdict: &mut Verdict) {
    let (signature, certificate) = match (&file.signature, &file.certificate) {
        (Some(signature), Some(certificate)) => (signature, certificate),
        (None, None) => return,
        _ => {
            return verdict
                .faults
                .push("signature: it stands without its certificate, or the other way round".to_owned());
        }
    };
    let checked = || -> Result<Fingerprint> {
        let cert = UncheckedCert::parse_one(certificate.as_bytes()).context("certificate")?;
        let signed = file.facts.canonical().context("facts")?;
        // A clock that was ahead is named above, and is no forgery.
        cert.verify_detached(signed.as_bytes(), signature.as_bytes(), now.max(file.facts.made_at))
            .context("signature: the file was changed after the case's key signed it")?;
        Ok(cert.fingerprint())
    };
    match checked() {
        Ok(key) => verdict.case_key = Some(key),
        Err(why) => verdict.faults.push(format!("{why:#}")),
    }
}

fn check_policy(file: &Evidence, now: Timestamp, verdict: &mut Verdict) -> Option<Policy> {
    let proof = &file.facts.policy;
    let policy = Policy::from_toml(&proof.text)
        .map_err(|why| verdict.faults.push(format!("policy.text: {why}")))
        .ok()?;
    let (signature, certificate) = match (&proof.signature, &proof.certificate) {
        (Some(signature), Some(certificate)) => (signature, certificate),
        (None, None) => return Some(policy),
        _ => {
            verdict.faults.push(
                "policy.signature: it stands without its certificate, or the other way round".to_owned(),
            );
            return Some(policy);
        }
    };
    let checked = || -> Result<Fingerprint> {
        let cert = UncheckedCert::parse_one(certificate.as_bytes()).context("policy.certificate")?;
        ensure!(
            cert.fingerprint() == policy.identity.signed_by,
            "policy.certificate: the policy names another signer, {}",
            policy.identity.signed_by
        );
        cert.verify_detached(proof.text.as_bytes(), signature.as_bytes(), now)
            .context("policy.signature: the team did not sign this text")?;
        Ok(cert.fingerprint())
    };
    match checked() {
        Ok(signer) => verdict.signer = Some(signer),
        Err(why) => verdict.faults.push(format!("{why:#}")),
    }
    Some(policy)
}

/// The receipts that the relay signed; one that it did not is a fault and proves nothing.
fn check_receipts(file: &Evidence, now: Timestamp, verdict: &mut Verdict) -> Vec<Receipt> {
    let Some(certificate) = &file.facts.relay_certificate else {
        if !file.facts.receipts.is_empty() {
            verdict.faults.push("relay_certificate: it is missing, so the receipts prove nothing".to_owned());
        }
        return Vec::new();
    };
    let keys = match RelayKeys::parse(certificate.as_bytes()) {
        Ok(keys) => keys,
        Err(why) => {
            verdict.faults.push(format!("relay_certificate: {why}"));
            return Vec::new();
        }
    };
    verdict.relay_key = Some(keys.current().fingerprint());
    let mut good = Vec::new();
    for (n, text) in file.facts.receipts.iter().enumerate() {
        match keys.verify_receipt(text, now) {
            Ok((receipt, _)) => good.push(receipt),
            Err(why) => verdict.faults.push(format!("receipts[{n}]: {why}")),
        }
    }
    good
}

fn say(ui: Ui, file: &Evidence, verdict: &Verdict) {
    let facts = &file.facts;
    ui.heading(&format!("Evidence of case {}, as of {}", facts.case.short(), times::utc(facts.made_at)));
    for line in &verdict.lines {
        let at = line.at.map_or_else(String::new, |at| format!("{}  ", times::utc(at)));
        let note = if line.note.is_empty() { String::new() } else { format!("; {}", line.note) };
        ui.say(&format!("{at}{}\n    ({}{note})", line.text, line.proof.words()));
    }
    ui.heading("\nWhose signatures hold");
    say_keys(ui, verdict);
    verdict.faults.iter().for_each(|fault| ui.alarm(&format!("\nDOES NOT HOLD: {fault}")));
    if verdict.faults.is_empty() {
        ui.heading("\nEverything in this file holds together.");
        ui.say("What it proves, and what is the reporter's word, stands beside each line.");
    }
}

fn say_keys(ui: Ui, verdict: &Verdict) {
    let keys = [
        (
            "policy",
            &verdict.signer,
            "Compare it with what the project publishes.",
            "nobody: these promises are the reporter's word",
        ),
        (
            "receipts",
            &verdict.relay_key,
            "Compare it with the relay's own, as its bundle has it.",
            "nobody: there are none",
        ),
        (
            "the whole",
            &verdict.case_key,
            "The case's own key: the report brought its certificate, so the team can tell that this is the reporter.",
            "nobody: anybody may have changed what is the reporter's word",
        ),
    ];
    for (what, key, how, nobody) in keys {
        match key {
            Some(key) => ui.say(&format!("{what:<11}{}\n{:11}{how}", key.grouped(), "")),
            None => ui.say(&format!("{what:<11}{nobody}")),
        }
    }
}
