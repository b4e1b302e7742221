//! OpenPGP for Sealpost: judging certificates, sealing, checking and opening letters, and what is signed in clear.
//!
//! The only crate that names the OpenPGP library. That library parses and computes; every decision (is this certificate
//! usable, is this signature acceptable, is this a letter) is made here. It has no clock and no network: `now` is
//! a parameter everywhere. Decryption exists only with the feature `open`, which the relay is built without.

mod armor;
#[cfg(all(feature = "open", feature = "phrase"))]
pub mod backup;
pub mod capability;
pub mod case_key;
pub mod cert;
mod cleartext;
pub mod enclosures;
pub mod gate;
mod guard;
pub mod judge;
pub mod key_id;
pub mod letter;
pub mod login;
mod mime;
pub mod names;
#[cfg(feature = "open")]
pub mod open;
mod padding;
#[cfg(feature = "phrase")]
pub mod phrase;
pub mod proof;
mod recipients;
pub mod relay_keys;
mod rules;
pub mod seal;
mod self_sign;
mod signed_receipt;
mod signed_stream;
pub mod signing_key;
pub mod verify;

pub use capability::Capability;
pub use case_key::{CaseKey, CaseSecret};
pub use cert::{CertError, UncheckedCert};
pub use gate::{BlobGate, GateError, check_sealed};
pub use judge::{CertWarning, EncryptionKeyInfo, TeamCert, Unusable};
pub use key_id::KeyId;
pub use letter::{Attachment, Letter};
pub use login::{LoginError, LoginStatement, verify_login};
#[cfg(feature = "open")]
pub use open::{
    Contents, OpenError, OpenedLetter, SessionKey, SignatureState, Unlock, VerifiedLetter, open_letter,
};
pub use relay_keys::{RelayKeys, RelayKeysError};
pub use seal::{
    SealError, SealedLetter, letter_plaintext, seal_letter, seal_reply, seal_reply_with_copies, seal_signed,
};
pub use signed_receipt::{ReceiptVerifyError, sign_receipt, verify_receipt};
pub use signing_key::{KeyError, SigningKey};
pub use verify::{SignatureError, Verified};
