//! Dates on which naive clocks go wrong: the clocks of two zones put forward and back, 29 February, new year, a holiday beside a
//! weekend. Through a whole case, and not the calendar alone.

use sealpost_shared::policy::Policy;
use sealpost_shared::timeline::{EventKind, PromiseId, TimelineView};

use crate::{Timestamp, answer, classic_in, event, in_calendar, seen};

const NODE: &str = include_str!("../../../policies/node.toml");

const BERLIN: (&str, &str) = ("Europe/Berlin", "CET-1CEST,M3.5.0,M10.5.0/3");
const NEW_YORK: (&str, &str) = ("America/New_York", "EST5EDT,M3.2.0,M11.1.0");

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// When news is due and the ladder opens after an answer at this moment; both are five days in the classic policy.
fn five_days_after(policy: &Policy, answered: &str) -> (String, String) {
    let sent = at(answered) + crate::hours(-1);
    let view = seen([event(sent, EventKind::Sent), event(at(answered), answer())], policy, at(answered));
    (due(&view, PromiseId::Update), view.ladder.opens_at.unwrap().to_string())
}

fn due(view: &TimelineView, id: PromiseId) -> String {
    view.promises.iter().rfind(|promise| promise.id == id).unwrap().due.to_string()
}

#[test]
fn five_days_keep_the_time_of_day_over_every_change_of_the_clocks() {
    let table = [
        // Forward: 29 March 2026 in Berlin, 8 March 2026 in New York. Five days are 119 hours.
        (BERLIN, "2026-03-26T12:00:00Z", "2026-03-31T11:00:00Z"),
        (NEW_YORK, "2026-03-05T12:00:00Z", "2026-03-10T11:00:00Z"),
        // Back: 25 October 2026, 1 November 2026. Five days are 121 hours.
        (BERLIN, "2026-10-22T12:00:00Z", "2026-10-27T13:00:00Z"),
        (NEW_YORK, "2026-10-29T12:00:00Z", "2026-11-03T13:00:00Z"),
        // One zone's change is not the other's.
        (BERLIN, "2026-03-05T12:00:00Z", "2026-03-10T12:00:00Z"),
        (NEW_YORK, "2026-03-26T12:00:00Z", "2026-03-31T12:00:00Z"),
        (("UTC", "UTC0"), "2026-03-26T12:00:00Z", "2026-03-31T12:00:00Z"),
    ];
    for ((zone, rule), answered, expected) in table {
        let both = five_days_after(&classic_in(zone, rule), answered);
        assert_eq!(both, (expected.to_owned(), expected.to_owned()), "{zone} {answered}");
    }
}

#[test]
fn hours_are_hours_over_every_change_of_the_clocks() {
    for ((zone, rule), sent, answer_due) in [
        (BERLIN, "2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z"),
        (BERLIN, "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z"),
        (NEW_YORK, "2026-03-07T12:00:00Z", "2026-03-09T12:00:00Z"),
        (NEW_YORK, "2026-10-31T12:00:00Z", "2026-11-02T12:00:00Z"),
    ] {
        let view = seen([event(at(sent), EventKind::Sent)], &classic_in(zone, rule), at(sent));
        assert_eq!(due(&view, PromiseId::Answer), answer_due, "{zone} {sent}");
    }
}

#[test]
fn leap_days_and_new_year_are_days_like_others() {
    let utc = classic_in("UTC", "UTC0");
    for (answered, expected) in [
        ("2028-02-26T09:00:00Z", "2028-03-02T09:00:00Z"),
        ("2027-02-26T09:00:00Z", "2027-03-03T09:00:00Z"),
        ("2028-02-29T23:59:59Z", "2028-03-05T23:59:59Z"),
        ("2026-12-29T18:30:00Z", "2027-01-03T18:30:00Z"),
        // 2100 has no 29 February.
        ("2100-02-26T09:00:00Z", "2100-03-03T09:00:00Z"),
    ] {
        assert_eq!(five_days_after(&utc, answered).0, expected, "{answered}");
    }
}

#[test]
fn business_days_leave_out_a_holiday_beside_a_weekend() {
    // Friday, 25 December 2026, is a holiday before a weekend; Friday, 1 January 2027, another.
    let policy = in_calendar(NODE, "holidays = [\"12-25\", \"01-01\", \"2027-01-04\"]");
    for (sent, opens) in [
        // Six business days: 18, 21, 22, 23, 24, then over Christmas to Monday, 28.
        ("2026-12-17T10:00:00Z", "2026-12-28T10:00:00Z"),
        // 28, 29, 30, 31, then over new year, the weekend and the Monday after it: Tuesday and Wednesday.
        ("2026-12-26T10:00:00Z", "2027-01-06T10:00:00Z"),
    ] {
        let view = seen([event(at(sent), EventKind::Sent)], &policy, at(sent));
        assert_eq!(view.ladder.opens_at.unwrap().to_string(), opens, "{sent}");
    }
}

#[test]
fn a_business_day_ends_where_the_team_lives() {
    // Friday, 23:30 UTC, is Saturday in Berlin and still Friday in New York.
    for ((zone, rule), opens) in [(BERLIN, "2026-06-21T23:30:00Z"), (NEW_YORK, "2026-06-22T23:30:00Z")] {
        let policy = in_calendar(NODE, &format!("zone = \"{zone}\"\nzone_rule = \"{rule}\""));
        let sent = at("2026-06-12T23:30:00Z");
        let view = seen([event(sent, EventKind::Sent)], &policy, sent);
        assert_eq!(view.ladder.opens_at.unwrap().to_string(), opens, "{zone}");
    }
}
