//! Web Key Directory: how a mail address becomes a path (draft-koch-openpgp-webkey-service, section 3.1).

use data_encoding::{Encoding, Specification};
use sha1::{Digest as _, Sha1};

/// z-base-32 (Zooko O'Whielacronx, "human-oriented base-32 encoding").
fn z_base_32() -> Encoding {
    let mut specification = Specification::new();
    specification.symbols.push_str("ybndrfg8ejkmcpqxot1uwisza345h769");
    specification.encoding().expect("32 different symbols make a base-32 encoding")
}

/// The 32 characters that stand for the part of `address` before the `@`, whatever its case.
#[must_use]
pub(crate) fn hashed_local_part(address: &str) -> String {
    let local = address.split('@').next().unwrap_or_default().to_ascii_lowercase();
    z_base_32().encode(&Sha1::digest(local))
}

/// The part of `address` behind the `@`, in lowercase.
#[must_use]
pub(crate) fn domain(address: &str) -> String {
    address.split('@').nth(1).unwrap_or_default().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drafts_own_example_is_met() {
        assert_eq!(hashed_local_part("Joe.Doe@Example.ORG"), "iy9q119eutrkn8s1mk4r39qejnbu3n5q");
        assert_eq!(domain("Joe.Doe@Example.ORG"), "example.org");
    }
}
