//! The signing half of a case key. It signs in one way only, so a browser loads no code for the others.

use std::fmt;

use pgp::crypto::Signer as _;
use pgp::crypto::ed25519;
use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::public_key::PublicKeyAlgorithm;
use pgp::errors::Result;
use pgp::packet::PublicKey;
use pgp::types::{
    Fingerprint, KeyDetails, KeyId, KeyVersion, Password, PublicParams, SignatureBytes, SigningKey, Timestamp,
};

use crate::self_sign::HASH;

/// An Ed25519 key with its public packet. Its secret is zeroized when dropped.
#[derive(Clone)]
pub(crate) struct CaseSigner {
    pub(crate) public: PublicKey,
    secret: ed25519::SecretKey,
}

impl CaseSigner {
    pub(super) fn new((public, secret): (PublicKey, ed25519::SecretKey)) -> Self {
        Self { public, secret }
    }
}

impl fmt::Debug for CaseSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CaseSigner(..)")
    }
}

impl KeyDetails for CaseSigner {
    fn version(&self) -> KeyVersion {
        self.public.version()
    }

    fn legacy_key_id(&self) -> KeyId {
        self.public.legacy_key_id()
    }

    fn fingerprint(&self) -> Fingerprint {
        self.public.fingerprint()
    }

    fn algorithm(&self) -> PublicKeyAlgorithm {
        self.public.algorithm()
    }

    fn created_at(&self) -> Timestamp {
        self.public.created_at()
    }

    fn legacy_v3_expiration_days(&self) -> Option<u16> {
        self.public.legacy_v3_expiration_days()
    }

    fn public_params(&self) -> &PublicParams {
        self.public.public_params()
    }
}

impl SigningKey for CaseSigner {
    fn sign(&self, _unlocked: &Password, hash: HashAlgorithm, digest: &[u8]) -> Result<SignatureBytes> {
        self.secret.sign(hash, digest)
    }

    fn hash_alg(&self) -> HashAlgorithm {
        HASH
    }
}
