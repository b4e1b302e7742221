//! `sealpost key check`: certificates judged as a sealing client judges them.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use clap::Subcommand;
use sealpost_keys::{CertWarning, EncryptionKeyInfo, TeamCert, UncheckedCert, Unusable};
use sealpost_shared::{Timestamp, limits};
use serde_json::{Value, json};

use crate::config::Context;
use crate::{files, times};

/// `sealpost key`
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Judge every certificate in a file.
    #[command(after_help = "Example:\n  gpg --armor --export security@rust.example | sealpost key check -")]
    Check {
        /// Certificates, armored or binary; - is standard input.
        file: PathBuf,
        /// Judge for this moment instead of now.
        #[arg(long, value_name = "RFC3339")]
        at: Option<Timestamp>,
    },
}

/// Judges every certificate in a file.
///
/// # Errors
/// When the file has none, or one is unusable.
pub(crate) fn run(context: &Context, file: &Path, at: Option<Timestamp>) -> Result<()> {
    let at = at.unwrap_or_else(|| context.now());
    let bytes = files::read(file, (2 * limits::MAX_CERT_BYTES * limits::MAX_DESK_CERTS) as u64)?;
    let certs = UncheckedCert::parse_many(&bytes).with_context(|| file.display().to_string())?;
    let judged: Vec<_> = certs.iter().map(|cert| (cert, cert.judge(at))).collect();
    context.ui.json(&json!({ "at": at, "certificates": judged.iter().map(|(cert, verdict)| as_json(cert, verdict)).collect::<Vec<_>>() }));
    judged.iter().for_each(|(cert, verdict)| say(context, cert, verdict));
    let unusable = judged.iter().filter(|(_, verdict)| verdict.is_err()).count();
    ensure!(unusable == 0, "{unusable} of {} certificates cannot be sealed to", judged.len());
    Ok(())
}

fn say(context: &Context, cert: &UncheckedCert, verdict: &Result<TeamCert, Unusable>) {
    let ui = context.ui;
    ui.heading(&cert.fingerprint().grouped());
    cert.user_ids().iter().for_each(|id| ui.say(&format!("  {id}")));
    match verdict {
        Err(why) => ui.alarm(&format!("  UNUSABLE ({}): {why}", why.code())),
        Ok(usable) => {
            let key = usable.encryption_key();
            let ends = usable
                .expires()
                .map_or_else(|| "does not expire".to_owned(), |at| format!("until {}", times::utc(at)));
            ui.say(&format!(
                "  usable, {ends}; letters go to {} ({})",
                key.fingerprint.grouped(),
                key.algorithm
            ));
            if key.post_quantum {
                ui.say("  also withstands quantum computers, for programs that can seal to such a key");
            }
            usable.warnings().iter().for_each(|warning| ui.alarm(&format!("  {warning}")));
        }
    }
}

/// Every certificate has every key, so that a script need not ask which kind it has.
fn as_json(cert: &UncheckedCert, verdict: &Result<TeamCert, Unusable>) -> Value {
    let usable = verdict.as_ref().ok();
    let why = verdict.as_ref().err();
    json!({
        "fingerprint": cert.fingerprint(),
        "user_ids": cert.user_ids(),
        "usable": usable.is_some(),
        "code": why.map(Unusable::code),
        "why": why.map(ToString::to_string),
        "expires": usable.map_or_else(|| why.and_then(Unusable::ended), TeamCert::expires),
        "expires_soon": usable.is_some_and(TeamCert::expires_soon),
        "encryption_key": usable.map(|usable| key_as_json(usable.encryption_key())),
        "warnings": usable.map_or(&[][..], TeamCert::warnings).iter().map(warning_as_json).collect::<Vec<_>>(),
    })
}

fn key_as_json(key: &EncryptionKeyInfo) -> Value {
    json!({
        "fingerprint": key.fingerprint,
        "algorithm": key.algorithm,
        "created": key.created,
        "expires": key.expires,
        "post_quantum": key.post_quantum,
    })
}

fn warning_as_json(warning: &CertWarning) -> Value {
    json!({ "code": warning.code(), "text": warning.to_string() })
}
