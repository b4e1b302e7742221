//! Documents, good and broken.

#![expect(clippy::unwrap_used, reason = "in a test, unwrap is the assertion")]

use sealpost_advisory::{Draft, DraftPackage, Range, RangeEnd, parse, ranges_said};
use sealpost_shared::letter::Severity;

const FULL: &str = include_str!("documents/full.md");
const LEAST: &str = include_str!("documents/least.md");
const BROKEN: &str = include_str!("documents/broken.md");

#[test]
fn a_full_and_a_least_document_are_good() {
    let full = parse(FULL).unwrap();
    assert_eq!(full.scores.iter().map(|score| score.value).collect::<Vec<_>>(), [9.8, 9.3]);
    assert_eq!(full.severity, Some(Severity::Critical));
    assert_eq!(full.cve(), Some("CVE-2026-12345"));
    assert_eq!(full.affected[0].fixes().collect::<Vec<_>>(), ["1.4.3", "1.5.2"]);
    assert!(full.body.starts_with("## Description") && full.body.ends_with("Update."));
    let least = parse(LEAST).unwrap();
    assert_eq!(least.published.to_string(), "2026-12-01T14:00:00Z");
    assert_eq!((least.modified, least.severity, least.cve()), (least.published, None, None));
    assert_eq!(parse(&LEAST.replace('\n', "\r\n")).unwrap(), least);
}

#[test]
fn every_error_is_named_with_its_line_and_rule() {
    let found = parse(BROKEN).unwrap_err();
    let found: Vec<(usize, &str)> = found.iter().map(|finding| (finding.line, finding.rule)).collect();
    let expected = [
        (2, "form"),
        (2, "missing"), // summary
        (3, "id"),
        (4, "team"),
        (5, "line"),
        (6, "time"),
        (7, "severity"),
        (8, "cvss"),
        (8, "cvss"),
        (9, "cwe"),
        (10, "alias"),
        (11, "unknown-key"),
        (12, "url"),
        (13, "cna"),
        (14, "type"),
        (18, "url"),
        (19, "mail"),
        (20, "unknown-key"),
        (22, "no-versions"),
        (24, "ecosystem"),
        (29, "purl"),
        (30, "range-end"),
        (30, "range-order"),
        (30, "version"),
        (32, "missing"), // credits.name
        (33, "credit"),
        (36, "reference"),
        (39, "missing"), // timeline.at
        (42, "blank-at-line-end"),
        (42, "unfinished"),
    ];
    let mut missing: Vec<_> = expected.to_vec();
    let mut unexpected = Vec::new();
    for each in &found {
        match missing.iter().position(|other| other == each) {
            Some(at) => drop(missing.remove(at)),
            None => unexpected.push(*each),
        }
    }
    assert!(
        missing.is_empty() && unexpected.is_empty(),
        "not found: {missing:?}\nnot expected: {unexpected:?}"
    );
}

#[test]
fn what_is_no_document_at_all_is_told_in_one_finding() {
    let rules = |text: &str| parse(text).unwrap_err().iter().map(|f| (f.line, f.rule)).collect::<Vec<_>>();
    assert_eq!(rules(""), [(1, "front-part")]);
    assert_eq!(rules("# A heading\n"), [(1, "front-part")]);
    assert_eq!(rules("+++\nid = \n+++\nx"), [(2, "toml")]);
    assert_eq!(rules(&"x".repeat(200_000)), [(1, "too-long")]);
    assert!(rules("+++\n+++\n").contains(&(2, "form")));
    assert!(rules(&LEAST.replace("Update.\n", "")).iter().any(|(_, rule)| *rule == "no-body"));
}

#[test]
fn contradictions_are_errors() {
    for (from, to, rule) in [
        ("severity = \"critical\"", "severity = \"low\"", "severity-agrees"),
        ("modified = \"2026-12-02", "modified = \"2026-11-02", "date-order"),
        ("introduced = \"1.5.0\"", "introduced = \"1.4.0\"", "range-order"),
        ("fixed = \"1.4.3\"", "fixed = \"1.4\"", "version"),
        ("\"pkg:cargo/ferris\"", "\"pkg:cargo/ferris@1.4.2\"", "purl"),
        ("cvss = [", "cvss = [\"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L\",", "cvss"),
        ("Update.\n", "Up\u{202e}date.\n", "hidden-character"),
    ] {
        assert!(FULL.contains(from), "{from}");
        let found = parse(&FULL.replace(from, to)).unwrap_err();
        assert!(found.iter().any(|finding| finding.rule == rule), "{rule}: {found:?}");
    }
}

fn draft() -> Draft {
    Draft {
        id: Some("DEMO-2026-0001".to_owned()),
        team: Some("demo".parse().unwrap()),
        title: "A \"quoted\" \\ title\u{1b}[2J".to_owned(),
        published: Some("2026-12-01T15:00:00Z".parse().unwrap()),
        severity: Some(Severity::High),
        packages: vec![DraftPackage {
            package: "ferris".to_owned(),
            ecosystem: Some("crates.io".to_owned()),
            purl: None,
            ranges: vec![Range { introduced: "1.2.0".to_owned(), end: RangeEnd::Fixed("1.4.3".to_owned()) }],
        }],
        versions_said: "1.2 and up\n+++\nid = \"x\"".to_owned(),
        credit: "Ada".to_owned(),
        publisher: "Demo".to_owned(),
        publisher_url: "https://demo.example".to_owned(),
        ..Draft::default()
    }
}

#[test]
fn a_draft_lacks_nothing_but_what_it_says_is_to_do() {
    let text = draft().to_document();
    let found = parse(&text).unwrap_err();
    assert!(found.iter().all(|finding| finding.rule == "unfinished"), "{found:?}\n{text}");
    let advisory = parse(&text.replace("TODO", "done")).unwrap();
    assert_eq!(advisory.title, "A \"quoted\" \\ title\u{fffd}[2J");
    assert_eq!(advisory.affected[0].purl.as_deref(), Some("pkg:cargo/ferris"));
    assert_eq!(advisory.credits[0].name, "Ada");
}

#[test]
fn an_empty_draft_says_what_is_missing_without_being_malformed() {
    let found = parse(&Draft::default().to_document()).unwrap_err();
    let rules: Vec<&str> = found.iter().map(|finding| finding.rule).collect();
    assert!(
        rules.contains(&"unfinished") && !rules.contains(&"toml") && !rules.contains(&"unknown-key"),
        "{found:?}"
    );
}

#[test]
fn plain_ranges_are_read_as_people_put_them_on_record() {
    let words = |text: &str, ecosystem| {
        let ranges = ranges_said(text, ecosystem)?;
        Some(ranges.iter().map(Range::words).collect::<Vec<_>>().join(" | "))
    };
    let cargo = Some("crates.io");
    assert_eq!(words(">=1.2, <1.4.3", cargo).unwrap(), "1.2.0 or later, before 1.4.3");
    assert_eq!(words("<=1.2; >=2", None).unwrap(), "up to and including 1.2 | 2 or later");
    for odd in ["", "1.2 and up", ">1.2", "~1.2", ">=2,<1", ">=1.x"] {
        assert_eq!(words(odd, cargo), None, "{odd}");
    }
}
