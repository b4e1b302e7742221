//! `security.txt` (RFC 9116), and where the relay publishes the team's certificate (Web Key Directory).

use sealpost_shared::policy::Policy;
use sealpost_shared::{Duration, Timestamp};
use sha1::{Digest as _, Sha1};

/// RFC 9116, 2.5.5, recommends less than a year.
const LIFE: Duration = Duration::from_hours(364 * 24);

/// The file's text, unsigned.
pub(super) fn text(policy: &Policy, relay: &str, now: Timestamp) -> String {
    let identity = &policy.identity;
    let expires = (now + LIFE).min(identity.expires);
    let policy_url = identity.policy_url.clone().unwrap_or_else(|| format!("{relay}/"));
    let mut text = format!(
        "# How to report a vulnerability in {}. The page at the second contact seals your report before it leaves your browser.\n",
        identity.project
    );
    // RFC 9116 registers no field for a feed, and unregistered ones help nobody: people read comments.
    text.push_str(&format!("# Announcements: {relay}/v1/teams/{}/advisories.atom\n", identity.slug));
    let lines = [
        ("Contact", format!("mailto:{}", identity.contact)),
        ("Contact", format!("{relay}/")),
        ("Expires", expires.to_string()),
        ("Encryption", format!("{relay}/.well-known/openpgpkey/hu/{}", wkd_hash(&identity.contact))),
        ("Policy", policy_url),
        ("Preferred-Languages", identity.languages.join(", ")),
        ("Canonical", format!("{relay}/.well-known/security.txt")),
    ];
    for (name, value) in lines {
        if !value.is_empty() {
            text.push_str(&format!("{name}: {value}\n"));
        }
    }
    text
}

/// z-base-32 of the SHA-1 of the lowercase local part. **Rule:** draft-koch-openpgp-webkey-service, 3.1.
fn wkd_hash(address: &str) -> String {
    let local = address.split('@').next().unwrap_or_default().to_ascii_lowercase();
    let mut spelling = data_encoding::Specification::new();
    spelling.symbols.push_str("ybndrfg8ejkmcpqxot1uwisza345h769");
    let encoding = spelling.encoding().expect("32 different symbols are an encoding");
    encoding.encode(&Sha1::digest(local.as_bytes()))
}

#[cfg(test)]
mod tests {
    use sealpost_shared::policy::Policy;

    use super::*;

    #[test]
    fn the_drafts_own_example_holds() {
        assert_eq!(wkd_hash("Joe.Doe@Example.ORG"), "iy9q119eutrkn8s1mk4r39qejnbu3n5q");
    }

    #[test]
    fn the_file_has_what_the_rfc_wants_and_ends_within_a_year() {
        let policy = Policy::from_toml(include_str!("../../../../policies/rust-classic.toml")).unwrap();
        let now = "2026-06-01T00:00:00Z".parse().unwrap();
        let text = text(&policy, "https://relay.example", now);
        let values = |name: &str| -> Vec<String> {
            text.lines()
                .filter_map(|line| line.strip_prefix(name)?.strip_prefix(": ").map(str::to_owned))
                .collect()
        };
        assert_eq!(values("Contact"), ["mailto:security@example.org", "https://relay.example/"]);
        assert_eq!(values("Expires"), ["2027-01-01T00:00:00Z"]);
        assert_eq!(values("Preferred-Languages"), ["en"]);
        assert_eq!(values("Canonical"), ["https://relay.example/.well-known/security.txt"]);
        assert_eq!(values("# Announcements"), ["https://relay.example/v1/teams/example/advisories.atom"]);
        assert!(values("Encryption")[0].starts_with("https://relay.example/.well-known/openpgpkey/hu/"));
    }
}
