//! A team's bundle after the checks, as the page shows and uses it.

use sealpost_shared::policy::explain::Section;
use sealpost_shared::policy::{PolicyFile, Standing};
use sealpost_shared::{Fingerprint, Timestamp, id::Slug};
use serde::{Deserialize, Serialize};

/// A bundle after the checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedBundle {
    /// The policy; `check()` it to use it. The signature was good.
    pub policy: PolicyFile,
    /// SHA-256 of the policy file in lowercase hexadecimal.
    pub policy_sha256: String,
    /// Whether it applies now.
    pub standing: Standing,
    /// What became of every desk that names certificates.
    pub desks: Vec<CheckedDesk>,
    /// Armored certificates of every desk's members, by which replies are verified: fingerprint and certificate.
    pub members: Vec<MemberCertificate>,
    /// The fingerprint of the relay's receipt key.
    pub relay_fingerprint: Fingerprint,
    /// Armored certificate of whom the policy names as its signer.
    pub signer_certificate: String,
    /// The whole policy in plain sentences.
    pub explained: Vec<Section>,
}

/// A member's certificate in a [`CheckedBundle`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberCertificate {
    /// The desk.
    pub desk: Slug,
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
    /// Armored.
    pub certificate: String,
}

/// A desk's certificates after judging. Sealing to the desk is possible only if every one is usable (promise 1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedDesk {
    /// Which desk.
    pub desk: Slug,
    /// Its certificates, in the policy's order.
    pub certificates: Vec<CheckedCertificate>,
}

impl CheckedDesk {
    /// Whether a report can be sealed to this desk.
    #[must_use]
    pub fn usable(&self) -> bool {
        !self.certificates.is_empty() && self.certificates.iter().all(|cert| cert.problem.is_none())
    }

    /// Whether a report to this desk withstands quantum computers: it is as strong as its weakest recipient.
    #[must_use]
    pub fn post_quantum(&self) -> bool {
        self.usable() && self.certificates.iter().all(|cert| cert.post_quantum)
    }
}

/// One certificate after judging.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedCertificate {
    /// The fingerprint the policy names.
    pub fingerprint: Fingerprint,
    /// User ids as they stand in the certificate; nobody vouches for them.
    pub user_ids: Vec<String>,
    /// The algorithm of the chosen encryption subkey, for people.
    pub algorithm: String,
    /// When it expires.
    pub expires: Option<Timestamp>,
    /// Armored, for download.
    pub certificate: String,
    /// Why it cannot be used.
    pub problem: Option<CertificateProblem>,
    /// It expires within 30 days.
    pub expires_soon: bool,
    /// What is sealed to it also withstands quantum computers.
    #[serde(default)]
    pub post_quantum: bool,
}

/// Why a certificate cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateProblem {
    /// Stable code, such as `expired`.
    pub code: String,
    /// A sentence for the reporter.
    pub sentence: String,
}
