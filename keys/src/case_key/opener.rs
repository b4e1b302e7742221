//! The opening half of a case key. It opens in one way only, so a browser loads no code for the others.

use pgp::composed::{Esk, PlainSessionKey, RawSessionKey};
use pgp::crypto::Decryptor as _;
use pgp::crypto::ecc_curve::ECCCurve;
use pgp::crypto::ecdh::{EncryptionFields, SecretKey};
use pgp::packet::{PublicKeyEncryptedSessionKey, PublicSubkey};
use pgp::types::{EcdhPublicParams, KeyDetails as _, PkeskBytes, PkeskVersion, PublicParams};
use zeroize::Zeroizing;

use crate::open::OpenError;

/// A Curve25519 key with its public packet. Its secret is zeroized when dropped.
pub(crate) struct CaseOpener {
    public: PublicSubkey,
    secret: SecretKey,
}

impl CaseOpener {
    pub(super) const fn new(public: PublicSubkey, secret: SecretKey) -> Self {
        Self { public, secret }
    }

    /// Finds the session key among those of a message.
    pub(crate) fn session_key(&self, esk: &[Esk]) -> Result<PlainSessionKey, OpenError> {
        let mut error = OpenError::NotForThisKey;
        for esk in esk {
            let Esk::PublicKeyEncryptedSessionKey(packet) = esk else { continue };
            if !packet.match_identity(&self.public) {
                continue;
            }
            match self.unwrap(packet) {
                Some(key) => return Ok(key),
                // One for an unnamed recipient may be anybody's; ours by name must open.
                None if !is_anonymous(packet) => error = OpenError::Altered,
                None => {}
            }
        }
        Err(error)
    }

    /// **Rule:** RFC 9580, 5.1 and 11.5: ECDH hides the algorithm (version 3 only), the key and the sum of its octets.
    fn unwrap(&self, packet: &PublicKeyEncryptedSessionKey) -> Option<PlainSessionKey> {
        let PkeskBytes::Ecdh { public_point, encrypted_session_key } = packet.values().ok()? else {
            return None;
        };
        let PublicParams::ECDH(EcdhPublicParams::Curve25519Legacy { hash, alg_sym, .. }) =
            self.public.public_params()
        else {
            return None;
        };
        let hidden = self.secret.decrypt(EncryptionFields {
            public_point,
            encrypted_session_key,
            fingerprint: self.public.fingerprint().as_bytes(),
            curve: ECCCurve::Curve25519Legacy,
            hash: *hash,
            alg_sym: *alg_sym,
        });
        session_key(&hidden.ok()?, packet.version())
    }
}

/// Whether a session key does not say whose it is.
pub(crate) fn is_anonymous(packet: &PublicKeyEncryptedSessionKey) -> bool {
    packet
        .id()
        .map_or_else(|_| packet.fingerprint().is_ok_and(|f| f.is_none()), pgp::types::KeyId::is_wildcard)
}

fn session_key(hidden: &Zeroizing<Vec<u8>>, version: PkeskVersion) -> Option<PlainSessionKey> {
    let (front, sum) = hidden.split_last_chunk::<2>()?;
    let (algorithm, key) = match version {
        PkeskVersion::V3 => front.split_first().map(|(algorithm, key)| (Some(*algorithm), key))?,
        PkeskVersion::V6 => (None, front),
        PkeskVersion::Other(_) => return None,
    };
    let total = key.iter().fold(0_u16, |sum, octet| sum.wrapping_add(u16::from(*octet)));
    if total.to_be_bytes() != *sum {
        return None;
    }
    let key = RawSessionKey::from(key);
    Some(match algorithm {
        Some(algorithm) => PlainSessionKey::V3_4 { sym_alg: algorithm.into(), key },
        None => PlainSessionKey::V6 { key },
    })
}
