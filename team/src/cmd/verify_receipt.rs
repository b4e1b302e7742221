//! `sealpost verify-receipt`: what the relay signed, and whether it is about this letter.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use sealpost_keys::RelayKeys;
use sealpost_shared::limits;
use serde_json::json;

use crate::bundle::sha256;
use crate::config::Context;
use crate::relay_api::RelayApi;
use crate::{files, times};

/// `sealpost verify-receipt`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealpost verify-receipt receipt.asc --relay-cert relay.asc --letter report.pgp\n  sealpost verify-receipt receipt.asc --relay https://reports.rust.example"
)]
pub(crate) struct VerifyReceiptArgs {
    /// The receipt.
    pub(crate) receipt: PathBuf,
    /// The relay's certificate, and those of its former keys, if it had any.
    #[arg(long, value_name = "FILE", required_unless_present = "relay", conflicts_with = "relay")]
    pub(crate) relay_cert: Option<PathBuf>,
    /// Fetch the relay's certificate from here; it proves less than a certificate you kept.
    #[arg(long, value_name = "URL")]
    pub(crate) relay: Option<String>,
    /// The sealed letter that the receipt is for.
    #[arg(long, value_name = "FILE")]
    pub(crate) letter: Option<PathBuf>,
}

/// Eight lines and a signature.
const MAX_RECEIPT_BYTES: u64 = 64 * 1024;

/// Verifies a receipt.
///
/// # Errors
/// When the signature does not hold or the letter is another.
pub(crate) fn run(context: &Context, args: &VerifyReceiptArgs) -> Result<()> {
    let text = files::read_text(&args.receipt, MAX_RECEIPT_BYTES)?;
    let (receipt, signer) = relay_keys(args)?
        .verify_receipt(&text, context.now())
        .with_context(|| format!("{} proves nothing", args.receipt.display()))?;
    if let Some(path) = &args.letter {
        let letter = files::read(path, limits::MAX_LETTER_BYTES as u64)?;
        ensure!(
            sha256(&letter) == receipt.sha256,
            "the receipt is good, but for another letter than {} (its SHA-256 differs)",
            path.display()
        );
    }
    context.ui.json(&json!({
        "good": true, "relay": receipt.relay, "team": receipt.team, "desk": receipt.desk, "case": receipt.case, "entry": receipt.entry,
        "sha256": receipt.sha256, "received": receipt.received, "signer": signer, "letter": args.letter.is_some(),
    }));
    context.ui.heading("The receipt is good.");
    context.ui.say(&receipt.to_string());
    context.ui.say(&format!("signed by {}", signer.grouped()));
    context.ui.say(&format!(
        "The relay held these bytes in the hour of {}. It is no acknowledgement: only a person of the team gives that.",
        times::utc(receipt.received)
    ));
    if args.letter.is_none() {
        context.ui.say("Whether it is about your letter was not checked: pass --letter FILE.");
    }
    Ok(())
}

fn relay_keys(args: &VerifyReceiptArgs) -> Result<RelayKeys> {
    if let Some(path) = &args.relay_cert {
        let bytes = files::read(path, 2 * limits::MAX_CERT_BYTES as u64)?;
        return RelayKeys::parse(&bytes).with_context(|| path.display().to_string());
    }
    let relay = args.relay.as_deref().context("clap wants one of the two")?;
    let bundle = RelayApi::new(relay)?.any_bundle()?;
    RelayKeys::parse(bundle.relay.certificate.as_bytes()).context("the relay's certificate")
}
