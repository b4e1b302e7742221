//! The secret behind one case, and the names that follow from it.

use sealpost_client_core::vault::Secret;
use sealpost_keys::{CaseKey, CaseSecret, phrase};

use crate::failure::{Fails, bad_request, failure};

/// Every report has a secret of its own and is its first case; the next ones are what steps of the ladder open at other desks.
const FIRST: u32 = 0;

/// The most cases of one secret: a policy has a handful of steps, and each may be taken a few times.
const MAX_INDEX: u32 = 1_000;

pub(crate) fn make() -> Secret {
    names(&CaseSecret::make_random(), FIRST)
}

pub(crate) fn restore(words: &str, index: u32) -> Fails<Secret> {
    let secret = phrase::from_words(words).map_err(|e| failure("words", e))?;
    check_index(index)?;
    Ok(names(&secret, index))
}

/// The keys of one of the secret's cases.
pub(crate) fn case_key(words: &str, index: u32) -> Fails<CaseKey> {
    let secret = phrase::from_words(words).map_err(|e| failure("words", e))?;
    check_index(index)?;
    Ok(CaseKey::derive(&secret, index))
}

fn check_index(index: u32) -> Fails<()> {
    if index <= MAX_INDEX { Ok(()) } else { Err(bad_request("A case does not have that many others.")) }
}

fn names(secret: &CaseSecret, index: u32) -> Secret {
    let key = CaseKey::derive(secret, index);
    Secret {
        words: phrase::to_words(secret).to_string(),
        index,
        case: key.case_id(),
        capability: key.capability().to_token(),
        fingerprint: key.fingerprint(),
    }
}
