//! The words of a report that may not be public, in an order in which they are found quickly.

use super::stem::{are_related, is_part_of};
use super::tokens::{row_of, words_of};
use super::words::{is_everyday, is_telling, retain_telling};

/// How many signs forms of a word begin with in common, at least: that many lead to the neighbours in a sorted list.
const NEAR_SIGNS: usize = 2;

/// The words of a report that may not be public: folded, each once, without everyday words and those of `allowed`.
///
/// They are all that a check needs, so that nobody has to keep the prose for it.
#[must_use]
pub fn secret_words(report: &[&str], allowed: &[&str]) -> Vec<String> {
    let public = words_of(allowed.iter().copied());
    let mut words = words_of(report.iter().copied());
    words.retain(|word| !has(&public, word));
    retain_telling(&mut words);
    words
}

/// Words to find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Secret {
    /// Sorted.
    words: Vec<String>,
    /// The same without what joins the parts of a name in code, sorted.
    squeezed: Vec<String>,
    /// The words of the title, which tell the most.
    title: Vec<String>,
    /// Words that are public, sorted.
    public: Vec<String>,
}

impl Secret {
    pub(super) fn new(words: &[String], title: &str, public: &[&str]) -> Self {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let words = secret_words(&words, public);
        let mut squeezed: Vec<String> = words.iter().map(|word| word.replace('_', "")).collect();
        squeezed.sort_unstable();
        Self {
            words,
            squeezed,
            title: secret_words(&[title], public),
            public: words_of(public.iter().copied()),
        }
    }

    /// Whether the report has this folded word.
    pub(super) fn has(&self, word: &str) -> bool {
        has(&self.words, word)
    }

    /// The report's word of which this folded one looks like a form.
    pub(super) fn form_of(&self, word: &str) -> Option<&String> {
        if has(&self.public, word) || !is_of_letters(word) || row_of(word).is_some() || is_everyday(word) {
            return None;
        }
        let of_letters = |known: &&String| is_of_letters(known);
        near(&self.words, word).filter(of_letters).find(|known| are_related(known, word)).or_else(|| {
            self.words
                .iter()
                .filter(of_letters)
                .find(|known| is_part_of(known, word) || is_part_of(word, known))
        })
    }

    /// The report's word that these letters make, in this form or another.
    pub(super) fn made_of(&self, letters: &str) -> bool {
        has(&self.squeezed, letters)
            || is_of_letters(letters) && near(&self.words, letters).any(|known| are_related(known, letters))
    }

    /// Whether only the reporter can tell if this word is harmless.
    pub(super) fn is_a_guess(&self, word: &str) -> bool {
        let of_title = |known: &String| known == word || are_related(known, word);
        is_of_letters(word) && !is_telling(word) && !self.title.iter().any(of_title)
    }
}

fn has(words: &[String], word: &str) -> bool {
    words.binary_search_by(|known| known.as_str().cmp(word)).is_ok()
}

/// The words that begin as this one does.
fn near<'a>(words: &'a [String], word: &str) -> impl Iterator<Item = &'a String> {
    let begin: String = word.chars().take(NEAR_SIGNS).collect();
    let first = words.partition_point(|known| *known < begin);
    words.iter().skip(first).take_while(move |known| known.starts_with(&begin))
}

fn is_of_letters(word: &str) -> bool {
    word.chars().all(char::is_alphabetic)
}
