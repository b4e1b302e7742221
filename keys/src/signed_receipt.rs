//! Receipts with their signature: made by the relay, kept by the reporter, checked with `gpg --verify` by anybody.

use sealpost_shared::Timestamp;
use sealpost_shared::receipt::{Receipt, ReceiptError};

use crate::cert::UncheckedCert;
use crate::signing_key::{KeyError, SigningKey};
use crate::verify::SignatureError;

/// Says why a receipt proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptVerifyError {
    /// Not signed by this relay.
    #[error("The receipt's signature does not hold. {0}")]
    Signature(#[from] SignatureError),
    /// Signed, but not a receipt.
    #[error("The relay signed this, but {0}.")]
    Text(#[from] ReceiptError),
}

/// Signs a receipt in clear with the relay's key. **Rule:** PROTOCOL.md, "Receipts".
///
/// # Errors
/// When the library cannot sign with this key.
pub fn sign_receipt(receipt: &Receipt, key: &SigningKey, now: Timestamp) -> Result<String, KeyError> {
    key.sign_cleartext(&receipt.to_string(), now)
}

/// Verifies a signed receipt against the relay's certificate and reads it. What it says is the caller's to compare.
///
/// # Errors
/// When the signature does not hold, or the text is not a receipt.
pub fn verify_receipt(
    text: &str,
    relay_cert: &UncheckedCert,
    now: Timestamp,
) -> Result<Receipt, ReceiptVerifyError> {
    let (text, _) = relay_cert.verify_cleartext(text, now)?;
    Ok(text.parse()?)
}
