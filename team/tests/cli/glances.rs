//! What the list remembers: never more than the letters say, never in the clear, and nothing is lost without it.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::world::{Keys, World, text};

fn file(world: &World) -> PathBuf {
    world.store().join("glances")
}

/// Lists once every folder has been at rest for so long that it is remembered.
fn list_at_rest(world: &World) -> Value {
    let deadline = Instant::now() + Duration::from_secs(60);
    let now = || world.now().seconds();
    let is_at_rest = |folder: &Path| std::fs::metadata(folder).unwrap().ctime() < now();
    let folders = std::fs::read_dir(world.store()).unwrap().map(|entry| entry.unwrap().path());
    for folder in folders.filter(|path| path.join("index.json").exists()) {
        while !is_at_rest(&folder) {
            assert!(Instant::now() < deadline, "the clock stands still");
            std::thread::park_timeout(Duration::from_millis(100));
        }
    }
    let listed = world.json(&["list", "--all"]);
    assert!(file(world).exists(), "nothing is kept");
    listed
}

fn anew(world: &World) -> Value {
    std::fs::remove_file(file(world)).unwrap();
    world.json(&["list", "--all"])
}

/// Writes over a letter in place, which its folder does not notice.
fn damage_letter(world: &World, report: &Value) {
    let letters = crate::world::files(&world.store().join(text(&report["case"])));
    let letter = letters.into_iter().find(|path| path.extension().is_some_and(|kind| kind == "pgp"));
    std::fs::write(letter.unwrap(), b"damaged").unwrap();
}

fn a_remembered_list(keys: Keys) {
    let world = World::new(keys);
    let report = world.report("Use after free", &["--severity", "critical"]);
    world.report("Double free", &[]);
    let case = text(&report["short"]).to_owned();
    world.ok(&["pull"]);
    let first = list_at_rest(&world);
    assert_eq!((&world.json(&["list", "--all"]), &first), (&anew(&world), &first));

    world.ok(&["ack", &case]);
    world.ok(&["assign", &case]);
    world.ok(&["stage", &case, "received"]);
    let rows = world.json(&["list", "--all"]);
    let row = rows["cases"].as_array().unwrap().iter().find(|row| row["short"] == case.as_str()).unwrap();
    assert_eq!((text(&row["stage"]), text(&row["due"]["what"])), ("received", "answer in detail"), "{row}");
    world.ok(&["reply", &case, "--kind", "closing", "-m", "Done."]);
    world.ok(&["pull"]);
    let last = list_at_rest(&world);
    assert_eq!((&world.json(&["list", "--all"]), &last), (&anew(&world), &last));
}

#[test]
fn a_remembered_list_says_what_a_new_one_says_with_a_key_file() {
    a_remembered_list(Keys::File);
}

#[test]
fn a_remembered_list_says_what_a_new_one_says_with_gpg() {
    a_remembered_list(Keys::Gpg);
}

#[test]
fn what_is_remembered_is_used_sealed_and_no_loss() {
    let world = World::new(Keys::File);
    let report = world.report("Use after free", &[]);
    world.ok(&["pull"]);
    list_at_rest(&world);
    let kept = std::fs::read(file(&world)).unwrap();
    for plain in ["Use after free", text(&report["case"])] {
        assert!(!kept.windows(plain.len()).any(|bytes| bytes == plain.as_bytes()), "{plain} lies open");
    }
    // The list shows what it remembers, and `show` opens.
    damage_letter(&world, &report);
    assert_eq!(world.json(&["list"])["cases"][0]["title"], "Use after free");
    assert!(world.fails(1, &["show", text(&report["case"])]).contains("damaged on this disk"));
    // Whoever changes it changes nothing but the time it takes.
    for damage in [0, kept.len() / 2, kept.len() - 1] {
        let mut changed = kept.clone();
        changed[damage] ^= 1;
        std::fs::write(file(&world), changed).unwrap();
        assert!(world.fails(1, &["list"]).contains("damaged on this disk"), "byte {damage}");
    }
}

#[test]
fn another_policy_forgets_what_was_remembered() {
    let mut world = World::new(Keys::File);
    let report = world.report("Use after free", &[]);
    world.ok(&["pull"]);
    list_at_rest(&world);
    damage_letter(&world, &report);
    assert_eq!(world.json(&["list"])["cases"][0]["opened"], true);
    world.change_policy(|policy| policy.replace("answer = \"48h\"", "answer = \"30h\""));
    world.ok(&["pull"]);
    assert!(world.fails(1, &["list"]).contains("damaged on this disk"));
}

#[test]
fn after_a_pull_the_first_list_opens_nothing() {
    let world = World::new(Keys::File);
    let reports = ["Use after free", "Double free"].map(|title| world.report(title, &[]));
    world.ok(&["pull"]);
    reports.iter().for_each(|report| damage_letter(&world, report));
    let listed = world.json(&["list"]);
    assert!(listed["cases"].as_array().unwrap().iter().all(|case| case["opened"] == true), "{listed}");
    // What changes afterwards is opened by the next pull, not left to the list.
    std::fs::remove_dir_all(world.home().join("cases")).unwrap();
    world.ok(&["pull"]);
    world.ok(&["ack", text(&reports[0]["short"])]);
    world.ok(&["pull"]);
    damage_letter(&world, &reports[0]);
    let listed = world.json(&["list"]);
    let row =
        listed["cases"].as_array().unwrap().iter().find(|row| row["case"] == reports[0]["case"]).unwrap();
    assert_eq!((&row["opened"], &row["entries"]), (&true.into(), &2.into()), "{row}");
}
