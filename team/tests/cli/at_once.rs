//! Many letters in one answer of a relay: fetched once, cut off, and bent in every way.

use crate::world::{Keys, World};

type Letters = Vec<(u64, Vec<u8>)>;
type Bend = fn(Letters) -> Letters;

#[test]
fn letters_that_follow_each_other_come_in_one_answer() {
    let world = World::new(Keys::File);
    for title in ["One", "Two", "Three"] {
        world.report(title, &[]);
    }
    assert!(world.ok(&["pull"]).contains("3 new reports"));
    assert_eq!(world.proxy.seen("/letters?"), [1]);
    assert!(world.proxy.seen("/entries/").is_empty(), "letters were fetched one by one, too");
    assert!(world.ok(&["pull"]).contains("Nothing new"));
    assert_eq!(world.proxy.seen("/letters?"), [1], "fetched again");
}

#[test]
fn a_relay_that_gives_fewer_letters_than_were_asked_for_is_asked_again() {
    let world = World::new(Keys::File);
    for title in ["One", "Two", "Three", "Four", "Five"] {
        world.report(title, &[]);
    }
    world.proxy.bend_letters(|letters| letters.into_iter().take(2).collect());
    assert!(world.ok(&["pull"]).contains("5 new reports"));
    assert_eq!(world.proxy.seen("/letters?").len() + world.proxy.seen("/entries/").len(), 3);
}

/// What a relay may do, which rows that costs, and how it is named.
const LIES: [(Bend, usize, &str); 6] = [
    (
        |letters| letters.into_iter().filter(|(seq, _)| *seq != 2).collect(),
        1,
        "the letter of row 3 where that of row 2 belongs",
    ),
    (|letters| letters.into_iter().rev().collect(), 2, "the letter of row 3 where that of row 1 belongs"),
    (
        |letters| letters.iter().flat_map(|letter| [letter.clone(), letter.clone()]).collect(),
        1,
        "the letter of row 1 where that of row 2 belongs",
    ),
    (|_| Vec::new(), 2, "the relay sent nothing where the letter of row 1 belongs"),
    (
        |letters| letters.into_iter().map(|(seq, letter)| (seq, letter[1..].to_vec())).collect(),
        3,
        "other bytes than its feed names (SHA-256 differs)",
    ),
    (
        |letters| letters.into_iter().map(|(seq, _)| (seq, vec![0; 2 << 20])).collect(),
        2,
        "larger than this may be",
    ),
];

#[test]
fn a_relay_that_lies_among_many_letters_is_named_and_nothing_is_lost() {
    let world = World::new(Keys::File);
    for title in ["One", "Two", "Three"] {
        world.report(title, &[]);
    }
    for (bend, lost, named) in LIES {
        world.proxy.bend_letters(bend);
        let error = world.fails(1, &["pull"]);
        assert!(error.contains(named), "{named}: {error}");
        assert!(
            error.contains(&format!("{lost} of the feed's entries could not be stored")),
            "{named}: {error}"
        );
        world.proxy.repent();
        let pulled = world.json(&["pull"]);
        assert_eq!(pulled["new"].as_array().unwrap().len(), lost, "{named}: {pulled}");
        let listed = world.json(&["list"]);
        let cases = listed["cases"].as_array().unwrap();
        assert!(cases.len() == 3 && cases.iter().all(|case| case["verified"] == true), "{named}: {listed}");
        std::fs::remove_dir_all(world.home().join("cases")).unwrap();
    }
}

#[test]
fn what_is_no_list_of_letters_is_named() {
    let world = World::new(Keys::File);
    world.report("One", &[]);
    world.report("Two", &[]);
    for nonsense in ["<html>", "1 5\nabc", "1\n", "-1 5\nabcde"] {
        world.proxy.bend(
            move |path, body| {
                if path.contains("/letters?") { nonsense.as_bytes().to_vec() } else { body }
            },
        );
        let error = world.fails(1, &["pull"]);
        assert!(error.contains("not as a relay does"), "{nonsense}: {error}");
        world.proxy.repent();
        world.ok(&["pull"]);
        std::fs::remove_dir_all(world.home().join("cases")).unwrap();
    }
}

#[test]
fn a_line_that_is_cut_costs_the_letter_on_its_way_and_no_other() {
    let world = World::new(Keys::File);
    for n in 0..10 {
        world.report(&format!("Report {n}"), &[]);
    }
    world.proxy.cut("/letters?");
    let error = world.fails(1, &["pull"]);
    assert!(error.contains("cannot reach") && error.contains("Nothing is lost"), "{error}");
    let came = world.json(&["list"])["cases"].as_array().unwrap().len();
    assert!((1..10).contains(&came), "{came}");
    world.proxy.repent();
    let pulled = world.json(&["pull"]);
    assert_eq!(pulled["entries"], 10 - came, "{pulled}");
    assert!(
        world.proxy.requests().contains(&format!("letters?after={came}&")),
        "fetched again from the start"
    );
    assert_eq!(world.json(&["list"])["cases"].as_array().unwrap().len(), 10);
}
