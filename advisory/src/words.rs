//! Rules for text: what may stand on a line, what an address is, what an id of another kind looks like.

use crate::finding::Finding;

/// The most characters of a line in the front part: a summary of three sentences.
const MAX_LINE_CHARS: usize = 1_000;

/// The most characters of an address: what common browsers and proxies take.
const MAX_URL_CHARS: usize = 2_000;

/// Characters that show as something else than they are: other control characters, zero-width ones, marks that turn the
/// writing direction.
pub(crate) const fn is_hidden(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// A line that is not empty and shows what it is.
pub(crate) fn check_line(what: &str, text: &str) -> Result<(), String> {
    if text.is_empty() {
        Err(format!("{what} is empty; write something or leave it out"))
    } else if text.contains('\n') || text.contains('\t') {
        Err(format!("{what} must be one line without tabs"))
    } else if text.chars().count() > MAX_LINE_CHARS {
        Err(format!("{what} is longer than {MAX_LINE_CHARS} characters; details belong below the front part"))
    } else {
        Ok(())
    }
}

/// A web address without blanks.
pub(crate) fn check_url(url: &str) -> Result<String, String> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    let printable = url.chars().all(|c| c.is_ascii_graphic() && !"\"<>\\^`{|}".contains(c));
    let good = printable && !host.is_empty() && !host.contains('@') && url.chars().count() <= MAX_URL_CHARS;
    if good {
        Ok(url.to_owned())
    } else {
        Err(format!("“{url}” is no web address; it begins with https:// and has no blanks"))
    }
}

/// An id of another database: its own grammar where it is a known one.
pub(crate) fn check_alias(id: &str) -> Result<String, String> {
    let parts: Vec<&str> = id.split('-').collect();
    let digits = |text: &str, least: usize| {
        text.len() >= least && text.len() <= 19 && text.chars().all(|c| c.is_ascii_digit())
    };
    let (good, example) = match parts[..] {
        ["CVE", year, number] => (digits(year, 4) && year.len() == 4 && digits(number, 4), "CVE-2026-12345"),
        ["CVE", ..] => (false, "CVE-2026-12345"),
        ["RUSTSEC", year, number] => (
            digits(year, 4) && year.len() == 4 && digits(number, 4) && number.len() == 4,
            "RUSTSEC-2026-0001",
        ),
        ["RUSTSEC", ..] => (false, "RUSTSEC-2026-0001"),
        ["GHSA", a, b, c] => {
            let part = |text: &str| {
                text.len() == 4 && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
            };
            (part(a) && part(b) && part(c), "GHSA-jfh8-c2jp-5v3q")
        }
        ["GHSA", ..] => (false, "GHSA-jfh8-c2jp-5v3q"),
        _ => {
            let known = id.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:".contains(c));
            (known && id.contains('-') && (3..=64).contains(&id.len()), "DSA-5000-1")
        }
    };
    if good {
        Ok(id.to_owned())
    } else {
        Err(format!("“{id}” is no id of an advisory; write it as {example}"))
    }
}

/// Eight, four, four, four and twelve hexadecimal digits of version 4 (RFC 9562).
pub(crate) fn check_uuid(text: &str) -> Result<String, String> {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    let hexadecimal = text.chars().all(|c| c == '-' || c.is_ascii_hexdigit());
    let at = |n: usize| text.chars().nth(n).map(|c| c.to_ascii_lowercase());
    let good = lengths == [8, 4, 4, 4, 12]
        && hexadecimal
        && at(14) == Some('4')
        && matches!(at(19), Some('8' | '9' | 'a' | 'b'));
    if good {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(format!("“{text}” is no UUID of version 4; your CVE numbering authority knows its own"))
    }
}

/// A mail address, as far as one can tell by looking.
pub(crate) fn check_mail(address: &str) -> Result<String, String> {
    let (local, domain) = address.split_once('@').unwrap_or_default();
    let plain = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic() && !"<>()[],;:\\\"@".contains(c))
    };
    if plain(local) && plain(domain) {
        Ok(address.to_owned())
    } else {
        Err(format!("“{address}” is no mail address; write it as security@example.org"))
    }
}

/// Rules that hold for the whole document, line by line. **Rule:** RFC 9580, 7.2: a cleartext signature does not cover blanks at
/// the end of a line.
pub(crate) fn check_lines(document: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (n, line) in document.split('\n').enumerate() {
        let mut find = |rule, message: String| findings.push(Finding { line: n + 1, rule, message });
        if line.ends_with([' ', '\t']) {
            find(
                "blank-at-line-end",
                "remove the blanks at the end of the line: the signature would not cover them (for a line break in \
                 Markdown, end the line with a backslash)"
                    .to_owned(),
            );
        }
        if let Some(c) = line.chars().find(|c| is_hidden(*c)) {
            find(
                "hidden-character",
                format!("remove the invisible character U+{:04X}: it shows as something else", u32::from(c)),
            );
        }
        if line.contains("TODO") {
            find("unfinished", "something is still to do here: write it, or remove the line".to_owned());
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_grammar_of_their_database() {
        for good in
            ["CVE-2026-1234", "CVE-2026-1234567", "GHSA-jfh8-c2jp-5v3q", "RUSTSEC-2026-0001", "DSA-5000-1"]
        {
            assert_eq!(check_alias(good).unwrap(), good);
        }
        for bad in
            ["CVE-26-1", "CVE-2026-12x", "CVE-2026", "GHSA-1", "RUSTSEC-2026-1", "X", "a b-1", "naïve-1"]
        {
            assert!(check_alias(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn addresses_lead_somewhere_and_hide_nothing() {
        for good in ["https://example.org", "https://example.org/a?b=c#d", "http://example.org:80/"] {
            assert!(check_url(good).is_ok(), "{good}");
        }
        for bad in [
            "example.org",
            "javascript:alert(1)",
            "https://",
            "https://a b",
            "https://user@example.org",
            "https://e/\"x",
        ] {
            assert!(check_url(bad).is_err(), "{bad}");
        }
        assert!(check_mail("security@example.org").is_ok());
        assert!(check_mail("a@b@c").is_err() && check_mail("a").is_err() && check_mail("a b@c").is_err());
        assert!(check_uuid("8254265b-2729-46b6-b9e3-3dfca2d5bfca").is_ok());
        assert!(check_uuid("8254265b-2729-16b6-b9e3-3dfca2d5bfca").is_err());
    }

    #[test]
    fn a_line_shows_what_is_signed() {
        let rules = |text: &str| check_lines(text).into_iter().map(|f| (f.line, f.rule)).collect::<Vec<_>>();
        assert_eq!(
            rules("good\nbad \n\u{202e}\nTODO: x"),
            [(2, "blank-at-line-end"), (3, "hidden-character"), (4, "unfinished")]
        );
        assert_eq!(rules("a\tb\nc\\\n"), []);
    }
}
