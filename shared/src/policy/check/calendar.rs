//! The rules of `[calendar]`.

use jiff::civil::Weekday;

use super::Faults;
use crate::policy::calendar::MAX_HOLIDAYS;
use crate::policy::parse::CalendarTable;
use crate::policy::{Calendar, Holiday, zone};

pub(super) fn check(faults: &mut Faults, table: CalendarTable) -> Calendar {
    let zone = zone::find(&table.zone, table.zone_rule.as_deref()).unwrap_or_else(|rule| {
        faults.broken(rule.key(), rule.to_string());
        Calendar::default().zone
    });
    let weekend = match table.weekend {
        Some(names) => names.iter().filter_map(|name| weekday(faults, name)).collect(),
        None => Calendar::default().weekend,
    };
    let left = !WEEK.iter().all(|(_, day)| weekend.contains(day));
    faults.wants(left, "calendar.weekend", "leaves no day for business");
    let few = table.holidays.len() <= MAX_HOLIDAYS;
    faults.wants(few, "calendar.holidays", "at most 100 holidays");
    let holidays = table.holidays.iter().take(MAX_HOLIDAYS);
    let holidays = holidays.filter_map(|text| holiday(faults, text)).collect();
    Calendar { zone_name: table.zone, zone, weekend, holidays, shift: table.shift }
}

fn holiday(faults: &mut Faults, text: &str) -> Option<Holiday> {
    let holiday = text.parse::<Holiday>();
    holiday.map_err(|rule| faults.broken("calendar.holidays", format!("“{text}”: {rule}"))).ok()
}

const WEEK: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

fn weekday(faults: &mut Faults, name: &str) -> Option<Weekday> {
    let found = WEEK.iter().find(|(short, _)| *short == name).map(|(_, day)| *day);
    let rule = || format!("“{name}” is not one of mon tue wed thu fri sat sun");
    faults.wants(found.is_some(), "calendar.weekend", rule());
    found
}
