//! Answering: nothing is sent twice, nothing that is not sent counts, and no text is lost.

use serde_json::Value;

use crate::world::{Keys, World, files, text};

fn replies(world: &World, report: &Value) -> Vec<Value> {
    let words = world.words(report);
    let seen = world.json(&["case", text(&report["folder"]), "--words-file", words.to_str().unwrap()]);
    seen["replies"].as_array().unwrap().clone()
}

/// What the reporter reads, in its order.
fn texts(world: &World, report: &Value) -> Vec<String> {
    replies(world, report).iter().map(|reply| text(&reply["contents"]["text"]).trim().to_owned()).collect()
}

#[test]
fn an_unsent_answer_keeps_no_promise_and_the_same_again_is_sent_once() {
    let mut world = World::new(Keys::File);
    let report = world.report("Use after free", &[]);
    let case = text(&report["short"]).to_owned();
    world.ok(&["pull"]);
    world.stop_relay();
    let error = world.fails(1, &["ack", &case, "-m", "Alice looks at it."]);
    assert!(error.contains("kept here, but not sent"), "{error}");
    let row = &world.json(&["list"])["cases"][0];
    assert_eq!((&row["due"]["what"], &row["unsent"]), (&"acknowledge".into(), &1.into()), "{row}");
    assert!(world.ok(&["list"]).contains("1 answer not sent"));
    assert!(world.ok(&["show", &case]).contains("pending  acknowledge"));

    world.start_relay();
    let again = world.json(&["ack", &case, "-m", "Alice looks at it."]);
    assert_eq!(again["was_kept"], true);
    assert_eq!(replies(&world, &report).len(), 1);
    world.ok(&["pull"]);
    let row = &world.json(&["list"])["cases"][0];
    assert_eq!((&row["due"]["what"], &row["unsent"]), (&"answer in detail".into(), &0.into()), "{row}");
}

#[test]
fn what_was_kept_goes_out_before_what_was_written_later() {
    let mut world = World::new(Keys::File);
    let report = world.report("Use after free", &[]);
    let case = text(&report["short"]).to_owned();
    world.ok(&["pull"]);
    world.stop_relay();
    world.fails(1, &["reply", &case, "-m", "First."]);
    world.start_relay();
    world.ok(&["reply", &case, "-m", "Second."]);
    assert_eq!(texts(&world, &report), ["First.", "Second."]);
}

#[test]
fn a_second_acknowledgement_and_a_reply_to_a_closed_case_need_another_word() {
    let world = World::new(Keys::File);
    let report = world.report("Use after free", &[]);
    let case = text(&report["short"]).to_owned();
    world.ok(&["pull"]);
    world.ok(&["ack", &case]);
    let error = world.fails(2, &["ack", &case]);
    assert!(error.contains("wrote to this reporter already") && error.contains("--again"), "{error}");
    world.ok(&["ack", &case, "--again"]);
    world.ok(&["reply", &case, "--kind", "closing", "-m", "Fixed in 1.4.3."]);
    assert!(!world.ok(&["list"]).contains(&case), "a closed case is not listed");
    assert!(world.ok(&["list", "--all"]).contains(&case));
    let error = world.fails(2, &["reply", &case, "-m", "One more thing."]);
    assert!(error.contains("--reopen"), "{error}");
    world.ok(&["reply", &case, "-m", "One more thing.", "--reopen"]);
    assert!(world.ok(&["list"]).contains(&case));
    assert_eq!(replies(&world, &report).len(), 4);
}

#[test]
fn all_that_is_written_while_the_relay_is_away_is_kept_and_sent_in_its_order() {
    let mut world = World::new(Keys::File);
    let report = world.report("Use after free", &[]);
    let case = text(&report["short"]).to_owned();
    world.ok(&["pull"]);
    world.stop_relay();
    for words in [
        &["ack", &case, "-m", "First."][..],
        &["note", &case, "-m", "Between us."],
        &["assign", &case, "--tell", "-m", "Second."],
        &["reply", &case, "-m", "Third."],
    ] {
        let error = world.fails(1, words);
        assert!(error.contains("kept here, but not sent"), "{error}");
    }
    let waiting = &world.json(&["list"])["cases"][0];
    assert_eq!((&waiting["unsent"], waiting["handler"].is_string()), (&3.into(), true), "{waiting}");
    world.start_relay();
    world.ok(&["pull"]);
    world.ok(&["pull"]);
    assert_eq!(texts(&world, &report), ["First.", "Second.", "Third."]);
    assert!(world.ok(&["show", &case]).contains("Between us."));
    assert_eq!(world.json(&["list"])["cases"][0]["unsent"], 0);
}

#[test]
fn where_nobody_can_be_told_the_desk_is_not_told_either() {
    let world = World::new(Keys::File);
    let report = world.report("Use after free", &[]);
    let case = text(&report["short"]).to_owned();
    world.ok(&["pull"]);
    let kept = files(&world.store().join(text(&report["case"])));
    let letter = kept.iter().find(|path| path.extension().is_some_and(|kind| kind == "pgp")).unwrap();
    let bytes = std::fs::read(letter).unwrap();
    std::fs::write(letter, &bytes[..bytes.len() / 2]).unwrap();
    let error = world.fails(1, &["assign", &case, "--tell"]);
    assert!(error.contains("no key to answer to"), "{error}");
    std::fs::write(letter, bytes).unwrap();
    assert!(world.json(&["list", "--all"])["cases"][0]["handler"].is_null());
}

/// Who the ladder waits for, what is next, and how many promises are open: as the reporter sees it, and as the team does.
fn clocks(world: &World, report: &Value) -> [Value; 2] {
    let words = world.words(report);
    let seen = world.json(&["case", text(&report["folder"]), "--words-file", words.to_str().unwrap()]);
    world.ok(&["pull"]);
    let shown = world.json(&["show", text(&report["case"])]);
    [&seen, &shown].map(|seen| {
        let promises = seen["timeline"]["promises"].as_array().unwrap();
        let open = promises.iter().filter(|promise| promise["state"] == "pending").count();
        serde_json::json!([seen["timeline"]["ladder"]["reason"], seen["timeline"]["next"].is_null(), open])
    })
}

#[test]
fn a_closing_reply_ends_the_clocks_once_the_reporter_was_told_of_the_publication_and_not_before() {
    let world = World::new(Keys::File);
    let report = world.report("Use after free", &[]);
    let case = text(&report["short"]).to_owned();
    world.ok(&["pull"]);
    let goes_on = serde_json::json!(["awaiting-update", false, 1]);
    let published = ["stage", &case, "published", "--date", "2026-12-01", "--skip"];
    world.ok(&published);
    world.ok(&["reply", &case, "--kind", "closing", "-m", "It is public."]);
    assert_eq!(clocks(&world, &report), [goes_on.clone(), goes_on], "a note at the desk ended it");
    let warned = world.json(&["show", &case])["warnings"].clone();
    assert!(text(&warned[0]).contains("was not told of the stage “published”"), "{warned}");
    world.ok(&[published.as_slice(), &["--tell"]].concat());
    world.ok(&["reply", &case, "--kind", "closing", "-m", "It is public. Thank you."]);
    let over = serde_json::json!(["published", true, 0]);
    assert_eq!(clocks(&world, &report), [over.clone(), over]);
    assert_eq!(world.json(&["stats"])["quarters"][0]["open"], 0);
}
