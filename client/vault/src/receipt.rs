//! A receipt counts only if the relay signed it and it speaks of the entry and the bytes that were sent.

use sealpost_client_core::vault::VaultAnswer;
use sealpost_keys::RelayKeys;
use sealpost_shared::{EntryId, Timestamp};

use crate::failure::{Fails, failure};

fn keys(armored: &str) -> Fails<RelayKeys> {
    RelayKeys::parse(armored.as_bytes()).map_err(|e| failure("relay-certificate", e))
}

/// Whether who knows a relay by the first certificates can follow it to the second.
pub(crate) fn follow(known: &str, served: &str) -> Fails<VaultAnswer> {
    Ok(VaultAnswer::Follows { follows: keys(served)?.continues(&keys(known)?) })
}

pub(crate) fn verify(
    receipt: &str,
    relay_certificate: &str,
    entry: EntryId,
    sha256: &str,
    now: Timestamp,
) -> Fails<VaultAnswer> {
    let (receipt, _) =
        keys(relay_certificate)?.verify_receipt(receipt, now).map_err(|e| failure("receipt", e))?;
    if receipt.entry != entry || receipt.sha256 != sha256 {
        let sentence =
            "The receipt is genuine but speaks of another letter. Yours is kept here; send it again.";
        return Err(failure("receipt", sentence));
    }
    Ok(VaultAnswer::Receipt { text: receipt.to_string(), received: receipt.received })
}
