//! Answering: nothing is sent twice, nothing that is not sent counts, and no text is lost.

use serde_json::Value;

use crate::world::{Keys, World, text};

fn replies(world: &World, report: &Value) -> Vec<Value> {
    let words = world.words(report);
    let seen = world.json(&["case", text(&report["folder"]), "--words-file", words.to_str().unwrap()]);
    seen["replies"].as_array().unwrap().clone()
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
    let said: Vec<Value> = replies(&world, &report).iter().map(|r| r["contents"]["text"].clone()).collect();
    let said: Vec<&str> = said.iter().map(|text| text.as_str().unwrap().trim()).collect();
    assert_eq!(said, ["First.", "Second."]);
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
