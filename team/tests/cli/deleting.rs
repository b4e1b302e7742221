//! A case that is deleted for good: what goes, what its reporter is told, and what the others of the desk see.

use crate::together::Bob;
use crate::world::{Keys, World, said, text};

#[test]
fn a_deleted_case_is_gone_at_the_relay_and_here_and_its_reporter_is_told() {
    let world = World::new(Keys::File);
    let (first, second) = (world.report("One", &[]), world.report("Two", &[]));
    world.ok(&["pull"]);
    let case = text(&second["case"]);
    let asked = world.fails(2, &["delete", case]);
    assert!(asked.contains("Nothing was deleted") && asked.contains("--yes"), "{asked}");
    assert!(asked.contains(" “Two” has 1 letter here"), "{asked}");
    let digits: String = case.chars().take(7).collect();
    let too_short = world.fails(2, &["delete", &digits, "--yes"]);
    assert!(
        too_short.contains(&format!("It would be case {} “Two”:", text(&second["short"]))),
        "{too_short}"
    );
    assert_eq!(world.json(&["list"])["cases"].as_array().unwrap().len(), 2);
    let deleted = world.json(&["delete", case, "--yes"]);
    assert_eq!((text(&deleted["case"]), text(&deleted["by"])), (case, "team"));
    let listed = world.json(&["list"]);
    let [left] = listed["cases"].as_array().unwrap().as_slice() else { panic!("{listed}") };
    assert_eq!(left["case"], first["case"]);
    // The cursor stands on what is gone: that is no loss, and nothing to read again.
    let (out, error) = said(world.sealpost(&["pull"]).output().unwrap(), 0);
    assert!(out.contains("Nothing new") && !error.contains("LOST"), "{out}{error}");
    let words = world.words(&second);
    let told = world.fails(1, &["case", text(&second["folder"]), "--words-file", words.to_str().unwrap()]);
    assert!(
        told.contains("the team deleted this case at the relay, ") && told.contains("to the hour"),
        "{told}"
    );
    let args = ["case", text(&second["folder"]), "--words-file", words.to_str().unwrap()];
    let (out, _) = said(world.sealpost(&args).output().unwrap(), 1);
    assert!(out.contains(": deleted at the relay\n") && out.contains("DELETED: the team deleted"), "{out}");
    assert!(out.contains("acknowledge by") && !out.contains("Next: the team"), "{out}");
    let (out, _) = said(world.sealpost(&[&args, ["--json"].as_slice()].concat()).output().unwrap(), 1);
    let seen: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&seen["deleted"]["by"], &seen["deleted"]["at"]), (&deleted["by"], &deleted["at"]));
    // Somebody else of the desk, who pulls for the first time.
    std::fs::remove_dir_all(world.store()).unwrap();
    let (out, error) = said(world.sealpost(&["pull"]).output().unwrap(), 0);
    assert!(out.contains("1 new report") && error.is_empty(), "{out}{error}");
    assert!(
        out.contains(&format!(
            "1 case was deleted at the relay before this fetched all of it: {}",
            text(&second["short"])
        )),
        "{out}"
    );
}

#[test]
fn a_row_that_could_not_be_had_and_was_deleted_since_is_asked_for_no_longer() {
    let world = World::new(Keys::File);
    let report = world.report("One", &[]);
    world.ok(&["pull"]);
    let case = text(&report["case"]);
    let index = world.store().join(case).join("index.json");
    let row: serde_json::Value = serde_json::from_slice(&std::fs::read(index).unwrap()).unwrap();
    world.json(&["delete", case, "--yes"]);
    let mut row = row[0].clone();
    row["case"] = report["case"].clone();
    std::fs::write(world.store().join("missing.json"), serde_json::json!([row]).to_string()).unwrap();
    assert_eq!(world.json(&["pull"])["failed"].as_array().unwrap().len(), 0);
}

#[test]
fn nothing_is_kept_for_a_case_that_another_member_deleted() {
    let mut world = World::new(Keys::File);
    let bob = Bob::join(&mut world, true);
    let report = world.report("One", &[]);
    let case = text(&report["short"]);
    world.ok(&["pull"]);
    bob.ok(&world, &["pull"]);
    world.ok(&["delete", text(&report["case"]), "--yes"]);
    let refused = said(bob.sealpost(&world, &["reply", case, "-m", "News."]).output().unwrap(), 1).1;
    assert!(refused.contains("nothing was sent or kept") && refused.contains("sealpost delete"), "{refused}");
    let (_, error) = said(bob.sealpost(&world, &["pull"]).output().unwrap(), 0);
    assert!(error.contains("the team deleted this case") && !error.contains("is dropped"), "{error}");
}

#[test]
fn what_was_kept_before_a_case_was_deleted_is_dropped_and_said() {
    let mut world = World::new(Keys::File);
    let bob = Bob::join(&mut world, true);
    let report = world.report("One", &[]);
    world.ok(&["pull"]);
    bob.ok(&world, &["pull"]);
    world.stop_relay();
    said(bob.sealpost(&world, &["reply", text(&report["short"]), "-m", "News."]).output().unwrap(), 1);
    world.start_relay();
    world.ok(&["delete", text(&report["case"]), "--yes"]);
    let (_, error) = said(bob.sealpost(&world, &["pull"]).output().unwrap(), 0);
    assert!(error.contains("is dropped") && error.contains("sealpost delete"), "{error}");
    let (_, error) = said(bob.sealpost(&world, &["pull"]).output().unwrap(), 0);
    assert_eq!(error, "");
}

#[test]
fn decrypt_sh_passes_over_what_was_deleted() {
    let world = World::new(Keys::Gpg);
    world.report("One", &[]);
    let second = world.report("Two", &[]);
    world.ok(&["pull"]);
    let script = format!("{}/decrypt.sh", env!("CARGO_MANIFEST_DIR"));
    let run = |out: &str| {
        let out = world.path(out);
        let args = ["--relay", &world.proxy.origin, "--team", "demo", "--key", &world.fingerprint()];
        said(world.program("sh").arg(&script).args(args).arg("--out").arg(out).output().unwrap(), 0)
    };
    assert_eq!(run("before").0.lines().count(), 2);
    world.ok(&["delete", text(&second["case"]), "--yes"]);
    assert_eq!(run("before"), (String::new(), String::new()), "the cursor stands on what is gone");
    let (out, error) = run("after");
    assert_eq!((out.lines().count(), error.as_str()), (1, ""));
}

#[test]
fn what_another_member_deleted_has_no_deadline_any_more() {
    let mut world = World::new(Keys::File);
    let bob = Bob::join(&mut world, true);
    let (gone, kept) = (world.report("One", &[]), world.report("Two", &[]));
    world.ok(&["pull"]);
    bob.ok(&world, &["pull"]);
    world.ok(&["delete", text(&gone["case"]), "--yes"]);
    let short = text(&gone["short"]);
    let (_, warned) = said(bob.sealpost(&world, &["pull"]).output().unwrap(), 0);
    assert!(warned.contains(&format!("{short}: the team deleted this case at the relay, ")), "{warned}");
    assert!(warned.contains(&format!("sealpost delete {short} --yes")), "{warned}");
    let listed = bob.json(&world, &["list"]);
    let [left] = listed["cases"].as_array().unwrap().as_slice() else { panic!("{listed}") };
    assert_eq!((&left["case"], &left["deleted"]), (&kept["case"], &serde_json::Value::Null));
    // From the letters, and from what is remembered of them.
    for _ in 0..2 {
        let all = bob.ok(&world, &["list", "--all"]);
        let row = all.lines().find(|line| line.starts_with(short)).unwrap();
        assert!(row.contains("deleted by the team, "), "{all}");
    }
    assert!(
        bob.ok(&world, &["show", short]).contains("deleted    the team deleted this case at the relay, ")
    );
    let (_, warned) = said(bob.sealpost(&world, &["pull"]).output().unwrap(), 0);
    assert!(!warned.contains("the team deleted this case"), "it is said once: {warned}");
    bob.ok(&world, &["delete", text(&gone["case"]), "--yes"]);
    assert_eq!(bob.json(&world, &["list", "--all"])["cases"].as_array().unwrap().len(), 1);
}
