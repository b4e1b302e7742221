//! Whether gpg finds the team's key by its mail address.

use sealpost_keys::UncheckedCert;
use sha1::{Digest as _, Sha1};

use super::Finding;
use crate::bundle::Bundle;
use crate::relay_api::RelayApi;
use crate::ui::causes;

/// z-base-32, as Web Key Directory spells the hash of a name.
const ZBASE32: &str = "ybndrfg8ejkmcpqxot1uwisza345h769";

/// **Rule:** draft-koch-openpgp-webkey-service: SHA-1 of the lowercase local part in z-base-32, advanced or direct method; a relay
/// answers the direct one for the team's address.
pub(super) fn look(bundle: &Bundle, api: &RelayApi) -> Finding {
    let what = "WKD";
    let contact = &bundle.policy().identity.contact;
    let Some((local, domain)) = contact.split_once('@') else {
        return Finding::soon(
            what,
            format!("the policy's contact {contact} is no mail address"),
            "correct identity.contact",
        );
    };
    let hash = zbase32(&Sha1::digest(local.to_lowercase().as_bytes()));
    let path = format!(".well-known/openpgpkey/hu/{hash}?l={local}");
    let todo =
        format!("let {domain} answer /.well-known/openpgpkey/ from the relay, or upload the key there");
    match api.probe(&path) {
        Ok(answer) if answer.status == 200 => {
            judge(bundle, &UncheckedCert::parse_many(&answer.bytes).unwrap_or_default(), todo)
        }
        Ok(answer) => Finding::soon(
            what,
            format!("the relay has no key for {contact} (status {})", answer.status),
            todo,
        ),
        Err(why) => Finding::wrong(what, causes(&why), todo),
    }
}

/// **Rule:** the same draft, 5: a client takes only keys with a user id of the address that it asked for.
fn judge(bundle: &Bundle, served: &[UncheckedCert], todo: String) -> Finding {
    let (what, identity) = ("WKD", &bundle.policy().identity);
    let (contact, signed_by) = (&identity.contact, &identity.signed_by);
    if !served.iter().any(|cert| cert.fingerprint() == *signed_by) {
        let says = format!("the relay serves another key for {contact} than the one that signs the policy");
        return Finding::wrong(what, says, todo);
    }
    let named = served.iter().any(|cert| cert.user_ids().iter().any(|id| is_of(id, contact)));
    if named {
        return Finding::good(what, format!("the relay serves the key of {contact}"));
    }
    Finding::soon(
        what,
        format!("no key served there has the user id {contact}, so gpg finds none by that address"),
        format!(
            "gpg --quick-add-uid {signed_by} '{} <{contact}>', export the key to certs/ again, and let the relay read it again",
            identity.name.replace('\'', "")
        ),
    )
}

/// Whether a user id is of an address: `Name <address>`, or the address alone.
fn is_of(user_id: &str, address: &str) -> bool {
    let inside = user_id.rsplit_once('<').and_then(|(_, rest)| rest.trim_end().strip_suffix('>'));
    inside.unwrap_or(user_id).trim().eq_ignore_ascii_case(address)
}

fn zbase32(bytes: &[u8]) -> String {
    let mut specification = data_encoding::Specification::new();
    specification.symbols.push_str(ZBASE32);
    let encoding = specification.encoding().expect("32 different symbols make an encoding");
    encoding.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_hashed_as_the_web_key_directory_wants() {
        // The example of the draft: Joe.Doe.
        assert_eq!(zbase32(&Sha1::digest(b"joe.doe")), "iy9q119eutrkn8s1mk4r39qejnbu3n5q");
    }

    #[test]
    fn a_user_id_is_of_one_address() {
        for id in ["Rust <security@rust.example>", "security@rust.example", "Rust <Security@Rust.example> "] {
            assert!(is_of(id, "security@rust.example"), "{id}");
        }
        for id in ["Alice <alice@rust.example>", "not-security@rust.example", "<security@rust.example"] {
            assert!(!is_of(id, "security@rust.example"), "{id}");
        }
    }
}
