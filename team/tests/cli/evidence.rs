//! Evidence: made without the report, checked from the file alone, and every change of it named.

use std::path::{Path, PathBuf};
use std::process::Command;

use sealpost_keys::{CaseKey, phrase};
use sealpost_shared::evidence::Evidence;
use sealpost_shared::policy::Policy;
use sealpost_shared::timeline::{Case, view};
use serde_json::{Value, json};

use crate::world::{Keys, SECRET, World, said, text};

const TITLE: &str = "Arena freed twice";

/// A case that was acknowledged, its evidence, and the reporter's words.
struct Made {
    world: World,
    report: Value,
    file: PathBuf,
    words: PathBuf,
}

fn made() -> Made {
    let world = World::new(Keys::File);
    let report = world.report(TITLE, &["--severity", "critical"]);
    world.ok(&["pull"]);
    world.ok(&["ack", text(&report["case"]), "-m", "We read about the arena."]);
    let (file, words) = (world.path("evidence.json"), world.words(&report));
    let folder = text(&report["folder"]).to_owned();
    let args =
        ["case", &folder, "--words-file", words.to_str().unwrap(), "--evidence", file.to_str().unwrap()];
    world.ok(&args);
    Made { world, report, file, words }
}

impl Made {
    fn evidence(&self) -> Value {
        serde_json::from_slice(&std::fs::read(&self.file).unwrap()).unwrap()
    }

    fn key(&self) -> CaseKey {
        let words = std::fs::read_to_string(&self.words).unwrap();
        CaseKey::derive(&phrase::from_words(&words).unwrap(), 0)
    }

    /// What a check of changed evidence says: faults, or the error where it is no evidence at all.
    fn faults(&self, changed: &Value) -> String {
        let path = self.world.path("changed.json");
        std::fs::write(&path, changed.to_string()).unwrap();
        let output =
            self.world.sealpost(&["verify-evidence", path.to_str().unwrap(), "--json"]).output().unwrap();
        let (out, error) = said(output, 1);
        let found = serde_json::from_str::<Value>(&out).map(|json| json["faults"].to_string());
        found.unwrap_or(error)
    }

    /// The evidence after a lie that the reporter tells with the case's own key.
    fn lie(&self, change: impl FnOnce(&mut Value)) -> Value {
        let mut changed = self.evidence();
        let now = text(&changed["facts"]["made_at"]).parse().unwrap();
        change(&mut changed["facts"]);
        let evidence: Evidence = serde_json::from_value(changed.clone()).unwrap();
        let signed = evidence.facts.canonical().unwrap();
        changed["signature"] = self.key().sign_detached_armored(signed.as_bytes(), now).unwrap().into();
        changed
    }
}

#[test]
fn evidence_shows_promises_and_signatures_and_never_the_report() {
    let made = made();
    let path = made.file.to_str().unwrap();
    let said_text = made.world.ok(&["verify-evidence", path]);
    for words in [
        "A person confirms your report within 24 hours.\n    (signed by the team; by",
        "The report was sent.\n    (the reporter's word, borne out by the relay; the receipt names the hour)",
        "The relay held the sealed report in the hour from here.\n    (signed by the relay)",
        "A person of the team confirmed the report.\n    (the reporter's word, borne out by the relay; the relay received entry",
        "Confirmation by a person was due. KEPT",
        "Detailed answer is due. Not late yet.",
        "Everything in this file holds together.",
    ] {
        assert!(said_text.contains(words), "{words}:\n{said_text}");
    }
    let json = made.world.json(&["verify-evidence", path]);
    assert_eq!((&json["good"], &json["faults"]), (&true.into(), &json!([])));
    assert_eq!(json["policy_signer"], made.world.fingerprint());
    let fingerprint = made.world.fingerprint();
    made.world.ok(&["verify-evidence", path, "--fingerprint", &fingerprint]);
    let stranger = made.key().fingerprint().to_string();
    let error = made.world.fails(1, &["verify-evidence", path, "--fingerprint", &stranger]);
    assert!(error.contains("1 fault"), "{error}");
    // A policy that nobody signed may be shown, but not to one who asks for the team's signature.
    let mut unsigned = made.evidence();
    for key in ["signature", "certificate"] {
        (unsigned[key], unsigned["facts"]["policy"][key]) = (Value::Null, Value::Null);
    }
    let anybodys = made.world.path("unsigned.json");
    std::fs::write(&anybodys, unsigned.to_string()).unwrap();
    let anybodys = anybodys.to_str().unwrap();
    assert!(made.world.ok(&["verify-evidence", anybodys]).contains("nobody signed these rules"));
    let error = made.world.fails(1, &["verify-evidence", anybodys, "--fingerprint", &fingerprint]);
    assert!(error.contains("1 fault"), "{error}");
    let readable = std::fs::read_to_string(made.world.path("evidence.json.txt")).unwrap();
    assert!(readable.contains("KEPT") && readable.contains("sealpost verify-evidence"), "{readable}");
    for file in [std::fs::read_to_string(&made.file).unwrap(), readable, said_text] {
        for secret in [TITLE, SECRET, "arena", "critical", made.key().capability().to_token().as_str()] {
            assert!(!file.contains(secret), "{secret} stands in {file}");
        }
    }
    let evidence: Evidence = serde_json::from_value(made.evidence()).unwrap();
    assert_eq!(evidence.facts.severity, None, "no promise of this policy hangs on it");
}

#[test]
fn any_change_of_any_field_is_found() {
    let made = made();
    let whole = made.evidence();
    let mut places = Vec::new();
    leaves(&whole, String::new(), &mut places);
    assert!(places.len() > 40, "{places:?}");
    for place in places {
        let mut changed = whole.clone();
        let leaf = changed.pointer_mut(&place).unwrap();
        *leaf = other(leaf);
        let faults = made.faults(&changed);
        assert!(faults.len() > 20, "{place}: {faults}");
        let named = ["signature", "certificate", "no evidence file", "evidence file of version"];
        assert!(named.iter().any(|name| faults.contains(name)), "{place}: {faults}");
    }
}

fn leaves(value: &Value, place: String, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            object.iter().for_each(|(key, value)| leaves(value, format!("{place}/{key}"), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, value)| leaves(value, format!("{place}/{n}"), found));
        }
        _ => found.push(place),
    }
}

/// Another value, of the same form where that is easy: a later digit of a date, the other truth.
fn other(value: &Value) -> Value {
    match value {
        Value::String(text) if text.starts_with("-----BEGIN PGP") => damaged(text).into(),
        Value::String(text) if text.contains('0') => text.replacen('0', "1", 1).into(),
        Value::String(text) => format!("{text}x").into(),
        Value::Bool(flag) => (!flag).into(),
        Value::Number(number) => (number.as_u64().unwrap() + 1).into(),
        _ => "x".into(),
    }
}

/// An armored block with one character of its first line changed: there lie only bytes that a signature
/// or a fingerprint covers, unlike the armor's checksum or the part of a signature that nobody signed.
fn damaged(armored: &str) -> String {
    let body = armored.find("\n\n").unwrap() + 2;
    let at = body + 20;
    let mut bytes = armored.as_bytes().to_vec();
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_lie_told_with_the_cases_own_key_is_named_where_others_signed() {
    let made = made();
    let certificate = made.evidence()["certificate"].clone();
    type Change<'a> = Box<dyn FnOnce(&mut Value) + 'a>;
    let set = |place: &'static str, value: Value| -> Change<'_> {
        Box::new(move |facts| {
            if let Some(old) = facts.pointer_mut(place) {
                return *old = value;
            }
            let (parent, key) = place.rsplit_once('/').unwrap();
            facts.pointer_mut(parent).unwrap()[key] = value;
        })
    };
    let weaker = text(&made.evidence()["facts"]["policy"]["text"]).replace("24h", "2h");
    let receipt =
        text(&made.evidence()["facts"]["receipts"][0]).replace("Z", "Z ").replace("desk: team", "desk: t");
    let table: Vec<(&str, Change<'_>)> = vec![
        ("policy.signature: the team did not sign this text", set("/policy/text", weaker.into())),
        ("policy.text: line 1", set("/policy/text", "colour = 1".into())),
        ("policy.signature", set("/policy/signature", "-----BEGIN PGP SIGNATURE-----".into())),
        (
            "policy.certificate: the policy names another signer",
            set("/policy/certificate", certificate.clone()),
        ),
        ("policy.signature: it stands without its certificate", set("/policy/certificate", Value::Null)),
        ("receipts[0]: The receipt's signature does not hold", set("/receipts/0", receipt.into())),
        ("receipts[0]: The receipt's signature does not hold", set("/relay_certificate", certificate)),
        ("relay_certificate: it is missing", set("/relay_certificate", Value::Null)),
        ("names another SHA-256", set("/letter_sha256", "ab".repeat(32).into())),
        ("speaks of another case", set("/case", "00112233445566778899aabbccddeeff".into())),
        ("it is not the one of this case", set("/team", "other".into())),
        ("it is not the one of this case", set("/desk", "nowhere".into())),
        ("no receipt here shows", set("/receipts", json!([]))),
        ("is not among the replies", set("/replies", json!([]))),
        ("is not on record", set("/replies/0/kind", "answer".into())),
        (
            "entry that is not in this file",
            set("/replies/0/entry", "00112233445566778899aabbccddeeff".into()),
        ),
        ("is not on record", set("/replies/0/at", "2026-01-01T00:00:00Z".into())),
        ("made_at: 2036-01-01T00:00:00Z lies in the future", set("/made_at", "2036-01-01T00:00:00Z".into())),
        ("they say more than this form knows", set("/events/0/statement", "They admitted it.".into())),
        ("they say more than this form knows", set("/view/promises/0/note", "Kept.".into())),
        ("change no promise", set("/severity", "high".into())),
        ("change no promise", set("/exploited", true.into())),
        ("view: sent", set("/view/sent", "2026-01-01T00:00:00Z".into())),
        ("view: promises", set("/view/promises/0/state", "late".into())),
        ("view: next", set("/view/next", Value::Null)),
        ("view: ladder", set("/view/ladder/open", true.into())),
        ("view: stages", set("/view/stages", json!([]))),
        ("view: closed", set("/view/closed", "2026-01-01T00:00:00Z".into())),
        ("view: ", set("/made_at", "2036-01-01T00:00:00Z".into())),
    ];
    for (words, change) in table {
        let lie = made.lie(change);
        let faults = made.faults(&lie);
        assert!(faults.contains(words), "{words}: {faults}");
        assert!(!faults.contains("changed after the case's key"), "{faults}");
    }
}

#[test]
fn what_only_the_reporter_says_is_shown_as_such() {
    let made = made();
    let policy = Policy::from_toml(text(&made.evidence()["facts"]["policy"]["text"])).unwrap();
    // The reporter leaves the team's answer out, with everything that hangs on it.
    let lie = made.lie(|facts| {
        let event = |event: &Value| event["event"] != "human_reply";
        facts["events"] = facts["events"].as_array().unwrap().iter().filter(|e| event(e)).cloned().collect();
        facts["replies"] = json!([]);
        // To have been let down already, the reporter sent it three days ago.
        let made_at: sealpost_shared::Timestamp = text(&facts["made_at"]).parse().unwrap();
        let sent = sealpost_shared::Timestamp::from_seconds(made_at.seconds() - 3 * 86_400).to_string();
        let first = |event: &&mut Value| event["event"] == "sent";
        facts["events"].as_array_mut().unwrap().iter_mut().find(first).unwrap()["at"] = sent.into();
        facts["receipts"].as_array_mut().unwrap().truncate(1);
        let events: Case = serde_json::from_value(facts["events"].clone()).unwrap();
        facts["events"] = serde_json::to_value(&events).unwrap();
        facts["view"] = serde_json::to_value(view(&events, &policy, made_at)).unwrap();
    });
    let path = made.world.path("lie.json");
    std::fs::write(&path, lie.to_string()).unwrap();
    let json = made.world.json(&["verify-evidence", path.to_str().unwrap()]);
    let missed = |line: &&Value| text(&line["text"]).starts_with("Confirmation by a person was due. MISSED");
    let line = json["lines"].as_array().unwrap().iter().find(missed).unwrap().clone();
    assert_eq!(line["proof"], "reporter");
    assert!(
        text(&line["note"]).contains("a receipt of an earlier reply would show that this is wrong"),
        "{line}"
    );
}

#[test]
fn gpg_alone_checks_the_signatures() {
    let made = made();
    let evidence: Evidence = serde_json::from_value(made.evidence()).unwrap();
    let folder = made.world.path("by-hand");
    std::fs::create_dir(&folder).unwrap();
    let put = |name: &str, content: &str| std::fs::write(folder.join(name), content).unwrap();
    put("facts.json", &evidence.facts.canonical().unwrap());
    put("facts.asc", evidence.signature.as_deref().unwrap());
    put("policy.toml", &evidence.facts.policy.text);
    put("policy.asc", evidence.facts.policy.signature.as_deref().unwrap());
    put("case.key", evidence.certificate.as_deref().unwrap());
    put("team.key", evidence.facts.policy.certificate.as_deref().unwrap());
    put("relay.key", evidence.facts.relay_certificate.as_deref().unwrap());
    put("receipt.asc", &evidence.facts.receipts[0]);
    let gpg = |args: &[&str]| said(gpg(&made.world, &folder, args).output().unwrap(), 0);
    gpg(&["--import", "case.key", "team.key", "relay.key"]);
    gpg(&["--verify", "facts.asc", "facts.json"]);
    gpg(&["--verify", "policy.asc", "policy.toml"]);
    gpg(&["--verify", "receipt.asc"]);
}

fn gpg(world: &World, folder: &Path, args: &[&str]) -> Command {
    let mut command = world.program("gpg");
    command.current_dir(folder).args(["--batch", "--quiet"]).args(args);
    command
}

#[test]
fn without_a_folder_the_clock_runs_from_the_relays_hour_and_says_so() {
    let made = made();
    let (origin, fingerprint) = (made.world.proxy.origin.clone(), made.world.fingerprint());
    let file = made.world.path("alone.json");
    let words = made.words.to_str().unwrap();
    let args =
        ["case", "--relay", &origin, "--team", "demo", "--fingerprint", &fingerprint, "--words-file", words];
    let said_text = made.world.ok(&args);
    assert!(
        said_text.contains("Counted from the hour in which the relay received the report"),
        "{said_text}"
    );
    let seen = made.world.json(&[&args, ["--evidence", file.to_str().unwrap()].as_slice()].concat());
    assert_eq!(seen["sent_by"], "relay-hour");
    assert!(text(&seen["timeline"]["sent"]).ends_with(":00:00Z"), "{seen}");
    let good = made.world.json(&["verify-evidence", file.to_str().unwrap()]);
    assert_eq!((&good["good"], &good["timeline"]["sent"]), (&true.into(), &seen["timeline"]["sent"]));
    let folder = text(&made.report["folder"]);
    assert_eq!(made.world.json(&["case", folder, "--words-file", words])["sent_by"], "record");
}

#[test]
fn evidence_can_be_made_while_the_relay_is_away() {
    let mut made = made();
    made.world.stop_relay();
    let file = made.world.path("away.json");
    let folder = text(&made.report["folder"]).to_owned();
    let words = made.words.to_str().unwrap().to_owned();
    let args = ["case", &folder, "--words-file", &words, "--evidence", file.to_str().unwrap()];
    let (_, error) = said(made.world.sealpost(&args).output().unwrap(), 1);
    assert!(error.contains("no receipt of entry"), "{error}");
    let good = made.world.json(&["verify-evidence", file.to_str().unwrap()]);
    let lines = good["lines"].as_array().unwrap();
    let reply = lines.iter().find(|line| text(&line["text"]).contains("confirmed the report")).unwrap();
    assert_eq!(reply["proof"], "reporter", "without the relay's receipt it is the reporter's word");
}
