//! Letters as they are compared: without accents, invisible signs and other forms. And letters that only look like others.

/// Latin-1's and Latin Extended-A's letters (U+00C0 to U+017F) without their accents, in order.
const LATIN: &[u8; 192] = b"AAAAAAACEEEEIIIIDNOOOOO*OUUUUYTsaaaaaaaceeeeiiiidnooooo/ouuuuyty\
    AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIiIiJjKkkLlLlLlL\
    lLlNnNnNnnNnOoOoOoOoRrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";

/// Small Cyrillic and Greek letters that cannot be told from Latin ones, each before the one it looks like.
const LOOKALIKES: &str = "аaеeоoрpсcуyхxіiјjѕsһhԁdԛqԝwοoρpνvαaκkυuιi";

/// A text in plain letters, in upper and lower case as it was.
pub(super) fn fold(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !is_invisible(*c)) {
        match ligature(c) {
            Some(letters) => plain.push_str(letters),
            None => plain.push(plain_letter(c)),
        }
    }
    plain
}

/// A word as it is compared: folded and lowercase.
pub(super) fn key(word: &str) -> String {
    fold(&word.to_lowercase()).chars().flat_map(char::to_lowercase).map(twin).collect()
}

/// Signs that take no room, and accents that stand behind their letter.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}'
        | '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe20}'..='\u{fe2f}')
}

/// Letters that stand for more than one.
const fn ligature(c: char) -> Option<&'static str> {
    Some(match c {
        'ﬀ' => "ff",
        'ﬁ' => "fi",
        'ﬂ' => "fl",
        'ﬃ' => "ffi",
        'ﬄ' => "ffl",
        'ﬅ' | 'ﬆ' => "st",
        'ß' | 'ẞ' => "ss",
        'Æ' | 'æ' => "ae",
        'Œ' | 'œ' => "oe",
        '…' => "...",
        _ => return None,
    })
}

fn plain_letter(c: char) -> char {
    match c {
        '×' | '÷' => c,
        '\u{c0}'..='\u{17f}' => LATIN.get(c as usize - 0xc0).map_or(c, |byte| char::from(*byte)),
        // The forms of full width lie as far above ASCII, all of them.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' => '-',
        '\u{2024}' | '\u{2027}' | '\u{3002}' | '\u{ff61}' | '\u{b7}' | '\u{fe52}' => '.',
        '\u{2044}' | '\u{2215}' | '\u{29f8}' => '/',
        '\u{2018}' | '\u{2019}' | '\u{2bc}' => '\'',
        '\u{660}'..='\u{669}' => digit(c, 0x660),
        '\u{6f0}'..='\u{6f9}' => digit(c, 0x6f0),
        '\u{966}'..='\u{96f}' => digit(c, 0x966),
        _ => c,
    }
}

fn digit(c: char, zero: u32) -> char {
    char::from_digit(c as u32 - zero, 10).unwrap_or(c)
}

fn twin(c: char) -> char {
    let mut pairs = LOOKALIKES.chars();
    while let (Some(twin), Some(letter)) = (pairs.next(), pairs.next()) {
        if twin == c {
            return letter;
        }
    }
    c
}

/// Whether a word mixes alphabets whose letters look alike, or is written in signs that only look like letters.
pub(super) fn is_disguised(piece: &str) -> bool {
    let shown = piece.chars().filter(|c| !is_invisible(*c)).collect::<String>();
    shown.split(|c: char| !c.is_alphanumeric()).any(|word| {
        let latin = word.chars().any(|c| c.is_ascii_alphabetic() || matches!(c, '\u{c0}'..='\u{24f}'));
        word.chars().any(is_fancy) || latin && word.chars().any(is_of_a_twin_alphabet)
    })
}

/// Greek, Coptic, Cyrillic, Armenian, Cherokee, Lisu.
const fn is_of_a_twin_alphabet(c: char) -> bool {
    matches!(c,
        '\u{370}'..='\u{58f}' | '\u{13a0}'..='\u{13ff}' | '\u{1c80}'..='\u{1c8f}' | '\u{1f00}'..='\u{1fff}'
        | '\u{2c80}'..='\u{2cff}' | '\u{2de0}'..='\u{2dff}' | '\u{a4d0}'..='\u{a4ff}' | '\u{a640}'..='\u{a69f}'
        | '\u{ab70}'..='\u{abbf}')
}

/// Phonetic, raised, circled, squared and mathematical forms of letters and digits.
fn is_fancy(c: char) -> bool {
    matches!(c,
        '\u{250}'..='\u{2af}' | '\u{1d00}'..='\u{1dbf}' | '\u{2070}'..='\u{209f}' | '\u{2100}'..='\u{218f}'
        | '\u{2460}'..='\u{24ff}' | '\u{a720}'..='\u{a7ff}' | '\u{1d400}'..='\u{1d7ff}' | '\u{1f100}'..='\u{1f1ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_are_the_same_word() {
        let same = [
            ("Überlauf", "uberlauf"),
            ("U\u{308}BERLAUF", "uberlauf"),
            ("STRASSE", "strasse"),
            ("straße", "strasse"),
            ("İSTANBUL", "istanbul"),
            ("over\u{200b}ﬂow", "overflow"),
            ("ｏｖｅｒｆｌｏｗ", "overflow"),
            ("cra\u{301}sh", "crash"),
            ("len\u{ad}gth", "length"),
            ("2․7．1", "2.7.1"),
            ("cve‐2026–1", "cve-2026-1"),
            ("٢٧", "27"),
            ("хеар", "xeap"),
        ];
        for (written, word) in same {
            assert_eq!(key(written), word, "{written}");
        }
    }

    #[test]
    fn letters_in_disguise_are_seen_and_other_alphabets_are_not() {
        for word in ["hеap", "overflоw", "CRΑSH", "ʜᴇᴀᴘ", "ⓗⓔⓐⓟ", "𝐡𝐞𝐚𝐩", "(hеap)"]
        {
            assert!(is_disguised(word), "{word}");
        }
        for word in ["heap", "Überlauf", "уязвимость", "HTTP-запрос", "ευπάθεια", "漏洞", "5 µs", "🇩🇪", "x²"]
        {
            assert!(!is_disguised(word), "{word}");
        }
    }
}
