//! The public note: what a reporter may say in a forum when nobody answers, and the check that nothing of the problem is in it.
//!
//! **Rule:** promise 6; "Simply say that you are trying to get hold of someone from the security team."

mod check;
mod fold;
mod harmless;
mod leak;
mod piece;
mod secret;
mod shape;
mod spread;
mod stem;
mod tokens;
mod words;

pub use check::{Check, Known};
pub use leak::{Leak, Why};
pub use secret::secret_words;

use crate::time::Timestamp;

/// What the fixed template needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteFacts<'a> {
    /// The project's name.
    pub project: &'a str,
    /// The team's name.
    pub team: &'a str,
    /// When the report was sent.
    pub sent: Timestamp,
    /// By when a first human answer was promised; `None` of a team that promised nothing.
    pub promised: Option<Timestamp>,
    /// The last human word, if there was one.
    pub last_word: Option<Timestamp>,
}

fn day(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}

/// Writes the note: project, dates, and that somebody is being looked for. Dates without hours: they are enough for a forum.
#[must_use]
pub fn write(facts: &NoteFacts<'_>) -> String {
    let silence = match (facts.last_word, facts.promised) {
        (None, Some(promised)) => {
            format!("An answer was promised by {}; so far there was none.", day(promised))
        }
        (None, None) => "So far there was no answer.".to_owned(),
        (Some(last), _) => format!("The last answer came on {}; since then there was none.", day(last)),
    };
    format!(
        "I am trying to reach the security team of {project} ({team}).\n\
         I wrote to them on {sent}. {silence}\n\
         If you are on that team, or know how to reach it, please get in touch with me or ask the team to look at its reports.\n\
         I am not going to discuss the matter in public.\n",
        project = facts.project,
        team = facts.team,
        sent = day(facts.sent),
    )
}

/// Checks a note against everything the report says. `allowed` are texts that are public anyway: names of project and team,
/// the address of the forum.
///
/// Empty means that it may be posted.
#[must_use]
pub fn check(note: &str, report: &[&str], allowed: &[&str]) -> Vec<Leak> {
    check_words(note, &secret_words(report, allowed), allowed)
}

/// As [`check`], with the report's [`secret_words`] in place of the report.
#[must_use]
pub fn check_words(note: &str, secret: &[String], allowed: &[&str]) -> Vec<Leak> {
    Check::new(Known { words: secret, public: allowed, ..Known::default() }).leaks(note, &[])
}

#[cfg(test)]
mod tests;
