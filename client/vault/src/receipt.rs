//! A receipt counts only if the relay signed it and it speaks of the entry and the bytes that were sent.

use sealpost_client_core::vault::VaultAnswer;
use sealpost_keys::{UncheckedCert, verify_receipt};
use sealpost_shared::{EntryId, Timestamp};

use crate::failure::{Fails, failure};

pub(crate) fn verify(
    receipt: &str,
    relay_certificate: &str,
    entry: EntryId,
    sha256: &str,
    now: Timestamp,
) -> Fails<VaultAnswer> {
    let cert = UncheckedCert::parse_one(relay_certificate.as_bytes());
    let cert = cert.map_err(|e| failure("relay-certificate", e))?;
    let receipt = verify_receipt(receipt, &cert, now).map_err(|e| failure("receipt", e))?;
    if receipt.entry != entry || receipt.sha256 != sha256 {
        let sentence =
            "The receipt is genuine but speaks of another letter. Yours is kept here; send it again.";
        return Err(failure("receipt", sentence));
    }
    Ok(VaultAnswer::Receipt { text: receipt.to_string(), received: receipt.received })
}
