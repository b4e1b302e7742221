//! `[[affected]]`: packages, and the ranges of their versions.

use semver::Version;

use crate::model::{Affected, Range, RangeEnd};
use crate::purl;
use crate::read::{Reader, Section, Spot};

/// The most characters of a version: those of distributions have 40.
const MAX_VERSION_CHARS: usize = 100;

/// Stands where a person has to decide; [`crate::parse`] refuses it.
pub(crate) const UNDECIDED: &str = "TODO";

/// Reads one table.
pub(crate) fn read(reader: &Reader<'_>, section: Section<'_>) -> Option<Affected> {
    let package = section.required("package");
    let ecosystem = section.text("ecosystem");
    let ecosystem =
        ecosystem.and_then(|spot| reader.check("ecosystem", &spot, |name| purl::check_ecosystem(name)));
    let package = package.map(|spot| spot.value);
    let purl = section.text("purl").and_then(|spot| {
        let package = package.as_deref().unwrap_or_default();
        reader.check("purl", &spot, |text| purl::check(text, ecosystem.as_deref(), package))
    });
    let semver = purl::is_semver(ecosystem.as_deref());
    let ranges = ranges(reader, &section, semver);
    let versions = reader.check_all("version", &section.list("versions"), |text| check_version(text, semver));
    let functions = section.list("functions").into_iter().map(|spot| spot.value).collect();
    let (line, told) = (section.line, section.has("ranges") || section.has("versions"));
    section.finish();
    if !told {
        reader.find(
            line,
            "no-versions",
            "say which versions are affected: ranges = [{ introduced = \"0\", fixed = \"1.4.3\" }], or versions = [\"1.4.2\"]",
        );
    }
    Some(Affected { package: package?, ecosystem, purl, ranges, versions, functions })
}

fn ranges(reader: &Reader<'_>, section: &Section<'_>, semver: bool) -> Vec<Range> {
    let mut ranges: Vec<Spot<Range>> = Vec::new();
    for table in section.sections("ranges") {
        let line = table.line;
        if let Some(value) = range(reader, table, semver) {
            ranges.push(Spot { value, line });
        }
    }
    for pair in ranges.windows(2) {
        if let [before, after] = pair
            && !follows(&before.value, &after.value, semver)
        {
            reader.find(
                after.line,
                "range-order",
                "ranges stand in ascending order, each beginning after the one before it ended",
            );
        }
    }
    ranges.into_iter().map(|spot| spot.value).collect()
}

fn range(reader: &Reader<'_>, table: Section<'_>, semver: bool) -> Option<Range> {
    let line = table.line;
    let version = |spot: Spot<String>| reader.check("version", &spot, |text| check_version(text, semver));
    let introduced = table.required("introduced");
    let introduced =
        introduced.and_then(|spot| if spot.value == "0" { Some(spot.value) } else { version(spot) });
    let fixed = table.text("fixed");
    let last = table.text("last_affected");
    table.finish();
    let end = match (fixed, last) {
        (Some(fixed), None) => RangeEnd::Fixed(version(fixed)?),
        (None, Some(last)) => RangeEnd::LastAffected(version(last)?),
        (None, None) => RangeEnd::Open,
        (Some(_), Some(_)) => {
            reader.find(line, "range-end", "a range ends with fixed or with last_affected, not with both");
            return None;
        }
    };
    let range = Range { introduced: introduced?, end };
    if semver && !ascends(&range) {
        reader.find(line, "range-order", format!("the range ends before it begins: {}", range.words()));
        return None;
    }
    Some(range)
}

/// A version without blanks; SemVer where the registry wants it.
fn check_version(text: &str, semver: bool) -> Result<String, String> {
    let plain = text.chars().all(|c| c.is_ascii_graphic() && !"\"<>=,|\\".contains(c));
    if !plain || text.len() > MAX_VERSION_CHARS {
        return Err(format!("“{text}” is no version; write the bare number, without blanks or signs"));
    }
    if semver && Version::parse(text).is_err() {
        return Err(format!("“{text}” is no version of this registry; write it as 1.4.3"));
    }
    Ok(text.to_owned())
}

fn parsed(text: &str) -> Option<Version> {
    if text == "0" { Some(Version::new(0, 0, 0)) } else { Version::parse(text).ok() }
}

fn ascends(range: &Range) -> bool {
    match (&range.end, parsed(&range.introduced)) {
        (RangeEnd::Fixed(end), Some(start)) => parsed(end).is_some_and(|end| start < end),
        (RangeEnd::LastAffected(end), Some(start)) => parsed(end).is_some_and(|end| start <= end),
        _ => true,
    }
}

/// Only the last range may have no end; where versions can be compared, the next begins later.
fn follows(before: &Range, after: &Range, semver: bool) -> bool {
    let end = match &before.end {
        RangeEnd::Fixed(end) | RangeEnd::LastAffected(end) => end,
        RangeEnd::Open => return false,
    };
    !semver || parsed(end).zip(parsed(&after.introduced)).is_some_and(|(end, start)| end <= start)
}

/// Reads ranges as people put them on record, such as `>=1.2,<1.4.3; >=1.5,<1.5.2`; `None` where they are not that plain. Short
/// numbers are filled up where the registry compares versions as SemVer does.
#[must_use]
pub fn ranges_said(text: &str, ecosystem: Option<&str>) -> Option<Vec<Range>> {
    let semver = purl::is_semver(ecosystem);
    text.split(';').map(|part| range_said(part, semver)).collect()
}

fn range_said(text: &str, semver: bool) -> Option<Range> {
    let version = |text: &str| check_version(&filled(text.trim(), semver), semver).ok();
    let mut range = Range { introduced: "0".to_owned(), end: RangeEnd::Open };
    for bound in text.split(',').map(str::trim) {
        if let Some(first) = bound.strip_prefix(">=") {
            range.introduced = version(first)?;
        } else if let Some(last) = bound.strip_prefix("<=") {
            range.end = RangeEnd::LastAffected(version(last)?);
        } else {
            range.end = RangeEnd::Fixed(version(bound.strip_prefix('<')?)?);
        }
    }
    (!semver || ascends(&range)).then_some(range)
}

/// Opens again the end of every range that the releases on record contradict: `fixed` becomes `TODO` where it was not released, or
/// where a release is itself among the affected versions. Releases that name no version contradict nothing.
pub fn open_contradicted(ranges: &mut [Range], releases: &str, ecosystem: Option<&str>) {
    let semver = purl::is_semver(ecosystem);
    let named = releases.split([',', ';', ' ']).map(|word| word.trim().trim_start_matches('v'));
    let named = named.filter(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    let released: Vec<String> = named.map(|word| filled(word, semver)).collect();
    if released.is_empty() {
        return;
    }
    for range in ranges {
        let unreleased = matches!(&range.end, RangeEnd::Fixed(fixed) if !released.contains(fixed));
        if unreleased || (semver && released.iter().any(|version| holds(range, version))) {
            range.end = RangeEnd::Fixed(UNDECIDED.to_owned());
        }
    }
}

/// Whether a version is affected by a range, where both can be compared.
fn holds(range: &Range, version: &str) -> bool {
    let (Some(version), Some(start)) = (parsed(version), parsed(&range.introduced)) else { return false };
    let before_end = match &range.end {
        RangeEnd::Fixed(end) => parsed(end).is_some_and(|end| version < end),
        RangeEnd::LastAffected(end) => parsed(end).is_some_and(|end| version <= end),
        RangeEnd::Open => true,
    };
    start <= version && before_end
}

/// `1.2` as `1.2.0`.
fn filled(version: &str, semver: bool) -> String {
    let numbers = version.split('.').all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit()));
    let missing = 3_usize.saturating_sub(version.split('.').count());
    if semver && numbers { format!("{version}{}", ".0".repeat(missing)) } else { version.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_that_contradict_a_range_open_its_end_again() {
        for (affected, releases, ecosystem, kept) in [
            ("<1.4.3", "1.4.3", None, true),
            ("<1.4.3", "1.4.4, 1.3.9", None, false),
            ("<1.4.3", "v1.4.3 and later", Some("crates.io"), true),
            ("<1.4.3", "1.4.3, 1.3.9", Some("crates.io"), false),
            (">=1.2,<1.3.9; >=1.4,<1.4.4", "1.4.4, 1.3.9", Some("crates.io"), true),
            ("<=1.4.3", "1.4.3", Some("crates.io"), false),
            ("<1.4.3", "see the blog", None, true),
        ] {
            let mut ranges = ranges_said(affected, ecosystem).unwrap();
            let before = ranges.clone();
            open_contradicted(&mut ranges, releases, ecosystem);
            assert_eq!(ranges == before, kept, "{affected}, released {releases}: {ranges:?}");
        }
    }
}
