//! The public note: what a reporter may say in a forum when nobody answers, and the check that nothing of the problem is in it.
//!
//! **Rule:** promise 6; "Simply say that you are trying to get hold of someone from the security team."

mod words;

use crate::time::Timestamp;
use words::is_plain;

/// What the fixed template needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteFacts<'a> {
    /// The project's name.
    pub project: &'a str,
    /// The team's name.
    pub team: &'a str,
    /// When the report was sent.
    pub sent: Timestamp,
    /// By when a first human answer was promised.
    pub promised: Timestamp,
    /// The last human word, if there was one.
    pub last_word: Option<Timestamp>,
}

impl NoteFacts<'_> {
    /// The days that [`write()`] puts into the note, as they stand there: they say nothing about the problem, even when the report
    /// happens to name the same year.
    pub fn days(&self) -> impl Iterator<Item = String> {
        [Some(self.sent), Some(self.promised), self.last_word].into_iter().flatten().map(day)
    }
}

fn day(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}

/// Writes the note: project, dates, and that somebody is being looked for. Dates without hours: they are enough for a forum.
#[must_use]
pub fn write(facts: &NoteFacts<'_>) -> String {
    let silence = match facts.last_word {
        None => format!("An answer was promised by {}; so far there was none.", day(facts.promised)),
        Some(last) => format!("The last answer came on {}; since then there was none.", day(last)),
    };
    format!(
        "I am trying to reach the security team of {project} ({team}).\n\
         I wrote to them on {sent}. {silence}\n\
         If you are on that team, or know how to reach it, please get in touch with me or ask the team to look at its reports.\n\
         I am not going to discuss the matter in public.\n",
        project = facts.project,
        team = facts.team,
        sent = day(facts.sent),
    )
}

/// Something in a note that must not be public.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leak {
    /// The piece as it stands in the note, or the report's word that is spread over several.
    pub piece: String,
    /// Why it may not stand there.
    pub why: Why,
}

/// Why a piece of a note may not be public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// It occurs in the report and is no everyday word.
    InReport,
    /// It is the report's word, broken up.
    InReportBrokenUp,
    /// A CVE, CWE, GHSA or RUSTSEC id: whoever reads it can look the problem up.
    Identifier,
    /// It looks like a version.
    Version,
    /// It looks like a path, a function, a symbol, an address in memory or other code.
    Code,
}

impl Why {
    /// A sentence for the reporter.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::InReport => {
                "stands in your report and is no everyday word: whoever knows the project may guess the rest from it."
            }
            Self::InReportBrokenUp => {
                "stands in your report and can be put together again from the pieces here."
            }
            Self::Identifier => {
                "is an identifier of a vulnerability or weakness: whoever reads it can look it up."
            }
            Self::Version => "looks like a version, which says where to look.",
            Self::Code => "looks like code, a path or an address, which says where to look.",
        }
    }
}

/// The shortest word of a report that is looked for in pieces: shorter ones occur across ordinary words by chance.
const MIN_BROKEN_CHARS: usize = 6;

/// Checks a note against everything the report says. `allowed` are texts that are public anyway: names of project and team,
/// the address of the forum.
///
/// Empty means that it may be posted. The check is strict: a reporter can always say it in other words.
#[must_use]
pub fn check(note: &str, report: &[&str], allowed: &[&str]) -> Vec<Leak> {
    check_words(note, &secret_words(report, allowed), allowed)
}

/// The words of a report that may not be public: lowercase, each once, without everyday words and those of `allowed`.
///
/// They are all that [`check_words`] needs, so that nobody has to keep the prose for the check.
#[must_use]
pub fn secret_words(report: &[&str], allowed: &[&str]) -> Vec<String> {
    let public = words_of(allowed.iter().copied());
    let mut words = words_of(report.iter().copied());
    words.retain(|word| !is_plain(word) && !public.contains(word));
    words
}

/// As [`check`], with the report's [`secret_words`] in place of the report. `allowed` may name more texts than were allowed when the
/// words were taken: they are looked over where they stand in the note as they are.
#[must_use]
pub fn check_words(note: &str, secret: &[String], allowed: &[&str]) -> Vec<Leak> {
    let text = without(note, allowed);
    let mut leaks: Vec<Leak> = Vec::new();
    for piece in text.split_whitespace().map(trimmed).filter(|piece| !piece.is_empty()) {
        if let Some(why) = looks_like(piece).or_else(|| says(piece, secret)) {
            let leak = Leak { piece: piece.to_owned(), why };
            if !leaks.contains(&leak) {
                leaks.push(leak);
            }
        }
    }
    leaks.extend(broken_up(&text, secret, &leaks));
    leaks
}

/// The note without what is public anyway, so that a forum's address does not look like a path.
fn without(note: &str, allowed: &[&str]) -> String {
    let public = allowed.iter().filter(|text| !text.trim().is_empty());
    public.fold(note.to_owned(), |note, public| note.replace(public, " "))
}

fn trimmed(piece: &str) -> &str {
    piece.trim_matches(|c: char| ".,;:!?\"'“”‘’()[]<>*".contains(c))
}

/// Lowercase runs of letters, digits and underscores, at least three long; numbers of any length.
fn words_of<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut words: Vec<String> = texts.flat_map(words_in).collect();
    words.sort_unstable();
    words.dedup();
    words
}

fn words_in(text: &str) -> impl Iterator<Item = String> {
    let runs = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    runs.filter(|run| run.chars().count() >= 3 || run.chars().any(|c| c.is_ascii_digit()))
        .map(str::to_lowercase)
}

fn says(piece: &str, secret: &[String]) -> Option<Why> {
    words_in(piece).any(|word| secret.contains(&word)).then_some(Why::InReport)
}

fn looks_like(piece: &str) -> Option<Why> {
    let upper = piece.to_ascii_uppercase();
    if ["CVE-", "CWE-", "GHSA-", "RUSTSEC-"].iter().any(|id| upper.contains(id)) {
        return Some(Why::Identifier);
    }
    if is_date(piece) {
        return None;
    }
    if is_version(piece) {
        return Some(Why::Version);
    }
    is_code(piece).then_some(Why::Code)
}

/// `2026-11-23`: the note's own dates.
fn is_date(piece: &str) -> bool {
    piece.parse::<jiff::civil::Date>().is_ok()
}

fn is_version(piece: &str) -> bool {
    let number = piece.trim_start_matches(['v', 'V', '=', '^', '~']);
    let parts: Vec<&str> = number.split('.').collect();
    let first =
        parts.first().is_some_and(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit()));
    parts.len() >= 2 && first && parts.iter().all(|part| part.starts_with(|c: char| c.is_ascii_digit()))
}

fn is_code(piece: &str) -> bool {
    const MARKS: [&str; 9] = ["::", "()", "->", "=>", "```", "`", "0x", "\\", "=="];
    let slashes = piece.matches('/').count();
    let path = slashes >= 2 || (slashes == 1 && piece.contains('.')) || piece.starts_with('/');
    let symbol = piece.contains('_') || MARKS.iter().any(|mark| piece.contains(mark));
    path || symbol || is_file_name(piece) || is_camel_case(piece)
}

fn is_file_name(piece: &str) -> bool {
    const KINDS: [&str; 14] =
        ["rs", "c", "h", "cc", "cpp", "js", "ts", "py", "go", "java", "rb", "so", "toml", "html"];
    piece.rsplit_once('.').is_some_and(|(name, kind)| !name.is_empty() && KINDS.contains(&kind))
}

/// `parseFrame`: a capital behind a small letter. Names of projects are taken out before.
fn is_camel_case(piece: &str) -> bool {
    piece.chars().zip(piece.chars().skip(1)).any(|(a, b)| a.is_lowercase() && b.is_uppercase())
}

/// The report's words in the note's letters alone, whatever stands between them.
fn broken_up(note: &str, secret: &[String], found: &[Leak]) -> Vec<Leak> {
    let squeeze =
        |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    let letters = squeeze(note);
    let told = |word: &str| found.iter().any(|leak| squeeze(&leak.piece).contains(word));
    let long =
        secret.iter().map(|word| squeeze(word)).filter(|word| word.chars().count() >= MIN_BROKEN_CHARS);
    let again = long.filter(|word| letters.contains(word.as_str()) && !told(word));
    again.map(|piece| Leak { piece, why: Why::InReportBrokenUp }).collect()
}

#[cfg(test)]
mod tests;
