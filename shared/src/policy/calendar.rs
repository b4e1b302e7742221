//! Where a policy's days begin and which of them are for business. Arithmetic by jiff; nothing here reads a clock.

use std::str::FromStr;

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::Length;
use super::clock::MAX_HOURS;
use crate::time::{Duration, Timestamp};

/// The calendar that days are counted on. UTC, Saturday and Sunday, no holidays, unless the policy says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// The zone's name for people, such as `Europe/Berlin`.
    pub zone_name: String,
    /// The zone's rules.
    pub zone: TimeZone,
    /// Days of the week that are not for business.
    pub weekend: Vec<Weekday>,
    /// Dates that are not for business.
    pub holidays: Vec<Holiday>,
    /// What happens to a deadline in calendar days that falls on such a day.
    pub shift: Shift,
}

/// A date that is not for business: once, or every year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holiday {
    /// `2026-12-24`
    Once(Date),
    /// `12-25`
    Yearly {
        /// 1 to 12.
        month: i8,
        /// 1 to 31.
        day: i8,
    },
}

/// What happens to a deadline in calendar days that falls on a weekend or holiday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shift {
    /// It stays.
    #[default]
    None,
    /// It moves to the same time on the next business day.
    NextBusinessDay,
}

/// The most holidays a policy may name: ten years of a country with ten a year.
pub(super) const MAX_HOLIDAYS: usize = 100;

impl Default for Calendar {
    fn default() -> Self {
        Self {
            zone_name: "UTC".to_owned(),
            zone: TimeZone::UTC,
            weekend: vec![Weekday::Saturday, Weekday::Sunday],
            holidays: Vec::new(),
            shift: Shift::None,
        }
    }
}

/// Says that the time zone database has no such zone.
#[cfg(feature = "tzdb")]
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no time zone “{0}”; write it as in Europe/Berlin, or UTC")]
pub struct UnknownZone(String);

impl Calendar {
    /// The same calendar counted in another zone, by the zone's rule for the present and future, as clients count.
    ///
    /// # Errors
    /// The database has no such zone.
    #[cfg(feature = "tzdb")]
    pub fn in_zone(mut self, name: &str) -> Result<Self, UnknownZone> {
        let unknown = || UnknownZone(name.to_owned());
        let rule =
            if name == "UTC" { None } else { Some(super::zone::known_rule(name).ok_or_else(unknown)?) };
        self.zone = super::zone::find(name, rule.as_deref()).map_err(|_| unknown())?;
        name.clone_into(&mut self.zone_name);
        Ok(self)
    }

    /// The instant this long after `start`.
    ///
    /// Hours are exact. Days keep the time of day of the policy's zone; where the clocks were put forward over it, the
    /// instant after the gap holds. Business days skip weekends and holidays; a start on such a day counts from there.
    #[must_use]
    pub fn after(&self, start: Timestamp, length: Length) -> Timestamp {
        match length {
            Length::Hours(hours) => start + Duration::from_hours(i64::from(hours)),
            Length::Days(days) => self.dates_later(start, days, |date| {
                if self.shift == Shift::NextBusinessDay { self.next_business_day(date) } else { date }
            }),
            Length::BusinessDays(days) => self.business_days_later(start, days),
        }
    }

    fn dates_later(&self, start: Timestamp, days: u32, shifted: impl Fn(Date) -> Date) -> Timestamp {
        let local = self.local(start);
        let date = local.date().saturating_add(jiff::Span::new().days(i64::from(days)));
        self.instant(shifted(date), local)
    }

    fn business_days_later(&self, start: Timestamp, days: u32) -> Timestamp {
        let local = self.local(start);
        let mut date = local.date();
        for _ in 0..days {
            date = self.next_business_day(date.tomorrow().unwrap_or(date));
        }
        self.instant(date, local)
    }

    /// `date` itself if it is one. There always is one: a week has a business day, and holidays are few.
    fn next_business_day(&self, mut date: Date) -> Date {
        while !self.is_business_day(date) {
            let Ok(tomorrow) = date.tomorrow() else { break };
            date = tomorrow;
        }
        date
    }

    /// Whether business is done on a date.
    #[must_use]
    pub fn is_business_day(&self, date: Date) -> bool {
        let falls_on = |holiday: &Holiday| match holiday {
            Holiday::Once(once) => *once == date,
            Holiday::Yearly { month, day } => (*month, *day) == (date.month(), date.day()),
        };
        !self.weekend.contains(&date.weekday()) && !self.holidays.iter().any(falls_on)
    }

    /// How far the policy's zone is ahead of UTC at an instant, in seconds; behind it is less than nothing.
    #[must_use]
    pub fn offset(&self, at: Timestamp) -> i32 {
        let at = jiff::Timestamp::from_second(at.seconds()).unwrap_or(jiff::Timestamp::MAX);
        self.zone.to_offset(at).seconds()
    }

    /// The instants after `now` and up to `until` at which the clocks of the policy's zone change.
    #[must_use]
    pub fn changes(&self, now: Timestamp, until: Timestamp) -> Vec<Timestamp> {
        let Ok(start) = jiff::Timestamp::from_second(now.seconds()) else { return Vec::new() };
        let changes = self.zone.following(start).map(|change| change.timestamp().as_second());
        changes.take_while(|at| *at <= until.seconds()).map(Timestamp::from_seconds).collect()
    }

    /// The same week in UTC and without holidays: for comparing lengths, never for a deadline.
    pub(super) fn plain_week(&self) -> Self {
        Self { weekend: self.weekend.clone(), shift: self.shift, ..Self::default() }
    }

    /// How many hours a length is on average, on a calendar without holidays: for comparing lengths, never for a deadline.
    pub(super) fn nominal_hours(&self, length: Length) -> u32 {
        match length {
            Length::BusinessDays(days) => days.saturating_mul(24 * 7) / self.business_days_a_week(),
            Length::Hours(_) | Length::Days(_) => length.nominal_hours(),
        }
    }

    /// One at least: a calendar without is refused.
    fn business_days_a_week(&self) -> u32 {
        let week = std::iter::successors(Some(Weekday::Monday), |day| Some(day.next())).take(7);
        let days = week.filter(|day| !self.weekend.contains(day)).count();
        u32::try_from(days).unwrap_or(7).max(1)
    }

    /// Whether a length is longer than ten years, by the business days of this calendar.
    pub(super) fn is_over_ten_years(&self, length: Length) -> bool {
        self.nominal_hours(length) > MAX_HOURS
    }

    /// Whether a length ends after another one when both are counted from the same day, for some day of a week.
    pub(super) fn may_outlast(&self, length: Length, other: Length) -> bool {
        match (length, other) {
            (Length::Hours(length), Length::Hours(other))
            | (Length::Days(length), Length::Days(other))
            | (Length::BusinessDays(length), Length::BusinessDays(other)) => length > other,
            _ => {
                let mut week = (0..7).map(|day| Timestamp::from_seconds(day * 24 * 3600));
                week.any(|start| self.after(start, length) > self.after(start, other))
            }
        }
    }

    fn local(&self, at: Timestamp) -> DateTime {
        let at = jiff::Timestamp::from_second(at.seconds()).unwrap_or(jiff::Timestamp::MAX);
        self.zone.to_datetime(at)
    }

    fn instant(&self, date: Date, local: DateTime) -> Timestamp {
        let there = self.zone.to_timestamp(date.to_datetime(local.time()));
        Timestamp::from_seconds(there.map_or(i64::MAX, jiff::Timestamp::as_second))
    }
}

/// Says that a text is not a holiday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a holiday is a date as in \"2026-12-24\", or \"12-25\" for every year")]
pub struct HolidayError;

impl FromStr for Holiday {
    type Err = HolidayError;

    fn from_str(text: &str) -> Result<Self, HolidayError> {
        if let Ok(date) = text.parse::<Date>() {
            return Ok(Self::Once(date));
        }
        // 2024 has a 29 February, so that the day can be named.
        let date = format!("2024-{text}").parse::<Date>().map_err(|_| HolidayError)?;
        Ok(Self::Yearly { month: date.month(), day: date.day() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BERLIN: &str = "CET-1CEST,M3.5.0,M10.5.0/3";
    const NEW_YORK: &str = "EST5EDT,M3.2.0,M11.1.0";

    fn calendar(rule: &str, holidays: &[&str]) -> Calendar {
        let holidays = holidays.iter().map(|text| text.parse().unwrap()).collect();
        Calendar { zone: TimeZone::posix(rule).unwrap(), holidays, ..Calendar::default() }
    }

    fn after(calendar: &Calendar, start: &str, length: &str) -> String {
        calendar.after(start.parse().unwrap(), length.parse().unwrap()).to_string()
    }

    #[test]
    fn days_keep_the_time_of_day_over_both_changes_of_the_clocks() {
        let (berlin, new_york) = (calendar(BERLIN, &[]), calendar(NEW_YORK, &[]));
        let table = [
            (&berlin, "2026-03-28T11:00:00Z", "1d", "2026-03-29T10:00:00Z"),
            (&berlin, "2026-10-24T10:00:00Z", "1d", "2026-10-25T11:00:00Z"),
            (&berlin, "2026-03-28T11:00:00Z", "24h", "2026-03-29T11:00:00Z"),
            (&new_york, "2026-03-07T17:00:00Z", "1d", "2026-03-08T16:00:00Z"),
            (&new_york, "2026-10-31T16:00:00Z", "1d", "2026-11-01T17:00:00Z"),
            // 02:30 does not exist on that day: the instant after the gap holds.
            (&berlin, "2026-03-28T01:30:00Z", "1d", "2026-03-29T01:30:00Z"),
        ];
        for (calendar, start, length, due) in table {
            assert_eq!(after(calendar, start, length), due, "{start} + {length}");
        }
    }

    #[test]
    fn business_days_skip_weekends_and_holidays() {
        let calendar = calendar(BERLIN, &["12-25", "12-26", "01-01", "2026-12-24"]);
        let table = [
            ("2026-11-20T09:00:00Z", "1bd", "2026-11-23T09:00:00Z"),
            ("2026-11-21T09:00:00Z", "1bd", "2026-11-23T09:00:00Z"),
            ("2026-11-18T09:00:00Z", "3bd", "2026-11-23T09:00:00Z"),
            // Thursday and Friday are holidays, then the weekend.
            ("2026-12-23T09:00:00Z", "1bd", "2026-12-28T09:00:00Z"),
            ("2026-12-31T09:00:00Z", "1bd", "2027-01-04T09:00:00Z"),
            ("2028-02-28T09:00:00Z", "1bd", "2028-02-29T09:00:00Z"),
            ("2027-02-26T09:00:00Z", "1bd", "2027-03-01T09:00:00Z"),
        ];
        for (start, length, due) in table {
            assert_eq!(after(&calendar, start, length), due, "{start} + {length}");
        }
    }

    #[test]
    fn a_deadline_on_a_weekend_moves_if_the_policy_says_so() {
        let mut calendar = calendar("UTC0", &["2026-11-23"]);
        assert_eq!(after(&calendar, "2026-11-14T09:00:00Z", "7d"), "2026-11-21T09:00:00Z");
        calendar.shift = Shift::NextBusinessDay;
        assert_eq!(after(&calendar, "2026-11-14T09:00:00Z", "7d"), "2026-11-24T09:00:00Z");
        assert_eq!(after(&calendar, "2026-11-14T09:00:00Z", "168h"), "2026-11-21T09:00:00Z");
    }

    #[cfg(feature = "tzdb")]
    #[test]
    fn a_calendar_can_be_counted_in_another_zone() {
        let berlin = Calendar::default().in_zone("Europe/Berlin").unwrap();
        assert_eq!(berlin, Calendar { zone_name: "Europe/Berlin".to_owned(), ..calendar(BERLIN, &[]) });
        assert_eq!(after(&berlin, "2026-03-28T11:00:00Z", "1d"), "2026-03-29T10:00:00Z");
        assert_eq!(Calendar::default().in_zone("UTC"), Ok(Calendar::default()));
        assert!(Calendar::default().in_zone("Moon/Tranquility").is_err());
    }

    #[test]
    fn the_end_of_time_is_not_passed() {
        assert_eq!(after(&Calendar::default(), "9999-12-30T00:00:00Z", "3660d"), "9999-12-30T22:00:00Z");
    }

    #[test]
    fn a_holiday_is_one_date_or_every_year() {
        assert!("02-29".parse::<Holiday>().is_ok());
        for bad in ["", "12-32", "02-30", "Christmas", "2026-02-30"] {
            assert_eq!(bad.parse::<Holiday>(), Err(HolidayError), "{bad}");
        }
    }
}
