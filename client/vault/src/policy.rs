//! A policy without a relay: a preset of this app, or a file that the reporter has. Its rules are checked; nobody vouches for it.

use data_encoding::HEXLOWER;
use sealpost_client_core::vault::ReadPolicy;
use sealpost_shared::policy::{Policy, PolicyFile};
use sha2::{Digest as _, Sha256};

use crate::failure::{Fails, failure};

pub(crate) fn read(toml: &str) -> Fails<ReadPolicy> {
    Policy::from_toml(toml).map_err(|e| failure("policy-rule", e))?;
    let policy = PolicyFile::from_toml(toml).map_err(|e| failure("policy-rule", e))?;
    Ok(ReadPolicy { policy, sha256: HEXLOWER.encode(&Sha256::digest(toml.as_bytes())), is_measure: false })
}
