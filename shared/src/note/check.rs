//! The check of a note against the words of a report.

use super::fold::is_disguised;
use super::harmless::telling_part;
use super::piece::{Kind, Piece, pieces, without};
use super::secret::Secret;
use super::shape::looks_like;
use super::spread::spread;
use super::tokens::{row_of, rows, runs_in, words_in, words_of};
use super::{Leak, Why};

/// What is known of a report, and what is public anyway.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// The report's [`secret_words`](super::secret_words).
    pub words: &'a [String],
    /// Its title: the words of a title tell the most.
    pub title: &'a str,
    /// Names of project and team, the addresses of public places.
    pub public: &'a [&'a str],
    /// A prepared note, whose lines pass as they are.
    pub prepared: &'a str,
}

/// A check, ready to look at notes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    secret: Secret,
    public: Vec<String>,
}

impl Check {
    /// Makes ready what a note will be compared with.
    #[must_use]
    pub fn new(known: Known<'_>) -> Self {
        let public = known.public.iter().copied().chain(known.prepared.lines());
        Self {
            secret: Secret::new(known.words, known.title, known.public),
            public: public.map(str::to_owned).collect(),
        }
    }

    /// What in a note must not be public. `harmless` are words that the reporter allowed, as [`Leak::word`] named them.
    ///
    /// Empty means that it may be posted. The check is strict: a reporter can always say it in other words.
    #[must_use]
    pub fn leaks(&self, note: &str, harmless: &[String]) -> Vec<Leak> {
        let text = without(note, self.public.iter().map(String::as_str));
        let allowed = words_of(harmless.iter().map(String::as_str));
        let all = pieces(&text);
        let found: Vec<Vec<Leak>> = (0..all.len()).map(|at| self.look(&all, at, &allowed)).collect();
        let broken = spread(&all, &self.secret, |at| found.get(at).is_some_and(|leaks| !leaks.is_empty()));
        let broken = broken.into_iter().map(|piece| Leak { piece, why: Why::InReportBrokenUp, word: None });
        let mut leaks: Vec<Leak> = Vec::new();
        for leak in found.into_iter().flatten().chain(broken) {
            if !leaks.contains(&leak) {
                leaks.push(leak);
            }
        }
        leaks
    }

    /// What is wrong with one piece.
    fn look(&self, all: &[Piece<'_>], at: usize, allowed: &[String]) -> Vec<Leak> {
        let plain =
            |at: Option<usize>| at.and_then(|at| all.get(at)).map_or("", |piece| piece.plain.as_str());
        let Some(piece) = all.get(at) else { return Vec::new() };
        let firm = |why| vec![Leak { piece: piece.raw.to_owned(), why, word: None }];
        let (before, after) = (plain(at.checked_sub(1)), plain(at.checked_add(1)));
        match piece.kind {
            Kind::Out => Vec::new(),
            _ if is_disguised(piece.raw) => firm(Why::Disguised),
            Kind::Contact => self.says(piece, telling_part(&piece.plain), allowed),
            Kind::Text => match looks_like(before, &piece.plain, after) {
                Some(why) => firm(why),
                None => [self.says(piece, &piece.plain, allowed), self.rows(&piece.plain, allowed)].concat(),
            },
        }
    }

    /// The first word of the report in a piece, if there is one.
    fn says(&self, piece: &Piece<'_>, text: &str, allowed: &[String]) -> Vec<Leak> {
        let words =
            words_in(text).into_iter().filter(|word| row_of(word).is_none() && !allowed.contains(word));
        let mut told = words.filter_map(|word| {
            let why = if self.secret.has(&word) {
                Why::InReport
            } else {
                Why::FormOf(self.secret.form_of(&word)?.clone())
            };
            let word = self.secret.is_a_guess(&word).then_some(word);
            Some(Leak { piece: piece.raw.to_owned(), why, word })
        });
        told.next().into_iter().collect()
    }

    /// What a piece in a script without spaces has in common with the report, as long as it is.
    fn rows(&self, text: &str, allowed: &[String]) -> Vec<Leak> {
        let mut leaks = Vec::new();
        for (run, length) in runs_in(text) {
            let length = length.min(run.chars().count());
            let found = rows(run, length).filter(|(_, row)| self.secret.has(row) && !allowed.contains(row));
            let from: Vec<usize> = found.map(|(at, _)| at).collect();
            for (begin, end) in joined(&from, length) {
                let piece: String = run.chars().skip(begin).take(end - begin).collect();
                let word = self.secret.is_a_guess(&piece).then(|| piece.clone());
                leaks.push(Leak { piece, why: Why::InReport, word });
            }
        }
        leaks
    }
}

/// Rows of one length that overlap or touch, as begin and end.
fn joined(from: &[usize], length: usize) -> Vec<(usize, usize)> {
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for begin in from {
        match spans.last_mut() {
            Some(span) if *begin <= span.1 => span.1 = begin + length,
            _ => spans.push((*begin, begin + length)),
        }
    }
    spans
}
