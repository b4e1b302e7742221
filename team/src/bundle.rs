//! The bundle of a team: believed only after its policy's signature, its rules and its certificates were checked.

use anyhow::{Context as _, Result, bail, ensure};
use sealpost_keys::{CertWarning, RelayKeys, SignatureError, TeamCert, UncheckedCert};
use sealpost_shared::id::Slug;
use sealpost_shared::policy::{Desk, Policy, PolicyFile, Standing};
use sealpost_shared::wire::v1::BundleResponse;
use sealpost_shared::{Fingerprint, Timestamp, limits};
use sha2::{Digest as _, Sha256};

use crate::times::utc;

/// What an error says that no re-signing mends.
pub(crate) const SIGNER_CHANGED: &str = "THE SIGNER OF THE POLICY CHANGED";

/// The most bytes of a bundle: a policy with its signature, and the certificates of every desk in armor.
pub(crate) const MAX_BUNDLE_BYTES: u64 = 16 * 1024 * 1024;

/// A bundle whose policy carries the signature of the expected certificate.
#[derive(Debug, Clone)]
pub(crate) struct Bundle {
    response: BundleResponse,
    policy: Policy,
    certs: Vec<UncheckedCert>,
    relay_keys: RelayKeys,
}

/// SHA-256 in lowercase hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))
}

/// Reads a bundle from its JSON.
///
/// # Errors
/// When it is none.
pub(crate) fn parse(json: &[u8]) -> Result<BundleResponse> {
    serde_json::from_slice(json).context("this is not a bundle, as GET /v1/teams/SLUG/bundle gives it")
}

/// Whom the policy names as its signer. A claim: anybody can write one.
///
/// # Errors
/// When the policy cannot be read.
pub(crate) fn claimed_signer(response: &BundleResponse) -> Result<Fingerprint> {
    let file = PolicyFile::from_toml(&response.policy).context("the bundle's policy")?;
    Ok(file.identity.signed_by)
}

/// The version the policy says it has. A claim, as long as the bundle is not checked.
///
/// # Errors
/// When the policy cannot be read.
pub(crate) fn claimed_version(response: &BundleResponse) -> Result<u32> {
    let file = PolicyFile::from_toml(&response.policy).context("the bundle's policy")?;
    Ok(file.identity.version)
}

/// Refuses a policy that is older than one seen before: whoever serves it could bring back members who left.
///
/// # Errors
/// Which versions, and what to do.
pub(crate) fn check_version(bundle: &Bundle, seen: u32, accept_older: bool) -> Result<()> {
    let version = bundle.policy().identity.version;
    ensure!(
        version >= seen || accept_older,
        "THE POLICY IS OLDER THAN BEFORE: version {version} came, but version {seen} was seen here. Its signature is good, but a \
         relay that serves an old policy can bring back members who left. Ask the team over another channel; if the old one is \
         meant, pass --accept-older-policy."
    );
    Ok(())
}

/// Refuses another text under the version of the policy that was believed last: nobody could say afterwards what that version promised.
///
/// # Errors
/// Which version, and what to do.
pub(crate) fn check_same_text(bundle: &Bundle, before: &BundleResponse, accept: bool) -> Result<()> {
    let version = bundle.policy().identity.version;
    let is_same = before.policy == bundle.response.policy || claimed_version(before).ok() != Some(version);
    ensure!(
        is_same || accept,
        "THE POLICY CHANGED AND ITS VERSION DID NOT: version {version} came with another text than before. Its signature is good, but two \
         texts under one number cannot be told apart. Whoever signs it counts `identity.version` up and signs it again; if it is meant as \
         it is, pass --accept-older-policy."
    );
    Ok(())
}

/// What a person passes to name the expected signer: the option differs by command.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SignerOption {
    /// Commands of the team.
    Signer,
    /// Commands of the reporter.
    Fingerprint,
    /// Commands of the team, before anything was believed here.
    FirstSigner,
    /// Commands of the reporter, before anything was believed here.
    FirstFingerprint,
}

impl SignerOption {
    const fn advice(self) -> &'static str {
        match self {
            Self::Signer | Self::FirstSigner => "--signer (or put it into config.toml)",
            Self::Fingerprint | Self::FirstFingerprint => "--fingerprint",
        }
    }

    /// Says that another signed: a change after a first contact, and most likely a typo at the first.
    fn other_signer(self, expected: &Fingerprint, claimed: &Fingerprint) -> String {
        let (expected, claimed, advice) = (expected.grouped(), claimed.grouped(), self.advice());
        match self {
            Self::Signer | Self::Fingerprint => format!(
                "{SIGNER_CHANGED}.\n  expected  {expected}\n  now       {claimed}\nNothing was fetched or sent. \
                 Ask the team over another channel; if the change is real, pass the new fingerprint with {advice}."
            ),
            Self::FirstSigner | Self::FirstFingerprint => format!(
                "The policy is not signed by the fingerprint that you gave.\n  given     {expected}\n  signed by {claimed}\nNothing was \
                 fetched or sent. Look for a typo in {advice}; if there is none, do not trust this relay, and ask the team over another channel."
            ),
        }
    }
}

impl Bundle {
    /// Verifies signature and rules. **Rule:** PROTOCOL.md, "The bundle".
    ///
    /// # Errors
    /// When it was signed by another certificate than `signer`, is of another team, or breaks a rule.
    pub(crate) fn check(
        response: BundleResponse,
        team: &Slug,
        signer: &Fingerprint,
        option: SignerOption,
        now: Timestamp,
    ) -> Result<Self> {
        let claimed = claimed_signer(&response)?;
        ensure!(claimed == *signer, "{}", option.other_signer(signer, &claimed));
        let certs = certs(&response)?;
        let Some(cert) = certs.iter().find(|cert| cert.fingerprint() == *signer) else {
            bail!(
                "the bundle lacks the certificate {signer} that its policy should be signed by; nothing of it is believed"
            );
        };
        cert.verify_detached(response.policy.as_bytes(), response.policy_signature.as_bytes(), now)
            .map_err(|why| unsigned(why, now))?;
        let policy = Policy::from_toml(&response.policy).context("the bundle's policy")?;
        ensure!(
            policy.identity.slug == *team,
            "this is the policy of “{}”, not of “{team}”",
            policy.identity.slug
        );
        let relay_keys =
            RelayKeys::parse(response.relay.certificate.as_bytes()).context("the relay's certificate")?;
        Ok(Self { response, policy, certs, relay_keys })
    }

    /// The checked policy.
    pub(crate) const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The bundle as it was fetched.
    pub(crate) const fn response(&self) -> &BundleResponse {
        &self.response
    }

    /// The address the relay calls itself by.
    pub(crate) fn origin(&self) -> &str {
        &self.response.relay.origin
    }

    /// The certificates that receipts are checked with.
    pub(crate) const fn relay_keys(&self) -> &RelayKeys {
        &self.relay_keys
    }

    /// SHA-256 of the policy file, which a report names.
    pub(crate) fn policy_sha256(&self) -> String {
        sha256(self.response.policy.as_bytes())
    }

    /// The desk of that name.
    ///
    /// # Errors
    /// When the policy has none; the error lists those it has.
    pub(crate) fn desk(&self, id: &Slug) -> Result<&Desk> {
        let known = || self.policy.desks.iter().map(|desk| desk.id.as_str()).collect::<Vec<_>>().join(", ");
        self.policy.desk(id).with_context(|| format!("the policy has no desk “{id}”; it has {}", known()))
    }

    /// The certificates of those who may answer for a desk.
    pub(crate) fn members(&self, desk: &Desk) -> Vec<UncheckedCert> {
        self.certs.iter().filter(|cert| desk.members.contains(&cert.fingerprint())).cloned().collect()
    }

    /// The certificates that every letter to a desk is sealed to, each judged. **Rule:** one unusable certificate means that
    /// nothing is sealed.
    ///
    /// # Errors
    /// Which certificate is missing or unusable, and why.
    pub(crate) fn recipients(&self, desk: &Desk, now: Timestamp) -> Result<Vec<TeamCert>> {
        ensure!(
            !desk.fingerprints.is_empty(),
            "the desk “{}” has no certificate, so nothing can be sealed to it",
            desk.id
        );
        desk.fingerprints.iter().map(|fingerprint| self.recipient(fingerprint, now)).collect()
    }

    /// The certificate that signed the policy.
    pub(crate) fn signer(&self) -> Option<&UncheckedCert> {
        self.certs.iter().find(|cert| cert.fingerprint() == self.policy.identity.signed_by)
    }

    /// One certificate that letters are sealed to, judged.
    ///
    /// # Errors
    /// When it is missing or unusable, and why.
    pub(crate) fn recipient(&self, fingerprint: &Fingerprint, now: Timestamp) -> Result<TeamCert> {
        let cert = self.certs.iter().find(|cert| cert.fingerprint() == *fingerprint);
        let cert = cert.with_context(|| {
            format!("the bundle lacks the certificate {fingerprint} that the policy names")
        })?;
        cert.judge(now).with_context(|| format!("the certificate {fingerprint} cannot be sealed to"))
    }

    /// What members should see to: a policy or certificate that ends soon, or did.
    pub(crate) fn warnings(&self, desk: &Desk, now: Timestamp) -> Vec<String> {
        let mut warnings = Vec::new();
        match self.policy.identity.standing(now) {
            Standing::InForce => {}
            Standing::NotYet { from } => warnings.push(format!("the policy applies only from {}", utc(from))),
            Standing::Expired { at } => {
                warnings.push(format!("the policy expired {}; renew and sign it", utc(at)));
            }
        }
        for fingerprint in &desk.fingerprints {
            match self.recipient(fingerprint, now) {
                Err(error) => warnings.push(format!("{error:#}")),
                Ok(cert) => {
                    warnings.extend(cert.warnings().iter().map(|warning| about(fingerprint, *warning)));
                }
            }
        }
        warnings
    }
}

fn about(fingerprint: &Fingerprint, warning: CertWarning) -> String {
    match warning {
        CertWarning::ExpiresSoon { at } => {
            format!("the certificate {fingerprint} ends {}; extend it and publish it again", utc(at))
        }
        other => format!("the certificate {fingerprint} needs a look: {other}"),
    }
}

/// A clock that runs behind makes every signature look as if it came from the future.
fn unsigned(why: SignatureError, now: Timestamp) -> anyhow::Error {
    let words = match why {
        SignatureError::FromTheFuture { .. } => format!(
            "the policy was signed after what this machine's clock says ({}); set the clock right and try again",
            utc(now)
        ),
        _ => "the policy in the bundle is not what its team signed; nothing of it is believed. Try again later, and tell the team if it stays so".to_owned(),
    };
    anyhow::Error::new(why).context(words)
}

fn certs(response: &BundleResponse) -> Result<Vec<UncheckedCert>> {
    // Three roles with their members; more is no policy of ours.
    ensure!(
        response.certificates.len() <= 8 * limits::MAX_DESK_CERTS,
        "the bundle has too many certificates"
    );
    let parse =
        |text: &String| UncheckedCert::parse_one(text.as_bytes()).context("a certificate of the bundle");
    response.certificates.iter().map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_clock_is_told_from_a_false_policy() {
        let now = Timestamp::from_seconds(1_000_000);
        let future = unsigned(SignatureError::FromTheFuture { at: Timestamp::from_seconds(2_000_000) }, now);
        assert!(future.to_string().contains("set the clock right"), "{future}");
        assert!(unsigned(SignatureError::NotBySigner, now).to_string().contains("not what its team signed"));
    }
}
