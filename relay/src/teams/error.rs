//! What can be wrong with a team's folder, in sentences for whoever set it up, and in a word for whoever watches the relay.

use std::io;
use std::path::PathBuf;

use sealpost_keys::{CertError, SignatureError};
use sealpost_shared::Fingerprint;
use sealpost_shared::id::Slug;
use sealpost_shared::policy::PolicyError;

use super::attention::Attention;
use super::load::{CERTS, MAX_CERT_FILES, POLICY};

/// Says why a team cannot be served: the file, the place in it, and the rule.
#[derive(Debug, thiserror::Error)]
pub enum TeamError {
    /// A file or folder cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is larger than it may be.
    #[error("{path}: larger than {limit} bytes")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit.
        limit: usize,
    },
    /// A file that should be text is not.
    #[error("{path}: not UTF-8 text")]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// The folder has no team in it.
    #[error(
        "{folder}: there is no team here. Make a folder named as the team's slug with policy.toml, policy.toml.asc and certs/ in it."
    )]
    NoTeams {
        /// The folder.
        folder: PathBuf,
    },
    /// A folder is not named as a slug.
    #[error("{folder}: a team's folder is named as its slug: 1 to 40 of a-z, 0-9 and -")]
    FolderName {
        /// The folder.
        folder: PathBuf,
    },
    /// The policy breaks a rule.
    #[error("{path}: {source}")]
    Policy {
        /// The policy file.
        path: PathBuf,
        /// The line or key, and the rule.
        source: PolicyError,
    },
    /// The policy is another team's.
    #[error("{path}: identity.slug: is “{slug}”, but the folder is “{folder}”. They must be equal.")]
    OtherSlug {
        /// The policy file.
        path: PathBuf,
        /// What it says.
        slug: Slug,
        /// Where it lies.
        folder: Slug,
    },
    /// A certificate file holds something else.
    #[error("{path}: {source}")]
    Cert {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: CertError,
    },
    /// Two files hold the same certificate, perhaps of different ages.
    #[error(
        "{path}: certificate {fingerprint} is in another file of this folder as well. Keep the newer one only."
    )]
    Twice {
        /// The second file.
        path: PathBuf,
        /// The certificate.
        fingerprint: Fingerprint,
    },
    /// More files than any policy can name.
    #[error("{folder}: more than {MAX_CERT_FILES} files")]
    TooMany {
        /// The folder.
        folder: PathBuf,
    },
    /// The policy names a certificate that is not there.
    #[error(
        "{path}: {key}: certificate {fingerprint} is not in {CERTS}/. Export it there: gpg --armor --export {fingerprint}"
    )]
    Missing {
        /// The policy file.
        path: PathBuf,
        /// The key that names it.
        key: String,
        /// The certificate.
        fingerprint: Fingerprint,
    },
    /// The policy's signature does not hold.
    #[error(
        "{path}: {source} The policy must be signed by identity.signed_by, {signer}: gpg --armor --detach-sign {POLICY}"
    )]
    Signature {
        /// The signature file.
        path: PathBuf,
        /// What is wrong with it.
        source: SignatureError,
        /// Who should have signed.
        signer: Fingerprint,
    },
    /// The file that says who is told by mail breaks a rule.
    #[error("{path}: {why}")]
    Notice {
        /// The file.
        path: PathBuf,
        /// The line or key, and the rule.
        why: String,
    },
    /// The policy is older than one that was in service.
    #[error(
        "{path}: identity.version: is {version}, but version {seen} was in service already. Raise it over {seen} and sign again."
    )]
    Older {
        /// The policy file.
        path: PathBuf,
        /// What it says.
        version: u32,
        /// The highest that was in service.
        seen: u32,
    },
    /// The policy would stop reporters from writing, which the one in service does not.
    #[error("{path}: {why}")]
    NotUsable {
        /// The policy file.
        path: PathBuf,
        /// What keeps reporters from using it.
        why: Attention,
    },
}

impl TeamError {
    /// One word for a watcher who may know that something is wrong, but not the paths of this machine.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } | Self::TooLarge { .. } | Self::NotText { .. } | Self::TooMany { .. } => {
                "unreadable"
            }
            Self::NoTeams { .. } => "no-teams",
            Self::FolderName { .. } | Self::OtherSlug { .. } => "misnamed",
            Self::Policy { .. } => "bad-policy",
            Self::Cert { .. } | Self::Twice { .. } | Self::Missing { .. } => "bad-certificates",
            Self::Signature { .. } => "bad-signature",
            Self::Notice { .. } => "bad-notice",
            Self::Older { .. } => "older-policy",
            Self::NotUsable { why, .. } => why.code(),
        }
    }
}

/// A folder that was refused. What was in service for it before stays so.
#[derive(Debug)]
pub struct Fault {
    /// The folder's name if it can be a team's, else nothing: a name that is no slug is not repeated to strangers.
    pub team: Option<Slug>,
    /// Why.
    pub error: TeamError,
    /// Whether an earlier reading of it is still served.
    pub kept: bool,
}
