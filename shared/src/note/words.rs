//! Everyday words: they say nothing about a problem even when they stand in the report too. And their opposite, words of the trade.

mod english;
mod languages;

use english::ENGLISH;
use languages::{FRENCH, GERMAN, SPANISH};

/// How many words of a language's list a text has at least before that list counts: a few stand in a text of another by chance.
const MIN_LANGUAGE_WORDS: usize = 4;

/// And the least share of them, as one in so many: a text in the language has one in four, a long text in another one in fifty.
const LANGUAGE_SHARE: usize = 12;

/// Everyday words of one or two letters; the lists have the longer ones.
const SHORT: &str = "a am an as at be by do go he i if in is it me my no of ok on or so to up us we";

/// How words begin that name a kind of problem, or where problems are. Nobody is asked whether they are harmless.
const TELLING: &str = "\
    alloc arbitrar attack auth backdoor bound brute buffer bypass certificate cipher command cookie corrupt crash credential crypt csrf ddos \
    decod decompress denial deref deserial double encod escal escap eval exec exfil exploit expos format frame function header heap \
    hijack idor imperson inject integer leak login malicious malform memor mitm null oob overflow overrun overread overwrit packet \
    panic pars passw path payload pointer poison pollut privileg prototype race rce redirect remote replay root sandbox sanit secret \
    segfault serial session shell signature smuggl spoof sqli ssrf stack symlink thread timing tls token toctou travers truncat uaf \
    unauth underflow uninit unsafe upload validat vuln xss xxe zip \
    absturz lucke puffer schwachstelle speicher uberlauf faille fuite debord desbord fuga";

/// Endings that make another form of an everyday word: "answers", "noted", "posting".
const FORMS: [&str; 5] = ["s", "es", "d", "ed", "ing"];

/// Whether a folded word is an everyday one in English, or a form of one.
pub(super) fn is_plain(word: &str) -> bool {
    is_english(word) || FORMS.iter().filter_map(|ending| word.strip_suffix(ending)).any(is_english)
}

fn is_english(word: &str) -> bool {
    let Some(first) = word.bytes().next().filter(u8::is_ascii_lowercase) else { return false };
    ENGLISH.get(usize::from(first - b'a')).is_some_and(|words| has(words, word))
}

fn has(words: &str, word: &str) -> bool {
    words.split_ascii_whitespace().any(|known| known == word)
}

/// Whether a folded word is an everyday one in any language known here.
pub(super) fn is_everyday(word: &str) -> bool {
    is_plain(word) || [GERMAN, FRENCH, SPANISH].into_iter().any(|words| has(words, word))
}

/// Whether a folded word of any length is an everyday one in English.
pub(super) fn is_plain_or_short(word: &str) -> bool {
    is_plain(word) || has(SHORT, word)
}

/// Whether a folded word names a kind of problem.
pub(super) fn is_telling(word: &str) -> bool {
    TELLING.split_ascii_whitespace().any(|begin| word.starts_with(begin))
}

/// Takes everyday words out of a text's words, which are sorted: English ones, and those of the language that the text is in.
pub(super) fn retain_telling(words: &mut Vec<String>) {
    words.retain(|word| !is_plain(word));
    for list in [GERMAN, FRENCH, SPANISH] {
        let stands = |word: &&str| words.binary_search_by(|known| known.as_str().cmp(word)).is_ok();
        let hits = list.split_ascii_whitespace().filter(stands).count();
        if hits >= MIN_LANGUAGE_WORDS && hits * LANGUAGE_SHARE >= words.len() {
            words.retain(|word| !has(list, word));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::fold::key;

    #[test]
    fn the_lists_are_sorted_folded_and_found() {
        for (list, first) in ENGLISH.into_iter().zip('a'..='z') {
            let words: Vec<&str> = list.split_ascii_whitespace().collect();
            assert!(words.is_sorted() && words.iter().all(|word| word.starts_with(first)), "{list}");
        }
        for list in ENGLISH.into_iter().chain([GERMAN, FRENCH, SPANISH, TELLING]) {
            assert!(list.split_ascii_whitespace().all(|word| key(word) == word), "{list}");
        }
        assert!(is_plain("security") && is_plain("answers") && is_plain("don"));
        assert!(!is_plain("overflow") && !is_plain("bitte") && is_everyday("bitte"));
    }

    #[test]
    fn no_everyday_word_names_a_kind_of_problem() {
        let all = ENGLISH.into_iter().chain([GERMAN, FRENCH, SPANISH]);
        let telling: Vec<&str> =
            all.flat_map(str::split_ascii_whitespace).filter(|word| is_telling(word)).collect();
        assert_eq!(telling, ["personne"; 0]);
    }

    #[test]
    fn a_list_counts_only_where_its_language_is_spoken() {
        let kept = |text: &str| {
            let mut words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
            words.sort();
            retain_telling(&mut words);
            words
        };
        assert_eq!(kept("die des mit cipher"), ["cipher", "des", "die", "mit"]);
        assert_eq!(kept("ich bitte und nicht parser"), ["parser"]);
    }
}
