//! A relay that calls cases deleted, cut off in the middle or lying: what came is announced, what it says is checked, and looked at again.

use std::process::Stdio;

use serde_json::{Value, json};

use crate::together::Bob;
use crate::world::{Keys, World, said, text};

const NOTHING_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Bends the rows of every page of the feed.
fn bend_rows(world: &World, bend: impl Fn(&mut Value) + Send + Sync + 'static) {
    world.proxy.bend(move |path, body| {
        if !path.contains("/feed?") {
            return body;
        }
        let mut feed: Value = serde_json::from_slice(&body).unwrap();
        feed["rows"].as_array_mut().unwrap().iter_mut().for_each(&bend);
        serde_json::to_vec(&feed).unwrap()
    });
}

/// Has the relay say that these cases were deleted.
fn bend_deletions(world: &World, cases: &[&Value], at: &str) {
    let told: Vec<Value> = cases.iter().map(|case| json!({ "case": case, "by": "team", "at": at })).collect();
    world.proxy.bend(move |path, body| {
        if path.contains("/deletions?") {
            serde_json::to_vec(&json!({ "deletions": told })).unwrap()
        } else {
            body
        }
    });
}

fn open_cases(world: &World) -> usize {
    world.json(&["list"])["cases"].as_array().unwrap().len()
}

fn pull(world: &World, code: i32) -> (String, String) {
    said(world.sealpost(&["pull"]).output().unwrap(), code)
}

#[test]
fn a_row_that_is_called_deleted_before_a_cut_is_named_and_fetched_when_it_is_there_again() {
    let world = World::new(Keys::File);
    let first = world.report("One", &[]);
    world.report("Two", &[]);
    bend_rows(&world, |row| {
        if row["seq"] == 1 {
            (row["size"], row["sha256"]) = (0.into(), NOTHING_SHA256.into());
        }
    });
    world.proxy.cut("/feed?after=2");
    let (out, error) = pull(&world, 1);
    let short = text(&first["short"]);
    assert!(out.contains("1 new report") && error.contains("cannot reach"), "{out}{error}");
    assert!(out.contains(&format!("before this fetched all of it: {short}")), "{out}");
    world.proxy.repent();
    let (out, error) = pull(&world, 0);
    assert!(out.contains("1 new report"), "{out}{error}");
    assert!(error.contains(&format!("CALLED case {short} DELETED, and shows it again")), "{error}");
    assert_eq!(open_cases(&world), 2);
    let (out, error) = pull(&world, 0);
    assert!(out.contains("Nothing new") && error.is_empty(), "{out}{error}");
}

#[test]
fn a_letter_whose_own_path_calls_it_deleted_is_fetched_when_it_is_there_again() {
    let world = World::new(Keys::File);
    let (gone, report) = (world.report("Gone", &[]), world.report("One", &[]));
    world.ok(&["pull"]);
    world.ok(&["delete", text(&gone["case"]), "--yes"]);
    std::fs::remove_dir_all(world.store()).unwrap();
    let (from, to) = (text(&report["case"]).to_owned(), text(&gone["case"]).to_owned());
    world.proxy.redirect(move |path| path.replace(&from, &to));
    assert!(pull(&world, 0).0.contains("2 cases were deleted at the relay before this fetched all of it"));
    world.proxy.repent();
    assert!(pull(&world, 0).0.contains("1 new report"));
}

#[test]
fn a_row_without_a_sha256_is_named_and_leaves_a_cursor_that_can_be_read() {
    let world = World::new(Keys::File);
    world.report("One", &[]);
    for wrong in ["a".repeat(300), String::new(), "a ".repeat(32), "G".repeat(64)] {
        bend_rows(&world, move |row| row["sha256"] = wrong.clone().into());
        let error = world.fails(1, &["pull"]);
        assert!(error.contains("row 1 of the relay's feed has no SHA-256"), "{error}");
    }
    world.proxy.repent();
    assert!(world.ok(&["pull"]).contains("1 new report"));
    std::fs::write(world.store().join("cursor"), "1 ".repeat(200)).unwrap();
    let error = world.fails(1, &["pull"]);
    assert!(error.contains("cursor is damaged; remove it, and the next pull checks everything"), "{error}");
}

#[test]
fn what_came_is_announced_although_a_later_step_fails() {
    let world = World::new(Keys::File);
    world.report("One", &[]);
    world.proxy.cut("/deletions?");
    let (out, error) = pull(&world, 1);
    assert!(out.contains("1 new report") && out.contains("“One”"), "{out}");
    assert!(error.contains("cannot reach"), "{error}");
    let (out, error) = pull(&world, 1);
    assert!(!out.contains("Nothing new") && error.contains("cannot reach"), "{out}{error}");
    world.proxy.repent();
    assert!(world.ok(&["pull"]).contains("Nothing new"));
}

#[test]
fn a_watching_desk_is_told_although_a_later_step_fails() {
    let world = World::new(Keys::File);
    world.report("One", &[]);
    world.proxy.cut("/deletions?");
    let told = world.path("told");
    // Ends the watch as well: a shell that does not know a command gives 127.
    let hook = format!("printf %s \"$SEALPOST_NEW_REPORTS\" > {}; exit 127", told.display());
    let args = ["pull", "--watch", "--no-notify", "--exec", &hook];
    let status = world.sealpost(&args).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert_eq!((status.code(), std::fs::read_to_string(told).unwrap().as_str()), (Some(1), "1"));
}

#[test]
fn a_reply_that_cannot_be_sent_now_holds_up_no_report() {
    let mut world = World::new(Keys::File);
    let report = world.report("One", &[]);
    world.ok(&["pull"]);
    world.stop_relay();
    world.fails(1, &["ack", text(&report["case"])]);
    world.start_relay();
    world.report("Two", &[]);
    // Only the reply goes by such a path: letters of a run come by another.
    world.report("Three", &[]);
    world.proxy.cut("/entries/");
    let (out, error) = pull(&world, 1);
    assert!(
        out.contains("2 new reports") && error.contains("cannot send the reply kept for"),
        "{out}{error}"
    );
    world.proxy.repent();
    world.ok(&["pull"]);
    assert_eq!(world.json(&["list"])["cases"][0]["unsent"], 0);
}

#[test]
fn a_deletion_that_the_case_itself_does_not_show_or_that_is_yet_to_come_is_not_believed() {
    let mut world = World::new(Keys::File);
    let bob = Bob::join(&mut world, true);
    let (one, two) = (world.report("One", &[]), world.report("Two", &[]));
    world.ok(&["pull"]);
    bob.ok(&world, &["pull"]);
    let cases = [&one["case"], &two["case"]];
    for (at, named) in [
        ("2099-01-01T00:00:00Z".to_owned(), "which is yet to come: that is not believed"),
        (world.now().to_string(), "was deleted, and still has it: that is not believed"),
    ] {
        bend_deletions(&world, &cases, &at);
        let (out, error) = pull(&world, 0);
        assert!(error.contains(named) && out.contains("Nothing new"), "{out}{error}");
        assert_eq!(open_cases(&world), 2, "{named}");
    }
    world.proxy.repent();
    bob.ok(&world, &["delete", text(&one["case"]), "--yes"]);
    let (_, error) = pull(&world, 0);
    let line = format!("{}: the team deleted this case at the relay, ", text(&one["short"]));
    assert!(error.contains(&line), "{error}");
    assert_eq!(open_cases(&world), 1);
}

#[test]
fn a_deletion_that_the_relay_takes_back_is_forgotten() {
    let mut world = World::new(Keys::File);
    let bob = Bob::join(&mut world, true);
    let (live, gone) = (world.report("Live", &[]), world.report("Gone", &[]));
    world.ok(&["pull"]);
    bob.ok(&world, &["pull"]);
    bob.ok(&world, &["delete", text(&gone["case"]), "--yes"]);
    // Its own path says so, too: that of a case that is gone.
    let (from, to) = (text(&live["case"]).to_owned(), text(&gone["case"]).to_owned());
    world.proxy.redirect(move |path| path.replace(&from, &to));
    bend_deletions(&world, &[&live["case"]], &world.now().to_string());
    let short = text(&live["short"]);
    assert!(pull(&world, 0).1.contains(&format!("{short}: the team deleted this case at the relay, ")));
    assert_eq!(open_cases(&world), 1, "only what was really deleted, of which nobody told");
    world.proxy.repent();
    let (_, error) = pull(&world, 0);
    assert!(error.contains(&format!("CALLED case {short} DELETED, and shows it again")), "{error}");
    let listed = world.json(&["list", "--all"]);
    let row = listed["cases"].as_array().unwrap().iter().find(|row| row["case"] == live["case"]).unwrap();
    assert_eq!(row["deleted"], Value::Null, "{listed}");
}

#[test]
fn a_kept_reply_stays_when_only_its_own_path_calls_the_case_deleted() {
    let mut world = World::new(Keys::File);
    let (live, gone) = (world.report("Live", &[]), world.report("Gone", &[]));
    world.ok(&["pull"]);
    world.ok(&["delete", text(&gone["case"]), "--yes"]);
    world.stop_relay();
    world.fails(1, &["ack", text(&live["case"])]);
    world.start_relay();
    let (from, to) = (text(&live["case"]).to_owned(), text(&gone["case"]).to_owned());
    world.proxy.redirect(move |path| path.replace(&from, &to));
    let (_, error) = pull(&world, 1);
    assert!(error.contains("as if it were deleted") && error.contains("stays here"), "{error}");
    world.proxy.repent();
    world.ok(&["pull"]);
    let shown = world.ok(&["show", text(&live["case"])]);
    assert!(shown.contains("acknowledgement") && !shown.contains("NOT SENT: kept here"), "{shown}");
}
