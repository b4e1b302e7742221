//! What every command says, word by word: its help, its success, its failures. The words stand in `team/tests/said`; where a change of
//! them is meant, `TRYCMD=overwrite cargo test -p sealpost-team said` writes it down, and the diff is what people will read.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;
use trycmd::TestCases;
use trycmd::schema::Bin;

use crate::world::{Keys, World, text};

/// Runs `sealpost` in the folder of the test, with nothing of the person's own settings. A word `CASE` is the id of its case: trycmd
/// has no variables in commands.
const WRAPPER: &str = r#"#!/bin/sh
cd "$SAID_FOLDER" || exit 99
n=$#
while [ "$n" -gt 0 ]; do
    word=$1
    shift
    [ "$word" = CASE ] && word=$SAID_CASE
    set -- "$@" "$word"
    n=$((n - 1))
done
exec env -i PATH="$PATH" HOME="$SAID_FOLDER" TZ=UTC $SAID_SETTINGS "$SAID_PROGRAM" "$@"
"#;

/// Runs the cases of one file of `team/tests/said` in a folder.
fn said(file: &str, folder: &Path, report: Option<&Value>, settings: &[(&str, &Path)]) {
    let wrapper = folder.join("wrapper");
    fs::write(&wrapper, WRAPPER).unwrap();
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o700)).unwrap();
    let settings: Vec<_> =
        settings.iter().map(|(name, value)| format!("{name}={}", value.display())).collect();
    let cases = TestCases::new();
    cases
        .case(format!("tests/said/{file}.trycmd"))
        .register_bin("sealpost", Bin::Path(wrapper))
        .env("SAID_FOLDER", folder.to_string_lossy())
        .env("SAID_PROGRAM", env!("CARGO_BIN_EXE_sealpost"))
        .env("SAID_SETTINGS", settings.join(" "))
        .insert_var("[FOLDER]", folder.to_string_lossy().into_owned())
        .unwrap();
    if let Some(report) = report {
        let (id, short) = (text(&report["case"]).to_owned(), text(&report["short"]).to_owned());
        cases.env("SAID_CASE", &short).insert_var("[ID]", id).unwrap().insert_var("[CASE]", short).unwrap();
    }
    cases.run();
}

#[test]
fn every_command_explains_itself() {
    said("help", tempfile::tempdir().unwrap().path(), None, &[]);
}

#[test]
fn without_a_team_every_command_says_what_to_do_first() {
    said("alone", tempfile::tempdir().unwrap().path(), None, &[]);
}

#[test]
fn files_are_judged_without_a_team() {
    let folder = tempfile::tempdir().unwrap();
    for file in [
        "tests/said/events.json",
        "tests/said/broken.toml",
        "../policies/rust-classic.toml",
        "../advisory/tests/documents/full.md",
        "../advisory/tests/documents/broken.md",
    ] {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        fs::copy(&from, folder.path().join(from.file_name().unwrap())).unwrap();
    }
    said("files", folder.path(), None, &[]);
}

#[test]
fn a_day_of_a_team() {
    let world = World::new(Keys::File);
    let report = world.report("Use after free", &[]);
    let settings = [("SEALPOST_HOME", world.home()), ("GNUPGHOME", world.path("gnupg"))];
    let settings: Vec<_> = settings.iter().map(|(name, path)| (*name, path.as_path())).collect();
    said("day", &world.path("reporter"), Some(&report), &settings);
}
