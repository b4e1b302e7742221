//! Where clocks start, and that nobody but the team's people stops them.

use serde_json::Value;

use crate::forge::Stranger;
use crate::world::{Keys, World, said, text};

fn state<'a>(seen: &'a Value, promise: &str) -> &'a str {
    let promises = seen["timeline"]["promises"].as_array().unwrap();
    text(&promises.iter().find(|row| row["id"] == promise).unwrap()["state"])
}

#[test]
fn a_relay_without_a_good_receipt_does_not_stop_the_reporters_clock() {
    let mut world = World::new(Keys::File);
    world.report("First", &[]);
    let (file, fingerprint) = (world.path("report.md"), world.fingerprint());
    world
        .proxy
        .bend(|path, body| if path.contains("/desks/team/cases/") { b"thanks".to_vec() } else { body });
    let args = ["report", "--json", "--relay", &world.proxy.origin, "--team", "demo", "--title", "T"];
    let more = ["--text", file.to_str().unwrap(), "--fingerprint", &fingerprint];
    let (out, error) = said(world.sealpost(&[&args, more.as_slice()].concat()).output().unwrap(), 1);
    assert!(error.contains("the clocks run from") && error.contains("receipt is not good"), "{error}");
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&report["sent"], &report["receipt"]), (&true.into(), &false.into()));
    let sent = report["timeline"]["sent"].clone();
    assert!(sent.is_string(), "{report}");

    let words = world.words(&report);
    let args = ["case", text(&report["folder"]), "--words-file", words.to_str().unwrap()];
    let look = |world: &World| {
        let (out, error) =
            said(world.sealpost(&[&args, ["--json"].as_slice()].concat()).output().unwrap(), 1);
        (serde_json::from_str::<Value>(&out).unwrap(), error)
    };
    let (seen, error) = look(&world);
    assert!(error.contains("the relay's receipt"), "{error}");
    assert_eq!((&seen["timeline"]["sent"], &seen["entries"]), (&sent, &1.into()));
    world.stop_relay();
    let (seen, error) = look(&world);
    assert!(error.contains("cannot reach"), "{error}");
    assert_eq!((&seen["timeline"]["sent"], state(&seen, "acknowledge")), (&sent, "pending"));
    let (out, _) = said(world.sealpost(&args).output().unwrap(), 1);
    assert!(out.contains("NOT CONFIRMED BY THE RELAY") && out.contains("the ladder opens"), "{out}");

    // A reply that was seen counts also while the relay is away.
    world.proxy.repent();
    world.start_relay();
    world.ok(&["pull"]);
    world.ok(&["ack", text(&report["case"])]);
    assert_eq!(state(&world.json(&args), "acknowledge"), "kept");
    world.stop_relay();
    assert_eq!(state(&look(&world).0, "acknowledge"), "kept");
}

#[test]
fn sealing_starts_no_clock_and_sending_does() {
    let world = World::new(Keys::File);
    let out = world.path("sealed");
    let report = world.report("Later", &["--out", out.to_str().unwrap()]);
    assert_eq!(report["sent"], false);
    assert!(report["timeline"]["sent"].is_null(), "{report}");
    let case = || serde_json::from_slice::<Value>(&std::fs::read(out.join("case.json")).unwrap()).unwrap();
    assert!(case().get("sent").is_none(), "{}", case());
    let words = world.words(&report);
    let seen = world.json(&["case", out.to_str().unwrap(), "--words-file", words.to_str().unwrap()]);
    assert!(seen["timeline"]["sent"].is_string(), "{seen}");
    assert_eq!(case()["sent"], seen["timeline"]["sent"]);
}

#[test]
fn a_report_written_long_ago_counts_from_its_arrival() {
    let world = World::new(Keys::File);
    let now = text(&world.report("Now", &[])["timeline"]["sent"]).parse().unwrap();
    for written in ["1970-01-01T00:00:00Z", "2099-01-01T00:00:00Z"] {
        let stranger = Stranger::new();
        let letter = stranger.letter("Old", "text", written.parse().unwrap());
        stranger.send_signed(&world, &letter, now);
        world.ok(&["pull"]);
        let shown = world.json(&["show", &stranger.key.case_id().to_string()]);
        assert_eq!((&shown["verified"], state(&shown, "acknowledge")), (&true.into(), "pending"), "{shown}");
        assert_eq!(shown["timeline"]["sent"], shown["received"], "{shown}");
    }
    let listed = world.json(&["list"]);
    let rows = listed["cases"].as_array().unwrap();
    assert!(rows.len() == 3 && rows.iter().all(|row| row["due"]["late"] == false), "{listed}");
}

#[test]
fn a_reply_counts_from_its_arrival_and_not_from_the_time_it_gives_itself() {
    let world = World::new(Keys::File);
    let report = world.report("Backdated", &[]);
    world.ok(&["pull"]);
    world.ok(&["ack", text(&report["case"])]);
    // The relay had it long after what the reply says.
    world.proxy.bend(|path, body| {
        let list = if path.ends_with("/entries?after=0") {
            "entries"
        } else if path.contains("/feed?after=") {
            "rows"
        } else {
            return body;
        };
        let mut page: Value = serde_json::from_slice(&body).unwrap();
        for row in page[list].as_array_mut().unwrap().iter_mut().filter(|row| row["author"] == "team") {
            row["received"] = "2099-01-01T00:00:00Z".into();
        }
        serde_json::to_vec(&page).unwrap()
    });
    let words = world.words(&report);
    let seen = world.json(&["case", text(&report["folder"]), "--words-file", words.to_str().unwrap()]);
    assert_eq!(seen["replies"].as_array().unwrap().len(), 1, "{seen}");
    assert_eq!(state(&seen, "acknowledge"), "pending", "{seen}");
    world.ok(&["pull"]);
    assert_eq!(state(&world.json(&["show", text(&report["case"])]), "acknowledge"), "pending");
}

#[test]
fn whose_clock_is_ahead_is_told_before_the_letter_surprises_them() {
    let world = World::new(Keys::File);
    let report = world.report("First", &[]);
    world.ok(&["pull"]);
    world.proxy.set_date("Mon, 23 Nov 2020 12:00:00 GMT");
    let (_, warned) = said(world.sealpost(&["ack", text(&report["case"])]).output().unwrap(), 0);
    assert!(warned.contains("ahead of the relay's (2020-11-23 12:00 UTC)"), "{warned}");
    assert!(
        warned.contains("timedatectl") && warned.matches("ahead of the relay's").count() == 1,
        "{warned}"
    );
    world.proxy.repent();
    let (_, warned) = said(world.sealpost(&["note", text(&report["case"]), "-m", "x"]).output().unwrap(), 0);
    assert!(!warned.contains("ahead of the relay's"), "{warned}");
}
