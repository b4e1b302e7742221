//! `kill -9` in the middle of a pull.

use std::process::Stdio;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::Duration;

use crate::world::{Keys, World};

const REPORTS: usize = 24;
/// The relay gives so few at once here that there are several answers to die between.
const AT_ONCE: usize = 5;

/// Kills a pull while it waits for its answer number `nth`.
fn kill_at(world: &World, nth: usize) {
    let (came, comes) = channel();
    let (release, released) = channel::<()>();
    let state = Mutex::new((0, came, released));
    world.proxy.bend_letters(move |letters| {
        let mut state = state.lock().unwrap();
        state.0 += 1;
        if state.0 == nth {
            state.1.send(()).unwrap();
            // Ends when the test lets go, or is over.
            let _ = state.2.recv_timeout(Duration::from_secs(60));
        }
        letters.into_iter().take(AT_ONCE).collect()
    });
    let mut pull = world.sealpost(&["pull"]);
    let mut pull = pull.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    comes.recv_timeout(Duration::from_secs(60)).unwrap();
    pull.kill().unwrap();
    pull.wait().unwrap();
    release.send(()).unwrap();
    world.proxy.repent();
}

#[test]
fn a_killed_pull_loses_nothing_and_leaves_nothing_half() {
    let world = World::new(Keys::File);
    for n in 0..REPORTS {
        world.report(&format!("Report {n}"), &[]);
    }
    for nth in [1, 2, 3] {
        kill_at(&world, nth);
        // Whatever is there is whole: the list reads every index.
        let listed = world.json(&["list", "--no-open"]);
        assert!(listed["cases"].as_array().unwrap().len() < REPORTS, "the pull was not interrupted");
    }
    // A folder that a pull died in the middle of writing.
    let incoming = world.store().join("incoming");
    std::fs::create_dir_all(&incoming).unwrap();
    std::fs::write(incoming.join("0"), b"half").unwrap();
    world.ok(&["pull"]);
    assert!(!incoming.exists(), "what a killed pull left is still there");
    let listed = world.json(&["list"]);
    let cases = listed["cases"].as_array().unwrap();
    assert_eq!(cases.len(), REPORTS);
    assert!(cases.iter().all(|case| case["opened"] == true && case["entries"] == 1), "{listed}");
}
