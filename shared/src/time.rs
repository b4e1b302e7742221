//! Instants and durations: UTC, whole seconds. Calendar arithmetic belongs to `policy::clock`.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// 9999-12-30T22:00:00Z, the last instant that has an RFC 3339 spelling in every time zone.
const LAST_SECOND: i64 = 253_402_207_200;

/// An instant in whole seconds since 1970-01-01T00:00:00Z; written as RFC 3339 in UTC.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"))]
pub struct Timestamp(i64);

/// Says that a text is not an instant we can hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a time is written as in 2026-11-23T12:00:00Z, between 1970 and 9999")]
pub struct TimeError;

impl Timestamp {
    /// Takes seconds since 1970, clamped into 1970 to 9999.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        if seconds < 0 {
            Self(0)
        } else if seconds > LAST_SECOND {
            Self(LAST_SECOND)
        } else {
            Self(seconds)
        }
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// The start of the hour this instant lies in. Receipts speak in hours (promise 9).
    #[must_use]
    pub const fn rounded_to_hour(self) -> Self {
        Self(self.0 - self.0 % 3600)
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, after: Duration) -> Self {
        Self::from_seconds(self.0.saturating_add(after.0))
    }
}

impl Sub for Timestamp {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        Duration(self.0 - earlier.0)
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let seconds = text.parse::<jiff::Timestamp>().map_err(|_| TimeError)?.as_second();
        if (0..=LAST_SECOND).contains(&seconds) { Ok(Self(seconds)) } else { Err(TimeError) }
    }
}

impl TryFrom<String> for Timestamp {
    type Error = TimeError;

    fn try_from(text: String) -> Result<Self, TimeError> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(at: Timestamp) -> Self {
        at.to_string()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(self.0) {
            Ok(at) => write!(f, "{at}"),
            Err(_) => write!(f, "@{}", self.0),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A length of time in whole seconds; negative when it points back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Duration(i64);

impl Duration {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// Takes seconds.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Takes hours of 3,600 seconds.
    #[must_use]
    pub const fn from_hours(hours: i64) -> Self {
        Self(hours.saturating_mul(3600))
    }

    /// The length in seconds.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_survives_its_spelling() {
        for text in ["1970-01-01T00:00:00Z", "2024-02-29T23:59:59Z", "9999-12-30T22:00:00Z"] {
            assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), text);
        }
        assert_eq!(
            "2026-11-23T13:00:00+01:00".parse::<Timestamp>().unwrap().to_string(),
            "2026-11-23T12:00:00Z"
        );
        for bad in ["", "2026-11-23", "1969-12-31T23:59:59Z", "tomorrow"] {
            assert!(bad.parse::<Timestamp>().is_err(), "{bad}");
        }
    }

    #[test]
    fn arithmetic_stays_inside_the_calendar() {
        let end = Timestamp::from_seconds(LAST_SECOND);
        assert_eq!(end + Duration::from_hours(i64::MAX), end);
        assert_eq!(Timestamp::from_seconds(-5).seconds(), 0);
        assert_eq!(Timestamp::from_seconds(7199).rounded_to_hour().seconds(), 3600);
    }
}
