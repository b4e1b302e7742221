//! The lengths of time a policy promises: hours and calendar days.

use std::fmt;
use std::str::FromStr;

use crate::time::{Duration, Timestamp};

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

/// A length of time as a policy writes it: `24h` or `5d`. Displayed in words: "24 hours", "5 days".
///
/// Nothing else: months and years have no fixed length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Length {
    /// Hours of 3,600 seconds.
    Hours(u32),
    /// Days of 24 hours.
    Days(u32),
}

/// The longest length a policy may name, in hours: longer than ten years is a slip of the pen, not a promise.
const MAX_HOURS: u32 = 10 * 366 * 24;

/// Says how a length is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LengthError {
    /// Another unit, no number, a fraction or a sign.
    #[error("a length of time is a whole number of hours or days, as in \"24h\" or \"5d\"")]
    Form,
    /// Longer than ten years.
    #[error("a length of time is at most ten years")]
    Long,
}

impl Length {
    /// No time at all.
    pub const ZERO: Self = Self::Hours(0);

    /// The instant this long after `start`.
    #[must_use]
    pub fn after(self, start: Timestamp) -> Timestamp {
        start + Duration::from_hours(i64::from(self.hours()))
    }

    /// How many hours it is.
    #[must_use]
    pub const fn hours(self) -> u32 {
        match self {
            Self::Hours(hours) => hours,
            Self::Days(days) => days * 24,
        }
    }
}

impl FromStr for Length {
    type Err = LengthError;

    fn from_str(text: &str) -> Result<Self, LengthError> {
        let (number, length): (&str, fn(u32) -> Self) = match (text.strip_suffix('h'), text.strip_suffix('d'))
        {
            (Some(hours), _) => (hours, Self::Hours),
            (_, Some(days)) => (days, Self::Days),
            _ => return Err(LengthError::Form),
        };
        if number.is_empty() || !number.chars().all(|c| c.is_ascii_digit()) {
            return Err(LengthError::Form);
        }
        let number = number.parse().ok().filter(|number| *number <= MAX_HOURS).ok_or(LengthError::Long)?;
        Some(length(number)).filter(|length| length.hours() <= MAX_HOURS).ok_or(LengthError::Long)
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, unit) = match self {
            Self::Hours(hours) => (hours, "hour"),
            Self::Days(days) => (days, "day"),
        };
        write!(f, "{number} {unit}{}", if *number == 1 { "" } else { "s" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_read_and_said() {
        for (text, words) in [("24h", "24 hours"), ("1h", "1 hour"), ("5d", "5 days"), ("0d", "0 days")] {
            assert_eq!(text.parse::<Length>().unwrap().to_string(), words);
        }
        for bad in ["", "h", "5", "5w", "1.5d", "-1h", "+1h", "5 d"] {
            assert_eq!(bad.parse::<Length>(), Err(LengthError::Form), "{bad}");
        }
        for long in ["3661d", "99999999999999999999h", "4294967295d"] {
            assert_eq!(long.parse::<Length>(), Err(LengthError::Long), "{long}");
        }
    }
}
