//! Pieces that give something away by their form alone: identifiers, versions, code. The report need not have them.

use super::Why;

/// What identifiers of vulnerabilities and weaknesses begin with, in any case. Other catalogues are known by their capitals.
const CATALOGUES: [&str; 9] = ["CVE", "CWE", "CAPEC", "GHSA", "RUSTSEC", "PYSEC", "EUVD", "ZDI", "JVN"];

/// What stands before the number of a release, a place or a door.
const BEFORE_NUMBERS: [&str; 14] = [
    "version", "versions", "release", "releases", "revision", "build", "commit", "line", "lines", "port",
    "ports", "ticket", "zeile", "ligne",
];

/// Names that are written with a capital in the middle and are everybody's.
const NAMES: [&str; 6] = ["GitHub", "GitLab", "LinkedIn", "YouTube", "WhatsApp", "PhD"];

/// How family names begin that go on with a capital: McDonald, DeVries.
const FAMILY: [&str; 12] = ["Mc", "Mac", "De", "Di", "Du", "El", "La", "Le", "Van", "Von", "Fitz", "Ben"];

/// What a folded piece looks like, between the ones before and after it.
pub(super) fn looks_like(before: &str, piece: &str, after: &str) -> Option<Why> {
    if is_identifier(piece) || is_catalogue(piece) && starts_with_digit(after) {
        Some(Why::Identifier)
    } else if is_version(piece) || starts_with_digit(piece) && stands_before_numbers(before) {
        Some(Why::Version)
    } else {
        is_code(piece).then_some(Why::Code)
    }
}

fn starts_with_digit(piece: &str) -> bool {
    piece.trim_start_matches(['#', ':', '-']).starts_with(|c: char| c.is_ascii_digit())
}

fn stands_before_numbers(before: &str) -> bool {
    BEFORE_NUMBERS.contains(&before.to_lowercase().as_str())
}

fn is_catalogue(piece: &str) -> bool {
    let name = piece.trim_end_matches(['-', '#', ':', '_']).to_ascii_uppercase();
    CATALOGUES.contains(&name.as_str())
}

/// `CVE-2026-1`, `CVE2026-1`, `cve:2026:1`, `VU#1`, `ZDI-24-001`, `ABC-123`, `#4711`.
fn is_identifier(piece: &str) -> bool {
    let words: Vec<&str> =
        piece.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let in_pairs = words.windows(2).any(|pair| {
        let [name, number] = pair else { return false };
        let is_known = is_catalogue(name);
        is_known || is_series(name) && starts_with_digit(number)
    });
    let at_once = words
        .iter()
        .any(|word| is_catalogue(word.trim_end_matches(|c: char| c.is_ascii_digit())) && !is_catalogue(word));
    in_pairs || at_once || piece.starts_with('#') && starts_with_digit(piece)
}

/// Capitals that count something. Time zones and the one illness are no catalogues.
fn is_series(name: &str) -> bool {
    name.len() >= 2
        && name.chars().all(|c| c.is_ascii_uppercase())
        && !["UTC", "GMT", "COVID"].contains(&name)
}

/// `2.7.1`, `v3`, `3.x`, `>=2.0`.
fn is_version(piece: &str) -> bool {
    let number = piece.trim_start_matches(['=', '^', '~', '<', '>']);
    let bare = number.trim_start_matches(['v', 'V']);
    let parts: Vec<&str> = bare.split('.').collect();
    let is_number = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    let is_part =
        |part: &&str| part.starts_with(|c: char| c.is_ascii_digit()) || ["x", "X", "*"].contains(part);
    let marked = bare.len() < number.len();
    parts.first().is_some_and(is_number) && parts.iter().all(is_part) && (parts.len() >= 2 || marked)
}

fn is_code(piece: &str) -> bool {
    const MARKS: [&str; 11] = ["::", "()", "->", "=>", "`", "\\", "==", "&#", "_", "[]", "{}"];
    let slashes = piece.matches('/').count();
    let path = slashes >= 2 || slashes == 1 && piece.contains('.') || piece.starts_with('/');
    let symbol = MARKS.iter().any(|mark| piece.contains(mark)) || is_escaped(piece);
    path || symbol || is_file_name(piece) || is_camel_case(piece) || is_mixed(piece)
}

/// `c%72ash`: a sign by its number.
fn is_escaped(piece: &str) -> bool {
    piece
        .split('%')
        .skip(1)
        .any(|rest| rest.len() >= 2 && rest.chars().take(2).all(|c| c.is_ascii_hexdigit()))
}

fn is_file_name(piece: &str) -> bool {
    const KINDS: [&str; 22] = [
        "rs", "c", "h", "cc", "cpp", "hpp", "js", "mjs", "ts", "py", "go", "java", "kt", "rb", "php", "pl",
        "sh", "cs", "so", "toml", "html", "lock",
    ];
    piece.rsplit_once('.').is_some_and(|(name, kind)| !name.is_empty() && KINDS.contains(&kind))
}

/// `parseFrame`: a capital behind a small letter. Names of projects are taken out before.
fn is_camel_case(piece: &str) -> bool {
    piece.split(|c: char| !c.is_alphanumeric()).any(|word| {
        let humps =
            word.chars().zip(word.chars().skip(1)).filter(|(a, b)| a.is_lowercase() && b.is_uppercase());
        let family =
            |begin: &&str| word.strip_prefix(*begin).is_some_and(|rest| rest.starts_with(char::is_uppercase));
        let count = humps.count();
        count > 0 && !NAMES.contains(&word) && !(count == 1 && FAMILY.iter().any(family))
    })
}

/// `http2`, `x86`, `0verflow`: letters and digits in one word. Not `24h`, `5pm`, `2nd`.
fn is_mixed(piece: &str) -> bool {
    piece.split(|c: char| !c.is_alphanumeric()).any(|word| {
        let after = word.trim_start_matches(|c: char| c.is_ascii_digit());
        let harmless = ["h", "d", "w", "am", "pm", "min", "st", "nd", "rd", "th", "er", "e", "s", "x"];
        let counted = after.len() < word.len()
            && word.len() - after.len() <= 3
            && harmless.contains(&after.to_lowercase().as_str());
        let has_both = word.chars().any(|c| c.is_ascii_digit()) && word.chars().any(char::is_alphabetic);
        has_both && !counted
    })
}
