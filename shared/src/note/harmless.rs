//! What may stand in any note although it has the form of code, a version or a number: addresses of people, and times.

mod time;

pub(super) use time::length_of_time;

use super::words::is_plain;

/// The most labels of a link's way: longer ones lead to a thing, not to somebody.
const MAX_WAY_LABELS: usize = 2;

/// Whether a folded piece is an address where somebody can be reached: mail, or a link to a site's front page or to a page whose name is
/// an everyday word ("contact"). Everything else about a link (a way, a question, a port, a fragment) leads to what may not be public.
pub(super) fn is_contact(piece: &str) -> bool {
    is_mail(piece.strip_prefix("mailto:").unwrap_or(piece)) || is_link(piece)
}

/// The words of such an address by which it is compared: without its scheme and its last label, which say nothing.
pub(super) fn telling_part(contact: &str) -> &str {
    let rest = contact.split_once("://").map_or(contact, |(_, rest)| rest);
    let rest = rest.strip_prefix("mailto:").unwrap_or(rest);
    let host = rest.split_once('/').map_or(rest, |(host, _)| host);
    host.rsplit_once('.').map_or(host, |(name, _)| name)
}

fn is_mail(piece: &str) -> bool {
    let Some((name, host)) = piece.split_once('@') else { return false };
    let is_name = |c: char| c.is_ascii_alphanumeric() || "._+-".contains(c);
    !name.is_empty() && name.chars().all(is_name) && is_host(host)
}

fn is_link(piece: &str) -> bool {
    let Some(rest) = piece.strip_prefix("https://").or_else(|| piece.strip_prefix("http://")) else {
        return false;
    };
    let (host, way) = rest.split_once('/').unwrap_or((rest, ""));
    let labels: Vec<&str> = way.split('/').filter(|label| !label.is_empty()).collect();
    is_host(host)
        && labels.len() <= MAX_WAY_LABELS
        && labels.iter().all(|label| is_plain(&label.to_lowercase()))
}

/// At least two labels of letters, digits and hyphens, of which the last is a word.
fn is_host(host: &str) -> bool {
    let is_label =
        |label: &str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let last = host.rsplit('.').next().unwrap_or_default();
    host.contains('.')
        && host.split('.').all(is_label)
        && last.len() >= 2
        && last.chars().all(|c| c.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_people_are_told_from_ways_to_things() {
        for contact in [
            "me@my-site.rs",
            "jane_doe@example.org",
            "mailto:jane.doe+x@mail.example.org",
            "https://example.org",
            "https://example.org/",
            "https://example.org/contact",
        ] {
            assert!(is_contact(contact), "{contact}");
        }
        for other in [
            "a@b",
            "@jane",
            "f(x)@h.rs",
            "https://example.org/frames.rs",
            "https://example.org/?q=contact",
            "https://example.org/contact#frame",
            "https://example.org:8443/",
            "https://192.0.2.1/",
            "https://example.org/team/contact/list",
            "https://github.com/a/b",
            "mailto:a@example.org?subject=crash",
            "parse.rs",
        ] {
            assert!(!is_contact(other), "{other}");
        }
        assert_eq!(telling_part("https://heap.example.org/contact"), "heap.example");
        assert_eq!(telling_part("jane@heap.org"), "jane@heap");
    }
}
