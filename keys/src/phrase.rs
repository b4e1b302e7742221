//! The case secret as twelve English words (BIP-39), for paper and for reading out.

use bip39::{Language, Mnemonic};
use zeroize::{Zeroize as _, Zeroizing};

use crate::case_key::CaseSecret;

const WORDS: usize = 12;
/// How many words are named when one could be several: enough to recognise it.
const CANDIDATES: usize = 4;

/// Says what is wrong with a phrase, without repeating more than the one word that is unknown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PhraseError {
    /// Another number of words than twelve.
    #[error("The phrase has {found} words; it should have {WORDS}.")]
    Count {
        /// How many there are.
        found: usize,
    },
    /// A word that is not on the list.
    #[error("Word {position}, “{word}”, is not one of the 2,048 words. Check its spelling.")]
    Unknown {
        /// Its place, from 1.
        position: usize,
        /// As it was typed.
        word: String,
    },
    /// The beginning of several words of the list.
    #[error("Word {position}, “{word}”, could be {}. Type one letter more.", candidates.join(" or "))]
    Ambiguous {
        /// Its place, from 1.
        position: usize,
        /// As it was typed.
        word: String,
        /// The first few words it could be.
        candidates: Vec<&'static str>,
    },
    /// Every word is on the list, but they do not belong together.
    #[error("The words do not fit together: one of them is wrong, or two are swapped.")]
    Checksum,
}

/// The twelve words of a secret, separated by single spaces.
#[must_use]
pub fn to_words(secret: &CaseSecret) -> Zeroizing<String> {
    let phrase =
        Mnemonic::from_entropy_in(Language::English, secret.as_bytes()).expect("16 bytes are twelve words");
    let words: Vec<&str> = phrase.words().collect();
    Zeroizing::new(words.join(" "))
}

/// Reads twelve words back. Case, line breaks, blanks, commas and numbers between the words do not matter, and the beginning of a word
/// is enough where no other word begins like it; four letters always are (BIP-39).
///
/// # Errors
/// Which word is unknown, how many there are, or that they do not fit together.
pub fn from_words(phrase: &str) -> Result<CaseSecret, PhraseError> {
    let typed = phrase.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    let typed: Zeroizing<Vec<String>> = Zeroizing::new(typed.map(str::to_lowercase).collect());
    if typed.len() != WORDS {
        return Err(PhraseError::Count { found: typed.len() });
    }
    let whole = typed.iter().enumerate().map(|(place, word)| whole_word(place + 1, word));
    let words = whole.collect::<Result<Vec<&str>, _>>()?;
    let joined = Zeroizing::new(words.join(" "));
    let phrase =
        Mnemonic::parse_in_normalized(Language::English, &joined).map_err(|_| PhraseError::Checksum)?;
    let (mut entropy, _) = phrase.to_entropy_array();
    let secret = entropy.first_chunk::<16>().map(|bytes| CaseSecret::from_bytes(*bytes));
    entropy.zeroize();
    secret.ok_or(PhraseError::Checksum)
}

/// The word of the list that this is, or the only one that begins like it.
fn whole_word(position: usize, typed: &str) -> Result<&'static str, PhraseError> {
    let list = Language::English.word_list();
    if let Some(word) = list.iter().find(|word| **word == typed) {
        return Ok(word);
    }
    let candidates: Vec<&str> = list.iter().copied().filter(|word| word.starts_with(typed)).collect();
    let word = typed.to_owned();
    match candidates[..] {
        [] => Err(PhraseError::Unknown { position, word }),
        [only] => Ok(only),
        _ => {
            let candidates = candidates.into_iter().take(CANDIDATES).collect();
            Err(PhraseError::Ambiguous { position, word, candidates })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first vector of BIP-39's own list.
    const ZERO: &str =
        "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";

    #[test]
    fn the_standards_own_vectors_hold() {
        assert_eq!(*to_words(&CaseSecret::from_bytes([0; 16])), ZERO);
        assert_eq!(
            *to_words(&CaseSecret::from_bytes([0x7f; 16])),
            "legal winner thank year wave sausage worth useful legal winner thank yellow"
        );
    }

    #[test]
    fn a_phrase_is_read_as_people_type_it() {
        let typed = format!("  {}\n", ZERO.to_uppercase().replace(' ', "\t \n"));
        assert_eq!(from_words(&typed).unwrap().as_bytes(), &[0; 16]);
        for _ in 0..50 {
            let secret = CaseSecret::make_random();
            assert_eq!(from_words(&to_words(&secret)).unwrap().as_bytes(), secret.as_bytes());
        }
    }

    #[test]
    fn the_beginning_of_a_word_is_enough_where_it_is_the_only_one() {
        let all: Vec<String> =
            Language::English.word_list().iter().map(|word| word.chars().take(4).collect()).collect();
        for (short, whole) in all.iter().zip(Language::English.word_list()) {
            assert_eq!(whole_word(1, short).unwrap(), *whole, "four letters always are");
        }
        let typed = "1. ABAN, 2. aband; 3. abando\n4. abandon aban aban aban aban aban aban aban abou";
        assert_eq!(from_words(typed).unwrap().as_bytes(), &[0; 16]);
        let several = whole_word(3, "ab").unwrap_err();
        assert!(
            several.to_string().contains("Word 3, “ab”, could be abandon or ability or able or about"),
            "{several}"
        );
    }

    #[test]
    fn a_mistake_is_named() {
        assert_eq!(from_words("abandon").unwrap_err(), PhraseError::Count { found: 1 });
        let misspelt = ZERO.replacen("abandon", "abandom", 1);
        let unknown = PhraseError::Unknown { position: 1, word: "abandom".to_owned() };
        assert_eq!(from_words(&misspelt).unwrap_err(), unknown);
        let wrong = ZERO.replace("about", "above");
        assert_eq!(from_words(&wrong).unwrap_err(), PhraseError::Checksum);
    }
}
