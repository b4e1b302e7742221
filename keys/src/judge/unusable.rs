//! The reasons why letters may not be sealed to a certificate.

use sealpost_shared::Timestamp;

/// Says why letters may not be sealed to a certificate, in a sentence that says what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// Revoked, for whatever reason.
    #[error("The certificate was revoked. Ask the team for its new one.")]
    Revoked,
    /// Its life is over.
    #[error("The certificate expired on {at}. Ask the team to extend it and publish it again.")]
    Expired {
        /// When it ended.
        at: Timestamp,
    },
    /// Made in the future of this device's clock.
    #[error("The certificate is valid only from {from}. Check the clock of this device.")]
    NotYetValid {
        /// When it begins.
        from: Timestamp,
    },
    /// Bound by SHA-1 or another broken hash only.
    #[error(
        "The certificate is held together by a broken hash (SHA-1 or older). The team should renew its self-signatures with a current program."
    )]
    WeakSignature,
    /// RSA below 2048 bits, DSA or ElGamal.
    #[error("The key is too weak (RSA below 2048 bits, DSA or ElGamal). The team needs a new key.")]
    WeakKey,
    /// Nothing in it can encrypt.
    #[error("The certificate has no key that can encrypt. The team should add an encryption subkey.")]
    NoEncryptionKey,
    /// The certificate lives, its encryption subkey does not.
    #[error(
        "The certificate's encryption subkey expired on {at}. Ask the team to extend it and publish it again."
    )]
    SubkeyExpired {
        /// When it ended.
        at: Timestamp,
    },
    /// The certificate lives, its encryption subkey was revoked.
    #[error("The certificate's encryption subkey was revoked. Ask the team for its new certificate.")]
    SubkeyRevoked,
    /// Nothing in it is signed by its own primary key.
    #[error("The certificate has no valid signature of its own. Export it again, whole.")]
    NoSelfSignature,
    /// A key version or algorithm that we do not read.
    #[error(
        "The certificate is of a version or kind that Sealpost does not read. A version 4 key works everywhere."
    )]
    Unsupported,
}

impl Unusable {
    /// A stable code for machines.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Expired { .. } => "expired",
            Self::NotYetValid { .. } => "not-yet-valid",
            Self::WeakSignature => "weak-signature",
            Self::WeakKey => "weak-key",
            Self::NoEncryptionKey => "no-encryption-key",
            Self::SubkeyExpired { .. } => "subkey-expired",
            Self::SubkeyRevoked => "subkey-revoked",
            Self::NoSelfSignature => "no-self-signature",
            Self::Unsupported => "unsupported",
        }
    }

    /// When the certificate or its encryption subkey ended, if that is why.
    #[must_use]
    pub const fn ended(&self) -> Option<Timestamp> {
        match self {
            Self::Expired { at } | Self::SubkeyExpired { at } => Some(*at),
            _ => None,
        }
    }
}
