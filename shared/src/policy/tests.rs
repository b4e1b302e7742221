//! The file's rules, each broken once.

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
    PolicyFile::from_toml(text)?.check()
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
        ("mailto:backup", "javascript:backup", "desks[2].uris"),
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
