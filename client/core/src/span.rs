//! Lengths of time as people read them: two units at most, rounded towards zero.

use sealpost_shared::{Duration, Timestamp};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A length in the two largest units that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// Less than a minute.
    Moment,
    /// Under an hour.
    Minutes(i64),
    /// Under two days: hours and minutes. A promise of 48 hours is counted in hours, as it was made.
    Hours(i64, i64),
    /// Two days and more: days and hours.
    Days(i64, i64),
}

impl Span {
    /// Splits a length; its sign is ignored.
    #[must_use]
    pub const fn of(length: Duration) -> Self {
        let seconds = length.seconds().saturating_abs();
        if seconds < MINUTE {
            Self::Moment
        } else if seconds < HOUR {
            Self::Minutes(seconds / MINUTE)
        } else if seconds <= 2 * DAY {
            Self::Hours(seconds / HOUR, seconds % HOUR / MINUTE)
        } else {
            Self::Days(seconds / DAY, seconds % DAY / HOUR)
        }
    }
}

/// An instant as seen from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relative {
    /// It lies ahead, or is this very second.
    In(Span),
    /// It lies behind.
    Ago(Span),
}

impl Relative {
    /// Looks at `at` from `now`.
    #[must_use]
    pub fn of(at: Timestamp, now: Timestamp) -> Self {
        let distance = at - now;
        if distance.seconds() >= 0 { Self::In(Span::of(distance)) } else { Self::Ago(Span::of(distance)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_told_in_the_units_that_matter() {
        for (seconds, span) in [
            (59, Span::Moment),
            (60, Span::Minutes(1)),
            (3599, Span::Minutes(59)),
            (86_399, Span::Hours(23, 59)),
            (172_800, Span::Hours(48, 0)),
            (172_801, Span::Days(2, 0)),
            (432_000 + 7200, Span::Days(5, 2)),
            (-90, Span::Minutes(1)),
        ] {
            assert_eq!(Span::of(Duration::from_seconds(seconds)), span, "{seconds}");
        }
    }

    #[test]
    fn the_due_second_itself_still_lies_ahead() {
        let now = Timestamp::from_seconds(1_000);
        assert_eq!(Relative::of(now, now), Relative::In(Span::Moment));
        assert_eq!(Relative::of(Timestamp::from_seconds(999), now), Relative::Ago(Span::Moment));
    }
}
