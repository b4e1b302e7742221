//! The reporter's calendar file. **Rule:** RFC 5545; nothing in it names product, relay, project or case.

use data_encoding::HEXLOWER;
use icalendar::{Alarm, Calendar, Component as _, Event, EventLike as _, Property, Related, Trigger};
use sealpost_client_core::reminders::{About, open_dates};
use sealpost_client_core::vault::{PlanReminders, Reminder};
use sealpost_shared::policy::Policy;
use sealpost_shared::timeline::{Case, Event as Happened, EventKind, Witness, view};
use sealpost_shared::{Duration, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::failure::{Fails, failure};

/// How long an entry is shown: long enough to be seen in a day's view.
const SHOWN: Duration = Duration::from_seconds(15 * 60);

/// One entry with an alarm for each date.
pub(crate) fn calendar(seed: &str, sequence: u32, now: Timestamp, reminders: &[Reminder]) -> String {
    let mut calendar = Calendar::empty();
    for (key, value) in [("VERSION", "2.0"), ("PRODID", "-//Reminders//EN"), ("CALSCALE", "GREGORIAN")] {
        calendar.append_property(Property::new(key, value));
    }
    for reminder in reminders {
        calendar.push(entry(seed, sequence, now, reminder));
    }
    calendar.to_string()
}

/// The dates of a report as if it were sent now, under the names that they will have once it is.
pub(crate) fn plan(request: &PlanReminders) -> Fails<String> {
    let PlanReminders { severity, exploited, titles, now, .. } = request;
    let policy = Policy::from_toml(&request.policy).map_err(|e| failure("policy-rule", e))?;
    let policy = policy.for_case(*severity, *exploited);
    let sent = Happened { at: *now, kind: EventKind::Sent, by: Witness::Reporter };
    let case = Case::default().apply(sent, &policy).map_err(|e| failure("policy-rule", e))?;
    let dates = open_dates(&view(&case, &policy, *now), *now).into_iter();
    let reminders: Vec<Reminder> = dates
        .map(|(about, at)| {
            let title = if matches!(about, About::Step(_)) { &titles.step } else { &titles.due };
            Reminder { key: about.key(), title: title.clone(), at }
        })
        .collect();
    Ok(calendar(&request.words, 0, *now, &reminders))
}

fn entry(seed: &str, sequence: u32, now: Timestamp, reminder: &Reminder) -> Event {
    let mut event = Event::new();
    event
        .uid(&uid(seed, &reminder.key))
        .sequence(sequence)
        .summary(&reminder.title)
        .add_property("DTSTAMP", utc(now))
        .add_property("DTSTART", utc(reminder.at))
        .add_property("DTEND", utc(reminder.at + SHOWN))
        .add_property("CLASS", "PRIVATE")
        .add_property("TRANSP", "TRANSPARENT")
        .alarm(alarm(seed, now, reminder));
    event.done()
}

/// The library gives an alarm without them a random name and the time of a clock that the vault does not read.
fn alarm(seed: &str, now: Timestamp, reminder: &Reminder) -> Alarm {
    let at_once = Trigger::Duration(Default::default(), Some(Related::Start));
    let mut alarm = Alarm::display(&reminder.title, at_once);
    alarm.uid(&uid(seed, &format!("{}/alarm", reminder.key))).add_property("DTSTAMP", utc(now));
    alarm
}

/// The same for the same date of the same case, and for nobody else to connect with it: the seed is the case's secret.
fn uid(seed: &str, key: &str) -> String {
    let digest = Sha256::digest(format!("reminder/1\n{seed}\n{key}"));
    HEXLOWER.encode(digest.get(..16).unwrap_or(&digest))
}

/// `20261123T120000Z`
fn utc(at: Timestamp) -> String {
    at.to_string().replace(['-', ':'], "")
}

#[cfg(test)]
mod tests {
    use icalendar::CalendarComponent;
    use icalendar::parser::{read_calendar, unfold};
    use sealpost_client_core::vault::ReminderTitles;

    use super::*;

    const SEED: &str = "legal winner thank year wave sausage worth useful legal winner thank yellow";

    fn planned(policy: String) -> Fails<String> {
        plan(&PlanReminders {
            policy,
            severity: None,
            exploited: false,
            words: SEED.to_owned(),
            titles: ReminderTitles { due: "Due".to_owned(), step: "Step".to_owned() },
            now: "2026-11-23T12:00:00Z".parse().unwrap(),
        })
    }

    #[test]
    fn dates_of_a_report_that_was_not_sent_have_the_names_they_will_have_then() {
        let file = planned(include_str!("../../../policies/rust-classic.toml").to_owned()).unwrap();
        for (key, at) in [("acknowledge", "20261124T120000Z"), ("answer", "20261125T120000Z")] {
            assert!(
                file.contains(&uid(SEED, key)) && file.contains(&format!("DTSTART:{at}")),
                "{key}: {file}"
            );
        }
        assert!(file.contains("SUMMARY:Due") && file.contains("SUMMARY:Step"));
        assert_eq!(planned("[identity]".to_owned()).unwrap_err().code, "policy-rule");
    }

    fn reminders() -> Vec<Reminder> {
        let reminder = |key: &str, title: &str, at: &str| Reminder {
            key: key.to_owned(),
            title: title.to_owned(),
            at: at.parse().unwrap(),
        };
        vec![
            reminder("answer", "An answer is due; look, and wait", "2026-11-25T12:34:56Z"),
            reminder("step-coordinator", "You may take the next step", "2026-12-31T23:50:00Z"),
        ]
    }

    fn file(sequence: u32) -> String {
        calendar(SEED, sequence, "2026-11-23T12:00:00Z".parse().unwrap(), &reminders())
    }

    fn events(file: &str) -> Vec<Event> {
        let calendar: Calendar = file.parse().unwrap();
        let event = |component: CalendarComponent| match component {
            CalendarComponent::Event(event) => event,
            other => panic!("{other:?}"),
        };
        calendar.components.into_iter().map(event).collect()
    }

    #[test]
    fn every_date_is_an_entry_with_an_alarm() {
        let events = events(&file(7));
        assert_eq!(events.len(), 2);
        let [first, second] = &events[..] else { panic!("two entries") };
        assert_eq!(first.get_summary(), Some("An answer is due; look, and wait"));
        assert_eq!(first.property_value("DTSTART"), Some("20261125T123456Z"));
        assert_eq!(second.property_value("DTEND"), Some("20270101T000500Z"));
        assert_eq!((first.get_sequence(), second.get_sequence()), (Some(7), Some(7)));
        let alarm = &first.components()[0];
        assert_eq!(alarm.component_kind(), "VALARM");
        assert_eq!(
            (alarm.property_value("ACTION"), alarm.property_value("TRIGGER")),
            (Some("DISPLAY"), Some("P0D"))
        );
        read_calendar(&unfold(&file(7))).unwrap();
    }

    #[test]
    fn a_date_keeps_its_name_and_no_two_dates_or_cases_share_one() {
        let uids =
            |file: &str| events(file).iter().map(|e| e.get_uid().unwrap().to_owned()).collect::<Vec<_>>();
        assert_eq!(uids(&file(1)), uids(&file(2)));
        let first = uids(&file(1));
        assert_ne!(first[0], first[1]);
        let other = calendar("another seed", 1, "2026-11-23T12:00:00Z".parse().unwrap(), &reminders());
        assert!(uids(&other).iter().all(|uid| !first.contains(uid)));
    }

    #[test]
    fn the_file_names_nobody_and_depends_on_nothing_but_the_question() {
        let file = file(1);
        assert_eq!(file, calendar(SEED, 1, "2026-11-23T12:00:00Z".parse().unwrap(), &reminders()));
        for word in ["seal", "relay", "vulnerab", "security", "icalendar", "legal", "case"] {
            assert!(!file.to_lowercase().contains(word), "{word}: {file}");
        }
    }
}
