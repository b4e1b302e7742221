//! The file's rules, each broken once.

mod contradictions;

use super::*;

pub(crate) const CLASSIC: &str = r#"
[identity]
slug = "demo"
name = "Demo Security Team"
project = "Ferrisware"
version = 1
effective = "2026-01-01T00:00:00Z"
expires = "2027-01-01T00:00:00Z"
contact = "security@demo.example"
signed_by = "5769C88BF5DD3D14A234A7ACEFB9860AE7520DAC"

[clocks]
acknowledge = "24h"
answer = "48h"
update = "5d"

[escalation]
no_reply = "48h"
silence = "5d"
steps = [
  { id = "coordinator", to = "coordinator", carries = "pointer" },
  { id = "backup", to = "backup", carries = "pointer" },
  { id = "forum", public = "https://forum.example", carries = "nothing" },
]

[[desks]]
id = "team"
role = "team"
name = "Demo Security Team"
fingerprints = ["5769C88BF5DD3D14A234A7ACEFB9860AE7520DAC"]

[[desks]]
id = "coordinator"
role = "coordinator"
name = "Coordinator"
uris = ["mailto:coordinator@demo.example"]

[[desks]]
id = "backup"
role = "backup"
name = "Back-up"
uris = ["mailto:backup@demo.example"]
"#;

fn check(text: &str) -> Result<Policy, PolicyError> {
    Policy::from_toml(text)
}

#[test]
fn the_classic_policy_is_read() {
    let policy = check(CLASSIC).unwrap();
    assert_eq!(policy.team_desk().members, policy.team_desk().fingerprints);
    assert_eq!(policy.clocks.acknowledge, Length::Hours(24));
    assert_eq!(policy.escalation.steps.len(), 3);
}

#[test]
fn a_checked_policy_survives_json() {
    let file = PolicyFile::from_toml(CLASSIC).unwrap();
    let json = serde_json::to_string(&file).unwrap();
    assert_eq!(serde_json::from_str::<PolicyFile>(&json).unwrap(), file);
}

#[test]
fn an_unknown_key_is_an_error_with_its_line() {
    let Err(PolicyError::Syntax { line, message }) = check(&CLASSIC.replace("update = ", "updates = "))
    else {
        panic!("an unknown key was accepted")
    };
    assert_eq!(line, 15);
    assert!(message.contains("updates"), "{message}");
}

#[test]
fn every_rule_names_its_key() {
    let cases = [
        ("version = 1", "version = 0", "identity.version"),
        ("expires = \"2027", "expires = \"2025", "identity.expires"),
        ("contact = \"security@demo.example\"", "contact = \"nobody\"", "identity.contact"),
        ("name = \"Demo Security Team\"\nproject", "name = \" \"\nproject", "identity.name"),
        ("acknowledge = \"24h\"", "acknowledge = \"0h\"", "clocks.acknowledge"),
        ("acknowledge = \"24h\"", "acknowledge = \"72h\"", "clocks.answer"),
        ("update = \"5d\"", "update = \"1 month\"", "clocks.update"),
        ("silence = \"5d\"", "silence = \"99999999999999999999d\"", "escalation.silence"),
        ("id = \"backup\", to", "id = \"coordinator\", to", "escalation.steps[1].id"),
        ("to = \"backup\"", "to = \"nobody\"", "escalation.steps[1].to"),
        ("to = \"backup\"", "to = \"team\"", "escalation.steps[1].to"),
        (
            "to = \"backup\", carries = \"pointer\"",
            "to = \"backup\", carries = \"full\"",
            "escalation.steps[1].to",
        ),
        ("carries = \"nothing\"", "carries = \"pointer\"", "escalation.steps[2].carries"),
        ("https://forum", "http://forum", "escalation.steps[2].public"),
        ("role = \"team\"", "role = \"backup\"", "desks"),
        ("id = \"backup\"\n", "id = \"team\"\n", "desks[2].id"),
        ("mailto:backup", "javascript:backup", "desks[2].uris[0]"),
        ("uris = [\"mailto:backup@demo.example\"]", "", "desks[2].uris"),
        (
            "fingerprints = [\"5769C88BF5DD3D14A234A7ACEFB9860AE7520DAC\"]",
            "fingerprints = []",
            "desks[0].fingerprints",
        ),
    ];
    for (from, to, expected) in cases {
        let text = CLASSIC.replacen(from, to, 1);
        assert_ne!(text, CLASSIC, "{from} does not occur");
        match check(&text) {
            Err(PolicyError::Rule { key, .. }) => assert_eq!(key, expected, "{to}"),
            other => panic!("{to}: {other:?}"),
        }
    }
}

/// The classic policy with everything a policy can say.
pub(crate) fn full() -> String {
    let overrides = r#"update = "5d"
overrides = [
  { severity = "critical", acknowledge = "12h" },
  { exploited = true, acknowledge = "4h", answer = "1d" },
]
"#;
    let more = r#"
[calendar]
zone = "Europe/Berlin"
zone_rule = "CET-1CEST,M3.5.0,M10.5.0/3"
weekend = ["sat", "sun"]
holidays = ["12-25", "2026-12-24"]
shift = "next-business-day"

[reports]
anonymous = true
credit = true
retention = "365d"
enclosures_mib = 64

[disclosure]
ids = ["CVE", "RUSTSEC"]
severity = "cvss40"
embargo = { starts = "confirmed", preferred = "14d", minimum = "7d", maximum = "90d" }
stages = [{ id = "received", title = "Received", records = ["handler"] }, { id = "confirmed", title = "Confirmed" }]
prenotify = [{ audience = "distros", earliest = "3d", latest = "1d" }]
publish = [{ action = "Announce on the list", within = "0h" }, { action = "Blog", within = "6h" }]
"#;
    let newer = "version = 2\nsupersedes = 1\ncomments = \"mailto:policy@demo.example\"";
    let classic = CLASSIC.replace("update = \"5d\"\n", overrides).replace("version = 1", newer);
    format!("{classic}{more}")
}

#[test]
fn everything_a_policy_can_say_is_read_and_kept() {
    let policy = check(&full()).unwrap();
    assert_eq!(policy.overrides.len(), 2);
    assert_eq!(policy.disclosure.publish[1].within, Length::Hours(6));
    assert!(!policy.calendar.is_business_day("2026-12-25".parse().unwrap()));
    let grave = policy.clone().for_case(Some(Severity::Critical), false);
    assert_eq!(grave.clocks.acknowledge, Length::Hours(12));
    assert_eq!(policy.for_case(Some(Severity::Critical), true).clocks.acknowledge, Length::Hours(4));
}

#[test]
fn every_rule_of_calendar_overrides_and_disclosure_names_its_key_and_line() {
    let cases = [
        ("zone_rule = \"CET-1CEST,M3.5.0,M10.5.0/3\"\n", "", "calendar.zone_rule"),
        ("CET-1CEST,M3.5.0,M10.5.0/3", "whenever", "calendar.zone_rule"),
        (
            "[\"sat\", \"sun\"]",
            "[\"mon\",\"tue\",\"wed\",\"thu\",\"fri\",\"sat\",\"sun\"]",
            "calendar.weekend",
        ),
        ("[\"sat\", \"sun\"]", "[\"funday\"]", "calendar.weekend"),
        ("\"12-25\"", "\"Christmas\"", "calendar.holidays"),
        (
            "severity = \"critical\", a",
            "severity = \"critical\", exploited = true, a",
            "clocks.overrides[0].severity",
        ),
        ("\"12h\"", "\"0h\"", "clocks.overrides[0].acknowledge"),
        ("id = \"confirmed\"", "id = \"received\"", "disclosure.stages[1].id"),
        ("id = \"confirmed\"", "id = \"checked\"", "disclosure.embargo.starts"),
        ("preferred = \"14d\"", "preferred = \"3d\"", "disclosure.embargo.preferred"),
        ("maximum = \"90d\"", "maximum = \"9d\"", "disclosure.embargo.maximum"),
        ("latest = \"1d\"", "latest = \"9d\"", "disclosure.prenotify[0].earliest"),
        ("within = \"6h\"", "within = \"soon\"", "disclosure.publish[1].within"),
        ("supersedes = 1", "supersedes = 2", "identity.supersedes"),
        ("mailto:policy", "ftp:policy", "identity.comments"),
        ("\"365d\"", "\"forever\"", "reports.retention"),
        ("= 64", "= 901", "reports.enclosures_mib"),
    ];
    let text = full();
    for (from, to, expected) in cases {
        let broken = text.replacen(from, to, 1);
        assert_ne!(broken, text, "{from} does not occur");
        match check(&broken) {
            Err(PolicyError::Rule { key, line, .. }) => {
                assert_eq!(key, expected, "{to}");
                assert!(line.unwrap() > 5, "{key} is at line {line:?}");
            }
            other => panic!("{to}: {other:?}"),
        }
    }
}

#[test]
fn a_rule_error_points_at_its_line() {
    let text = CLASSIC.replace("to = \"backup\"", "to = \"nobody\"");
    let line = 1 + text.lines().position(|line| line.contains("nobody")).unwrap();
    let Err(error) = check(&text) else { panic!("a ladder to nowhere was accepted") };
    assert_eq!(error.to_string(), format!("line {line}: escalation.steps[1].to: there is no desk “nobody”"));
}

#[cfg(feature = "tzdb")]
#[test]
fn a_rule_of_another_zone_is_refused_where_the_database_is_known() {
    let wrong = full().replace("CET-1CEST,M3.5.0,M10.5.0/3", "EST5EDT,M3.2.0,M11.1.0");
    let error = check(&wrong).unwrap_err().to_string();
    assert!(error.contains("CET-1CEST,M3.5.0,M10.5.0/3"), "{error}");
}

fn faults(text: &str) -> Vec<(usize, String)> {
    let all = Policy::lint(text).expect_err("this policy is broken");
    let named = |error: &PolicyError| match error {
        PolicyError::Rule { key, .. } => key.clone(),
        PolicyError::Syntax { .. } => String::new(),
    };
    all.iter().map(|error| (error.line().expect("it was read from a file"), named(error))).collect()
}

#[test]
fn a_good_policy_has_nothing_wrong() {
    for text in [CLASSIC, &full()] {
        assert_eq!(Policy::lint(text), Ok(Linted { policy: check(text).unwrap(), odd: Vec::new() }));
    }
}

#[test]
fn every_error_of_a_file_is_found_and_named() {
    let text = full()
        .replace("slug = \"demo\"", "slug = \"De mo\"\ncolour = \"blue\"")
        .replace("contact = \"security@demo.example\"\n", "")
        .replace("acknowledge = \"24h\"", "acknowledge = 24")
        .replace("silence = \"5d\"", "silence = \"0d\"")
        .replace("to = \"coordinator\"", "to = \"nobody\"")
        .replace("role = \"backup\"", "role = \"friend\"")
        .replace("\"12-25\"", "\"Christmas\"")
        .replace("within = \"6h\"", "within = \"soon\"")
        .replace("retention = \"365d\"", "retention = \"365d\"\nwhere = \"here\"");
    let found = faults(&text);
    let keys: Vec<&str> = found.iter().map(|(_, key)| key.as_str()).collect();
    let expected = [
        "identity.contact",
        "identity.slug",
        "identity.colour",
        "clocks.acknowledge",
        "escalation.silence",
        "desks[2].role",
        "calendar.holidays",
        "reports.where",
        "disclosure.publish[1].within",
    ];
    assert_eq!(keys, expected, "where a desk cannot be read, no step is held against the desks");
    for (line, word) in [(found[1].0, "De mo"), (found[3].0, "= 24"), (found[5].0, "friend")] {
        assert!(text.lines().nth(line - 1).unwrap().contains(word), "{word} is not in line {line}");
    }
}

#[test]
fn every_broken_rule_is_found_and_not_only_the_first() {
    let text = CLASSIC
        .replace("version = 1", "version = 0")
        .replace("expires = \"2027", "expires = \"2025")
        .replace("answer = \"48h\"", "answer = \"4h\"")
        .replace("to = \"backup\"", "to = \"nobody\"")
        .replace("carries = \"nothing\"", "carries = \"full\"")
        .replace("mailto:backup", "javascript:backup");
    let keys: Vec<String> = faults(&text).into_iter().map(|(_, key)| key).collect();
    let expected = [
        "identity.version",
        "identity.expires",
        "clocks.answer",
        "escalation.steps[1].to",
        "escalation.steps[2].carries",
        "desks[2].uris[0]",
    ];
    assert_eq!(keys, expected);
}

#[test]
fn what_is_not_toml_is_told_as_far_as_it_goes() {
    let text = CLASSIC.replace("version = 1", "version = ").replace("answer = \"48h\"", "answer = 48h\"");
    let lines: Vec<usize> = faults(&text).into_iter().map(|(line, _)| line).collect();
    assert!(lines.contains(&6) && lines.contains(&14), "{lines:?}");
    assert_eq!(faults(&"#\n".repeat(40_000)), [(1, String::new())]);
}

#[test]
fn no_key_is_missing_in_the_list_of_keys() {
    // A key that only `parse` knows would be called unknown here, and one that only the list knows would be an error there.
    for key in ["slug", "acknowledge", "no_reply", "id", "starts", "title", "audience", "action"] {
        let mangled = full().replacen(&format!("{key} ="), &format!("{key}x ="), 1);
        let found = faults(&mangled);
        assert!(found.iter().any(|(_, name)| name.ends_with(&format!("{key}x"))), "{key}: {found:?}");
        assert!(check(&mangled).is_err(), "{key}");
    }
}
