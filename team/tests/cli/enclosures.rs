//! Files too large for a letter: from the reporter's command line to the team's folder.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use crate::world::{Keys, World, files, said, text};

/// Bytes that no compressor would shorten.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 7_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(length).collect()
}

const LARGE: usize = 3_300_000;

/// A report with a large file, whose name stands nowhere outside the encryption, and a small one.
fn report(world: &World) -> Value {
    let (large, small) = (world.path("reporter/core of httpd.dump"), world.path("reporter/poc.rs"));
    std::fs::write(&large, noise(LARGE)).unwrap();
    std::fs::write(&small, "fn main() {}").unwrap();
    world.report("With files", &["--attach", large.to_str().unwrap(), "--attach", small.to_str().unwrap()])
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        files(folder).iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

fn large_files_go_the_whole_way(keys: Keys) {
    let world = World::new(keys);
    let report = report(&world);
    assert_eq!(report["enclosures"], true);
    let case = text(&report["case"]);
    world.ok(&["pull"]);
    let shown = world.ok(&["show", case]);
    assert!(shown.contains("core of httpd.dump, 3.1 MiB, enclosed"), "{shown}");
    let out = world.path("out");
    let saved = world.json(&["save", case, out.to_str().unwrap()]);
    assert_eq!(saved["saved"].as_array().unwrap().len(), 2, "{saved}");
    assert_eq!(names(&out), ["core of httpd.dump", "poc.rs"]);
    assert!(std::fs::read(out.join("core of httpd.dump")).unwrap() == noise(LARGE));
    let again = world.ok(&["save", case, out.to_str().unwrap()]);
    assert!(again.contains("core of httpd (2).dump"), "{again}");
    assert_eq!(names(&out).len(), 4, "nothing was overwritten");
    assert!(files(&world.store()).iter().all(|path| !path.ends_with(".part")), "no copy is kept");
    for place in [world.path("relay"), world.home(), world.path("reporter").join(text(&report["folder"]))] {
        for file in files(&place) {
            let bytes = std::fs::read(&file).unwrap();
            assert!(
                !bytes.windows(15).any(|part| part == b"core of httpd.d"),
                "the name is in {}",
                file.display()
            );
        }
    }
}

#[test]
fn large_files_go_the_whole_way_with_a_key_file() {
    large_files_go_the_whole_way(Keys::File);
}

#[test]
fn large_files_go_the_whole_way_with_gpg() {
    large_files_go_the_whole_way(Keys::Gpg);
}

#[test]
fn an_upload_that_was_cut_is_told_as_such_and_goes_on() {
    let world = World::new(Keys::File);
    // From the third chunk on the relay seems to be another server.
    world.proxy.redirect(|path| {
        let cut =
            path.contains("/blobs/") && path.rsplit('/').next().is_some_and(|n| ["2", "3", "4"].contains(&n));
        if cut { "/nowhere".to_owned() } else { path.to_owned() }
    });
    let folder = world.path("reporter/case");
    let large = world.path("reporter/core.dump");
    std::fs::write(&large, noise(LARGE)).unwrap();
    let (origin, fingerprint) = (world.proxy.origin.clone(), world.fingerprint());
    let text_file = world.path("report.md");
    std::fs::write(&text_file, "# What happens").unwrap();
    let args = [
        "report",
        "--relay",
        &origin,
        "--team",
        "demo",
        "--fingerprint",
        &fingerprint,
        "--title",
        "Cut",
        "--text",
    ];
    let args =
        [&args, [text_file.to_str().unwrap(), "--attach", large.to_str().unwrap(), "--json"].as_slice()]
            .concat();
    let (json, error) = said(world.sealpost(&args).output().unwrap(), 1);
    let report: Value = serde_json::from_str(&json).unwrap();
    assert!(
        error.contains("did not all arrive") && report["receipt"] == true && report["enclosures"] == false,
        "{error}"
    );
    let folder = folder.with_file_name(text(&report["folder"]));
    let words = world.words(&report);
    world.ok(&["pull"]);
    let out = world.path("out");
    let early = world.fails(1, &["save", text(&report["case"]), out.to_str().unwrap()]);
    assert!(early.contains("still on their way: 2.0 MiB of 3."), "{early}");
    assert_eq!(names(&out), Vec::<String>::new());
    world.proxy.repent();
    let before = world.proxy.seen("/blobs/").iter().sum::<usize>();
    world.ok(&["case", folder.to_str().unwrap(), "--words-file", words.to_str().unwrap()]);
    // What is there, the two chunks that were missing, and the seal.
    assert_eq!(world.proxy.seen("/blobs/").iter().sum::<usize>() - before, 4);
    world.ok(&["save", text(&report["case"]), out.to_str().unwrap()]);
    assert!(std::fs::read(out.join("core.dump")).unwrap() == noise(LARGE));
}

#[test]
fn a_relay_that_changes_a_byte_is_named_and_nothing_is_unpacked() {
    let world = World::new(Keys::File);
    let report = report(&world);
    world.ok(&["pull"]);
    let bent = Arc::new(AtomicBool::new(false));
    let bends = Arc::clone(&bent);
    world.proxy.bend(move |path, mut body| {
        if path.contains("/blobs/") && body.len() > 1000 && !bends.swap(true, Ordering::SeqCst) {
            body[900] ^= 1;
        }
        body
    });
    let out = world.path("out");
    let error = world.fails(1, &["save", text(&report["case"]), out.to_str().unwrap()]);
    assert!(bent.load(Ordering::SeqCst) && error.contains("SHA-256 differs"), "{error}");
    assert_eq!(names(&out), Vec::<String>::new());
    world.ok(&["save", text(&report["case"]), out.to_str().unwrap()]);
    assert_eq!(names(&out).len(), 2);
}

#[test]
fn a_download_goes_on_where_it_was_cut() {
    let world = World::new(Keys::File);
    let report = report(&world);
    world.ok(&["pull"]);
    let fetched = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counts = Arc::clone(&fetched);
    // The first slice comes, the second does not.
    world.proxy.bend(move |path, body| {
        if path.contains("/blobs/") && body.len() > 1000 && counts.fetch_add(1, Ordering::SeqCst) == 1 {
            return b"<html>maintenance</html>".to_vec();
        }
        body
    });
    let out = world.path("out");
    world.fails(1, &["save", text(&report["case"]), out.to_str().unwrap()]);
    world.ok(&["save", text(&report["case"]), out.to_str().unwrap()]);
    assert_eq!(fetched.load(Ordering::SeqCst), 3, "two slices, one of them twice");
    assert!(std::fs::read(out.join("core of httpd.dump")).unwrap() == noise(LARGE));
}

#[test]
fn curl_gpg_and_tar_alone_unpack_them_too() {
    let world = World::new(Keys::Gpg);
    report(&world);
    let out = world.path("plain");
    let script = format!("{}/decrypt.sh", env!("CARGO_MANIFEST_DIR"));
    let run = || {
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
        said(world.program("sh").arg(&script).args(args).output().unwrap(), 0).0
    };
    let listed = run();
    let folder = listed.lines().find(|line| line.ends_with("-files")).unwrap_or_else(|| panic!("{listed}"));
    assert_eq!(names(Path::new(folder)), ["core of httpd.dump"]);
    assert!(std::fs::read(Path::new(folder).join("core of httpd.dump")).unwrap() == noise(LARGE));
    assert_eq!(run(), "", "a second run fetches nothing again");
}

#[test]
fn what_is_more_than_the_policy_takes_is_refused_before_anything_is_sealed() {
    let world = World::new(Keys::File);
    let huge = world.path("reporter/disk.img");
    std::fs::File::create(&huge).unwrap().set_len(257 << 20).unwrap();
    let text_file = world.path("report.md");
    std::fs::write(&text_file, "# What happens").unwrap();
    let (origin, fingerprint) = (world.proxy.origin.clone(), world.fingerprint());
    let args = [
        "report",
        "--relay",
        &origin,
        "--team",
        "demo",
        "--fingerprint",
        &fingerprint,
        "--title",
        "Huge",
        "--text",
    ];
    let error = world.fails(
        1,
        &[&args, [text_file.to_str().unwrap(), "--attach", huge.to_str().unwrap()].as_slice()].concat(),
    );
    assert!(error.contains("this team takes 256 MiB"), "{error}");
    assert_eq!(files(&world.path("reporter")), [huge], "nothing is left behind");
}
