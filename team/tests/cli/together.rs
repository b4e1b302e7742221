//! Two members of one desk: one state of a case, which neither relay nor reporter can read.

use std::path::PathBuf;
use std::process::Command;

use sealpost_keys::SigningKey;
use sealpost_shared::Timestamp;
use serde_json::Value;

use crate::world::{Keys, World, files, said, text};

/// A second member with a home and a key file of his own.
pub(crate) struct Bob {
    home: PathBuf,
    pub(crate) fingerprint: String,
}

impl Bob {
    /// Makes him a member; with `reads`, every letter to the desk is sealed to his key as well.
    pub(crate) fn join(world: &mut World, reads: bool) -> Self {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let key = SigningKey::generate_team("Bob Builder <bob@demo.example>", now).unwrap();
        let fingerprint = key.fingerprint().to_string();
        let home = world.path("bob");
        std::fs::create_dir_all(home.join("keys")).unwrap();
        let key_file = home.join("keys/demo.sec.asc");
        std::fs::write(&key_file, key.to_armored().unwrap().as_bytes()).unwrap();
        std::fs::set_permissions(&key_file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let config = std::fs::read_to_string(world.home().join("config.toml")).unwrap();
        let config: Vec<&str> = config.lines().filter(|line| !line.starts_with("key")).collect();
        std::fs::write(home.join("config.toml"), format!("{}\nkeyring = \"file\"\n", config.join("\n")))
            .unwrap();
        let cert = world.path(&format!("teams/demo/certs/{fingerprint}.asc"));
        std::fs::write(cert, key.certificate().to_armored()).unwrap();
        let team = world.fingerprint();
        let both = format!("[\"{team}\", \"{fingerprint}\"]");
        let sealed_to = if reads { both.clone() } else { format!("[\"{team}\"]") };
        world.change_policy(|policy| {
            policy.replace(
                &format!("fingerprints = [\"{team}\"]"),
                &format!("fingerprints = {sealed_to}\nmembers = {both}"),
            )
        });
        Self { home, fingerprint }
    }

    pub(crate) fn sealpost(&self, world: &World, args: &[&str]) -> Command {
        let mut command = world.sealpost(args);
        command.env("SEALPOST_HOME", &self.home);
        command
    }

    pub(crate) fn ok(&self, world: &World, args: &[&str]) -> String {
        said(self.sealpost(world, args).output().unwrap(), 0).0
    }

    pub(crate) fn json(&self, world: &World, args: &[&str]) -> Value {
        serde_json::from_str(&self.ok(world, &[args, &["--json"]].concat())).unwrap()
    }
}

fn state(shown: &Value) -> (Value, Value) {
    (shown["handler"].clone(), shown["stages"].clone())
}

#[test]
fn members_see_one_state_and_the_reporter_the_stages_that_were_told() {
    let mut world = World::new(Keys::File);
    let bob = Bob::join(&mut world, true);
    let report = world.report("Use after free", &[]);
    let case = text(&report["short"]).to_owned();
    world.ok(&["pull"]);
    bob.ok(&world, &["pull"]);

    let too_early = world.fails(2, &["stage", &case, "received"]);
    assert!(too_early.contains("sealpost assign"), "{too_early}");
    assert!(world.ok(&["assign", &case, "--to", "bob"]).contains("Bob Builder's"));
    assert!(world.fails(1, &["assign", &case, "--to", "carol"]).contains("Bob Builder"));
    bob.ok(&world, &["note", &case, "-m", "the arena is freed twice in drop"]);
    bob.ok(&world, &["pull"]);
    bob.ok(&world, &["stage", &case, "received"]);
    let missing = bob.sealpost(&world, &["stage", &case, "confirmed"]).output().unwrap();
    assert!(said(missing, 2).1.contains("--affected"));
    assert!(world.fails(1, &["stage", &case, "shipped"]).contains("fixes-ready"));
    let told = bob.ok(&world, &["stage", &case, "confirmed", "--affected", ">=1.2,<1.4.3", "--tell"]);
    assert!(told.contains("affected   >=1.2,<1.4.3") && told.contains("The reporter was told"), "{told}");

    // Without a pull between them both assign: whoever pulls last sees what the other sees.
    world.ok(&["assign", &case]);
    bob.ok(&world, &["assign", &case, "--to", &bob.fingerprint]);
    for _ in 0..2 {
        world.ok(&["pull"]);
        bob.ok(&world, &["pull"]);
    }
    let (hers, his) = (world.json(&["show", &case]), bob.json(&world, &["show", &case]));
    assert_eq!(state(&hers), state(&his));
    assert_eq!(hers["stages"]["confirmed"]["records"]["affected"], ">=1.2,<1.4.3");
    assert_eq!(text(&hers["stages"]["received"]["records"]["handler"]), bob.fingerprint);
    let shown = world.ok(&["show", &case]);
    assert!(
        shown.contains("the arena is freed twice in drop") && shown.contains("by Bob Builder"),
        "{shown}"
    );

    the_reporter_sees(&world, &report);
    the_relay_sees_nothing(&world);
}

fn the_reporter_sees(world: &World, report: &Value) {
    let words = world.words(report);
    let folder = text(&report["folder"]);
    let args = ["case", folder, "--words-file", words.to_str().unwrap()];
    let seen = world.json(&args);
    assert_eq!(seen["refused"], serde_json::json!([]));
    assert_eq!(seen["desk_notes"], 6);
    assert_eq!(seen["replies"][0]["kind"], "stage");
    let reached = |id: &str| {
        let stages = seen["timeline"]["stages"].as_array().unwrap();
        stages.iter().find(|stage| stage["id"] == id).unwrap()["reached_at"].clone()
    };
    assert!(reached("received").is_string() && reached("confirmed").is_string());
    assert!(reached("audited").is_null());
    let said = world.ok(&args);
    assert!(said.contains("Handled by Bob Builder") && said.contains("stage confirmed"), "{said}");
    assert!(said.contains("Affected versions: >=1.2,<1.4.3") && !said.contains("arena"), "{said}");
    let promises = seen["timeline"]["promises"].as_array().unwrap();
    assert!(promises.iter().any(|promise| promise["id"] == "acknowledge" && promise["state"] == "kept"));
}

fn the_relay_sees_nothing(world: &World) {
    for needle in ["the arena is freed", ">=1.2,<1.4.3", "Bob Builder handles", "\"says\""] {
        for folder in ["relay", "home/cases", "bob/cases"] {
            for path in files(&world.path(folder)) {
                let bytes = std::fs::read(&path).unwrap();
                let found = bytes.windows(needle.len()).any(|window| window == needle.as_bytes());
                assert!(!found, "“{needle}” lies in {}", path.display());
            }
        }
    }
}

#[test]
fn a_member_without_the_desks_key_is_told_so() {
    let mut world = World::new(Keys::File);
    let bob = Bob::join(&mut world, false);
    let report = world.report("Use after free", &[]);
    let case = text(&report["short"]).to_owned();
    bob.ok(&world, &["pull"]);
    for (args, code) in [(["show", &case], 1), (["ack", &case], 1)] {
        let error = said(bob.sealpost(&world, &args).output().unwrap(), code).1;
        assert!(error.contains("not to your key") && error.contains("fingerprints"), "{args:?}: {error}");
    }
    world.report("Out of bounds", &[]);
    bob.ok(&world, &["pull"]);
    let (rows, error) = said(bob.sealpost(&world, &["list"]).output().unwrap(), 1);
    assert_eq!(rows.matches("[not opened]\n").count(), 2, "{rows}");
    assert_eq!((rows + &error).matches("have your fingerprint added").count(), 1, "{error}");
}
