//! Which policy a pull believes.

use anyhow::Result;
use sealpost_shared::wire::v1::BundleResponse;

use crate::bundle::{self, Bundle, SignerOption};
use crate::config::{Context, TeamSettings};
use crate::local::Store;

/// Verifies a fetched bundle against the pinned signer and the version seen last, pins on first use, and keeps it.
///
/// # Errors
/// When another signed it, it is not what was signed, or it is older than before.
pub(in crate::cmd) fn believe(
    context: &Context,
    settings: &TeamSettings,
    store: &Store,
    fetched: BundleResponse,
    accept_older: bool,
) -> Result<Bundle> {
    let pinned = settings.signer.clone().map_or_else(|| store.signer(), |signer| Ok(Some(signer)))?;
    let signer = match &pinned {
        Some(signer) => signer.clone(),
        None => bundle::claimed_signer(&fetched)?,
    };
    let now = context.now();
    let first = matches!(store.bundle(), Ok(None));
    let option = if first { SignerOption::FirstSigner } else { SignerOption::Signer };
    let bundle = Bundle::check(fetched, &settings.team, &signer, option, now)?;
    bundle::check_version(&bundle, store.policy_version()?, accept_older)?;
    if let Ok(Some(before)) = store.bundle() {
        bundle::check_same_text(&bundle, &before, accept_older)?;
    }
    if pinned.is_none() {
        context.ui.warn(&format!(
            "first contact: the policy of “{}” is signed by\n    {}\nCompare it with what your team says. From now on only this signer is believed.",
            settings.team,
            signer.grouped()
        ));
        store.set_signer(&signer)?;
    }
    for warning in bundle.warnings(bundle.desk(&settings.desk)?, now) {
        context.ui.warn(&warning);
    }
    store.set_policy_version(bundle.policy().identity.version)?;
    store.set_bundle(bundle.response())?;
    Ok(bundle)
}
