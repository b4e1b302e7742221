//! The reporter's case key: everything a case needs, derived from one 128-bit secret that fits on paper.

use hkdf::Hkdf;
use pgp::composed::{ArmorOptions, DetachedSignature, SignedPublicKey, SignedPublicSubKey};
use pgp::packet::SignatureType;
use pgp::types::{KeyDetails as _, Password, Timestamp as PgpTime};
use rand::RngCore as _;
use sealpost_shared::{CaseId, Fingerprint, Timestamp};
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::capability::Capability;
use crate::cert::UncheckedCert;
use crate::rules;
use crate::self_sign::{self, SelfSignature};
use crate::signing_key::KeyError;

#[cfg(feature = "open")]
pub(crate) mod opener;
mod signer;

pub(crate) use signer::CaseSigner;

/// 2024-01-01T00:00:00Z. A fingerprint covers the creation time and the subkey's key derivation covers the fingerprint, so
/// it is a constant of the scheme: another value would lose every case.
const CREATED: u32 = 1_704_067_200;

/// The secret behind a reporter's cases: 128 random bits, shown once as twelve words.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct CaseSecret([u8; 16]);

impl CaseSecret {
    /// Draws a new secret from the operating system or the browser.
    #[must_use]
    pub fn make_random() -> Self {
        let mut bytes = [0; 16];
        rand::rngs::OsRng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// Takes a secret that was kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The secret itself, for keeping it encrypted.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    fn derive<const N: usize>(&self, purpose: &str, index: u32) -> [u8; N] {
        let mut bytes = [0; N];
        let label = format!("sealpost/1/{purpose}/{index}");
        Hkdf::<Sha256>::new(None, &self.0)
            .expand(label.as_bytes(), &mut bytes)
            .expect("32 bytes are fewer than 255 blocks");
        bytes
    }
}

impl std::fmt::Debug for CaseSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CaseSecret(..)")
    }
}

/// The keys of one case. **Rule:** DESIGN, "Sealing": HKDF-SHA256 of the secret with one label for each purpose, so
/// that what the relay sees (capability, case id) says nothing about the keys.
pub struct CaseKey {
    signer: CaseSigner,
    #[cfg(feature = "open")]
    opener: opener::CaseOpener,
    cert: SignedPublicKey,
    capability: Capability,
    case_id: CaseId,
}

impl CaseKey {
    /// Derives the keys of the case with this number; the same secret and number give the same bytes everywhere, for ever.
    #[must_use]
    pub fn derive(secret: &CaseSecret, index: u32) -> Self {
        Self::try_derive(secret, index).expect("any 32 bytes make an Ed25519 and a clamped X25519 key")
    }

    fn try_derive(secret: &CaseSecret, index: u32) -> pgp::errors::Result<Self> {
        let created = PgpTime::from_secs(CREATED);
        let signer = CaseSigner::new(self_sign::signing_pair(secret.derive("sign", index), created)?);
        let (subkey, opens) = self_sign::decryption_pair(secret.derive("decrypt", index), created)?;
        let fingerprint = data_encoding::HEXLOWER.encode(signer.public.fingerprint().as_bytes());
        let name: String = fingerprint.chars().take(16).collect();
        let user_id = format!("Reporter <{name}@reporter.invalid>");
        let says = SelfSignature { user_id: &user_id, at: created, expires_after: None };
        let details = self_sign::certify(&signer, &signer.public, &says)?;
        let binding = self_sign::bind(&signer, &signer.public, &subkey, &says)?;
        let bound = SignedPublicSubKey::new(subkey.clone(), vec![binding]);
        #[cfg(not(feature = "open"))]
        drop(opens);
        Ok(Self {
            cert: SignedPublicKey::new(signer.public.clone(), details, vec![bound]),
            #[cfg(feature = "open")]
            opener: opener::CaseOpener::new(subkey, opens),
            signer,
            capability: Capability::from_bytes(secret.derive("capability", index)),
            case_id: CaseId::from_bytes(secret.derive("case-id", index)),
        })
    }

    /// The certificate that the team answers to. Its bytes are the same at every derivation.
    #[must_use]
    pub fn certificate(&self) -> UncheckedCert {
        UncheckedCert::from_inner(self.cert.clone()).expect("a v4 key has a 20-byte fingerprint")
    }

    /// The certificate's fingerprint.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.certificate().fingerprint()
    }

    /// What opens the case at the relay.
    #[must_use]
    pub fn capability(&self) -> Capability {
        self.capability.clone()
    }

    /// The name of the case.
    #[must_use]
    pub const fn case_id(&self) -> CaseId {
        self.case_id
    }

    /// Signs bytes in the name of the case; the signature stands alone, in ASCII armor.
    ///
    /// # Errors
    /// When the library cannot sign.
    pub fn sign_detached_armored(&self, data: &[u8], now: Timestamp) -> Result<String, KeyError> {
        let make = || -> pgp::errors::Result<String> {
            let key = &self.signer;
            let config = self_sign::config(key, SignatureType::Binary, rules::to_pgp(now))?;
            let signature = config.sign(key, &Password::empty(), data)?;
            DetachedSignature::new(signature).to_armored_string(ArmorOptions::default())
        };
        make().map_err(|error| KeyError::Failed(error.to_string()))
    }

    pub(crate) const fn signer(&self) -> &CaseSigner {
        &self.signer
    }

    #[cfg(feature = "open")]
    pub(crate) const fn opener(&self) -> &opener::CaseOpener {
        &self.opener
    }
}

impl std::fmt::Debug for CaseKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CaseKey({})", self.case_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;
    use sha2::Digest as _;

    /// Frozen: a change here locks every reporter out of every case.
    #[test]
    fn a_secret_gives_the_same_case_for_ever() {
        let key = CaseKey::derive(&CaseSecret::from_bytes(*b"sealpost-vector1"), 0);
        assert_eq!(key.fingerprint().as_str(), "1C2C37301B7138DAA51C0866EEE93923D11A6B03");
        assert_eq!(key.case_id().to_string(), "b629d4f431c913bb5d5deffd479616f7");
        assert_eq!(key.capability().to_token(), "uqaSyODH001ChexWhv-WxAXtgAR4aUeJ6ansWV7yT7I");
        let certificate = HEXLOWER.encode(&Sha256::digest(key.certificate().to_binary()));
        assert_eq!(certificate, "be019e532383cb7845102adbf1ee70672e28519fb39e6310cc30c2e4e9f8e86e");
        assert_eq!(key.certificate().user_ids(), ["Reporter <1c2c37301b7138da@reporter.invalid>"]);
    }

    #[test]
    fn every_number_and_every_purpose_has_its_own_bytes() {
        let secret = CaseSecret::from_bytes([1; 16]);
        let labels = ["sign", "decrypt", "capability", "case-id"];
        let mut seen = std::collections::BTreeSet::new();
        for index in 0..3 {
            assert!(labels.iter().all(|label| seen.insert(secret.derive::<32>(label, index))));
        }
        assert!(seen.insert(CaseSecret::from_bytes([2; 16]).derive::<32>("sign", 0)));
    }

    #[test]
    fn what_a_case_signs_verifies_by_its_certificate_and_no_other() {
        let now = "2026-11-23T12:00:00Z".parse().unwrap();
        let (key, other) =
            (CaseKey::derive(&CaseSecret::make_random(), 0), CaseKey::derive(&CaseSecret::make_random(), 0));
        let signature = key.sign_detached_armored(b"facts", now).unwrap();
        let verify =
            |by: &CaseKey, data: &[u8]| by.certificate().verify_detached(data, signature.as_bytes(), now);
        assert_eq!(verify(&key, b"facts").unwrap().signer, key.fingerprint());
        assert!(verify(&key, b"other facts").is_err() && verify(&other, b"facts").is_err());
    }

    #[test]
    fn the_certificate_passes_the_judgement_that_the_team_makes() {
        let key = CaseKey::derive(&CaseSecret::make_random(), 7);
        let now = "2026-11-23T12:00:00Z".parse().unwrap();
        let judged = key.certificate().judge(now).unwrap();
        assert_eq!(judged.fingerprint(), key.fingerprint());
        assert_eq!(judged.expires(), None);
        assert!(!judged.seipd_v2());
    }
}
