//! The secret behind one case, and the names that follow from it.

use sealpost_client_core::vault::Secret;
use sealpost_keys::{CaseKey, CaseSecret, phrase};

use crate::failure::{Fails, failure};

/// Every case has a secret of its own, so the number inside it is always the first.
const CASE_INDEX: u32 = 0;

pub(crate) fn make() -> Secret {
    names(&CaseSecret::make_random())
}

pub(crate) fn restore(words: &str) -> Fails<Secret> {
    phrase::from_words(words).map(|secret| names(&secret)).map_err(|e| failure("words", e))
}

pub(crate) fn case_key(words: &str) -> Fails<CaseKey> {
    let secret = phrase::from_words(words).map_err(|e| failure("words", e))?;
    Ok(CaseKey::derive(&secret, CASE_INDEX))
}

fn names(secret: &CaseSecret) -> Secret {
    let key = CaseKey::derive(secret, CASE_INDEX);
    Secret {
        words: phrase::to_words(secret).to_string(),
        case: key.case_id(),
        capability: key.capability().to_token(),
        fingerprint: key.fingerprint(),
    }
}
