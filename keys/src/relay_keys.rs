//! The keys of one relay over time: the one that signs receipts now, and those it had before. Each vouched for the next, so whoever knows
//! one of them can follow. **Rule:** PROTOCOL.md, "A relay's next key".

use pgp::composed::{SignedPublicKey, SignedSecretKey};
use pgp::errors::Result as PgpResult;
use pgp::packet::{Signature, SignatureType};
use pgp::types::{KeyDetails as _, Password, SignedUser, Tag};
use sealpost_shared::receipt::Receipt;
use sealpost_shared::{Fingerprint, Timestamp};

use crate::cert::{CertError, UncheckedCert};
use crate::guard::guarded;
use crate::rules;
use crate::self_sign;
use crate::signed_receipt::{ReceiptVerifyError, verify_receipt};

/// Says why certificates are not those of one relay.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RelayKeysError {
    /// One of them cannot be read.
    #[error(transparent)]
    Cert(#[from] CertError),
    /// A former key that did not vouch for the one after it.
    #[error(
        "The relay's former key {0} did not sign the one after it. Receipts of this relay cannot be checked with these keys."
    )]
    Unlinked(Fingerprint),
}

/// The certificates that receipts of one relay are checked with: the one of now first, then former ones, the last first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayKeys {
    now: UncheckedCert,
    former: Vec<UncheckedCert>,
}

impl RelayKeys {
    /// Reads them as a bundle has them: armored certificates one after the other.
    ///
    /// # Errors
    /// When one is none, or a former one did not vouch for its successor.
    pub fn parse(armored: &[u8]) -> Result<Self, RelayKeysError> {
        let mut certs = UncheckedCert::parse_many(armored)?.into_iter();
        let now = certs.next().ok_or(CertError::Empty)?;
        Self::new(now, certs.collect())
    }

    /// The keys of a relay that has had some before.
    ///
    /// # Errors
    /// When a former one did not vouch for its successor.
    pub fn new(now: UncheckedCert, former: Vec<UncheckedCert>) -> Result<Self, RelayKeysError> {
        let mut newer = &now;
        for older in &former {
            let unlinked = RelayKeysError::Unlinked(older.fingerprint());
            guarded(unlinked.clone(), || {
                if vouches(older.inner(), newer.inner()) { Ok(()) } else { Err(unlinked) }
            })?;
            newer = older;
        }
        Ok(Self { now, former })
    }

    /// The one that signs receipts now.
    #[must_use]
    pub const fn current(&self) -> &UncheckedCert {
        &self.now
    }

    /// All, the one of now first.
    pub fn all(&self) -> impl Iterator<Item = &UncheckedCert> {
        std::iter::once(&self.now).chain(&self.former)
    }

    /// Whether somebody who knows a relay by `known` can follow it to these: the key it signed with then is one of them.
    #[must_use]
    pub fn continues(&self, known: &Self) -> bool {
        self.all().any(|cert| cert.fingerprint() == known.now.fingerprint())
    }

    /// Verifies a receipt by any of them and says which. A former key signs nothing after its end.
    ///
    /// # Errors
    /// Those of [`verify_receipt`], of the key of now.
    pub fn verify_receipt(
        &self,
        text: &str,
        now: Timestamp,
    ) -> Result<(Receipt, Fingerprint), ReceiptVerifyError> {
        let good = |cert: &UncheckedCert| Ok((verify_receipt(text, cert, now)?, cert.fingerprint()));
        good(&self.now).or_else(|why| self.former.iter().find_map(|cert| good(cert).ok()).ok_or(why))
    }

    /// All in ASCII armor, one after the other, as `gpg --import` reads them.
    #[must_use]
    pub fn to_armored(&self) -> String {
        self.all().map(UncheckedCert::to_armored).collect()
    }
}

/// Whether the primary key of `older` certified a user id of `newer`.
fn vouches(older: &SignedPublicKey, newer: &SignedPublicKey) -> bool {
    // As references, because self-signatures are verified so as well: the browser loads that code once.
    let (signee, signer) = (&newer.primary_key, &older.primary_key);
    let holds = |user: &SignedUser, signature: &Signature| {
        rules::hash_is_strong(signature)
            && signature.typ() != Some(SignatureType::CertRevocation)
            && signature.verify_third_party_certification(&signee, &signer, Tag::UserId, &user.id).is_ok()
    };
    let own = newer.primary_key.fingerprint() == older.primary_key.fingerprint();
    !own && newer.details.users.iter().any(|user| user.signatures.iter().any(|s| holds(user, s)))
}

/// Has `older` certify the user ids of `newer`.
pub(crate) fn vouch(older: &SignedSecretKey, newer: &mut SignedSecretKey, at: Timestamp) -> PgpResult<()> {
    let signee = newer.primary_key.public_key().clone();
    for user in &mut newer.details.users {
        let config = self_sign::config(&older.primary_key, SignatureType::CertGeneric, rules::to_pgp(at))?;
        let signature = config.sign_certification_third_party(
            &older.primary_key,
            &Password::empty(),
            &signee,
            Tag::UserId,
            &user.id,
        )?;
        user.signatures.push(signature);
    }
    Ok(())
}

/// The certificate of `key`, which says from `at` on that the key ends at `until`. What others signed stays.
pub(crate) fn retire(key: &SignedSecretKey, at: Timestamp, until: Timestamp) -> PgpResult<SignedPublicKey> {
    let mut cert = key.to_public_key();
    let age = until.seconds() - rules::from_pgp(cert.primary_key.created_at()).seconds();
    let expires_after = Some(u32::try_from(age.max(1)).unwrap_or(u32::MAX));
    for user in &mut cert.details.users {
        let user_id = String::from_utf8_lossy(user.id.id()).into_owned();
        let says = self_sign::SelfSignature { user_id: &user_id, at: rules::to_pgp(at), expires_after };
        let own = |s: &Signature| s.verify_certification(&cert.primary_key, Tag::UserId, &user.id).is_ok();
        let mut signatures: Vec<Signature> = user.signatures.iter().filter(|s| !own(s)).cloned().collect();
        let certified = self_sign::certify(&key.primary_key, key.primary_key.public_key(), &says)?;
        signatures.extend(certified.users.into_iter().flat_map(|user| user.signatures));
        user.signatures = signatures;
    }
    Ok(cert)
}
