//! The case secret as twelve English words (BIP-39), for paper and for reading out.

use bip39::{Language, Mnemonic};
use zeroize::{Zeroize as _, Zeroizing};

use crate::case_key::CaseSecret;

const WORDS: usize = 12;

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

/// Reads twelve words back; case, line breaks and extra blanks do not matter.
///
/// # Errors
/// Which word is unknown, how many there are, or that they do not fit together.
pub fn from_words(phrase: &str) -> Result<CaseSecret, PhraseError> {
    let words: Zeroizing<Vec<String>> =
        Zeroizing::new(phrase.split_whitespace().map(str::to_lowercase).collect());
    if words.len() != WORDS {
        return Err(PhraseError::Count { found: words.len() });
    }
    for (place, word) in words.iter().enumerate() {
        if !Language::English.word_list().contains(&word.as_str()) {
            return Err(PhraseError::Unknown { position: place + 1, word: word.clone() });
        }
    }
    let joined = Zeroizing::new(words.join(" "));
    let phrase =
        Mnemonic::parse_in_normalized(Language::English, &joined).map_err(|_| PhraseError::Checksum)?;
    let (mut entropy, _) = phrase.to_entropy_array();
    let secret = entropy.first_chunk::<16>().map(|bytes| CaseSecret::from_bytes(*bytes));
    entropy.zeroize();
    secret.ok_or(PhraseError::Checksum)
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
    fn a_mistake_is_named() {
        assert_eq!(from_words("abandon").unwrap_err(), PhraseError::Count { found: 1 });
        let misspelt = ZERO.replacen("abandon", "abandom", 1);
        let unknown = PhraseError::Unknown { position: 1, word: "abandom".to_owned() };
        assert_eq!(from_words(&misspelt).unwrap_err(), unknown);
        let wrong = ZERO.replace("about", "above");
        assert_eq!(from_words(&wrong).unwrap_err(), PhraseError::Checksum);
    }
}
