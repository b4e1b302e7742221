//! What strangers and relays put before a reader: it is shown as theirs, and spoils nothing else.

use serde_json::Value;

use crate::forge::Stranger;
use crate::world::{Keys, World, text};

#[test]
fn a_letter_without_a_signature_is_marked_and_cannot_speak_with_our_voice() {
    let world = World::new(Keys::Gpg);
    let sent = world.report("Honest", &[]);
    let now = text(&sent["timeline"]["sent"]).parse().unwrap();
    let stranger = Stranger::new();
    let forged = "Hello.\n\nsignature good, by the case's key\n\nPromises\nkept     acknowledge";
    let letter = stranger.letter("TITLE", forged, now);
    let long = format!("\"title\": \"a\\nsignature good, by us {}\"", "x".repeat(3_000));
    stranger.send_unsigned(&world, &letter, |plain| plain.replace("\"title\": \"TITLE\"", &long));
    let case = stranger.key.case_id().to_string();

    let pulled = world.ok(&["pull"]);
    assert!(
        pulled.contains("report [NOT VERIFIED] “a signature good") && pulled.contains("report “Honest”"),
        "{pulled}"
    );
    let listed = world.ok(&["list"]);
    let row = listed.lines().find(|line| line.contains("[NOT VERIFIED] a signature good")).unwrap();
    assert!(row.chars().count() < 400, "the title is not bounded: {row}");
    assert_eq!(listed.matches("NOT VERIFIED").count(), 1, "{listed}");
    let output = world.sealpost(&["show", &case]).output().unwrap();
    let (shown, warned) = crate::world::said(output, 0);
    assert!(
        shown.contains("NOT VERIFIED: ") && shown.contains("| signature good, by the case's key"),
        "{shown}"
    );
    assert!(
        !shown.lines().any(|line| line.starts_with("signature good") || line.starts_with("kept ")),
        "{shown}"
    );
    assert_eq!(shown.lines().filter(|line| *line == "Promises").count(), 1, "{shown}");
    assert!(warned.contains("breaks a rule of its form: The title"), "{warned}");
    let json = world.json(&["show", &case]);
    assert_eq!(json["verified"], false);
    assert!(text(&json["title"]).chars().count() <= 161, "{json}");
}

#[test]
fn an_entry_that_is_too_large_holds_up_no_other() {
    let world = World::new(Keys::File);
    let large = world.report("Large", &[]);
    world.report("Good", &[]);
    world.proxy.bend_letters(|mut letters| {
        letters
            .iter_mut()
            .filter(|(seq, _)| *seq == 1)
            .for_each(|(_, letter)| letter.resize(2 * 1024 * 1024, 0));
        letters
    });
    let error = world.fails(1, &["pull"]);
    assert!(
        error.contains("larger than this may be") && error.contains("1 of the feed's entries"),
        "{error}"
    );
    assert_eq!(world.json(&["list"])["cases"].as_array().unwrap().len(), 1);
    world.proxy.repent();
    world.ok(&["pull"]);
    let acked = world.json(&["ack", text(&large["case"])]);
    world.ok(&["reply", text(&large["case"]), "-m", "More."]);
    let swollen = text(&acked["entry"]).to_owned();
    world.proxy.bend(move |path, mut body| {
        if path.ends_with(&format!("/entries/{swollen}")) {
            body.resize(2 * 1024 * 1024, 0);
        }
        body
    });
    let words = world.words(&large);
    let seen = world.json(&["case", text(&large["folder"]), "--words-file", words.to_str().unwrap()]);
    assert_eq!(seen["refused"].as_array().unwrap().len(), 1, "{seen}");
    assert_eq!(seen["replies"].as_array().unwrap().len(), 1, "{seen}");
}

#[test]
fn an_entry_that_is_listed_twice_counts_once() {
    let world = World::new(Keys::File);
    let report = world.report("Twice", &[]);
    world.ok(&["pull"]);
    world.ok(&["ack", text(&report["case"])]);
    world.proxy.bend(|path, body| {
        if !path.ends_with("/entries?after=0") {
            return body;
        }
        let mut page: Value = serde_json::from_slice(&body).unwrap();
        let mut copy = page["entries"][1].clone();
        copy["seq"] = 3.into();
        page["entries"].as_array_mut().unwrap().push(copy);
        page["next"] = 3.into();
        serde_json::to_vec(&page).unwrap()
    });
    let words = world.words(&report);
    let seen = world.json(&["case", text(&report["folder"]), "--words-file", words.to_str().unwrap()]);
    assert_eq!(seen["replies"].as_array().unwrap().len(), 1, "{seen}");
    assert!(text(&seen["refused"][0]).contains("lists it twice"), "{seen}");
}

#[test]
fn a_damaged_index_hides_its_own_case_only() {
    let world = World::new(Keys::File);
    let (bad, good) = (world.report("Bad", &[]), world.report("Good", &[]));
    world.ok(&["pull"]);
    let index = world.store().join(text(&bad["case"])).join("index.json");
    std::fs::remove_file(&index).unwrap();
    std::fs::write(&index, "{").unwrap();
    let more: [&[&str]; 2] = [&[], &["--no-open"]];
    for more in more {
        let listed = world.json(&[&["list"], more].concat());
        let row = |case: &Value| {
            listed["cases"].as_array().unwrap().iter().find(|row| row["case"] == *case).unwrap().clone()
        };
        assert!(text(&row(&bad["case"])["problem"]).contains("index.json is damaged; remove it"), "{listed}");
        assert!(row(&good["case"])["problem"].is_null(), "{listed}");
    }
    world.report("Later", &[]);
    assert!(world.ok(&["pull"]).contains("1 new report"));
}

#[test]
fn a_report_that_says_no_title_is_marked_as_well() {
    let world = World::new(Keys::Gpg);
    let sent = world.report("Honest", &[]);
    let now = text(&sent["timeline"]["sent"]).parse().unwrap();
    let stranger = Stranger::new();
    stranger.send_unsigned(&world, &stranger.letter("TITLE", "Hello.", now), |plain| {
        plain.replace("\"title\": \"TITLE\"", "\"title\": \"\"")
    });
    world.ok(&["pull"]);
    let listed = world.ok(&["list"]);
    let short = stranger.key.case_id().short();
    let row = listed.lines().find(|line| line.starts_with(&short)).unwrap();
    assert!(row.ends_with("[NOT VERIFIED]"), "{listed}");
    assert!(!world.ok(&["list", "--no-open"]).contains("[NOT VERIFIED]"), "nothing was opened");
}

#[test]
fn a_report_that_cannot_be_opened_has_its_deadline_all_the_same() {
    let world = World::new(Keys::File);
    let (bad, _) = (world.report("Bad", &[]), world.report("Good", &[]));
    world.ok(&["pull"]);
    let folder = world.store().join(text(&bad["case"]));
    let letter = crate::world::files(&folder)
        .into_iter()
        .find(|path| path.extension().is_some_and(|kind| kind == "pgp"));
    let letter = letter.unwrap();
    std::fs::remove_file(&letter).unwrap();
    std::fs::write(&letter, b"damaged").unwrap();
    let listed = world.json(&["list"]);
    let row = &listed["cases"][0];
    assert_eq!((&row["case"], &row["opened"]), (&bad["case"], &false.into()), "{listed}");
    assert_eq!(text(&row["due"]["what"]), "acknowledge", "{listed}");
    // Whoever answered kept promises, perhaps by the very letter that cannot be read.
    let good = listed["cases"][1]["case"].clone();
    world.ok(&["ack", text(&good)]);
    world.ok(&["pull"]);
    let folder = world.store().join(text(&good));
    for letter in crate::world::files(&folder)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|kind| kind == "pgp"))
    {
        std::fs::remove_file(&letter).unwrap();
        std::fs::write(&letter, b"damaged").unwrap();
    }
    let (out, _) = crate::world::said(world.sealpost(&["list", "--json"]).output().unwrap(), 1);
    let listed: Value = serde_json::from_str(&out).unwrap();
    let row = listed["cases"].as_array().unwrap().iter().find(|row| row["case"] == good).unwrap();
    assert!(row["due"].is_null(), "{listed}");
}
