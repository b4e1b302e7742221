//! The relay's receipt for a letter of our own: believed only if it is genuine and speaks of these very bytes.

use anyhow::{Context as _, Result, ensure};
use sealpost_keys::{RelayKeys, SealedLetter};
use sealpost_shared::Timestamp;

use crate::local::SentEntry;

/// Checks a receipt.
///
/// # Errors
/// When the relay's key did not sign it, or it is for something else: then nobody knows that the letter arrived.
pub(crate) fn check(
    text: &str,
    relay: &RelayKeys,
    sent: &SentEntry,
    sealed: &SealedLetter,
    now: Timestamp,
) -> Result<()> {
    let (receipt, _) = relay.verify_receipt(text, now).context("the relay's receipt")?;
    ensure!(
        (receipt.case, receipt.entry) == (sent.case, sent.entry) && receipt.sha256 == sealed.sha256(),
        "the relay gave a receipt for something else; treat the letter as not received"
    );
    Ok(())
}
