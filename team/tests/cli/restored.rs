//! A relay that serves an older state: rows that are gone, and a policy of before.

use crate::world::{Keys, World, said, text};

#[test]
fn a_feed_with_another_row_under_the_cursor_is_noticed_and_read_again() {
    let mut world = World::new(Keys::File);
    world.report("One", &[]);
    world.keep_backup();
    world.report("Two", &[]);
    world.ok(&["pull"]);
    world.restore_backup();
    world.report("Three", &[]);
    let (out, error) = said(world.sealpost(&["pull"]).output().unwrap(), 0);
    assert!(error.contains("THE RELAY LOST OR CHANGED WHAT IT HAD") && error.contains("row 2"), "{error}");
    assert!(out.contains("1 new report") && out.contains("Three"), "{out}");
    let listed = world.json(&["list"]);
    assert_eq!(listed["cases"].as_array().unwrap().len(), 3, "what was stored stays: {listed}");
    assert!(world.proxy.seen("/entries/").iter().all(|times| *times == 1), "fetched again");
    let (out, error) = said(world.sealpost(&["pull"]).output().unwrap(), 0);
    assert!(out.contains("Nothing new") && !error.contains("LOST"), "{error}");
}

#[test]
fn a_feed_that_is_shorter_than_the_cursor_is_noticed_also_by_a_cursor_that_knows_its_number_only() {
    let mut world = World::new(Keys::File);
    world.keep_backup();
    world.report("One", &[]);
    world.report("Two", &[]);
    world.ok(&["pull"]);
    std::fs::write(world.store().join("cursor"), "2\n").unwrap();
    world.restore_backup();
    world.report("Three", &[]);
    let (out, error) = said(world.sealpost(&["pull"]).output().unwrap(), 0);
    assert!(error.contains("is shorter than before"), "{error}");
    assert!(out.contains("1 new report"), "{out}");
    assert_eq!(world.json(&["list"])["cases"].as_array().unwrap().len(), 3);
}

#[test]
fn a_pull_that_was_killed_as_it_began_anew_begins_anew() {
    let world = World::new(Keys::File);
    let report = world.report("One", &[]);
    world.ok(&["pull"]);
    let index = world.store().join(text(&report["case"])).join("index.json");
    let row: serde_json::Value = serde_json::from_slice(&std::fs::read(index).unwrap()).unwrap();
    let mut row = row[0].clone();
    // As the relay had it before: there is no such case there now.
    row["case"] = "f".repeat(32).into();
    std::fs::write(world.store().join("missing.json"), serde_json::json!([row]).to_string()).unwrap();
    std::fs::write(world.store().join("cursor"), "0\n").unwrap();
    std::fs::remove_dir_all(world.store().join(text(&report["case"]))).unwrap();
    assert!(world.ok(&["pull"]).contains("1 new report"));
}

#[test]
fn an_older_policy_is_refused_until_it_is_accepted() {
    let mut world = World::new(Keys::File);
    let path = world.path("teams/demo/policy.toml");
    let signature = world.path("teams/demo/policy.toml.asc");
    let old = (std::fs::read(&path).unwrap(), std::fs::read(&signature).unwrap());
    world.keep_backup();
    let newer = String::from_utf8(old.0.clone()).unwrap().replace("version = 1", "version = 7");
    std::fs::write(&path, newer).unwrap();
    world.ok(&["policy", "sign", path.to_str().unwrap()]);
    world.stop_relay();
    world.start_relay();
    let report = world.report("Rollback", &[]);
    let words = world.words(&report);
    let case = ["case", text(&report["folder"]), "--words-file", words.to_str().unwrap()];
    world.ok(&["pull"]);
    std::fs::write(&path, old.0).unwrap();
    std::fs::write(&signature, old.1).unwrap();
    // An honest relay refuses the older policy; one that was set back does not know better.
    world.restore_backup();
    let error = world.fails(1, &["pull"]);
    assert!(error.contains("version 1 came, but version 7 was seen"), "{error}");
    let error = world.fails(1, &case);
    assert!(error.contains("version 1 came, but version 7 was seen"), "{error}");
    // Accepted, the relay is asked, and it was set back to before the report.
    let error = world.fails(1, &[&case, ["--accept-older-policy"].as_slice()].concat());
    assert!(error.contains("has no case of these twelve words"), "{error}");
    world.ok(&["pull", "--accept-older-policy"]);
    world.ok(&["pull"]);
}

#[test]
fn a_kept_reply_that_the_relay_refuses_holds_up_no_report() {
    let mut world = World::new(Keys::File);
    world.keep_backup();
    let lost = world.report("Lost", &[]);
    world.ok(&["pull"]);
    world.stop_relay();
    world.fails(1, &["ack", text(&lost["case"])]);
    world.restore_backup();
    world.report("Later", &[]);
    let (out, error) = said(world.sealpost(&["pull"]).output().unwrap(), 1);
    assert!(error.contains("was not taken and stays here") && out.contains("1 new report"), "{out}{error}");
    assert!(world.ok(&["show", text(&lost["case"])]).contains("From the team: acknowledgement"));
}

#[test]
fn another_text_under_the_same_version_is_refused_and_named() {
    let mut world = World::new(Keys::File);
    world.report("One", &[]);
    world.ok(&["pull"]);
    // `change_policy` counts a version up, and this takes it back before it is signed.
    world.change_policy(|policy| {
        policy.replace("answer = \"48h\"", "answer = \"30h\"").replacen(
            "\nversion = 2\n",
            "\nversion = 1\n",
            1,
        )
    });
    let error = world.fails(1, &["pull"]);
    assert!(error.contains("THE POLICY CHANGED AND ITS VERSION DID NOT: version 1"), "{error}");
    assert!(error.contains("identity.version"), "{error}");
    assert_eq!(world.json(&["list"])["cases"].as_array().unwrap().len(), 1);
    world.ok(&["pull", "--accept-older-policy"]);
    world.ok(&["pull"]);
}
