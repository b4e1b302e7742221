//! Text for mail: lines that every mail program leaves alone, so that a signature over them holds. **Rule:** RFC 3676, 4.2 and 5;
//! `format=fixed`, because the blanks that mark flowed lines are not covered by a cleartext signature.

/// RFC 5322, 2.1.1, recommends 78; 72 leaves room for being quoted.
const WIDTH: usize = 72;

/// Wraps Markdown for a mail: paragraphs and list items are filled, code and tables stay as they are.
pub(crate) fn mail(markdown: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut filled = Filler::default();
    let mut in_code = false;
    for line in markdown.lines() {
        let bare = line.trim_start();
        let fence = bare.starts_with("```") || bare.starts_with("~~~");
        if in_code || fence || is_kept(line) {
            filled.end(&mut out);
            in_code ^= fence;
            out.push(line.trim_end().to_owned());
        } else if bare.is_empty() {
            filled.end(&mut out);
            out.push(String::new());
        } else {
            filled.add(line, &mut out);
        }
    }
    filled.end(&mut out);
    let lines: Vec<String> = out.into_iter().map(|line| stuffed(&line)).collect();
    format!("{}\n", lines.join("\n").trim_matches('\n'))
}

/// Fills one line of words with indentation for what follows.
pub(crate) fn fill(text: &str, first: &str, rest: &str) -> String {
    let mut lines = vec![first.to_owned()];
    let mut empty = true;
    for word in text.split_whitespace() {
        let last = lines.last_mut().expect("begins with one line");
        if !empty && last.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(format!("{rest}{word}"));
        } else {
            if !empty {
                last.push(' ');
            }
            last.push_str(word);
        }
        empty = false;
    }
    lines.join("\n")
}

/// Headings, tables, quotations and indented code.
fn is_kept(line: &str) -> bool {
    let bare = line.trim_start();
    bare.starts_with('#') || bare.starts_with('|') || bare.starts_with('>') || line.starts_with("    ")
}

/// `From ` at the start of a line is changed by old mail programs, which would break a signature.
fn stuffed(line: &str) -> String {
    if line.starts_with("From ") { format!(" {line}") } else { line.to_owned() }
}

/// A paragraph or list item that is being put together.
#[derive(Default)]
struct Filler {
    text: String,
    first: String,
    rest: String,
}

impl Filler {
    fn add(&mut self, line: &str, out: &mut Vec<String>) {
        let bare = line.trim_start();
        let indent = " ".repeat(line.len() - bare.len());
        if let Some((marker, text)) = list_marker(bare) {
            self.end(out);
            self.rest = format!("{indent}{}", " ".repeat(marker.len()));
            self.first = format!("{indent}{marker}");
            text.clone_into(&mut self.text);
        } else if self.text.is_empty() {
            self.first.clone_from(&indent);
            self.rest = indent;
            bare.clone_into(&mut self.text);
        } else {
            self.text.push(' ');
            self.text.push_str(bare);
        }
        // A backslash at the end of a line breaks it.
        if let Some(text) = self.text.strip_suffix('\\') {
            self.text = text.to_owned();
            self.end(out);
        }
    }

    fn end(&mut self, out: &mut Vec<String>) {
        if !self.text.is_empty() {
            out.push(fill(&self.text, &self.first, &self.rest));
        }
        *self = Self::default();
    }
}

/// `- `, `* `, `1. ` and what follows.
fn list_marker(line: &str) -> Option<(&str, &str)> {
    for bullet in ["- ", "* ", "+ "] {
        if let Some(text) = line.strip_prefix(bullet).filter(|text| !text.trim().is_empty()) {
            return Some((bullet, text));
        }
    }
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    let (number, text) = line.split_at_checked(digits + 2)?;
    let numbered = (1..=3).contains(&digits) && (number.ends_with(". ") || number.ends_with(") "));
    (numbered && !text.trim().is_empty()).then_some((number, text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paragraphs_are_filled_and_code_is_left_alone() {
        let long = "word ".repeat(30);
        let text =
            mail(&format!("# A heading\n\n{long}\n\n- {long}\n\n```\n  let x = 1;\n```\nFrom here on."));
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH && !line.ends_with(' ')), "{text}");
        assert!(text.contains("\n```\n  let x = 1;\n```\n From here on.\n"), "{text}");
        assert!(text.contains("\n- word") && text.contains("\n  word"), "{text}");
        assert_eq!(mail("a\\\nb"), "a\nb\n");
        assert_eq!(mail("a\nb\n\n\n"), "a b\n");
    }

    proptest! {
        #[test]
        fn no_word_is_lost_and_no_line_ends_in_a_blank(text in "[ a-z0-9#*`>|.\\-\n]{0,400}") {
            let wrapped = mail(&text);
            prop_assert!(wrapped.lines().all(|line| !line.ends_with(' ') && !line.starts_with("From ")));
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            prop_assert_eq!(words(&wrapped), words(&text));
        }
    }
}
