//! Two members of one desk: one state of a case, which neither relay nor reporter can read.

use std::path::PathBuf;
use std::process::Command;

use sealpost_keys::{Letter, SigningKey, UncheckedCert, seal_signed};
use sealpost_shared::desk::{DeskEntry, DeskWord};
use sealpost_shared::letter::{LetterData, Notice};
use sealpost_shared::{CaseId, EntryId, Timestamp};
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

    /// Puts a letter of his own making into a case, as a member with a program of his own could.
    fn put(&self, world: &World, case: CaseId, entry: EntryId, text: &str, data: LetterData) {
        let now = world.now();
        let key = std::fs::read(self.home.join("keys/demo.sec.asc")).unwrap();
        let key = SigningKey::from_armored(&key, None).unwrap();
        let certs =
            files(&world.path("teams/demo/certs")).into_iter().map(|path| std::fs::read(path).unwrap());
        let certs: Vec<_> =
            certs.map(|cert| UncheckedCert::parse_one(&cert).unwrap().judge(now).unwrap()).collect();
        let letter =
            Letter { text: text.to_owned(), data, reporter_certificate: None, attachments: Vec::new() };
        let sealed = seal_signed(&letter, &certs, &key, now).unwrap();
        let session = std::fs::read(self.home.join("sessions/demo.team.json")).unwrap();
        let session: Value = serde_json::from_slice(&session).unwrap();
        let put = ureq::put(format!("{}/v1/cases/{case}/entries/{entry}", world.proxy.origin));
        let put = put.header("Authorization", format!("Bearer {}", crate::world::text(&session["token"])));
        let put = put.content_type("application/octet-stream").send(sealed.as_bytes()).unwrap();
        assert_eq!(put.status(), 201);
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
    world.ok(&["assign", &case, "--anyway"]);
    bob.ok(&world, &["assign", &case, "--to", &bob.fingerprint, "--anyway"]);
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

#[test]
fn two_who_answer_at_the_same_moment_are_told_of_each_other() {
    let mut world = World::new(Keys::File);
    let bob = Bob::join(&mut world, true);
    let report = world.report("Use after free", &[]);
    let case = text(&report["short"]).to_owned();
    world.ok(&["pull"]);
    bob.ok(&world, &["pull"]);
    bob.ok(&world, &["ack", &case, "-m", "Bob has it."]);
    for say in [["ack", &case, "--json"].as_slice(), &["reply", &case, "-m", "We have it."]] {
        let asked = world.fails(2, say);
        assert!(asked.contains("Bob Builder wrote to the reporter (acknowledgement), "), "{asked}");
        assert!(asked.contains("Nothing was sent") && asked.contains("--anyway"), "{asked}");
    }
    world.ok(&["reply", &case, "-m", "We have it.", "--anyway"]);
    let pulled = world.ok(&["pull"]);
    assert!(
        pulled.contains("Bob Builder wrote to the reporter (acknowledgement), ")
            && pulled.contains(" your letter of "),
        "{pulled}"
    );
    let asked = said(bob.sealpost(&world, &["reply", &case, "-m", "More."]).output().unwrap(), 2).1;
    assert!(asked.contains("wrote to the reporter (update), "), "{asked}");
    bob.ok(&world, &["pull"]);
    bob.ok(&world, &["reply", &case, "-m", "More."]);
    // A relay that is away hinders nobody.
    world.stop_relay();
    assert!(world.fails(1, &["reply", &case, "-m", "Later."]).contains("kept here, but not sent"));
}

#[test]
fn no_step_is_taken_past_what_was_said_since_the_last_pull() {
    let mut world = World::new(Keys::File);
    let bob = Bob::join(&mut world, true);
    let report = world.report("Use after free", &[]);
    let case = text(&report["short"]).to_owned();
    world.ok(&["pull"]);
    bob.ok(&world, &["pull"]);
    bob.ok(&world, &["assign", &case]);
    bob.ok(&world, &["reply", &case, "-m", "We look at it."]);
    let steps: [&[&str]; 3] = [
        &["assign", &case],
        &["stage", &case, "received"],
        &["embargo", &case, "propose", "2099-01-01T00:00Z", "--long"],
    ];
    for step in steps {
        let asked = world.fails(2, step);
        assert!(asked.contains("Bob Builder left a note or took a step, "), "{asked}");
        assert!(asked.contains("Bob Builder wrote to the reporter (update), "), "{asked}");
        assert!(asked.contains("Nothing was sent") && asked.contains("--anyway"), "{asked}");
    }
    world.ok(&["pull"]);
    // What the first letter lacked, Bob's step gave: the stage has a handler.
    world.ok(&["stage", &case, "received"]);
}

#[test]
fn what_a_hostile_colleague_writes_is_marked_for_what_it_is() {
    let mut world = World::new(Keys::File);
    let bob = Bob::join(&mut world, true);
    let report = world.report("Use after free", &[]);
    bob.ok(&world, &["pull"]);
    let case: CaseId = text(&report["case"]).parse().unwrap();
    let entry = |n: u8| EntryId::from_bytes([n; 16]);
    let desk = |n, written_at, says| LetterData::Desk(DeskEntry { case, entry: entry(n), written_at, says });
    let years_ahead: Timestamp = "2041-01-01T00:00:00Z".parse().unwrap();
    let nobody = "0123456789ABCDEF0123456789ABCDEF01234567".parse().unwrap();
    bob.put(&world, case, entry(1), "It can wait.", desk(1, years_ahead, DeskWord::Note));
    bob.put(&world, case, entry(2), "", desk(2, world.now(), DeskWord::Assigned { to: Some(nobody) }));
    let notice =
        Notice { case, audience: "distros".to_owned(), written_at: world.now(), lifts_at: years_ahead };
    bob.put(&world, case, entry(3), "What is this?", LetterData::Notice(notice));
    world.ok(&["pull"]);
    let (shown, _) = said(world.sealpost(&["show", text(&report["case"])]).output().unwrap(), 0);
    assert!(
        shown.contains("Note of the desk, 2041-01-01 00:00 UTC\nDATED AHEAD: it arrived in the hour of "),
        "{shown}"
    );
    assert!(shown.contains("handler    0123456789ABCDEF (no member of this desk)"), "{shown}");
    let malformed =
        format!("NOT READ: signed by the member {}, but what it says has no form", bob.fingerprint);
    assert!(shown.contains(&malformed), "{shown}");
    assert_eq!(shown.matches("DATED AHEAD").count(), 1, "{shown}");
}
