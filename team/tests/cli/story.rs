//! From `init` to a kept promise.

use crate::world::{Keys, SECRET, World, files, said, text};

fn story(keys: Keys) {
    let world = World::new(keys);
    let attached = world.path("poc.rs");
    std::fs::write(&attached, b"fn main() {}\n").unwrap();
    let attached = attached.to_str().unwrap();
    let fields = ["--severity", "high", "--product", "ferris\u{1b}[2Jparser", "--attach", attached];
    let report = world.report("Use after free", &fields);
    let case = text(&report["case"]).to_owned();
    let short = text(&report["short"]).to_owned();
    assert_eq!(report["sent"], true);
    assert_eq!(text(&report["words"]).split(' ').count(), 12);

    let pulled = world.ok(&["pull"]);
    assert!(
        pulled.contains("1 new report")
            && pulled.contains(&format!("{short}  report “Use after free”; acknowledge by")),
        "{pulled}"
    );
    assert!(world.ok(&["pull"]).contains("Nothing new"));
    assert_eq!(world.proxy.seen("/entries/"), [1], "a second pull fetched again");

    let listed = world.json(&["list"]);
    assert_eq!(text(&listed["cases"][0]["title"]), "Use after free");
    assert_eq!(text(&listed["cases"][0]["due"]["what"]), "acknowledge");
    assert_eq!(listed["cases"][0]["due"]["late"], false);
    assert!(!world.ok(&["list", "--no-open"]).contains("Use after free"));

    let saved = world.path("saved");
    let shown = world.ok(&["show", &short, "--save", saved.to_str().unwrap()]);
    assert!(shown.contains(SECRET) && shown.contains("signature good, by the case's key"), "{shown}");
    assert!(shown.contains("severity   high") && shown.contains("pending  acknowledge by"), "{shown}");
    assert!(!shown.contains('\u{1b}') && shown.contains("ferris␛[2Jparser"), "{shown:?}");
    assert_eq!(std::fs::read(saved.join("poc.rs")).unwrap(), b"fn main() {}\n");

    let acked = world.ok(&["ack", &case, "-m", "Alice looks at it."]);
    assert!(acked.contains("Promise kept: acknowledge by"), "{acked}");
    let words = world.words(&report);
    let folder = text(&report["folder"]);
    let seen = world.json(&["case", folder, "--words-file", words.to_str().unwrap()]);
    assert_eq!(seen["refused"].as_array().unwrap().len(), 0, "{seen}");
    assert_eq!(text(&seen["replies"][0]["contents"]["text"]).trim(), "Alice looks at it.");
    let promises = seen["timeline"]["promises"].as_array().unwrap();
    let acknowledge = promises.iter().find(|promise| promise["id"] == "acknowledge").unwrap();
    assert_eq!(acknowledge["state"], "kept");

    let answered = world.ok(&["reply", &short, "--kind", "answer", "-m", "A fix is under way."]);
    assert!(answered.contains("Promise kept: answer in detail by"), "{answered}");
    assert!(world.ok(&["pull"]).contains("Nothing new"), "own replies are no news");
    let thread = world.ok(&["show", &short]);
    assert!(
        thread.contains("From the team: acknowledgement") && thread.contains("A fix is under way."),
        "{thread}"
    );
    assert_eq!(world.json(&["list"])["cases"][0]["entries"], 3);

    nothing_leaked(&world, &report["words"]);
}

/// Neither plaintext nor words lie in the member's home or in the relay's; and the scan sees them where they do lie.
fn nothing_leaked(world: &World, words: &serde_json::Value) {
    let holds = |folder: &str, needle: &str| {
        files(&world.path(folder)).iter().any(|path| {
            let bytes = std::fs::read(path).unwrap();
            bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
        })
    };
    for needle in [SECRET, text(words), "Use after free", "Alice looks at it."] {
        for folder in ["home", "relay", "reporter"] {
            assert!(!holds(folder, needle), "“{needle}” lies in {folder}");
        }
    }
    std::fs::create_dir(world.path("control")).unwrap();
    std::fs::write(world.path("control/plain"), format!("xx{SECRET}xx")).unwrap();
    assert!(holds("control", SECRET), "the scan finds nothing at all");
}

#[test]
fn a_report_is_received_answered_and_its_promise_kept_with_gpg() {
    story(Keys::Gpg);
}

#[test]
fn a_report_is_received_answered_and_its_promise_kept_with_a_key_file() {
    story(Keys::File);
}

#[test]
fn a_report_is_received_answered_and_its_promise_kept_with_a_post_quantum_key() {
    story(Keys::Quantum);
}

#[test]
fn pulled_bytes_open_with_gpg_alone() {
    let world = World::new(Keys::Gpg);
    world.report("No lock-in", &[]);
    world.ok(&["pull"]);
    let letters: Vec<_> = files(&world.store())
        .into_iter()
        .filter(|path| path.extension().is_some_and(|e| e == "pgp"))
        .collect();
    assert_eq!(letters.len(), 1);
    let opened = world.program("gpg").args(["--batch", "--decrypt"]).arg(&letters[0]).output().unwrap();
    let plain = String::from_utf8(opened.stdout).unwrap();
    assert!(plain.contains(SECRET) && plain.contains("\"title\": \"No lock-in\""), "{plain}");
}

#[test]
fn a_receipt_verifies_with_ours_and_with_gpg_and_not_for_another_letter() {
    let world = World::new(Keys::File);
    let report = world.report("Receipt", &[]);
    let folder = world.path("reporter").join(text(&report["folder"]));
    let (receipt, letter) = (folder.join("receipt.asc"), folder.join("report.pgp"));
    let (receipt, letter) = (receipt.to_str().unwrap(), letter.to_str().unwrap());
    let origin = world.proxy.origin.clone();
    let good = world.json(&["verify-receipt", receipt, "--relay", &origin, "--letter", letter]);
    assert_eq!(good["case"], report["case"]);
    let other = world.path("report.md");
    let error =
        world.fails(1, &["verify-receipt", receipt, "--relay", &origin, "--letter", other.to_str().unwrap()]);
    assert!(error.contains("for another letter"), "{error}");
    let forged = std::fs::read_to_string(receipt).unwrap().replace("desk: team", "desk: tean");
    std::fs::write(world.path("forged.asc"), forged).unwrap();
    let error =
        world.fails(1, &["verify-receipt", world.path("forged.asc").to_str().unwrap(), "--relay", &origin]);
    assert!(error.contains("proves nothing"), "{error}");
    let bundle: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.join("bundle.json")).unwrap()).unwrap();
    std::fs::write(world.path("relay.asc"), text(&bundle["relay"]["certificate"])).unwrap();
    said(
        world.program("gpg").args(["--batch", "--import"]).arg(world.path("relay.asc")).output().unwrap(),
        0,
    );
    said(world.program("gpg").args(["--batch", "--verify", receipt]).output().unwrap(), 0);
}

#[test]
fn secrets_travel_in_the_authorization_header_only() {
    let world = World::new(Keys::File);
    let report = world.report("Headers", &[]);
    world.ok(&["pull"]);
    world.ok(&["ack", text(&report["case"])]);
    let kept: serde_json::Value =
        serde_json::from_slice(&std::fs::read(world.home().join("sessions/demo.team.json")).unwrap())
            .unwrap();
    let token = text(&kept["token"]);
    let requests = world.proxy.requests();
    let with_token: Vec<&str> = requests.lines().filter(|line| line.contains(token)).collect();
    assert!(!with_token.is_empty());
    assert!(
        with_token.iter().all(|line| line.to_ascii_lowercase().starts_with("authorization: bearer ")),
        "{with_token:?}"
    );
    assert!(!requests.contains(SECRET));
}
