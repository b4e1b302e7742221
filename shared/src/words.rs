//! Characters in text for people that do not show themselves.

/// Whether a character is not seen where text is shown, or changes how the text around it reads: controls, line and paragraph
/// separators, and format characters, the marks of writing direction among them.
///
/// **Rule:** the general categories Cc, Zl, Zp and Cf of Unicode 17, and the blanks that are called letters or symbols.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control() || is_separator_or_format(c) || is_blank_letter(c)
}

const fn is_separator_or_format(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0001}' | '\u{e0020}'..='\u{e007f}'
    )
}

/// Hangul fillers and the empty pattern of Braille.
const fn is_blank_letter(c: char) -> bool {
    matches!(c, '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_every_script_are_seen_and_marks_of_direction_are_not() {
        assert!(!"Zoë Müller 安全 פרויקט أمن Отдел — “ok” 🦀".chars().any(is_hidden));
        for hidden in ['\n', '\u{1b}', '\u{202e}', '\u{2066}', '\u{200b}', '\u{feff}', '\u{2028}', '\u{3164}']
        {
            assert!(is_hidden(hidden), "{hidden:?}");
        }
    }
}
