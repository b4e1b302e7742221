//! The figures of one quarter.

use std::collections::BTreeMap;

use sealpost_shared::Timestamp;
use sealpost_shared::timeline::{PromiseId, PromiseState, PromiseView, TimelineView};
use serde::Serialize;

/// What became of the promises of reports that were sent in one quarter of a year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Quarter {
    /// As in `2026-Q4`.
    pub(super) quarter: String,
    /// Reports.
    pub(super) reports: usize,
    /// Promises kept in time.
    pub(super) kept: usize,
    /// Promises missed, whether they were met later or not.
    pub(super) missed: usize,
    /// Promises that are not due yet.
    pub(super) open: usize,
    /// Seconds from sending to the first human word, in the middle of all that were answered.
    pub(super) median_first_word: Option<i64>,
    /// Seconds from sending to the detailed answer.
    pub(super) median_answer: Option<i64>,
}

/// Sums the cases up, oldest quarter first. A case belongs to the quarter in which it was sent.
pub(super) fn quarters(views: &[TimelineView]) -> Vec<Quarter> {
    let mut by_quarter: BTreeMap<String, Vec<&TimelineView>> = BTreeMap::new();
    for view in views {
        if let Some(sent) = view.sent {
            by_quarter.entry(name(sent)).or_default().push(view);
        }
    }
    by_quarter.into_iter().map(|(name, views)| Quarter::of(name, &views)).collect()
}

fn name(at: Timestamp) -> String {
    let text = at.to_string();
    let month: u32 = text.get(5..7).and_then(|month| month.parse().ok()).unwrap_or(1);
    format!("{}-Q{}", text.get(..4).unwrap_or_default(), month.div_ceil(3))
}

impl Quarter {
    /// The columns of the table.
    pub(super) const HEADINGS: [&'static str; 7] =
        ["quarter", "reports", "kept", "missed", "open", "first word (median)", "answer (median)"];

    fn of(quarter: String, views: &[&TimelineView]) -> Self {
        let promises = || views.iter().flat_map(|view| &view.promises);
        let kept = promises().filter(|promise| promise.state == PromiseState::Kept).count();
        let missed = promises().filter(|promise| promise.state == PromiseState::Late).count();
        let open = promises().filter(|promise| promise.state == PromiseState::Pending).count();
        let median = |id| median(views.iter().filter_map(|view| took(view, id)).collect());
        Self {
            quarter,
            reports: views.len(),
            kept,
            missed,
            open,
            median_first_word: median(PromiseId::Acknowledge),
            median_answer: median(PromiseId::Answer),
        }
    }

    /// A row of the table.
    pub(super) fn cells(&self) -> Vec<String> {
        vec![
            self.quarter.clone(),
            self.reports.to_string(),
            self.kept.to_string(),
            self.missed.to_string(),
            self.open.to_string(),
            hours(self.median_first_word),
            hours(self.median_answer),
        ]
    }

    /// A line of the signed text.
    pub(super) fn line(&self) -> String {
        format!(
            "{}: reports {}, kept {}, missed {}, open {}, median to first word {}, median to answer {}\n",
            self.quarter,
            self.reports,
            self.kept,
            self.missed,
            self.open,
            hours(self.median_first_word),
            hours(self.median_answer)
        )
    }
}

fn took(view: &TimelineView, id: PromiseId) -> Option<i64> {
    let is_met = |promise: &&PromiseView| promise.id == id;
    Some((view.promises.iter().find(is_met)?.met_at? - view.sent?).seconds())
}

/// The middle one; of two in the middle the longer, which flatters nobody.
fn median(mut lengths: Vec<i64>) -> Option<i64> {
    lengths.sort_unstable();
    lengths.get(lengths.len() / 2).copied()
}

fn hours(seconds: Option<i64>) -> String {
    match seconds {
        None => "none".to_owned(),
        Some(seconds) if seconds < 7_200 => format!("{} min", seconds / 60),
        Some(seconds) => format!("{} h", seconds / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_fall_into_their_quarter_and_the_middle_is_the_longer_of_two() {
        for (at, quarter) in [
            ("2026-01-01T00:00:00Z", "2026-Q1"),
            ("2026-03-31T23:59:59Z", "2026-Q1"),
            ("2026-04-01T00:00:00Z", "2026-Q2"),
            ("2026-12-31T23:59:59Z", "2026-Q4"),
        ] {
            assert_eq!(name(at.parse().unwrap()), quarter);
        }
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![9, 1, 5]), Some(5));
        assert_eq!(median(vec![1, 9]), Some(9));
    }
}
