//! Runs commands and says so: one line with what is being done, one with how long it took.
//! The only place of xtask that prints.

use std::fmt::Display;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// Lines of a failed command's output worth repeating; the rest is noise before the cause.
const TAIL_LINES: usize = 40;

/// Tells the person at the terminal one line.
#[expect(
    clippy::print_stderr,
    reason = "xtask talks to a person; stdout stays for what tests and tools print"
)]
pub(crate) fn say(line: impl Display) {
    eprintln!("{line}");
}

/// Runs a command whose own output is worth seeing, and fails with its command line.
pub(crate) fn run(what: &str, command: &mut Command) -> Result<()> {
    let started = Instant::now();
    run_last(what, command)?;
    say(format_args!("  took {}", human(started.elapsed())));
    Ok(())
}

/// As [`run`], but nothing is printed after the command's own last line.
pub(crate) fn run_last(what: &str, command: &mut Command) -> Result<()> {
    say(format_args!("▸ {what}"));
    let status = command.status().with_context(|| could_not_start(command))?;
    if !status.success() {
        bail!("{what}: {status}\n  command: {}", line_of(command));
    }
    Ok(())
}

/// Runs a command in silence; what it printed is shown only if it fails.
pub(crate) fn run_quietly(what: &str, command: &mut Command) -> Result<()> {
    say(format_args!("▸ {what}"));
    let started = Instant::now();
    read(what, command)?;
    say(format_args!("  took {}", human(started.elapsed())));
    Ok(())
}

/// Runs a command and returns what it wrote to stdout, trimmed; says nothing.
pub(crate) fn read(what: &str, command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| could_not_start(command))?;
    if !output.status.success() {
        bail!("{what}: {}\n  command: {}\n{}", output.status, line_of(command), tail(&output));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Formats a duration as a person says it: `0.4 s`, `12.3 s`, `3 min 12 s`.
pub(crate) fn human(took: Duration) -> String {
    let seconds = took.as_secs();
    if seconds < 100 {
        format!("{:.1} s", took.as_secs_f64())
    } else {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    }
}

fn could_not_start(command: &Command) -> String {
    format!("could not start {}: is it installed and on PATH?", command.get_program().display())
}

fn line_of(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}

fn tail(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_command_shows_its_line_and_its_last_words() {
        let error = run_quietly("failing", Command::new("sh").args(["-c", "echo the cause >&2; exit 3"]));
        let text = error.unwrap_err().to_string();
        assert!(text.contains("sh -c") && text.contains("the cause") && text.contains('3'), "{text}");
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = run("missing", &mut Command::new("no-such-program-here")).unwrap_err();
        assert!(error.to_string().contains("no-such-program-here"), "{error}");
    }

    #[test]
    fn durations_read_as_spoken() {
        assert_eq!(human(Duration::from_millis(420)), "0.4 s");
        assert_eq!(human(Duration::from_secs(192)), "3 min 12 s");
    }
}
