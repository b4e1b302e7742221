//! What stands in a policy for people: lines, texts, addresses. Whatever is shown reads as it is written.

use super::Faults;
use crate::words::is_hidden;

/// The address schemes a contact may use.
pub(super) const SCHEMES: &str = "mailto: https: tel: matrix: irc: ircs:";

/// The longest line a policy shows, in characters.
const MAX_LINE_CHARS: usize = 200;

/// The longest text of several lines, in characters: a page of print.
const MAX_TEXT_CHARS: usize = 4000;

/// Wants one line that reads as it is written.
pub(super) fn line(faults: &mut Faults, key: &str, text: &str) {
    let one = !text.trim().is_empty() && !text.chars().any(char::is_control);
    let fits = one && text.chars().count() <= MAX_LINE_CHARS;
    faults.wants(fits, key, "must be one line of 1 to 200 characters");
    nothing_hidden(faults, key, text);
}

/// Wants lines as [`line`] does.
pub(super) fn lines(faults: &mut Faults, key: &str, texts: &[String]) {
    for (n, text) in texts.iter().enumerate() {
        line(faults, &format!("{key}[{n}]"), text);
    }
}

/// Wants a text of one or more lines that reads as it is written.
pub(super) fn text(faults: &mut Faults, key: &str, text: &str) {
    let plain = !text.chars().any(|c| c.is_control() && c != '\n' && c != '\t');
    let fits = plain && !text.trim().is_empty() && text.chars().count() <= MAX_TEXT_CHARS;
    faults.wants(fits, key, "must be text of 1 to 4,000 characters without control characters");
    nothing_hidden(faults, key, text);
}

fn nothing_hidden(faults: &mut Faults, key: &str, text: &str) {
    if let Some(hidden) = text.chars().find(|c| !c.is_control() && is_hidden(*c)) {
        let rule = format!(
            "has a character that is not seen and can change how the rest reads (U+{:04X}); take it out",
            u32::from(hidden)
        );
        faults.broken(key, rule);
    }
}

/// Wants an address that a browser opens, and that leads where it says.
pub(super) fn https(faults: &mut Faults, key: &str, url: &str) {
    let rule = "must be an address that begins with https:// and a host, as in https://forum.example.org";
    faults.wants(is_https(url), key, rule);
}

/// Wants an address of a contact.
pub(super) fn contact(faults: &mut Faults, key: &str, uri: &str) {
    let rule = match uri.split_once(':') {
        Some((scheme, _)) if !SCHEMES.split(' ').any(|known| known.trim_end_matches(':') == scheme) => {
            format!("“{uri}” must begin with one of {SCHEMES}")
        }
        None => format!("“{uri}” must begin with one of {SCHEMES}"),
        Some(("mailto", _)) => {
            format!("“{uri}” must be mailto: and one mail address, without a subject or other fields")
        }
        Some((scheme, _)) => format!("“{uri}” leads nowhere; {}", example(scheme)),
    };
    faults.wants(is_contact(uri), key, rule);
}

fn example(scheme: &str) -> &'static str {
    match scheme {
        "https" => "write it as in https://forum.example.org",
        "tel" => "write it as in tel:+15550100",
        "matrix" => "write it as in matrix:r/security:example.org",
        _ => "write it as in ircs://irc.example.org/security",
    }
}

/// Whether a text is one mail address of plain characters.
pub(super) fn is_mail_address(text: &str) -> bool {
    let mut parts = text.split('@');
    let (local, domain, rest) = (parts.next(), parts.next(), parts.next());
    let clean = text.chars().all(|c| c.is_ascii_graphic() && !"<>()[],;:\\\"?&%#".contains(c));
    clean && rest.is_none() && local.is_some_and(|l| !l.is_empty()) && domain.is_some_and(|d| !d.is_empty())
}

fn is_contact(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once(':').filter(|_| is_plain(uri)) else { return false };
    match scheme {
        "mailto" => is_mail_address(rest),
        "https" => is_https(uri),
        "irc" | "ircs" => rest.strip_prefix("//").is_some_and(has_host),
        "tel" => is_number(rest),
        // Names a room or a person, and the server they are at.
        "matrix" => rest.split_once(':').is_some_and(|(name, server)| !name.is_empty() && has_host(server)),
        _ => false,
    }
}

fn is_https(url: &str) -> bool {
    is_plain(url) && url.strip_prefix("https://").is_some_and(has_host)
}

fn is_plain(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_graphic() && !"<>\"\\`".contains(c))
}

/// Whether a host comes first. A name before an @ would only pretend to be one.
fn has_host(rest: &str) -> bool {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.split(':').next().unwrap_or_default();
    let named = host.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c));
    let numbered = authority.starts_with('[') && authority.contains(']');
    !authority.contains('@') && (numbered || named && host.chars().any(|c| c.is_ascii_alphanumeric()))
}

/// A telephone number. **Rule:** RFC 3966, section 3; parameters such as an extension stand behind a semicolon.
fn is_number(text: &str) -> bool {
    let number = text.split(';').next().unwrap_or_default();
    let plain = number.chars().all(|c| c.is_ascii_digit() || "+-.()".contains(c));
    plain && number.chars().any(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_somewhere_and_nowhere_else() {
        let good = [
            "mailto:jo+security@demo.example",
            "https://forum.example.org",
            "https://[::1]:8443/t?x=1#y",
            "tel:+1-555-0100;ext=12",
            "matrix:r/security:example.org",
            "irc://irc.example.org/#security",
            "ircs://irc.example.org:6697/security",
        ];
        for uri in good {
            assert!(is_contact(uri), "{uri}");
        }
        let bad = [
            "mailto:",
            "mailto:jo",
            "mailto:jo@b.example?bcc=spy@evil.example&body=hello",
            "mailto:jo@b.example,spy@evil.example",
            "mailto:jo@b.example%3Fbcc=spy@evil.example",
            "https:",
            "https://",
            "https:///path",
            "https:javascript",
            "https://bank.example@evil.example/",
            "https://forum.example/\n\nclose the case",
            "https://forum.example/\u{202e}",
            "http://forum.example/",
            "tel:",
            "tel:call-me",
            "matrix:",
            "matrix:room",
            "irc:security",
            "ircs://",
            "javascript:alert(1)",
            "",
        ];
        for uri in bad {
            assert!(!is_contact(uri), "{uri}");
        }
    }
}
