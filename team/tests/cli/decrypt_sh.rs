//! `team/decrypt.sh`: the same letters with curl and gpg.

use std::path::Path;
use std::process::Command;

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
fn bytes_that_the_feed_does_not_name_stop_the_script_and_lose_nothing() {
    let world = World::new(Keys::Gpg);
    world.report("Bent", &[]);
    world.proxy.bend(|path, mut body| {
        if path.contains("/entries/") {
            *body.last_mut().unwrap() ^= 1;
        }
        body
    });
    let (_, error) = said(world.program("sh").arg(script()).output().unwrap(), 1);
    assert!(error.contains("other bytes than it lists"), "{error}");
    assert!(files(&world.path("reporter/cases")).is_empty());
    world.proxy.repent();
    said(world.program("sh").arg(script()).output().unwrap(), 0);
    assert_eq!(opened(&world.path("reporter/cases")).len(), 1);
}

#[test]
fn the_script_is_plain_sh() {
    said(Command::new("sh").args(["-n", &script()]).output().unwrap(), 0);
    for word in ["[[", "function ", "local ", "<<<", "declare", "jq", "python"] {
        assert!(!std::fs::read_to_string(script()).unwrap().contains(word), "{word} is not POSIX sh");
    }
}
