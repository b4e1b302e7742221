//! Whether a policy's time zone rule is that of the zone it names, as far as this device's own zone data tell.
//!
//! A policy brings its rule, because no wasm carries a zone database; but a browser has one of its own, and can be asked.

use sealpost_shared::policy::Policy;
use sealpost_shared::{Duration, Timestamp};

/// How a policy's rule compares with what the device knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZoneFit {
    /// It is the zone's, over the year to come.
    Fits,
    /// It is another zone's.
    Differs,
    /// It is not quite the zone's: one of the two may be old.
    Doubtful,
    /// The device does not know the zone.
    Unknown,
}

/// A year of weeks: every season is looked at.
const WEEKS: i64 = 52;

/// A rule that is wrong for more than this many weeks of a year is another zone's. Summer time takes 29 weeks or more; the exceptions of
/// zones without a simple rule, such as Morocco's month without summer time, take six.
const FEW_WEEKS: usize = 8;

/// Holds the policy's rule against `known`: how far the zone of that name is ahead of UTC at an instant, in seconds, by the device's data.
pub fn judge(policy: &Policy, now: Timestamp, known: impl Fn(Timestamp) -> Option<i32>) -> ZoneFit {
    let calendar = &policy.calendar;
    let agrees = |at: Timestamp| known(at).is_some_and(|known| known == calendar.offset(at));
    if known(now).is_none() {
        return ZoneFit::Unknown;
    }
    let weeks = (0..WEEKS).map(|week| now + Duration::from_hours(week * 7 * 24));
    let wrong = weeks.filter(|at| !agrees(*at)).count();
    let until = now + Duration::from_hours(WEEKS * 7 * 24);
    let before = |at: Timestamp| Timestamp::from_seconds(at.seconds() - 1);
    let changes = calendar.changes(now, until);
    let all_agree = changes.iter().all(|at| agrees(*at) && agrees(before(*at)));
    match wrong {
        0 if all_agree => ZoneFit::Fits,
        0..=FEW_WEEKS => ZoneFit::Doubtful,
        _ => ZoneFit::Differs,
    }
}

#[cfg(test)]
mod tests {
    use sealpost_shared::policy::PolicyFile;

    use super::*;

    fn policy(zone: &str, rule: &str) -> Policy {
        let file = format!("{}/../../policies/rust-classic.toml", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(file).unwrap();
        let text = format!("{text}\n[calendar]\nzone = \"{zone}\"\nzone_rule = \"{rule}\"\n");
        PolicyFile::from_toml(&text).unwrap().check().unwrap()
    }

    const BERLIN: &str = "CET-1CEST,M3.5.0,M10.5.0/3";

    #[test]
    fn a_rule_is_held_against_what_the_device_knows() {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let berlin = policy("Europe/Berlin", BERLIN);
        let known = |at| Some(berlin.calendar.offset(at));
        assert_eq!(judge(&berlin, now, known), ZoneFit::Fits);
        assert_eq!(judge(&berlin, now, |_| None), ZoneFit::Unknown);
        // Another place, and one that has no summer time.
        let judged = |zone, rule| judge(&policy(zone, rule), now, known);
        assert_eq!(judged("America/New_York", "EST5EDT,M3.2.0,M11.1.0"), ZoneFit::Differs);
        assert_eq!(judged("Africa/Algiers", "CET-1"), ZoneFit::Differs);
        // The device's clocks change an hour, and a week, after those of the rule.
        for late in [3600, 7 * 24 * 3600] {
            let late = |at: Timestamp| known(Timestamp::from_seconds(at.seconds() - late));
            assert_eq!(judge(&berlin, now, late), ZoneFit::Doubtful);
        }
        assert_eq!(judge(&policy("UTC", "UTC0"), now, |_| Some(0)), ZoneFit::Fits);
    }
}
