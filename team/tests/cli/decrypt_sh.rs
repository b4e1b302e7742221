//! `team/decrypt.sh`: the same letters with curl and gpg.

use std::path::Path;
use std::process::Command;

use crate::forge::Stranger;
use crate::together::Bob;
use crate::world::{Keys, SECRET, World, files, said, text};

fn script() -> String {
    format!("{}/decrypt.sh", env!("CARGO_MANIFEST_DIR"))
}

fn opened(folder: &Path) -> Vec<String> {
    let letters =
        files(folder).into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "eml"));
    letters.map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

#[test]
fn curl_and_gpg_read_what_sealpost_reads() {
    let world = World::new(Keys::Gpg);
    let report = world.report("Without our program", &[]);
    world.ok(&["pull"]);
    world.ok(&["ack", text(&report["case"]), "-m", "Seen by Alice."]);
    let out = world.path("plain");
    let run = |code| {
        let args = [
            "--relay",
            &world.proxy.origin,
            "--team",
            "demo",
            "--key",
            &world.fingerprint(),
            "--out",
            out.to_str().unwrap(),
        ];
        said(world.program("sh").arg(script()).args(args).output().unwrap(), code)
    };
    let (listed, _) = run(0);
    assert_eq!(listed.lines().count(), 2, "{listed}");
    let letters = opened(&out);
    assert!(letters.iter().any(|letter| letter.contains(SECRET) && letter.contains("Without our program")));
    assert!(letters.iter().any(|letter| letter.contains("Seen by Alice.")));
    let before = world.proxy.seen("/entries/").iter().sum::<usize>();
    assert_eq!(run(0).0, "");
    assert_eq!(world.proxy.seen("/entries/").iter().sum::<usize>(), before, "a second run fetched again");
    let private =
        |path: &Path| std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(path).unwrap()) & 0o077 == 0;
    assert!(files(&out).iter().all(|path| private(path)));
}

#[test]
fn curl_and_gpg_take_attachments_out_and_acknowledge() {
    let world = World::new(Keys::Gpg);
    let attached = world.path("proof of concept.rs");
    std::fs::write(&attached, b"fn main() {}\n\xff\0").unwrap();
    let report = world.report("Without our program", &["--attach", attached.to_str().unwrap()]);
    let case = text(&report["case"]);
    said(world.program("sh").arg(script()).output().unwrap(), 0);
    let folder = world.path("reporter/cases/demo/team").join(case);
    let taken: Vec<_> =
        files(&folder).into_iter().filter(|path| path.ends_with("proof_of_concept.rs")).collect();
    assert_eq!(taken.len(), 1, "{:?}", files(&folder));
    assert_eq!(std::fs::read(&taken[0]).unwrap(), b"fn main() {}\n\xff\0");

    let ack = |code| {
        let args = ["--ack", text(&report["short"]), "--text", "Alice looks at it."];
        said(world.program("sh").arg(script()).args(args).output().unwrap(), code)
    };
    assert!(ack(0).0.contains(&format!("acknowledged {case}")));
    assert!(ack(1).1.contains("acknowledged from here already"));
    let words = world.words(&report);
    let seen = world.json(&["case", text(&report["folder"]), "--words-file", words.to_str().unwrap()]);
    assert_eq!(seen["refused"], serde_json::json!([]));
    assert_eq!(text(&seen["replies"][0]["kind"]), "acknowledgement");
    assert_eq!(text(&seen["replies"][0]["contents"]["text"]).trim(), "Alice looks at it.");
    world.ok(&["pull"]);
    assert!(world.ok(&["show", case]).contains("From the team: acknowledgement"));
}

#[test]
fn a_letter_that_blows_up_is_cut_off_and_holds_up_no_other() {
    let world = World::new(Keys::Gpg);
    Stranger::new().send_bomb(&world, 24 << 20);
    let honest = world.report("Use after free", &[]);
    let (out, error) = said(world.program("sh").arg(script()).output().unwrap(), 1);
    assert!(out.contains(text(&honest["case"])) && error.contains("cannot open it"), "{out}{error}");
    let folder = world.path("reporter/cases");
    let largest = files(&folder).iter().map(|path| std::fs::metadata(path).unwrap().len()).max();
    assert!(largest.unwrap() < 2 << 20, "{largest:?}");
}

#[test]
fn what_the_script_sends_can_be_read_by_every_member_of_the_desk() {
    let mut world = World::new(Keys::Gpg);
    let bob = Bob::join(&mut world, true);
    let report = world.report("Use after free", &[]);
    let short = text(&report["short"]).to_owned();
    said(world.program("sh").arg(script()).output().unwrap(), 0);
    let ack = || world.program("sh").arg(script()).args(["--ack", &short]).output().unwrap();
    let certificate = world.path(&format!("teams/demo/certs/{}.asc", bob.fingerprint));
    let import = world.program("gpg").args(["--batch", "--quiet", "--import"]).arg(certificate).output();
    said(import.unwrap(), 0);
    assert_eq!(said(ack(), 0).1, "");
    bob.ok(&world, &["pull"]);
    let shown = bob.ok(&world, &["show", &short]);
    assert!(shown.contains("From the team: acknowledgement") && !shown.contains("NOT READ"), "{shown}");

    let second = world.report("Out of bounds", &[]);
    said(world.program("sh").arg(script()).output().unwrap(), 0);
    let forget = ["--batch", "--yes", "--delete-keys", &bob.fingerprint];
    said(world.program("gpg").args(forget).output().unwrap(), 0);
    let ack = |more: &[&str]| {
        let args = [&["--ack", text(&second["short"])], more].concat();
        world.program("sh").arg(script()).args(args).output().unwrap()
    };
    let (_, error) = said(ack(&[]), 1);
    assert!(error.contains("is not in your keyring") && error.contains("Nothing was sent"), "{error}");
    let (acknowledged, error) = said(ack(&["--alone"]), 0);
    assert!(acknowledged.contains("acknowledged ") && error.is_empty(), "{error}");
}

#[test]
fn the_script_reads_the_settings_that_init_wrote_and_says_what_is_missing() {
    let world = World::new(Keys::Gpg);
    world.report("Settings", &[]);
    said(world.program("sh").arg(script()).output().unwrap(), 0);
    assert_eq!(opened(&world.path("reporter/cases")).len(), 1);
    let (_, error) =
        said(world.program("sh").arg(script()).env("SEALPOST_HOME", "/nonexistent").output().unwrap(), 2);
    assert!(error.contains("--relay"), "{error}");
}

#[test]
fn an_entry_that_is_not_what_the_feed_names_holds_up_no_other_and_is_tried_again() {
    let world = World::new(Keys::Gpg);
    let bent = text(&world.report("Bent", &[])["case"]).to_owned();
    let large = text(&world.report("Large", &[])["case"]).to_owned();
    world.report("Whole", &[]);
    world.proxy.bend(move |path, mut body| {
        if path.ends_with(&format!("/entries/{bent}")) {
            *body.last_mut().unwrap() ^= 1;
        }
        if path.ends_with(&format!("/entries/{large}")) {
            body.resize(2 * 1024 * 1024, 0);
        }
        body
    });
    let (_, error) = said(world.program("sh").arg(script()).output().unwrap(), 1);
    assert!(error.contains("other bytes than it lists"), "{error}");
    assert!(error.contains("larger than a letter may be"), "{error}");
    assert_eq!(opened(&world.path("reporter/cases")).len(), 1, "one bad entry held up another");
    said(world.program("sh").arg(script()).output().unwrap(), 1);
    world.proxy.repent();
    said(world.program("sh").arg(script()).output().unwrap(), 0);
    assert_eq!(opened(&world.path("reporter/cases")).len(), 3);
    assert!(!world.path("reporter/cases/demo/team/missing").exists());
}

#[test]
fn the_script_notices_a_relay_that_lost_rows_and_reads_again() {
    let mut world = World::new(Keys::Gpg);
    world.report("One", &[]);
    world.keep_backup();
    world.report("Two", &[]);
    let run = |world: &World, code| said(world.program("sh").arg(script()).output().unwrap(), code);
    run(&world, 0);
    world.restore_backup();
    world.report("Three", &[]);
    let (_, error) = run(&world, 1);
    assert!(error.contains("THE RELAY LOST OR CHANGED WHAT IT HAD"), "{error}");
    assert_eq!(opened(&world.path("reporter/cases")).len(), 3);
    assert!(world.proxy.seen("/entries/").iter().all(|times| *times == 1), "fetched again");
    run(&world, 0);
    world.restore_backup();
    let (_, error) = run(&world, 1);
    assert!(error.contains("THE RELAY LOST OR CHANGED WHAT IT HAD"), "{error}");
    run(&world, 0);
}

#[test]
fn a_damaged_cursor_and_an_address_that_only_looks_local_are_refused_in_words() {
    let world = World::new(Keys::Gpg);
    world.report("Cursor", &[]);
    said(world.program("sh").arg(script()).output().unwrap(), 0);
    for damaged in ["08\n", "\n", "x 1\n", "-1\n", ""] {
        std::fs::write(world.path("reporter/cases/demo/team/cursor"), damaged).unwrap();
        let (_, error) = said(world.program("sh").arg(script()).output().unwrap(), 1);
        assert!(error.contains("cursor is damaged; remove it"), "{damaged:?}: {error}");
    }
    for evil in
        ["http://localhost@evil.example", "http://127.0.0.1.evil.example", "http://localhost.evil.example"]
    {
        let mut run = world.program("sh");
        let (_, error) = said(run.arg(script()).args(["--relay", evil]).output().unwrap(), 2);
        assert!(error.contains("the relay"), "{error}");
    }
}

#[test]
fn the_script_is_plain_sh() {
    said(Command::new("sh").args(["-n", &script()]).output().unwrap(), 0);
    for word in ["[[", "function ", "local ", "<<<", "declare", "jq", "python"] {
        assert!(!std::fs::read_to_string(script()).unwrap().contains(word), "{word} is not POSIX sh");
    }
}
