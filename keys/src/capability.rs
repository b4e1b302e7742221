//! The reporter's capability: what lets a browser append to its own case, and what a relay keeps of it (a hash).

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// 256 secret bits that open one case at the relay. Sent in the `Authorization` header only, never in an address.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Capability([u8; 32]);

/// Says that a text is not a capability; it never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a capability is 43 characters of base64url without padding")]
pub struct CapabilityError;

impl Capability {
    pub(crate) const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads the token as it stands in the header.
    ///
    /// # Errors
    /// When it is not 32 bytes in base64url without padding.
    pub fn from_token(token: &str) -> Result<Self, CapabilityError> {
        let mut bytes = BASE64URL_NOPAD.decode(token.as_bytes()).map_err(|_| CapabilityError)?;
        let array = bytes.as_slice().try_into().map(Self).map_err(|_| CapabilityError);
        bytes.zeroize();
        array
    }

    /// The token for the header: base64url without padding.
    #[must_use]
    pub fn to_token(&self) -> String {
        BASE64URL_NOPAD.encode(&self.0)
    }

    /// SHA-256 in lowercase hexadecimal: all that a relay stores of it.
    #[must_use]
    pub fn hash(&self) -> String {
        HEXLOWER.encode(&Sha256::digest(self.0))
    }

    /// Compares with a stored hash in constant time.
    #[must_use]
    pub fn matches(&self, stored_hash: &str) -> bool {
        self.hash().as_bytes().ct_eq(stored_hash.as_bytes()).into()
    }
}

impl std::fmt::Debug for Capability {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Capability(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_survives_its_spelling_and_nothing_else_is_one() {
        let capability = Capability::from_bytes([7; 32]);
        let again = Capability::from_token(&capability.to_token()).unwrap();
        assert_eq!(again.hash(), capability.hash());
        assert_eq!(capability.hash(), "4bb06f8e4e3a7715d201d573d0aa423762e55dabd61a2c02278fa56cc6d294e0");
        for bad in ["", "AAAA", &format!("{}=", capability.to_token()), &"*".repeat(43)] {
            assert_eq!(Capability::from_token(bad).unwrap_err(), CapabilityError);
        }
    }

    #[test]
    fn only_its_own_hash_matches() {
        let capability = Capability::from_bytes([7; 32]);
        assert!(capability.matches(&capability.hash()));
        assert!(!capability.matches(&Capability::from_bytes([8; 32]).hash()));
        assert!(!capability.matches(""));
    }

    #[test]
    fn debug_output_keeps_the_secret() {
        assert_eq!(format!("{:?}", Capability::from_bytes([7; 32])), "Capability(..)");
    }
}
