//! From a case to an advisory: draft, check, export.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use crate::world::{Keys, World, said, text};

/// A document as somebody would have finished it.
pub(crate) fn finished(draft: &str, published: &str) -> String {
    let done = draft
        .replace(
            "summary = \"TODO\"",
            "summary = \"A crafted file makes the parser use memory it has freed.\"",
        )
        .replace("published = \"TODO: 2026-12-01T15:00:00Z\"", &format!("published = \"{published}\""))
        .replace("fixed = \"TODO\"", "fixed = \"1.4.3\"")
        .replace("TODO: ", "Here: ");
    done.replace("cvss = []", "cvss = [\"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\"]")
}

#[test]
fn a_draft_of_a_case_is_finished_by_hand_checked_and_exported() {
    let world = World::new(Keys::Gpg);
    let report = world.report(
        "Use after free in \"ferris\"",
        &["--product", "ferris", "--versions", "1.2 and up", "--severity", "critical", "--credit", "Ada"],
    );
    world.ok(&["pull"]);
    let file = world.path("reporter/DEMO-2026-0001.md");
    let path = file.to_str().unwrap();
    let case = text(&report["case"]);
    let confirmed = ["stage", case, "confirmed", "--affected", ">=1.2,<1.4.3"];
    let skips = world.fails(2, &confirmed);
    assert!(skips.contains("not on record: received. Nothing was recorded"), "{skips}");
    world.ok(&[confirmed.as_slice(), &["--skip"]].concat());
    let no_day = world.fails(2, &["stage", case, "published", "--skip", "--date", "tomorrow"]);
    assert!(no_day.contains("write the day as in 2026-12-01"), "{no_day}");
    let drafted = world.json(&[
        "advisory",
        "draft",
        case,
        "--id",
        "DEMO-2026-0001",
        "--ecosystem",
        "crates.io",
        "--out",
        path,
    ]);
    assert_eq!(text(&drafted["file"]), path);
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let draft = std::fs::read_to_string(&file).unwrap();
    for line in [
        "id = \"DEMO-2026-0001\"",
        "team = \"demo\"",
        "title = \"Use after free in \\\"ferris\\\"\"",
        "severity = \"critical\"",
        "name = \"Demo Security Team\"",
        "package = \"ferris\"",
        "ecosystem = \"crates.io\"",
        "purl = \"pkg:cargo/ferris\"",
        "# The reporter says: 1.2 and up",
        "# On record: affected: >=1.2,<1.4.3",
        "ranges = [{ introduced = \"1.2.0\", fixed = \"1.4.3\" }]",
        "name = \"Ada\"",
    ] {
        assert!(draft.lines().any(|each| each == line), "{line} is not in\n{draft}");
    }
    assert!(!draft.contains(case), "the case's id is nobody's business");
    let error = world.fails(1, &["advisory", "draft", case, "--out", path]);
    assert!(error.contains("there already"), "{error}");

    let output = world.sealpost(&["advisory", "check", path]).output().unwrap();
    let (found, error) = said(output, 1);
    let at = draft.lines().position(|line| line == "summary = \"TODO\"").unwrap() + 1;
    assert!(found.contains(&format!("{path}:{at}: ")) && found.contains("[unfinished]"), "{found}");
    assert!(error.contains("errors in"), "{error}");
    let refused = world.fails(1, &["advisory", "export", path, "--format", "osv"]);
    assert!(refused.contains("correct them first"), "{refused}");

    std::fs::write(&file, finished(&draft, "2026-01-05T15:00:00Z")).unwrap();
    let checked = world.json(&["advisory", "check", path]);
    assert_eq!(checked["scores"][0]["score"], json!(9.8));
    assert_eq!(checked["errors"], json!([]));
    let osv = world.ok(&["advisory", "export", path, "--format", "osv"]);
    let osv: serde_json::Value = serde_json::from_str(&osv).unwrap();
    assert_eq!(osv["affected"][0]["package"]["purl"], "pkg:cargo/ferris");
    assert_eq!(osv["credits"][0]["name"], "Ada");

    let out = world.path("out");
    let exported = world.json(&["advisory", "export", path, "--all", "--out", out.to_str().unwrap()]);
    assert_eq!(exported["files"].as_array().unwrap().len(), 6, "{exported}");
    assert_eq!(exported["lacking"][0]["format"], "cve");
    for file in exported["files"].as_array().unwrap() {
        assert_eq!(std::fs::metadata(text(file)).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_range_that_the_releases_on_record_contradict_is_left_to_the_person() {
    let world = World::new(Keys::File);
    let report = world.report("Use after free", &["--product", "ferris"]);
    world.ok(&["pull"]);
    let case = text(&report["case"]);
    world.ok(&["stage", case, "confirmed", "--skip", "--affected", "<1.4.3"]);
    world.ok(&["stage", case, "fixes-ready", "--skip", "--releases", "1.4.4, 1.3.9"]);
    let file = world.path("reporter/DEMO-2026-0001.md");
    world.ok(&["advisory", "draft", case, "--id", "DEMO-2026-0001"]);
    let draft = std::fs::read_to_string(&file).unwrap();
    for line in ["# On record: releases: 1.4.4, 1.3.9", "ranges = [{ introduced = \"0\", fixed = \"TODO\" }]"]
    {
        assert!(draft.lines().any(|each| each == line), "{line} is not in\n{draft}");
    }
    assert!(draft.contains("do not end the affected versions on record"), "{draft}");
}

#[test]
fn a_document_can_be_begun_without_a_case_and_edited_at_once() {
    let world = World::new(Keys::File);
    let file = world.path("reporter/new.md");
    let path = file.to_str().unwrap();
    let drafted = world
        .sealpost(&["advisory", "draft", "--new", "--out", path, "--edit"])
        .env("EDITOR", "sed -i s/TODO//")
        .output();
    let (found, _) = said(drafted.unwrap(), 1);
    assert!(found.contains("[id]") && !found.contains("[unfinished]"), "{found}");
    for args in
        [&["advisory", "draft"][..], &["advisory", "export", path], &["advisory", "export", path, "--all"]]
    {
        assert_eq!(world.sealpost(args).output().unwrap().status.code(), Some(2), "{args:?}");
    }
    let error = world.fails(1, &["advisory", "check", world.path("none.md").to_str().unwrap()]);
    assert!(error.contains("check its name"), "{error}");
}
