//! Markdown on a terminal, lightly: the text stays as it was written, and its headings, code and quotations are set apart.

use anstyle::{AnsiColor, Style};

const HEADING: Style = Style::new().bold();
const CODE: Style = AnsiColor::Cyan.on_default();
const QUOTE: Style = Style::new().dimmed();
const PLAIN: Style = Style::new();

/// Knows whether the lines that come are inside a block of code.
#[derive(Debug, Default)]
pub(super) struct Markdown {
    fence: Option<char>,
}

impl Markdown {
    /// How to set the next line of the text.
    pub(super) fn style(&mut self, line: &str) -> Style {
        let text = line.trim_start();
        let fence = ['`', '~'].into_iter().find(|mark| text.starts_with(&mark.to_string().repeat(3)));
        match (self.fence, fence) {
            (None, Some(mark)) => {
                self.fence = Some(mark);
                CODE
            }
            (Some(open), Some(mark)) if open == mark => {
                self.fence = None;
                CODE
            }
            (Some(_), _) => CODE,
            (None, None) if is_heading(text) => HEADING,
            (None, None) if text.starts_with('>') => QUOTE,
            (None, None) if line.starts_with("    ") || line.starts_with('\t') => CODE,
            (None, None) => PLAIN,
        }
    }
}

/// One to six number signs and a blank.
fn is_heading(text: &str) -> bool {
    let rest = text.trim_start_matches('#');
    (1..=6).contains(&(text.len() - rest.len())) && rest.starts_with(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_code_and_quotations_are_set_apart_and_a_fence_ends_where_it_says() {
        let mut markdown = Markdown::default();
        let styles: Vec<Style> =
            ["# A", "text", "```rust", "# not a heading", "~~~", "```", "> said", "#no", "    code"]
                .into_iter()
                .map(|line| markdown.style(line))
                .collect();
        let wanted = [HEADING, PLAIN, CODE, CODE, CODE, CODE, QUOTE, PLAIN, CODE];
        assert_eq!(styles, wanted);
    }
}
