//! A note cut into pieces at its white space, and which of them need no look because they are public or nothing but a time.

use super::fold::fold;
use super::harmless::{is_contact, length_of_time};
use super::tokens::has_no_spaces;

/// The shortest public name that is taken out wherever it stands between other signs; a shorter one ("C", "R") must stand alone,
/// or it would hide what it is a letter of ("X.S.S").
const MIN_LOOSE_CHARS: usize = 4;

/// Stands in the text where something public stood. No keyboard writes it.
const GONE: &str = "\u{0}";

/// A piece of a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    /// As it was written, without the punctuation around it.
    pub(super) raw: &'a str,
    /// The same, folded, in upper and lower case as it was.
    pub(super) plain: String,
    pub(super) kind: Kind,
}

/// How a piece is to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// By its form and its words.
    Text,
    /// By its words only: an address where somebody can be reached.
    Contact,
    /// Not at all: public, or a time.
    Out,
}

/// Cuts a note into pieces, out of which everything public was taken.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces: Vec<Piece<'_>> =
        text.split_whitespace().map(trimmed).filter(|raw| !raw.is_empty()).map(piece).collect();
    let mut at = 0;
    while at < pieces.len() {
        let long = length_of_time(pieces.get(at.wrapping_sub(1)), pieces.split_at(at).1);
        pieces.iter_mut().skip(at).take(long).for_each(|piece| piece.kind = Kind::Out);
        at += long.max(1);
    }
    pieces
}

fn piece(raw: &str) -> Piece<'_> {
    let plain = fold(raw);
    let kind = match raw {
        GONE => Kind::Out,
        _ if is_contact(&plain) => Kind::Contact,
        _ => Kind::Text,
    };
    Piece { raw, plain, kind }
}

/// A piece without its punctuation; a call keeps its brackets, by which it is known.
fn trimmed(piece: &str) -> &str {
    if piece.contains("()") {
        return piece;
    }
    piece.trim_matches(|c: char| ".,;:!?\"'“”„‘’«»()[]<>*~、。，！？：；（）「」".contains(c))
}

/// The note without what is public anyway, so that a forum's address does not look like a path.
pub(super) fn without<'a>(note: &str, allowed: impl Iterator<Item = &'a str>) -> String {
    let mut public: Vec<&str> = allowed.map(str::trim).filter(|text| !text.is_empty()).collect();
    public.sort_unstable_by_key(|text| std::cmp::Reverse(text.len()));
    public.into_iter().fold(note.to_owned(), |note, public| without_one(&note, public))
}

fn without_one(note: &str, public: &str) -> String {
    let (lower, wanted) = (note.to_ascii_lowercase(), public.to_ascii_lowercase());
    let is_loose = public.chars().count() >= MIN_LOOSE_CHARS && !public.contains('/');
    let (mut left, mut kept, mut from) = (String::new(), note, 0);
    while let Some(at) = lower.get(from..).and_then(|rest| rest.find(&wanted)) {
        let (before, found) = kept.split_at(at);
        let (found, after) = found.split_at(wanted.len());
        let open = ends_here(&left, before, found, is_loose) && begins_here(found, after, is_loose);
        left.push_str(before);
        left.push_str(if open { " \u{0} " } else { found });
        (kept, from) = (after, from + at + wanted.len());
    }
    left + kept
}

/// Whether what stands before a public text ends there.
fn ends_here(left: &str, before: &str, found: &str, is_loose: bool) -> bool {
    let Some(last) = before.chars().next_back().or_else(|| left.chars().next_back()) else { return true };
    let is_apart = if is_loose {
        !is_of_a_word(last)
    } else {
        last.is_whitespace() || "\"'“„‘«([<*".contains(last)
    };
    is_apart || has_no_spaces(last) || found.starts_with(has_no_spaces)
}

/// Whether what stands behind a public text begins there: for a short one or an address, at the end of a sentence's part.
fn begins_here(found: &str, after: &str, is_loose: bool) -> bool {
    let Some(next) = after.chars().next() else { return true };
    let of_it = ["'s", "’s"]
        .iter()
        .any(|of| after.strip_prefix(of).is_some_and(|rest| !rest.starts_with(is_of_a_word)));
    let rest = after.trim_start_matches(|c: char| ".,;:!?\"'“”’»)]>*/".contains(c));
    let is_apart =
        if is_loose { !is_of_a_word(next) } else { rest.is_empty() || rest.starts_with(char::is_whitespace) };
    is_apart || of_it || has_no_spaces(next) || found.ends_with(has_no_spaces)
}

fn is_of_a_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(note: &str, public: &str) -> String {
        without(note, [public].into_iter()).replace(" \u{0} ", "#")
    }

    #[test]
    fn a_public_name_is_taken_out_as_a_whole_word_only() {
        assert_eq!(left("Ferrisware, ferrisware's team (FERRISWARE)", "Ferrisware"), "#, #'s team (#)");
        assert_eq!(
            left("FerriswareX, _Ferrisware, a-Ferrisware-b", "Ferrisware"),
            "FerriswareX, _Ferrisware, a-#-b"
        );
        assert_eq!(left("C, CWE, RC, C.", "C"), "#, CWE, RC, #.");
        assert_eq!(left("X.S.S X's (X)", "X"), "X.S.S #'s (#)");
        assert_eq!(left("问团队吗", "团队"), "问#吗");
    }

    #[test]
    fn a_public_address_is_taken_out_without_a_way_behind_it() {
        let forum = "https://forum.demo.example";
        assert_eq!(left("See https://forum.demo.example/.", forum), "See #/.");
        assert_eq!(left("https://forum.demo.example/x?frame", forum), "https://forum.demo.example/x?frame");
        assert_eq!(left("https://forum.demo.example.evil.net", forum), "https://forum.demo.example.evil.net");
    }
}
