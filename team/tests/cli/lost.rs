//! What gets lost: letters at a relay, a store on a disk, a program in the middle of an answer. It is named, and nothing is lost by it.

use std::process::Stdio;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use crate::proxy::{join, split};
use crate::world::{Keys, World, said, text};

fn replies(world: &World, report: &Value) -> usize {
    let words = world.words(report);
    let seen = world.json(&["case", text(&report["folder"]), "--words-file", words.to_str().unwrap()]);
    seen["replies"].as_array().unwrap().len()
}

#[test]
fn a_letter_that_the_relay_signed_for_and_does_not_show_is_named_and_sent_again() {
    let world = World::new(Keys::File);
    let report = world.report("Dropped", &[]);
    let case = text(&report["short"]).to_owned();
    world.ok(&["pull"]);
    world.ok(&["ack", &case]);
    world.proxy.bend(|path, body| {
        if !path.contains("/feed?after=1") {
            return body;
        }
        let mut feed: Value = serde_json::from_slice(&body).unwrap();
        feed["rows"] = Value::Array(Vec::new());
        feed["next"] = 1.into();
        serde_json::to_vec(&feed).unwrap()
    });
    let (_, error) = said(world.sealpost(&["pull"]).output().unwrap(), 0);
    assert!(
        error.contains("gave a receipt for a letter of yours") && error.contains("sends it again"),
        "{error}"
    );
    assert_eq!(world.json(&["list"])["cases"][0]["unsent"], 1, "nobody knows whether it was received");
    world.proxy.repent();
    let (_, error) = said(world.sealpost(&["pull"]).output().unwrap(), 0);
    assert!(!error.contains("does not show it"), "{error}");
    assert_eq!(world.json(&["list"])["cases"][0]["unsent"], 0);
    assert_eq!(replies(&world, &report), 1, "sent twice");
}

#[test]
fn a_false_receipt_for_an_answer_is_not_believed() {
    let world = World::new(Keys::File);
    let report = world.report("False receipt", &[]);
    let case = text(&report["short"]).to_owned();
    world.ok(&["pull"]);
    world.proxy.bend(|_, body| match String::from_utf8(body) {
        Ok(receipt) if receipt.contains("\nsha256: ") => {
            receipt.replace("\nsha256: ", "\nsha256: 0").into_bytes()
        }
        Ok(other) => other.into_bytes(),
        Err(bytes) => bytes.into_bytes(),
    });
    let error = world.fails(1, &["ack", &case]);
    assert!(error.contains("kept here, but not sent") && error.contains("receipt"), "{error}");
    assert_eq!(world.json(&["list"])["cases"][0]["unsent"], 1);
    world.proxy.repent();
    world.ok(&["pull"]);
    assert_eq!((replies(&world, &report), &world.json(&["list"])["cases"][0]["unsent"]), (1, &0.into()));
}

#[test]
fn letters_that_a_restored_relay_no_longer_has_are_named() {
    let mut world = World::new(Keys::File);
    world.report("Kept", &[]);
    world.keep_backup();
    let gone = world.report("Gone", &[]);
    world.ok(&["pull"]);
    world.restore_backup();
    let (_, error) = said(world.sealpost(&["pull"]).output().unwrap(), 0);
    let named =
        format!("NO LONGER HAS 1 of the letters that are stored here, in case {}", text(&gone["short"]));
    assert!(error.contains(&named), "{error}");
    assert!(world.ok(&["show", text(&gone["case"])]).contains("Gone"));
}

#[test]
fn rows_in_another_order_make_the_same_case() {
    let world = World::new(Keys::File);
    let report = world.report("Order", &[]);
    let case = text(&report["short"]).to_owned();
    world.ok(&["pull"]);
    world.ok(&["ack", &case]);
    world.ok(&["reply", &case, "--kind", "answer", "-m", "In detail."]);
    world.ok(&["pull"]);
    let before = world.json(&["show", &case]);
    std::fs::remove_dir_all(world.store()).unwrap();
    world.proxy.bend(|path, body| {
        if path.contains("/letters?after=0") {
            let letters = split(&body).into_iter().map(|(_, letter)| letter).rev();
            return join(&(1..).zip(letters).collect::<Vec<_>>());
        }
        if !path.contains("/feed?after=0") {
            return body;
        }
        let mut feed: Value = serde_json::from_slice(&body).unwrap();
        let rows = feed["rows"].as_array_mut().unwrap();
        rows.reverse();
        for (n, row) in rows.iter_mut().enumerate() {
            row["seq"] = (n + 1).into();
        }
        serde_json::to_vec(&feed).unwrap()
    });
    world.ok(&["pull"]);
    let after = world.json(&["show", &case]);
    assert_eq!((&after["timeline"], &after["verified"]), (&before["timeline"], &true.into()));
}

#[test]
fn a_lost_store_is_rebuilt_from_the_relay() {
    let world = World::new(Keys::File);
    let report = world.report("Lost", &[]);
    let case = text(&report["short"]).to_owned();
    world.ok(&["pull"]);
    world.ok(&["assign", &case]);
    world.ok(&["stage", &case, "received", "--tell"]);
    world.ok(&["pull"]);
    let before = world.json(&["show", &case]);
    std::fs::remove_dir_all(world.home().join("cases")).unwrap();
    assert!(world.fails(1, &["list"]).contains("sealpost pull"));
    world.ok(&["pull"]);
    let after = world.json(&["show", &case]);
    for part in ["timeline", "entries", "handler", "stages", "verified"] {
        assert_eq!(after[part], before[part], "{part}");
    }
}

/// Holds back the answer to a letter that the relay has taken.
fn hold(world: &World) -> (Receiver<()>, Sender<()>) {
    let (came, comes) = channel();
    let (release, released) = channel::<()>();
    let (came, released) = (Arc::new(Mutex::new(came)), Arc::new(Mutex::new(released)));
    world.proxy.bend(move |path, body| {
        if path.contains("/entries/") {
            came.lock().unwrap().send(()).unwrap();
            // Ends when the test lets go, or is over.
            let _ = released.lock().unwrap().recv_timeout(Duration::from_secs(60));
        }
        body
    });
    (comes, release)
}

#[test]
fn an_answer_that_is_killed_before_its_receipt_is_sent_once() {
    let world = World::new(Keys::File);
    let report = world.report("Killed", &[]);
    let case = text(&report["short"]).to_owned();
    world.ok(&["pull"]);
    let (comes, release) = hold(&world);
    let say = ["reply", &case, "--kind", "answer", "-m", "It is fixed on the branch."];
    let mut reply = world.sealpost(&say).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    comes.recv_timeout(Duration::from_secs(60)).unwrap();
    reply.kill().unwrap();
    reply.wait().unwrap();
    release.send(()).unwrap();
    world.proxy.repent();
    assert_eq!(world.json(&["list"])["cases"][0]["unsent"], 1, "the words are kept, sealed");
    let again = world.json(&say);
    assert_eq!(again["was_kept"], true, "{again}");
    world.ok(&["pull"]);
    assert_eq!((replies(&world, &report), &world.json(&["list"])["cases"][0]["unsent"]), (1, &0.into()));
}

#[test]
fn a_policy_that_changed_between_pull_and_reply_rewrites_no_open_case_and_costs_no_words() {
    let mut world = World::new(Keys::File);
    let report = world.report("Before", &[]);
    let case = text(&report["short"]).to_owned();
    world.ok(&["pull"]);
    let promises = |world: &World| world.json(&["show", &case])["timeline"]["promises"].clone();
    let before = promises(&world);
    world.change_policy(|policy| policy.replace("answer = \"48h\"", "answer = \"30h\""));
    assert!(world.ok(&["ack", &case, "-m", "Read."]).contains("Promise kept: acknowledge"));
    world.ok(&["pull"]);
    let after = promises(&world);
    assert_eq!(after[1]["due"], before[1]["due"], "the answer is due as it was promised: {after}");
    assert_eq!(replies(&world, &report), 1);
    let later = world.report("After", &[]);
    world.ok(&["pull"]);
    let shown = world.json(&["show", text(&later["short"])]);
    let sent: sealpost_shared::Timestamp = text(&shown["timeline"]["sent"]).parse().unwrap();
    let due: sealpost_shared::Timestamp = text(&shown["timeline"]["promises"][1]["due"]).parse().unwrap();
    assert_eq!(due - sent, sealpost_shared::Duration::from_hours(30));
}
