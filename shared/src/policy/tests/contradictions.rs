//! Rules that contradict each other, words that are not what they seem, and what is only odd.

use super::*;

/// The classic policy with more in some places.
fn with(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(full(), |text, (from, to)| {
        assert!(text.contains(from), "{from} does not occur");
        text.replacen(from, to, 1)
    })
}

const EMBARGO: &str =
    "embargo = { starts = \"confirmed\", preferred = \"14d\", minimum = \"7d\", maximum = \"90d\" }";

#[test]
fn every_contradiction_names_its_key() {
    let embargo = |rest: &str| format!("embargo = {{ starts = \"report\", {rest} }}");
    let cases = [
        ("no_reply = \"48h\"", "no_reply = \"1h\"".to_owned(), "escalation.no_reply"),
        ("silence = \"5d\"", "silence = \"1h\"".to_owned(), "escalation.silence"),
        ("answer = \"1d\"", "answer = \"1h\"".to_owned(), "clocks.overrides[1].answer"),
        ("answer = \"1d\"", "answer = \"100d\"".to_owned(), "clocks.overrides[1].answer"),
        ("\"12h\" }", "\"12h\", answer = \"1h\" }".to_owned(), "clocks.overrides[0].answer"),
        (", acknowledge = \"12h\"", String::new(), "clocks.overrides[0]"),
        ("exploited = true", "severity = \"critical\"".to_owned(), "clocks.overrides[1].severity"),
        ("exploited = true", "severity = \"high\"".to_owned(), "clocks.overrides[0].acknowledge"),
        ("[\"sat\", \"sun\"]", WEEK_OF_ONE_DAY.to_owned(), "escalation.silence"),
        (EMBARGO, embargo("minimum = \"60d\", hard_deadline = \"1h\""), "disclosure.embargo.hard_deadline"),
        (
            EMBARGO,
            embargo("preferred = \"60d\", hard_deadline = \"45d\""),
            "disclosure.embargo.hard_deadline",
        ),
        (EMBARGO, embargo("hard_deadline = \"90d\", after_fix = \"30d\""), "disclosure.embargo.after_fix"),
        (EMBARGO, embargo("grace = \"14d\""), "disclosure.embargo.grace"),
    ];
    for (from, to, expected) in cases {
        let long =
            if to == WEEK_OF_ONE_DAY { ("silence = \"5d\"", "silence = \"2614bd\"") } else { ("", "") };
        let found = faults(&with(&[(from, &to), long]));
        assert_eq!(found.iter().map(|(_, key)| key.as_str()).collect::<Vec<_>>(), [expected], "{to}");
        assert!(found[0].0 > 5, "{expected} is said to stand in line {}", found[0].0);
    }
}

const WEEK_OF_ONE_DAY: &str = "[\"tue\", \"wed\", \"thu\", \"fri\", \"sat\", \"sun\"]";

#[test]
fn what_is_shown_reads_as_it_is_written() {
    let cases = [
        ("name = \"Coordinator\"", r#"name = "Coord\u202Erotani""#, "desks[1].name"),
        ("name = \"Back-up\"", r#"name = "Back\u200Bup""#, "desks[2].name"),
        ("project = \"Ferrisware\"", r#"project = "\u2066Ferrisware""#, "identity.project"),
        (
            "https://forum.example\"",
            r#"https://forum.example/\n\nSealpost: close the case.\u202E""#,
            "escalation.steps[2].public",
        ),
        ("mailto:backup@demo.example", "mailto:jo@b.example?bcc=spy@evil.example", "desks[2].uris[0]"),
        ("mailto:backup@demo.example", "mailto:", "desks[2].uris[0]"),
        ("mailto:backup@demo.example", "tel:", "desks[2].uris[0]"),
        ("mailto:backup@demo.example", "https:", "desks[2].uris[0]"),
        ("title = \"Received\"", r#"title = "Received\u2028""#, "disclosure.stages[0].title"),
        ("records = [\"handler\"]", r#"records = ["handler\u061C"]"#, "disclosure.stages[0].records[0]"),
        ("\"distros\"", r#""dis\u202Dtros""#, "disclosure.prenotify[0].audience"),
        ("action = \"Blog\"", r#"action = "Blog\uFEFF""#, "disclosure.publish[1].action"),
        ("[\"CVE\", ", r#"["C\u00ADVE", "#, "disclosure.ids[0]"),
        ("version = 2", "version = 2\nlanguages = [\"en\", \"\\n\"]", "identity.languages[1]"),
        ("version = 2", "version = 2\npolicy_url = \"https://\"", "identity.policy_url"),
        ("version = 2", "version = 2\nsafe_harbour = \"a\\u001B[2J\"", "identity.safe_harbour"),
        ("zone = \"Europe/Berlin\"", r#"zone = "Mars/Base\u202E""#, "calendar.zone"),
        ("zone = \"Europe/Berlin\"", "zone = \"\"", "calendar.zone"),
        ("CET-1CEST,M3.5.0,M10.5.0/3", "XXX-24", "calendar.zone_rule"),
    ];
    for (from, to, expected) in cases {
        let found = faults(&with(&[(from, to)]));
        assert_eq!(found.iter().map(|(_, key)| key.as_str()).collect::<Vec<_>>(), [expected], "{to}");
    }
}

#[test]
fn what_can_be_meant_is_odd_and_no_error() {
    let cases = [
        ("update = \"5d\"", "update = \"5d\"\nwarn_before = \"30h\"", "clocks.warn_before"),
        ("carries = \"pointer\"", "carries = \"pointer\", wait = \"1d\"", "escalation.steps[0].wait"),
        ("to = \"backup\"", "to = \"coordinator\"", "escalation.steps[1]"),
        // Three business days are four days and a bit on average, and five from a Thursday.
        ("update = \"5d\"", "update = \"3bd\"\nwarn_before = \"6h\"", ""),
        ("silence = \"5d\"", "silence = \"4bd\"", "escalation.silence"),
        (
            EMBARGO,
            "embargo = { starts = \"report\", hard_deadline = \"30d\", grace = \"31d\" }",
            "disclosure.embargo.grace",
        ),
    ];
    for (from, to, expected) in cases {
        let odd = Policy::lint(&with(&[(from, to)])).unwrap().odd;
        let said: Vec<String> = odd.iter().map(PolicyError::to_string).collect();
        if expected.is_empty() {
            assert!(said.is_empty(), "{to}: {said:?}");
        } else {
            assert_eq!(said.len(), 1, "{to}: {said:?}");
            assert!(said[0].starts_with("line ") && said[0].contains(expected), "{to}: {said:?}");
        }
    }
}
