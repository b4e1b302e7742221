//! Secret keys in files: the relay's receipt key, and a team's key where no gpg-agent holds it.

use pgp::armor::BlockType;
use pgp::composed::{
    ArmorOptions, CleartextSignedMessage, Deserializable as _, DetachedSignature, SignedSecretKey,
};
use pgp::errors::Result as PgpResult;
use pgp::packet::{SecretSubkey, SignatureConfig, SignatureType, Subpacket, SubpacketData};
use pgp::types::{KeyDetails, KeyVersion, Password, SigningKey as PgpSigningKey, Timestamp as PgpTime};
use rand::RngCore as _;
use rand::rngs::OsRng;
use sealpost_shared::{Fingerprint, Timestamp, limits};
use zeroize::Zeroizing;

use crate::armor;
use crate::cert::UncheckedCert;
use crate::relay_keys;
use crate::rules;
use crate::self_sign::{self, HASH, SelfSignature};

/// Two years: long enough not to nag, short enough that a forgotten key stops being used.
const TEAM_KEY_SECONDS: u32 = 2 * 365 * 24 * 3600;

/// Says why a secret key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not a secret key, cut off or too large.
    #[error("This is not an OpenPGP secret key. Export one with: gpg --armor --export-secret-keys ADDRESS")]
    Unreadable,
    /// Locked, and no passphrase was given.
    #[error("This key is locked. Give its passphrase.")]
    Locked,
    /// The passphrase does not open it.
    #[error("The passphrase does not open this key.")]
    WrongPassphrase,
    /// Nothing in it can sign.
    #[error(
        "This file has no secret key that can sign (it may hold only stubs of a smartcard's keys). Use gpg itself for such keys."
    )]
    CannotSign,
    /// The library refused.
    #[error("The key could not be made or used: {0}")]
    Failed(String),
}

/// The secret key that signs: the primary key or one of its subkeys.
#[derive(Debug, Clone, Copy)]
enum Part {
    Primary,
    Subkey(usize),
}

/// An unlocked secret key with a part that signs, and perhaps parts that decrypt. Zeroized when dropped.
pub struct SigningKey {
    secret: SignedSecretKey,
    part: Part,
}

/// The signing part as the library wants it.
pub(crate) enum Signer<'a> {
    Primary(&'a pgp::packet::SecretKey),
    Subkey(&'a SecretSubkey),
}

impl SigningKey {
    /// Makes a team key: Ed25519 with a Curve25519 subkey in version 4, for two years; gpg 2.2 imports it.
    ///
    /// # Errors
    /// Only if the library refuses the user id.
    pub fn generate_team(user_id: &str, now: Timestamp) -> Result<Self, KeyError> {
        Self::generate(user_id, now, Some(TEAM_KEY_SECONDS), |at| {
            Ok(vec![self_sign::decryption_part(random(), at)?])
        })
    }

    /// Like [`Self::generate_team`], with an ML-KEM-768+X25519 subkey beside the other (RFC 9980). Programs that know it seal to
    /// it alone, so only a program that knows it opens what they seal; gpg 2.2 does not.
    ///
    /// # Errors
    /// Only if the library refuses the user id.
    pub fn generate_team_post_quantum(user_id: &str, now: Timestamp) -> Result<Self, KeyError> {
        Self::generate(user_id, now, Some(TEAM_KEY_SECONDS), |at| {
            Ok(vec![self_sign::decryption_part(random(), at)?, self_sign::post_quantum_part(at)?])
        })
    }

    /// Makes a relay's key: it signs receipts and decrypts nothing. It does not expire, so that old receipts verify.
    ///
    /// # Errors
    /// Only if the library refuses the user id.
    pub fn generate_relay(user_id: &str, now: Timestamp) -> Result<Self, KeyError> {
        Self::generate(user_id, now, None, |_| Ok(vec![]))
    }

    /// Makes the relay key that follows this one, which vouches for it; see [`crate::RelayKeys`].
    ///
    /// # Errors
    /// Only if the library refuses the user id.
    pub fn generate_next_relay(
        &self,
        user_id: &str,
        now: Timestamp,
        vouched_at: Timestamp,
    ) -> Result<Self, KeyError> {
        let mut next = Self::generate_relay(user_id, now)?;
        relay_keys::vouch(&self.secret, &mut next.secret, vouched_at).map_err(|e| failed(&e))?;
        Ok(next)
    }

    /// The public certificate as it is to be known once this key has a successor: what it signs from `until` on counts for nothing.
    ///
    /// # Errors
    /// When the library cannot sign with this key.
    pub fn retired(&self, now: Timestamp, until: Timestamp) -> Result<UncheckedCert, KeyError> {
        let retired = relay_keys::retire(&self.secret, now, until).map_err(|e| failed(&e))?;
        UncheckedCert::from_inner(retired).map_err(|_| KeyError::Unreadable)
    }

    fn generate(
        user_id: &str,
        now: Timestamp,
        expires_after: Option<u32>,
        subkeys: impl FnOnce(PgpTime) -> PgpResult<Vec<SecretSubkey>>,
    ) -> Result<Self, KeyError> {
        let at = rules::to_pgp(now);
        let make = || -> PgpResult<SignedSecretKey> {
            let primary = self_sign::signing_part(random(), at)?;
            self_sign::assemble(primary, subkeys(at)?, &SelfSignature { user_id, at, expires_after })
        };
        Ok(Self { secret: make().map_err(|e| failed(&e))?, part: Part::Primary })
    }

    /// Reads a secret key (armored or binary) and unlocks it.
    ///
    /// # Errors
    /// When it is none, stays locked, or cannot sign.
    pub fn from_armored(bytes: &[u8], passphrase: Option<&str>) -> Result<Self, KeyError> {
        if bytes.len() > 2 * limits::MAX_CERT_BYTES {
            return Err(KeyError::Unreadable);
        }
        let is_secret = |kind: &BlockType| matches!(kind, BlockType::PrivateKey);
        let binary = armor::to_binary(bytes, is_secret).ok_or(KeyError::Unreadable)?;
        let mut secret = SignedSecretKey::from_bytes(&*binary).map_err(|_| KeyError::Unreadable)?;
        let password = passphrase.map_or_else(Password::empty, Password::from);
        let primary_open = unlock(&mut secret, &password);
        let part = signing_part(&secret, primary_open);
        let locked = if passphrase.is_some() { KeyError::WrongPassphrase } else { KeyError::Locked };
        let any_open = primary_open || secret.secret_subkeys.iter().any(|s| is_open(&s.key));
        let part = part.ok_or(if any_open { KeyError::CannotSign } else { locked })?;
        Ok(Self { secret, part })
    }

    /// The secret key in ASCII armor, unlocked: for a file that only its owner can read.
    ///
    /// # Errors
    /// Never in practice: writing to memory.
    pub fn to_armored(&self) -> Result<Zeroizing<String>, KeyError> {
        self.secret.to_armored_string(ArmorOptions::default()).map(Zeroizing::new).map_err(|e| failed(&e))
    }

    /// The public certificate.
    #[must_use]
    pub fn certificate(&self) -> UncheckedCert {
        UncheckedCert::from_inner(self.secret.to_public_key()).expect("only v4 and v6 keys get here")
    }

    /// The primary key's fingerprint.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.certificate().fingerprint()
    }

    /// Signs bytes; the signature stands alone, in ASCII armor, as `gpg --armor --detach-sign` makes it.
    ///
    /// # Errors
    /// When the library cannot sign with this key.
    pub fn sign_detached_armored(&self, data: &[u8], now: Timestamp) -> Result<String, KeyError> {
        let make = || -> PgpResult<String> {
            let config = self.config(SignatureType::Binary, now)?;
            let signature = match self.signer() {
                Signer::Primary(key) => config.sign(key, &Password::empty(), data)?,
                Signer::Subkey(key) => config.sign(key, &Password::empty(), data)?,
            };
            DetachedSignature::new(signature).to_armored_string(ArmorOptions::default())
        };
        make().map_err(|e| failed(&e))
    }

    /// Signs a text in the cleartext framework, as `gpg --clearsign` does. Blanks at line ends and the last line end are not
    /// covered by such a signature, so they are taken off first.
    ///
    /// # Errors
    /// When the library cannot sign with this key.
    pub fn sign_cleartext(&self, text: &str, now: Timestamp) -> Result<String, KeyError> {
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        let text = lines.join("\n");
        let make = || -> PgpResult<String> {
            let config = self.config(SignatureType::Text, now)?;
            let message = match self.signer() {
                Signer::Primary(key) => CleartextSignedMessage::new(&text, config, key, &Password::empty())?,
                Signer::Subkey(key) => CleartextSignedMessage::new(&text, config, key, &Password::empty())?,
            };
            message.to_armored_string(ArmorOptions::default())
        };
        make().map_err(|e| failed(&e))
    }

    fn config(&self, kind: SignatureType, now: Timestamp) -> PgpResult<SignatureConfig> {
        match self.signer() {
            Signer::Primary(key) => config_for(key, kind, now),
            Signer::Subkey(key) => config_for(key, kind, now),
        }
    }

    pub(crate) fn signer(&self) -> Signer<'_> {
        let subkey = match self.part {
            Part::Primary => None,
            Part::Subkey(place) => self.secret.secret_subkeys.get(place),
        };
        subkey.map_or(Signer::Primary(&self.secret.primary_key), |subkey| Signer::Subkey(&subkey.key))
    }

    /// What each of its keys that a session key may be for makes of it; `None` if that is nothing.
    #[cfg(feature = "open")]
    pub(crate) fn session_keys(
        &self,
        packet: &pgp::packet::PublicKeyEncryptedSessionKey,
    ) -> impl Iterator<Item = Option<pgp::composed::PlainSessionKey>> {
        use pgp::types::{DecryptionKey as _, EskType, PkeskVersion};
        let kind = if packet.version() == PkeskVersion::V6 { EskType::V6 } else { EskType::V3_4 };
        let subkeys =
            self.secret.secret_subkeys.iter().filter(|s| is_open(&s.key) && packet.match_identity(&s.key));
        let subkeys =
            subkeys.map(move |s| s.key.decrypt(&Password::empty(), packet.values().ok()?, kind).ok()?.ok());
        let primary = Some(&self.secret.primary_key).filter(|key| packet.match_identity(*key));
        let primary = primary
            .into_iter()
            .map(move |key| key.decrypt(&Password::empty(), packet.values().ok()?, kind).ok()?.ok());
        subkeys.chain(primary)
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.fingerprint())
    }
}

fn config_for(key: &impl PgpSigningKey, kind: SignatureType, now: Timestamp) -> PgpResult<SignatureConfig> {
    let at = rules::to_pgp(now);
    if key.version() != KeyVersion::V6 {
        return self_sign::config(key, kind, at);
    }
    let mut config = SignatureConfig::v6(OsRng, kind, key.algorithm(), HASH)?;
    config.hashed_subpackets = vec![
        Subpacket::critical(SubpacketData::SignatureCreationTime(at))?,
        Subpacket::regular(SubpacketData::IssuerFingerprint(key.fingerprint()))?,
    ];
    Ok(config)
}

fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    OsRng.fill_bytes(&mut bytes);
    bytes
}

fn failed(error: &pgp::errors::Error) -> KeyError {
    KeyError::Failed(error.to_string())
}

/// Unlocks what the passphrase opens; says whether that is the primary key. Subkeys that stay locked are left alone.
fn unlock(secret: &mut SignedSecretKey, password: &Password) -> bool {
    for subkey in &mut secret.secret_subkeys {
        let _stays_locked = subkey.key.remove_password(password);
    }
    secret.primary_key.remove_password(password).is_ok() && !secret.primary_key.secret_params().is_encrypted()
}

fn is_open(key: &SecretSubkey) -> bool {
    !key.secret_params().is_encrypted()
}

/// A signing subkey if there is one, as gpg prefers it; else the primary key.
fn signing_part(secret: &SignedSecretKey, primary_open: bool) -> Option<Part> {
    let primary = secret.primary_key.public_key();
    let signs = |subkey: &pgp::composed::SignedSecretSubKey| {
        let bound =
            |s: &&pgp::packet::Signature| s.verify_subkey_binding(primary, subkey.key.public_key()).is_ok();
        let revoked = |s: &pgp::packet::Signature| s.typ() == Some(SignatureType::SubkeyRevocation);
        let own: Vec<_> = subkey.signatures.iter().filter(bound).collect();
        is_open(&subkey.key) && own.iter().any(|s| s.key_flags().sign()) && !own.iter().any(|s| revoked(s))
    };
    let newest = |(_, subkey): &(usize, &pgp::composed::SignedSecretSubKey)| subkey.key.created_at();
    let subkeys = secret.secret_subkeys.iter().enumerate().filter(|(_, subkey)| signs(subkey));
    let subkey = subkeys.max_by_key(newest).map(|(place, _)| Part::Subkey(place));
    let mut users = secret.details.users.iter().flat_map(|user| &user.signatures);
    let primary_signs = users.any(|s| s.key_flags().sign())
        || secret.details.direct_signatures.iter().any(|s| s.key_flags().sign());
    subkey.or((primary_open && primary_signs).then_some(Part::Primary))
}
