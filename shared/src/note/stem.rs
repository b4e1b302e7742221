//! When two words are forms of one: "overflows" and "overflow", "panicked" and "panics", "parsers" and "parsing".
//!
//! No grammar: a common beginning, and endings that words of the trade take. It errs towards calling words related.

/// The fewest letters that two words must begin with in common; with fewer, chance is more likely than kinship ("race", "rate").
const MIN_STEM_CHARS: usize = 4;

/// The fewest letters of a word that gives itself away inside another: "overflow" in "heapoverflow".
const MIN_PART_CHARS: usize = 6;

/// The most letters by which forms of a word end differently in languages whose endings are not listed here.
const MAX_FOREIGN_ENDING: usize = 3;

/// Endings, mostly English, some German.
const ENDINGS: [&str; 38] = [
    "", "s", "es", "e", "ed", "d", "er", "ers", "r", "rs", "ing", "ings", "or", "ors", "ion", "ions",
    "ation", "ations", "able", "al", "y", "ies", "ied", "ication", "ive", "ly", "n", "en", "em", "ment",
    "ments", "ked", "king", "ker", "ung", "ungen", "te", "ten",
];

/// Whether two folded words are forms of one.
pub(super) fn are_related(a: &str, b: &str) -> bool {
    let begin = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    let (rest_a, rest_b) = (rest(a, begin), rest(b, begin));
    if !(a.is_ascii() && b.is_ascii()) {
        let most = rest_a.chars().count().max(rest_b.chars().count());
        return begin >= min_foreign_stem(a) && most <= MAX_FOREIGN_ENDING;
    }
    let last = a.chars().nth(begin.wrapping_sub(1));
    match begin {
        MIN_STEM_CHARS.. if is_ending(rest_a, last) && is_ending(rest_b, last) => true,
        3 => matches!((rest_a, rest_b), ("", "s") | ("s", "")),
        _ => false,
    }
}

fn rest(word: &str, from: usize) -> &str {
    word.char_indices().nth(from).map_or("", |(at, _)| word.split_at(at).1)
}

/// An ending, or one behind a doubled letter: "stopp-ed".
fn is_ending(rest: &str, last: Option<char>) -> bool {
    let single = last.and_then(|last| rest.strip_prefix(last));
    [Some(rest), single].into_iter().flatten().any(|rest| ENDINGS.contains(&rest))
}

/// Whether a folded word begins or ends with another that is long enough to be known again.
pub(super) fn is_part_of(small: &str, large: &str) -> bool {
    small.len() >= MIN_PART_CHARS && (large.starts_with(small) || large.ends_with(small))
}

/// A Hangul sign is a whole syllable, and what a sentence makes of a word stands behind it.
fn min_foreign_stem(word: &str) -> usize {
    if word.starts_with(|c| matches!(c, '\u{ac00}'..='\u{d7af}')) { 2 } else { MIN_STEM_CHARS }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_are_related() {
        let pairs = [
            ("overflows", "overflow"),
            ("buffers", "buffer"),
            ("panicked", "panics"),
            ("parsers", "parsing"),
            ("parse", "parsed"),
            ("crash", "crashes"),
            ("leak", "leaks"),
            ("frames", "frame"),
            ("decoder", "decodes"),
            ("injection", "injected"),
            ("continue", "continuation"),
            ("stopped", "stops"),
            ("keys", "key"),
            ("уязвимость", "уязвимости"),
            ("취약점을", "취약점"),
        ];
        for (a, b) in pairs {
            assert!(are_related(a, b) && are_related(b, a), "{a} {b}");
        }
    }

    #[test]
    fn a_long_word_is_known_at_either_end_of_another() {
        assert!(is_part_of("overflow", "heapoverflow") && is_part_of("uberlauf", "heapuberlauf"));
        assert!(!is_part_of("over", "overflow") && !is_part_of("erflow", "overflows"));
    }

    #[test]
    fn other_words_are_not() {
        let pairs = [
            ("race", "rate"),
            ("heap", "help"),
            ("frame", "from"),
            ("parser", "part"),
            ("stack", "state"),
            ("thread", "through"),
            ("use", "user"),
            ("server", "service"),
            ("memory", "member"),
            ("contact", "container"),
            ("port", "portland"),
        ];
        for (a, b) in pairs {
            assert!(!are_related(a, b) && !are_related(b, a), "{a} {b}");
        }
    }
}
