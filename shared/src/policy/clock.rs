//! The lengths of time a policy promises: hours, calendar days, business days.

use std::fmt;
use std::str::FromStr;

use crate::letter::Severity;

/// What a team promises, counted from the moment of sending or from its last human message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clocks {
    /// "Your report will be acknowledged within …", from sending.
    pub acknowledge: Length,
    /// "… and you'll receive a more detailed response within …", from sending.
    pub answer: Length,
    /// "… will keep you informed … sent at least every …", from the last human message.
    pub update: Length,
    /// How long before a deadline a reminder is due.
    pub warn_before: Length,
}

/// Shorter promises for graver cases. What is `None` stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Override {
    /// Which cases.
    pub when: When,
    /// Instead of [`Clocks::acknowledge`].
    pub acknowledge: Option<Length>,
    /// Instead of [`Clocks::answer`].
    pub answer: Option<Length>,
    /// Instead of [`Clocks::update`].
    pub update: Option<Length>,
}

/// Which cases an [`Override`] is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Reported as this grave or graver.
    AtLeast(Severity),
    /// Reported as exploited in the wild.
    Exploited,
}

impl When {
    pub(super) fn holds(self, severity: Option<Severity>, exploited: bool) -> bool {
        match self {
            Self::AtLeast(least) => severity.is_some_and(|severity| severity >= least),
            Self::Exploited => exploited,
        }
    }
}

impl Clocks {
    /// The clocks of one case: where several overrides hold, each promise takes its shortest length.
    #[must_use]
    pub fn overridden(mut self, by: impl Iterator<Item = Override>) -> Self {
        for each in by {
            self.acknowledge = shorter(self.acknowledge, each.acknowledge);
            self.answer = shorter(self.answer, each.answer);
            self.update = shorter(self.update, each.update);
        }
        self
    }
}

pub(super) fn shorter(a: Length, b: Option<Length>) -> Length {
    b.filter(|b| b.nominal_hours() < a.nominal_hours()).unwrap_or(a)
}

/// A length of time as a policy writes it: `24h`, `5d` or `3bd`. Displayed in words: "24 hours", "5 days", "3 business days".
///
/// Nothing else: months and years have no fixed length. How long it is from a given start is the calendar's to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Length {
    /// Hours of 3,600 seconds.
    Hours(u32),
    /// Days on the policy's calendar: the same time of day, so many dates later.
    Days(u32),
    /// Days that are neither weekend nor holiday: the same time of day, so many business days later.
    BusinessDays(u32),
}

/// The longest length a policy may name, in hours: longer than ten years is a slip of the pen, not a promise.
pub(super) const MAX_HOURS: u32 = 10 * 366 * 24;

/// Says how a length is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LengthError {
    /// Another unit, no number, a fraction or a sign.
    #[error(
        "a length of time is a whole number of hours, days or business days, as in \"24h\", \"5d\" or \"3bd\""
    )]
    Form,
    /// Longer than ten years.
    #[error("a length of time is at most ten years")]
    Long,
}

impl Length {
    /// No time at all.
    pub const ZERO: Self = Self::Hours(0);

    /// Whether it is no time at all.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.nominal_hours() == 0
    }

    /// How many hours it is on a plain calendar, five business days to a week: for comparing lengths, never for a deadline.
    #[must_use]
    pub const fn nominal_hours(self) -> u32 {
        match self {
            Self::Hours(hours) => hours,
            Self::Days(days) => days * 24,
            Self::BusinessDays(days) => days * 24 * 7 / 5,
        }
    }
}

impl FromStr for Length {
    type Err = LengthError;

    fn from_str(text: &str) -> Result<Self, LengthError> {
        let (number, length): (_, fn(u32) -> Self) = if let Some(number) = text.strip_suffix("bd") {
            (number, Self::BusinessDays)
        } else if let Some(number) = text.strip_suffix('d') {
            (number, Self::Days)
        } else {
            (text.strip_suffix('h').ok_or(LengthError::Form)?, Self::Hours)
        };
        if number.is_empty() || !number.chars().all(|c: char| c.is_ascii_digit()) {
            return Err(LengthError::Form);
        }
        let number = number.parse().ok().filter(|number| *number <= MAX_HOURS).ok_or(LengthError::Long)?;
        Some(length(number)).filter(|length| length.nominal_hours() <= MAX_HOURS).ok_or(LengthError::Long)
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, unit) = match self {
            Self::Hours(hours) => (hours, "hour"),
            Self::Days(days) => (days, "day"),
            Self::BusinessDays(days) => (days, "business day"),
        };
        write!(f, "{number} {unit}{}", if *number == 1 { "" } else { "s" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_read_and_said() {
        let said = [("24h", "24 hours"), ("1h", "1 hour"), ("5d", "5 days"), ("3bd", "3 business days")];
        for (text, words) in said {
            assert_eq!(text.parse::<Length>().unwrap().to_string(), words);
        }
        for bad in ["", "h", "5", "5w", "1.5d", "-1h", "+1h", "5 d", "bd", "5bdd"] {
            assert_eq!(bad.parse::<Length>(), Err(LengthError::Form), "{bad}");
        }
        for long in ["3661d", "99999999999999999999h", "4294967295d", "87841bd"] {
            assert_eq!(long.parse::<Length>(), Err(LengthError::Long), "{long}");
        }
    }

    #[test]
    fn of_several_overrides_the_shortest_holds() {
        let clocks = Clocks {
            acknowledge: Length::Hours(48),
            answer: Length::Days(5),
            update: Length::Days(7),
            warn_before: Length::Hours(6),
        };
        let by = |hours| Override {
            when: When::Exploited,
            acknowledge: Some(Length::Hours(hours)),
            answer: None,
            update: Some(Length::Days(9)),
        };
        let fast = clocks.overridden([by(12), by(4), by(24)].into_iter());
        assert_eq!(
            (fast.acknowledge, fast.answer, fast.update),
            (Length::Hours(4), clocks.answer, clocks.update)
        );
    }
}
