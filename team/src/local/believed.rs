//! What is believed about the team: who signs its policy, which version was seen last, the bundle, and every policy under its hash.

use anyhow::{Context as _, Result};
use sealpost_shared::wire::v1::BundleResponse;
use sealpost_shared::{Fingerprint, limits};

use super::Store;
use crate::bundle::{self, MAX_BUNDLE_BYTES, sha256};
use crate::files;

impl Store {
    /// The fingerprint that was believed on first use.
    ///
    /// # Errors
    /// When the file is damaged.
    pub(crate) fn signer(&self) -> Result<Option<Fingerprint>> {
        let Some(bytes) = files::read_if_there(&self.root.join("signer"), 256)? else { return Ok(None) };
        Ok(Some(String::from_utf8(bytes)?.parse()?))
    }

    /// Pins the policy's signer.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn set_signer(&self, signer: &Fingerprint) -> Result<()> {
        files::replace(&self.root.join("signer"), format!("{signer}\n").as_bytes())
    }

    /// The highest version of the policy that was seen, or the older one that was accepted since; 0 before the first pull.
    ///
    /// # Errors
    /// When the file is damaged.
    pub(crate) fn policy_version(&self) -> Result<u32> {
        let path = self.root.join("policy-version");
        if let Some(bytes) = files::read_if_there(&path, 64)? {
            let text = String::from_utf8(bytes).unwrap_or_default();
            return text.trim().parse().with_context(|| {
                format!("{} is damaged; remove it, and the next pull writes it again", path.display())
            });
        }
        let kept = self.bundle()?.map(|kept| bundle::claimed_version(&kept)).transpose()?;
        Ok(kept.unwrap_or(0))
    }

    /// Remembers the version of the policy that is believed now.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn set_policy_version(&self, version: u32) -> Result<()> {
        files::replace(&self.root.join("policy-version"), format!("{version}\n").as_bytes())
    }

    /// The bundle of the last pull, unchecked.
    ///
    /// # Errors
    /// When the file is damaged.
    pub(crate) fn bundle(&self) -> Result<Option<BundleResponse>> {
        let bytes = files::read_if_there(&self.root.join("bundle.json"), MAX_BUNDLE_BYTES)?;
        bytes.map(|bytes| bundle::parse(&bytes)).transpose()
    }

    /// Keeps a checked bundle, and its policy under its hash: open cases are measured by the one they were opened under.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn set_bundle(&self, bundle: &BundleResponse) -> Result<()> {
        let policies = self.root.join("policies");
        files::private_folder(&policies)?;
        let policy = policies.join(format!("{}.toml", sha256(bundle.policy.as_bytes())));
        if !policy.exists() {
            files::replace(&policy, bundle.policy.as_bytes())?;
        }
        files::replace(&self.root.join("bundle.json"), &serde_json::to_vec(bundle)?)
    }

    /// The text of a policy that was in force at some pull. It was checked when it was kept.
    pub(crate) fn policy(&self, hash: &str) -> Option<String> {
        if hash.len() != 64 || !hash.chars().all(|c| c.is_ascii_hexdigit()) {
            return None;
        }
        let path = self.root.join("policies").join(format!("{hash}.toml"));
        let bytes = files::read_if_there(&path, limits::MAX_POLICY_BYTES as u64).ok().flatten()?;
        String::from_utf8(bytes).ok().filter(|text| sha256(text.as_bytes()) == hash)
    }
}
