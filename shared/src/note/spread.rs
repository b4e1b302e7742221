//! Words of the report that a note has in pieces: over lines, with signs between the letters, letter by letter.

use super::piece::{Kind, Piece};
use super::secret::Secret;
use super::tokens::has_no_spaces;
use super::words::is_plain_or_short;

/// The most pieces that are put together: the letters of the longest words.
const MAX_PARTS: usize = 32;

/// The longest word that everyday words make by chance ("I am" and IAM): it counts only letter by letter, or without a space.
const CHANCE_CHARS: usize = 3;

/// A run of letters and digits of a note.
struct Part {
    letters: String,
    /// Which piece it stands in.
    piece: usize,
}

/// The report's words that pieces make together. `is_found` tells of a piece whether something was found in it before.
pub(super) fn spread(pieces: &[Piece<'_>], secret: &Secret, is_found: impl Fn(usize) -> bool) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let is_clean = |at: usize, piece: &Piece<'_>| piece.kind == Kind::Text && !is_found(at);
    let numbered: Vec<(usize, &Piece<'_>)> = pieces.iter().enumerate().collect();
    for row in numbered.split(|(at, piece)| !is_clean(*at, piece)) {
        let parts: Vec<Part> = row.iter().flat_map(|(at, piece)| parts_of(*at, piece)).collect();
        for word in (0..parts.len()).filter_map(|from| made(parts.split_at(from).1, secret)) {
            if !words.contains(&word) {
                words.push(word);
            }
        }
    }
    words
}

fn parts_of(at: usize, piece: &Piece<'_>) -> Vec<Part> {
    let runs = piece.plain.split(|c: char| !c.is_alphanumeric()).filter(|run| !run.is_empty());
    runs.map(|run| Part { letters: super::fold::key(run), piece: at }).collect()
}

/// The longest word of the report that the first parts make.
fn made(parts: &[Part], secret: &Secret) -> Option<String> {
    let most = parts.len().min(MAX_PARTS);
    let together = |count: usize| {
        let (first, _) = parts.split_at(count);
        let word: String = first.iter().map(|part| part.letters.as_str()).collect();
        (is_meant(first, &word) && secret.made_of(&word)).then_some(word)
    };
    (2..=most).rev().find_map(together)
}

/// Whether parts stand together on purpose, not by chance.
fn is_meant(parts: &[Part], word: &str) -> bool {
    let single = parts.iter().all(|part| part.letters.chars().count() == 1);
    let at_once = parts.iter().all(|part| parts.first().is_some_and(|first| first.piece == part.piece));
    let everyday = parts.iter().all(|part| is_plain_or_short(&part.letters));
    if single || word.starts_with(has_no_spaces) {
        return true;
    }
    let number = word.chars().all(|c| c.is_ascii_digit());
    let short = word.chars().count() <= CHANCE_CHARS;
    !number && if short { at_once } else { at_once || !everyday }
}
