//! Failures with the stable codes of the contract.

use std::fmt::Display;

use sealpost_client_core::vault::VaultFailure;

/// A result of the vault.
pub(crate) type Fails<T> = Result<T, VaultFailure>;

/// A failure with one of the codes that [`VaultFailure::code`] lists.
pub(crate) fn failure(code: &str, sentence: impl Display) -> VaultFailure {
    VaultFailure { code: code.to_owned(), sentence: sentence.to_string() }
}

pub(crate) fn bad_request(sentence: &str) -> VaultFailure {
    failure("bad-request", sentence)
}
