//! `kill -9` in the middle of a pull.

use std::process::Stdio;

use crate::world::{Keys, World};

/// More than one step of the cursor.
const REPORTS: usize = 40;

#[test]
fn a_killed_pull_loses_nothing_and_fetches_nothing_twice() {
    let world = World::new(Keys::File);
    for n in 0..REPORTS {
        world.report(&format!("Report {n}"), &[]);
    }
    for kill_at in [3, 17, 35] {
        let mut pull = world
            .sealpost(&["pull", "--no-open"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        world.proxy.wait_for("/entries/", kill_at);
        pull.kill().unwrap();
        pull.wait().unwrap();
        // Whatever is there is whole: the list reads every index.
        let listed = world.json(&["list", "--no-open"]);
        assert!(listed["cases"].as_array().unwrap().len() < REPORTS, "the pull was not interrupted");
    }
    world.ok(&["pull", "--no-open"]);
    let listed = world.json(&["list"]);
    let cases = listed["cases"].as_array().unwrap();
    assert_eq!(cases.len(), REPORTS);
    assert!(cases.iter().all(|case| case["opened"] == true && case["entries"] == 1), "{listed}");
    // Each kill can cost the one letter that was on its way.
    let fetched: usize = world.proxy.seen("/entries/").iter().sum();
    assert!((REPORTS..=REPORTS + 3).contains(&fetched), "{fetched} fetches for {REPORTS} reports");
}
