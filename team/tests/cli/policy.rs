//! Policies from the side of those who write them: checked, explained, tried out.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::world::said;

const PRESETS: [&str; 7] =
    ["rust-classic", "rust-2025", "node", "kernel", "cert-45", "project-zero-90-30", "cra"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn preset(name: &str) -> String {
    format!("policies/{name}.toml")
}

/// The program in a folder of its own without any home, from the root of the sources.
fn sealpost(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sealpost"));
    command.env_clear().current_dir(root()).stdin(Stdio::null()).args(args);
    command
}

fn ok(args: &[&str]) -> String {
    said(sealpost(args).output().unwrap(), 0).0
}

fn simulate(preset_name: &str, events: &Value, now: &str, more: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("events.json");
    std::fs::write(&file, events.to_string()).unwrap();
    let (policy, events) = (preset(preset_name), file.to_str().unwrap());
    let args = ["policy", "simulate", &policy, "--events", events, "--now", now, "--json"];
    serde_json::from_str(&ok(&[&args, more].concat())).unwrap()
}

#[test]
fn every_preset_is_explained_in_plain_sentences() {
    for name in PRESETS {
        let explained = ok(&["policy", "explain", &preset(name)]);
        let expected = std::fs::read_to_string(root().join(format!("team/tests/explained/{name}.txt")))
            .unwrap_or_default();
        assert_eq!(
            explained, expected,
            "{name} reads differently now; if that is meant: sealpost policy explain policies/{name}.toml > team/tests/explained/{name}.txt"
        );
        let json: Value = serde_json::from_str(&ok(&["policy", "explain", &preset(name), "--json"])).unwrap();
        for section in json["sections"].as_array().unwrap() {
            for sentence in section["sentences"].as_array().unwrap() {
                assert!(explained.contains(sentence.as_str().unwrap()), "{sentence}");
            }
        }
    }
}

#[test]
fn every_error_of_a_policy_is_named_with_line_key_and_rule() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.toml");
    let text = std::fs::read_to_string(root().join(preset("rust-classic"))).unwrap();
    let broken = text
        .replace("answer = \"48h\"", "answer = \"4h\"\ncolour = \"blue\"")
        .replace("to = \"coordinator\"", "to = \"nobody\"")
        .replace("expires = \"2027", "expires = \"2025");
    std::fs::write(&file, &broken).unwrap();
    let path = file.to_str().unwrap();
    let (out, error) = said(sealpost(&["policy", "check", path]).output().unwrap(), 1);
    assert!(out.is_empty() && error.contains("3 errors"), "{out}{error}");
    let line = |word: &str| 1 + broken.lines().position(|line| line.starts_with(word)).unwrap();
    let expected = format!(
        "  {path}: line {}: identity.expires: must lie after identity.effective\n  \
         {path}: line {}: clocks.colour: there is no such key; here stand acknowledge, answer, update, warn_before, overrides\n  \
         {path}: line {}: escalation.steps[0].to: there is no desk “nobody”\n",
        line("expires"),
        line("colour"),
        line("to = \"nobody"),
    );
    assert!(error.ends_with(&expected), "{error}");

    // The rule about a table that could be read waits for nothing else.
    std::fs::write(&file, broken.replace("colour = \"blue\"\n", "")).unwrap();
    let (out, _) = said(sealpost(&["policy", "check", path, "--json"]).output().unwrap(), 1);
    let json: Value = serde_json::from_str(&out).unwrap();
    let keys: Vec<&str> =
        json["errors"].as_array().unwrap().iter().map(|error| error["key"].as_str().unwrap()).collect();
    assert_eq!(keys, ["identity.expires", "clocks.answer", "escalation.steps[0].to"]);
    let (_, error) = said(sealpost(&["policy", "explain", path]).output().unwrap(), 1);
    assert!(error.contains("clocks.answer") && error.contains("nobody"), "{error}");
}

#[test]
fn a_zone_with_another_zones_rule_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.toml");
    let text = std::fs::read_to_string(root().join(preset("rust-classic"))).unwrap();
    let zone = "\n[calendar]\nzone = \"Europe/Berlin\"\nzone_rule = \"EST5EDT,M3.2.0,M11.1.0\"\n";
    std::fs::write(&file, format!("{text}{zone}")).unwrap();
    let (_, error) = said(sealpost(&["policy", "check", file.to_str().unwrap()]).output().unwrap(), 1);
    assert!(error.contains("CET-1CEST,M3.5.0,M10.5.0/3"), "{error}");
}

/// Friday, 18 December 2026, at noon: a weekend, Christmas and the new year lie ahead.
const SENT: &str = "2026-12-18T12:00:00Z";

fn at(at: &str, event: &str) -> Value {
    match event.split_once(' ') {
        Some((event, kind)) if event == "human_reply" => json!({ "at": at, "event": event, "kind": kind }),
        Some((event, step)) if event == "step_taken" => json!({ "at": at, "event": event, "step": step }),
        Some((event, stage)) => json!({ "at": at, "event": event, "stage": stage }),
        None => json!({ "at": at, "event": event }),
    }
}

/// A moment, what happened since [`SENT`], and what the view then says at some places.
type Example = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
    &'static [(&'static str, &'static str)],
);

const EXAMPLES: &[Example] = &[
    (
        "rust-classic",
        &[],
        "2026-12-20T11:59:59Z",
        &[
            ("/promises/0/state", "late"),
            ("/promises/1/due", "2026-12-20T12:00:00Z"),
            ("/promises/1/state", "pending"),
            ("/ladder/reason", "awaiting-first-reply"),
            ("/ladder/steps/0/state", "closed"),
            ("/next/what", "promise-due"),
        ],
    ),
    (
        "rust-classic",
        &[("2026-12-18T12:01:00Z", "auto_reply"), ("2026-12-20T12:00:00Z", "step_taken coordinator")],
        "2026-12-20T12:00:00Z",
        &[
            ("/ladder/reason", "no-reply"),
            ("/ladder/opens_at", "2026-12-20T12:00:00Z"),
            ("/ladder/steps/0/state", "taken"),
            ("/ladder/steps/1/state", "open"),
            ("/ladder/steps/2/state", "closed"),
        ],
    ),
    (
        "rust-2025",
        &[("2026-12-19T09:00:00Z", "human_reply acknowledgement")],
        "2026-12-24T09:00:00Z",
        &[
            ("/promises/0/state", "kept"),
            ("/promises/0/met_at", "2026-12-19T09:00:00Z"),
            ("/promises/1/state", "late"),
            ("/ladder/reason", "silence"),
            ("/ladder/steps/0/state", "open"),
        ],
    ),
    (
        "node",
        &[],
        "2026-12-28T12:00:00Z",
        &[
            ("/promises/0/due", "2026-12-23T12:00:00Z"),
            ("/promises/1/due", "2026-12-28T12:00:00Z"),
            ("/ladder/opens_at", "2026-12-28T12:00:00Z"),
            ("/ladder/steps/0/state", "open"),
        ],
    ),
    (
        "kernel",
        &[("2027-01-10T12:00:00Z", "stage_reached fixes-ready")],
        "2027-01-11T12:00:00Z",
        &[("/embargo/starts_at", "2027-01-10T12:00:00Z"), ("/embargo/lifts_at", "2027-01-17T12:00:00Z")],
    ),
    (
        "cert-45",
        &[],
        "2026-12-19T12:00:00Z",
        &[("/embargo/hard_deadline", "2027-02-01T12:00:00Z"), ("/promises/0/due", "2026-12-21T12:00:00Z")],
    ),
    (
        "project-zero-90-30",
        &[("2027-03-08T12:00:00Z", "stage_reached fixes-ready")],
        "2027-03-09T12:00:00Z",
        &[("/embargo/hard_deadline", "2027-04-07T12:00:00Z"), ("/embargo/lifts_at", "2027-04-07T12:00:00Z")],
    ),
    (
        "cra",
        &[
            ("2026-12-19T11:00:00Z", "human_reply acknowledgement"),
            ("2026-12-21T12:00:00Z", "human_reply answer"),
        ],
        "2026-12-22T12:00:00Z",
        &[
            ("/promises/0/state", "kept"),
            ("/promises/1/state", "kept"),
            ("/promises/2/due", "2027-01-04T12:00:00Z"),
            ("/ladder/reason", "awaiting-update"),
            ("/next/at", "2027-01-04T12:00:00Z"),
        ],
    ),
];

#[test]
fn every_preset_gives_the_view_of_its_dated_examples() {
    for (name, happened, now, expected) in EXAMPLES {
        let mut events = vec![at(SENT, "sent")];
        events.extend(happened.iter().map(|(moment, event)| at(moment, event)));
        events.reverse();
        let view = simulate(name, &json!(events), now, &[]);
        for (place, value) in *expected {
            assert_eq!(view.pointer(place), Some(&json!(value)), "{name} at {now}: {place} in {view:#}");
        }
    }
    let named = |name: &&str| EXAMPLES.iter().any(|example| example.0 == *name);
    assert!(PRESETS.iter().all(named));
}

#[test]
fn the_view_has_the_documented_keys_and_no_others() {
    let view = simulate("cert-45", &json!([at(SENT, "sent")]), SENT, &[]);
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(keys(&view), "closed embargo ladder next promises sent stages warnings");
    assert_eq!(keys(&view["promises"][0]), "due id met_at state");
    assert_eq!(keys(&view["ladder"]), "open opens_at reason steps");
    assert_eq!(keys(&view["ladder"]["steps"][0]), "id opens_at state taken_at");
    assert_eq!(keys(&view["next"]), "at promise what");
    let embargo = "agreed earliest ended_at hard_deadline latest lifts_at proposed starts_at";
    assert_eq!(keys(&view["embargo"]), embargo);
    assert_eq!(keys(&view["stages"][0]), "id reached_at");
    let unsent = simulate("cert-45", &json!([]), SENT, &[]);
    assert_eq!((&unsent["sent"], &unsent["ladder"]["opens_at"]), (&Value::Null, &Value::Null));
}

#[test]
fn days_can_be_counted_in_another_zone_and_graver_cases_by_their_own_rules() {
    let answered =
        json!([at("2026-03-26T11:00:00Z", "sent"), at("2026-03-26T12:00:00Z", "human_reply answer")]);
    let opens = |more: &[&str]| {
        simulate("rust-classic", &answered, "2026-03-26T12:00:00Z", more)["ladder"]["opens_at"].clone()
    };
    assert_eq!(opens(&[]), "2026-03-31T12:00:00Z");
    assert_eq!(opens(&["--tz", "Europe/Berlin"]), "2026-03-31T11:00:00Z");
    let sent = json!([at(SENT, "sent")]);
    let exploited = simulate("cert-45", &sent, SENT, &["--exploited"]);
    assert_eq!(exploited["embargo"]["hard_deadline"], "2026-12-25T12:00:00Z");
    let policy = preset("rust-classic");
    let args = ["policy", "simulate", &policy, "--events", "/dev/null", "--tz", "Moon/Tranquility"];
    let (_, error) = said(sealpost(&args).output().unwrap(), 1);
    assert!(error.contains("there is no time zone “Moon/Tranquility”"), "{error}");
}

#[test]
fn an_event_that_cannot_have_happened_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("events.json");
    let (policy, events) = (preset("rust-classic"), file.to_str().unwrap());
    for (event, words) in [
        (json!({ "at": SENT, "event": "rang" }), "unknown variant `rang`"),
        (json!({ "at": SENT, "event": "human_reply" }), "missing field `kind`"),
        (at(SENT, "step_taken moon"), "the policy has no step “moon”"),
        (json!({ "at": "yesterday", "event": "sent" }), "a time is written as in"),
        (
            json!({ "at": SENT, "event": "sent", "By": "team" }),
            "there is no key “By”; here stand at, by, event",
        ),
        (json!({ "at": SENT, "event": "closed", "kind": "answer" }), "there is no key “kind”"),
        (
            json!({ "at": SENT, "event": "embargo_proposed", "until": "1970-01-01T00:00:00Z" }),
            "an embargo cannot end before the report was sent, at 2026-12-18T12:00:00Z",
        ),
    ] {
        std::fs::write(&file, json!([at(SENT, "sent"), event]).to_string()).unwrap();
        let (_, error) =
            said(sealpost(&["policy", "simulate", &policy, "--events", events]).output().unwrap(), 1);
        assert!(error.contains(words) && error.contains("event 2"), "{error}");
    }
}

#[test]
fn an_expired_policy_is_wrong_at_its_line_and_an_odd_one_is_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.toml");
    let path = file.to_str().unwrap();
    let text = std::fs::read_to_string(root().join(preset("rust-classic"))).unwrap();
    let expired = text
        .replace("effective = \"2026-01-01", "effective = \"2024-01-01")
        .replace("expires = \"2027-01-01", "expires = \"2025-01-01");
    let line = |text: &str, word: &str| 1 + text.lines().position(|line| line.starts_with(word)).unwrap();
    std::fs::write(&file, &expired).unwrap();
    let (out, error) = said(sealpost(&["policy", "check", path, "--json"]).output().unwrap(), 1);
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["errors"][0]["key"], "identity.expires", "{json:#}");
    assert_eq!(json["errors"][0]["line"], line(&expired, "expires"), "{json:#}");
    assert!(error.contains("identity.expires: the policy expired"), "{error}");

    let odd = text
        .replace("expires = \"2027-01-01", "expires = \"9000-01-01")
        .replace("warn_before = \"6h\"", "warn_before = \"30h\"");
    std::fs::write(&file, &odd).unwrap();
    let (out, error) = said(sealpost(&["policy", "check", path, "--json"]).output().unwrap(), 0);
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&json["errors"], &json["warnings"][0]["key"]), (&json!([]), &json!("clocks.warn_before")));
    let place = format!("line {}: clocks.warn_before", line(&odd, "warn_before"));
    assert!(error.contains(&place), "{error}");
}
