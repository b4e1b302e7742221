//! Everything that is printed. No text from outside reaches a terminal with its control characters alive.

mod markdown;
mod pager;
mod table;

use std::fmt::Write as _;
use std::io::{BufRead as _, IsTerminal as _, Write as _};

use anstyle::{AnsiColor, Style};
use anyhow::{Context as _, Result};
use sealpost_shared::limits;
use serde_json::Value;

use self::markdown::Markdown;
pub(crate) use self::pager::Pager;

/// Fits beside the figures on the narrowest terminal.
const BAR_COLUMNS: usize = 30;
const BOLD: Style = Style::new().bold();
const ALARM: Style = AnsiColor::Red.on_default().bold();
const CARE: Style = AnsiColor::Yellow.on_default().bold();

/// The person (or program) at the other end. `text` methods say nothing under `--json`; `json` says nothing without.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ui {
    json: bool,
}

impl Ui {
    /// Text, or one JSON document.
    pub(crate) const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Says lines of text on standard output.
    pub(crate) fn say(self, text: &str) {
        if !self.json {
            out(&plain(text));
        }
    }

    /// Says a heading on standard output.
    pub(crate) fn heading(self, text: &str) {
        if !self.json {
            out(&format!("{BOLD}{}{BOLD:#}", plain(text)));
        }
    }

    /// Says something that is overdue or wrong, on standard output.
    pub(crate) fn alarm(self, text: &str) {
        if !self.json {
            out(&format!("{ALARM}{}{ALARM:#}", plain(text)));
        }
    }

    /// Warns on standard error, in both modes.
    pub(crate) fn warn(self, text: &str) {
        err(&format!("{CARE}warning:{CARE:#} {}", plain(text)));
    }

    /// Says something beside the matter on standard error.
    pub(crate) fn note(self, text: &str) {
        if !self.json {
            err(&plain(text));
        }
    }

    /// Prints the one JSON document.
    pub(crate) fn json(self, value: &Value) {
        if self.json {
            out(&escape_json(&serde_json::to_string_pretty(value).unwrap_or_default()));
        }
    }

    /// Prints rows under headings: aligned on a terminal, separated by tabs elsewhere.
    pub(crate) fn table(self, headings: &[&str], rows: &[Vec<String>]) {
        if self.json {
            return;
        }
        let cells = |row: &Vec<String>| row.iter().map(|cell| line(cell)).collect::<Vec<_>>();
        if !std::io::stdout().is_terminal() {
            rows.iter().for_each(|row| out(&cells(row).join("\t")));
            return;
        }
        out(&table::rendered(headings, rows.iter().map(cells).collect(), table::columns()));
    }

    /// Says text that somebody else wrote, every line behind a mark of its own: nothing in it can pass for our words.
    pub(crate) fn quote(self, text: &str) {
        if !self.json {
            if !std::io::stdout().is_terminal() {
                return out(&quoted(text, usize::MAX));
            }
            // A long line that the terminal breaks would go on without the mark.
            let width = usize::from(table::columns());
            let mut markdown = Markdown::default();
            for line in plain(text).split('\n') {
                let style = markdown.style(line);
                quoted(line, width).lines().for_each(|line| out(&styled(line, style)));
            }
        }
    }

    /// Shows progress on a terminal as a bar; nothing elsewhere.
    pub(crate) fn progress(self, doing: &str, done: usize, total: usize) {
        let mut stderr = std::io::stderr();
        if self.json || !stderr.is_terminal() || total == 0 {
            return;
        }
        let end = if done == total { "\n" } else { "" };
        let _ = write!(stderr, "\r{}{end}", entries_bar(doing, done, total)).and_then(|()| stderr.flush());
    }

    /// Sends what is said next through a pager, if a person reads it at a terminal. It runs until the result is dropped.
    pub(crate) fn page(self, command: &str) -> Option<Pager> {
        let is_wanted = !self.json && std::io::stdout().is_terminal() && !command.trim().is_empty();
        is_wanted.then(|| Pager::start(command)).flatten()
    }

    /// Shows how much of a large transfer is done, on a terminal; nothing elsewhere.
    pub(crate) fn progress_bytes(self, done: u64, total: u64) {
        let mut stderr = std::io::stderr();
        if self.json || !stderr.is_terminal() {
            return;
        }
        let end = if done == total { "\n" } else { "" };
        let _ = write!(stderr, "\r{}{end}", bar(done, total)).and_then(|()| stderr.flush());
    }

    /// Shows on a terminal how far the work for the relay is; nothing elsewhere.
    pub(crate) fn working(self, percent: u64) {
        let mut stderr = std::io::stderr();
        if self.json || !stderr.is_terminal() {
            return;
        }
        let words = "computing what the relay asks for before it takes a report";
        let _ =
            write!(stderr, "\r{words}: {percent} %  (Ctrl-C loses nothing)").and_then(|()| stderr.flush());
    }

    /// Asks a question on the terminal; anything but `yes` is no.
    ///
    /// # Errors
    /// When nobody can be asked.
    pub(crate) fn confirm(self, question: &str) -> Result<bool> {
        err(&plain(question));
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer).context("cannot read the answer")?;
        Ok(answer.trim().eq_ignore_ascii_case("yes"))
    }

    /// Whether somebody can be asked.
    pub(crate) fn can_ask(self) -> bool {
        !self.json && std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }

    /// Says why the command failed, with its causes, on standard error.
    pub(crate) fn error(self, error: &anyhow::Error) {
        let text = plain(&causes(error));
        if self.json {
            err(&escape_json(&serde_json::json!({ "error": text }).to_string()));
        } else {
            err(&format!("{ALARM}error:{ALARM:#} {text}"));
        }
    }
}

/// A size as people read it.
pub(crate) fn megabytes(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{} KiB", bytes / 1024),
        _ => format!("{}.{} MiB", bytes >> 20, ((bytes % (1 << 20)) * 10) >> 20),
    }
}

fn bar(done: u64, total: u64) -> String {
    const WIDTH: u64 = 30;
    let full = (done * WIDTH).checked_div(total).unwrap_or(WIDTH).min(WIDTH);
    let cells: String = (0..WIDTH).map(|n| if n < full { '#' } else { '.' }).collect();
    format!("[{cells}] {} of {}", megabytes(done), megabytes(total))
}

fn out(text: &str) {
    pager::line(text);
}

fn err(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// The mark in front stays as it is, so that nothing in the text can pass for our words.
fn styled(line: &str, style: Style) -> String {
    let (mark, text) = line.split_at(line.len().min(2));
    format!("{mark}{style}{text}{style:#}")
}

/// `fetching [#####.....] 50 of 100`
fn entries_bar(doing: &str, done: usize, total: usize) -> String {
    let full = (done * BAR_COLUMNS / total.max(1)).min(BAR_COLUMNS);
    format!("{doing} [{}{}] {done} of {total}", "#".repeat(full), ".".repeat(BAR_COLUMNS - full))
}

/// Text that cannot command a terminal: control characters become visible, and so do the marks that turn the
/// writing direction. Line breaks and tabs stay.
pub(crate) fn plain(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => kept.push(c),
            '\r' => {}
            '\0'..='\u{1f}' => kept.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}')),
            '\u{7f}' => kept.push('\u{2421}'),
            c if is_hidden(c) => {
                let _ = write!(kept, "\\u{{{:x}}}", u32::from(c));
            }
            c => kept.push(c),
        }
    }
    kept
}

/// Every line behind `| `, made harmless; lines of more than `width` columns are broken.
pub(crate) fn quoted(text: &str, width: usize) -> String {
    let room = width.saturating_sub(2).max(10);
    let mut lines = Vec::new();
    let text = plain(text);
    let text = if width == usize::MAX { text } else { text.replace('\t', "    ") };
    for line in text.split('\n') {
        let (mut part, mut columns) = (String::new(), 0);
        for c in line.chars() {
            // Nothing is wider than two columns.
            let wide = if c.is_ascii() { 1 } else { 2 };
            if columns + wide > room {
                lines.push(std::mem::take(&mut part));
                columns = 0;
            }
            part.push(c);
            columns += wide;
        }
        lines.push(part);
    }
    let lines: Vec<String> = lines.iter().map(|line| format!("| {line}").trim_end().to_owned()).collect();
    lines.join("\n")
}

/// An error with its causes in one sentence after the other; what a cause repeats is said once.
pub(crate) fn causes(error: &anyhow::Error) -> String {
    let mut said: Vec<String> = Vec::new();
    for cause in error.chain().map(ToString::to_string) {
        if !said.last().is_some_and(|before| before.contains(&cause)) {
            said.push(cause);
        }
    }
    said.join(": ")
}

/// A title on one line, at most as long as a title may be; nothing of it can pass for another line or column.
pub(crate) fn title(text: &str) -> String {
    let text = line(text.trim());
    let mut chars = text.chars();
    let kept: String = chars.by_ref().take(limits::MAX_TITLE_CHARS).collect();
    if chars.next().is_some() { format!("{kept}…") } else { kept }
}

/// Like [`plain`], on one line.
pub(crate) fn line(text: &str) -> String {
    plain(text).replace(['\n', '\t'], " ")
}

const fn is_hidden(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{9f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// JSON may carry these characters raw; a terminal that shows it should not get them.
fn escape_json(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        if is_hidden(c) || c == '\u{7f}' {
            let _ = write!(escaped, "\\u{:04x}", u32::from(c));
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// A number with its noun: `1 entry`, `3 entries`.
pub(crate) fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_cannot_command_the_terminal() {
        let hostile = "a\u{1b}]0;owned\u{7}b\u{9b}31mc\u{202e}d\r\ne\u{7f}";
        let shown = plain(hostile);
        assert_eq!(shown, "a␛]0;owned␇b\\u{9b}31mc\\u{202e}d\ne␡");
        assert!(!line(hostile).contains('\n'));
    }

    #[test]
    fn foreign_text_never_begins_a_line_and_a_title_is_one_short_line() {
        let forged = "hello\n\nsignature good, by ABCD\r\nPromises\u{2028}x";
        assert!(quoted(forged, 80).lines().all(|line| line.starts_with('|')), "{}", quoted(forged, 80));
        assert_eq!(quoted("a\n\nb", 80), "| a\n|\n| b");
        let long = quoted(&format!("{}signature good", "x".repeat(78)), 80);
        assert_eq!(long, format!("| {}\n| signature good", "x".repeat(78)));
        assert_eq!(title(" a\nsignature good\t\u{1b}[2J "), "a signature good ␛[2J");
        assert_eq!(title(&"x".repeat(5_000)), format!("{}…", "x".repeat(160)));
        assert_eq!(title(&"x".repeat(160)), "x".repeat(160));
    }

    #[test]
    fn a_size_is_readable_and_a_bar_is_never_longer_than_its_place() {
        assert_eq!([megabytes(5), megabytes(2048), megabytes(20 << 20)], ["5 bytes", "2 KiB", "20.0 MiB"]);
        assert_eq!(
            bar(1 << 20, 4 << 20),
            format!("[{}{}] 1.0 MiB of 4.0 MiB", "#".repeat(7), ".".repeat(23))
        );
        assert!(bar(9, 0).starts_with(&format!("[{}]", "#".repeat(30))));
    }

    #[test]
    fn a_bar_is_as_long_when_it_is_full() {
        assert_eq!(entries_bar("fetching", 0, 4), format!("fetching [{}] 0 of 4", ".".repeat(30)));
        assert_eq!(entries_bar("fetching", 4, 4), format!("fetching [{}] 4 of 4", "#".repeat(30)));
        assert_eq!(styled("| x", BOLD), format!("| {BOLD}x{BOLD:#}"));
        assert_eq!(styled("|", BOLD), format!("|{BOLD}{BOLD:#}"));
    }

    #[test]
    fn what_a_cause_repeats_is_said_once() {
        let error = anyhow::anyhow!("no title").context("no title").context("cannot seal");
        assert_eq!(causes(&error), "cannot seal: no title");
        let quoting = anyhow::anyhow!("It ran out.").context("The receipt does not hold. It ran out.");
        assert_eq!(causes(&quoting), "The receipt does not hold. It ran out.");
    }

    #[test]
    fn json_stays_json_without_raw_control_characters() {
        let text = serde_json::json!({ "t": "a\u{9b}b\u{202e}\u{1b}" }).to_string();
        let escaped = escape_json(&text);
        assert!(escaped.is_ascii());
        let back: Value = serde_json::from_str(&escaped).unwrap();
        assert_eq!(back, serde_json::json!({ "t": "a\u{9b}b\u{202e}\u{1b}" }));
    }
}
