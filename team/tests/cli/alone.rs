//! What works without a relay: certificates, policies, sealing into a folder, and wrong usage.

use serde_json::json;

use crate::world::{Keys, World, said, text};

#[test]
fn init_overwrites_nothing() {
    let world = World::new(Keys::File);
    let teams = world.path("teams");
    let before = std::fs::read(teams.join("demo/policy.toml")).unwrap();
    let args = [
        "init",
        teams.to_str().unwrap(),
        "--slug",
        "demo",
        "--name",
        "N",
        "--project",
        "P",
        "--email",
        "a@b.example",
    ];
    let error = world.fails(1, &[&args, ["--relay", "https://r.example", "--key-file"].as_slice()].concat());
    assert!(error.contains("is there already"), "{error}");
    assert_eq!(std::fs::read(teams.join("demo/policy.toml")).unwrap(), before);
    let error = world.fails(
        2,
        &[
            "init",
            "x",
            "--slug",
            "demo",
            "--name",
            "N",
            "--project",
            "P",
            "--email",
            "nobody",
            "--relay",
            "https://r.example",
            "--key-file",
        ],
    );
    assert!(error.contains("identity.contact"), "{error}");
}

#[test]
fn a_team_for_a_first_look_needs_three_words_and_is_told_what_to_change() {
    let world = World::new(Keys::File);
    let folder = world.path("first");
    let folder = folder.to_str().unwrap();
    let said = world.ok(&["init", folder, "--slug", "first", "--name", "N", "--project", "P", "--key-file"]);
    assert!(said.contains("--email") && said.contains("--relay"), "{said}");
    world.ok(&["policy", "check", &format!("{folder}/first/policy.toml")]);
}

#[test]
fn existing_certificates_become_a_team_of_two() {
    let world = World::new(Keys::Gpg);
    let mut init = world.sealpost(&[
        "init",
        world.path("pair").to_str().unwrap(),
        "--slug",
        "pair",
        "--name",
        "Pair",
        "--project",
        "P",
    ]);
    init.args(["--email", "pair@demo.example", "--relay", "https://r.example"]);
    for name in ["alice", "bob"] {
        let id = format!("{name}@demo.example");
        let make = [
            "--batch",
            "--pinentry-mode",
            "loopback",
            "--passphrase",
            "",
            "--quick-generate-key",
            &id,
            "future-default",
            "default",
            "1y",
        ];
        said(world.program("gpg").args(make).output().unwrap(), 0);
        let exported = world.program("gpg").args(["--armor", "--export", &id]).output().unwrap();
        std::fs::write(world.path(name), exported.stdout).unwrap();
        init.arg("--cert").arg(world.path(name));
    }
    let (_, warning) = said(init.output().unwrap(), 0);
    assert!(warning.contains("config.toml is there already"), "{warning}");
    let policy = world.path("pair/pair/policy.toml");
    let checked = world.json(&["policy", "check", policy.to_str().unwrap()]);
    assert_eq!(checked["signature"], true, "{checked}");
    assert_eq!(std::fs::read_dir(world.path("pair/pair/certs")).unwrap().count(), 2);
}

#[test]
fn a_desk_may_have_a_post_quantum_key_beside_one_that_gpg_keeps() {
    let world = World::new(Keys::Gpg);
    let bob = world.path("bob.asc");
    std::fs::copy(
        std::fs::read_dir(world.path("teams/demo/certs")).unwrap().next().unwrap().unwrap().path(),
        &bob,
    )
    .unwrap();
    let folder = world.path("both");
    let init = ["init", folder.to_str().unwrap(), "--slug", "both", "--name", "Both", "--project", "P"];
    let keys = ["--key-file", "--post-quantum", "--cert", bob.to_str().unwrap()];
    let said = world.ok(&[init.as_slice(), &keys].concat());
    assert!(said.contains("post-quantum") && said.contains("gpg cannot"), "{said}");
    world.ok(&["policy", "check", folder.join("both/policy.toml").to_str().unwrap()]);
    let mut algorithms: Vec<String> = std::fs::read_dir(folder.join("both/certs"))
        .unwrap()
        .map(|cert| world.json(&["key", "check", cert.unwrap().path().to_str().unwrap()]))
        .map(|judged| judged["certificates"][0]["encryption_key"]["algorithm"].as_str().unwrap().to_owned())
        .collect();
    algorithms.sort();
    assert_eq!(algorithms, ["ECDH Curve25519", "ML-KEM-768+X25519"]);
    assert!(world.fails(2, &[init.as_slice(), &["--post-quantum"]].concat()).contains("--key-file"));
}

#[test]
fn a_changed_policy_must_be_signed_again() {
    let world = World::new(Keys::Gpg);
    let path = world.path("teams/demo/policy.toml");
    let (policy, file) = (std::fs::read_to_string(&path).unwrap(), path.to_str().unwrap());
    world.ok(&["policy", "check", file]);
    std::fs::write(&path, policy.replace("version = 1", "version = 2")).unwrap();
    let said = world.sealpost(&["policy", "check", file]).output().unwrap();
    let (out, _) = crate::world::said(said, 1);
    assert!(out.contains("its signature does not hold") && out.contains("policy sign"), "{out}");
    assert!(world.ok(&["policy", "sign", file]).contains("Signed version 2"));
    world.ok(&["policy", "check", file]);
    std::fs::write(&path, policy.replace("update = \"5d\"", "update = \"5 days\"")).unwrap();
    assert!(world.fails(1, &["policy", "check", file]).contains("clocks.update"));
}

#[test]
fn certificates_are_judged_for_a_moment() {
    let world = World::new(Keys::File);
    let cert = std::fs::read_dir(world.path("teams/demo/certs")).unwrap().next().unwrap().unwrap().path();
    let cert = cert.to_str().unwrap();
    let now = world.json(&["key", "check", cert]);
    let judged = &now["certificates"][0];
    assert_eq!(
        (&judged["usable"], &judged["code"], &judged["warnings"]),
        (&json!(true), &json!(null), &json!([]))
    );
    assert_eq!(judged["fingerprint"], world.fingerprint());
    assert_eq!(judged["encryption_key"]["algorithm"], "ECDH Curve25519");
    assert_eq!(judged["encryption_key"]["post_quantum"], false);
    let later = |args: &[&str]| {
        let check = ["key", "check", cert, "--at", "2099-01-01T00:00:00Z"];
        said(world.sealpost(&[&check, args].concat()).output().unwrap(), 1).0
    };
    assert!(later(&[]).contains("UNUSABLE (expired)"), "{}", later(&[]));
    let judged = &serde_json::from_str::<serde_json::Value>(&later(&["--json"])).unwrap()["certificates"][0];
    assert_eq!((&judged["code"], &judged["usable"]), (&json!("expired"), &json!(false)));
    assert_eq!(
        (&judged["expires"], &judged["encryption_key"]),
        (&now["certificates"][0]["expires"], &json!(null))
    );
    assert!(
        world
            .fails(1, &["key", "check", world.path("teams/demo/policy.toml").to_str().unwrap()])
            .contains("not an OpenPGP certificate")
    );
}

#[test]
fn a_report_is_sealed_into_a_folder_without_a_network() {
    let mut world = World::new(Keys::File);
    let sent = world.report("Online", &[]);
    let bundle = world.path("reporter").join(text(&sent["folder"])).join("bundle.json");
    world.stop_relay();
    let (file, fingerprint, out) = (world.path("report.md"), world.fingerprint(), world.path("sealed"));
    let args = [
        "report",
        "--bundle",
        bundle.to_str().unwrap(),
        "--team",
        "demo",
        "--title",
        "Offline",
        "--fingerprint",
        &fingerprint,
    ];
    let more = ["--text", file.to_str().unwrap(), "--out", out.to_str().unwrap()];
    let said = world.ok(&[&args, more.as_slice()].concat());
    assert!(said.contains("nothing was sent"), "{said}");
    assert!(out.join("report.pgp").exists() && !out.join("receipt.asc").exists());
    assert!(world.fails(1, &[&args, more.as_slice()].concat()).contains("is there already"));
}

#[test]
fn the_fingerprint_is_never_taken_for_granted() {
    let world = World::new(Keys::File);
    std::fs::write(world.path("report.md"), "text").unwrap();
    let file = world.path("report.md");
    let args = [
        "report",
        "--relay",
        &world.proxy.origin,
        "--team",
        "demo",
        "--title",
        "T",
        "--text",
        file.to_str().unwrap(),
    ];
    for more in [[].as_slice(), &["--json"]] {
        let error = world.fails(2, &[&args, more].concat());
        assert!(error.contains("--fingerprint") && error.contains(&world.fingerprint()), "{error}");
    }
    assert!(world.proxy.seen("/cases/").is_empty());
    world.ok(&[&args, ["--trust-first-use"].as_slice()].concat());
}

#[test]
fn a_gpg_key_without_a_passphrase_at_hand_gives_clear_words() {
    let world = World::new(Keys::Gpg);
    let report = world.report("Words", &[]);
    world.ok(&["pull"]);
    let short = text(&report["short"]);
    let nobody = "0".repeat(40);
    let error = world.fails(1, &["reply", short, "-m", "x", "--key", &nobody]);
    assert!(error.contains("gpg") && error.contains("GNUPGHOME"), "{error}");
    let without = |args: &[&str]| said(world.sealpost(args).env("PATH", "/nonexistent").output().unwrap(), 1);
    world.ok(&["ack", short]);
    let (out, error) = without(&["show", short]);
    assert!(out.contains("NOT READ: cannot run gpg; install GnuPG"), "{out}");
    assert!(out.contains("Promises: unknown") && !out.contains("pending"), "{out}");
    assert!(error.contains("could be opened: cannot run gpg"), "{error}");
    let (out, error) = without(&["list"]);
    assert!(out.contains("\tunknown\t") && error.contains("no case could be opened"), "{out}{error}");
    let (out, _) = without(&["show", short, "--json"]);
    let shown: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert!(shown["timeline"].is_null(), "{shown}");
    world.ok(&["list", "--no-open"]);
}

#[test]
fn an_empty_acknowledgement_is_not_sent() {
    let world = World::new(Keys::File);
    let report = world.report("Empty", &[]);
    world.ok(&["pull"]);
    for empty in ["", "   ", "\n"] {
        let error = world.fails(1, &["ack", text(&report["case"]), "-m", empty]);
        assert!(error.contains("is empty, so nothing was sent"), "{error}");
    }
    assert_eq!(world.json(&["show", text(&report["case"])])["entries"].as_array().unwrap().len(), 1);
}

#[test]
fn an_error_is_said_once_and_names_the_option_of_its_command() {
    let world = World::new(Keys::File);
    let sent = world.report("Words", &[]);
    let (file, fingerprint) = (world.path("report.md"), world.fingerprint());
    let report = |team: &str, title: &str| {
        let args = ["report", "--relay", &world.proxy.origin, "--team", team, "--title", title];
        let more = ["--fingerprint", &fingerprint, "--text", file.to_str().unwrap()];
        world.fails(1, &[&args, more.as_slice()].concat())
    };
    let folders = || std::fs::read_dir(world.path("reporter")).unwrap().count();
    let before = folders();
    let error = report("demo", " ");
    assert_eq!(folders(), before, "a folder was made for a report that cannot be sent");
    assert_eq!(error.matches("Give the report a title").count(), 1, "{error}");
    assert!(report("nobody", "T").contains("has no team “nobody”"), "{}", report("nobody", "T"));
    let folder = text(&sent["folder"]);
    let words = world.words(&sent);
    let other = "0".repeat(40);
    let args = ["case", folder, "--words-file", words.to_str().unwrap(), "--fingerprint", &other];
    let error = world.fails(1, &args);
    assert!(error.contains("typo in --fingerprint;") && !error.contains("--signer"), "{error}");
    assert!(!error.contains("SIGNER OF THE POLICY CHANGED"), "{error}");
    let zeros = "abandon ".repeat(11) + "about";
    std::fs::write(&words, zeros).unwrap();
    let args = ["case", "--words-file", words.to_str().unwrap(), "--relay", &world.proxy.origin];
    let error =
        world.fails(1, &[&args, ["--team", "demo", "--fingerprint", &fingerprint].as_slice()].concat());
    assert!(error.contains("no case of these twelve words"), "{error}");
}

#[test]
fn help_teaches_with_examples() {
    let world = World::new(Keys::File);
    for command in ["init", "pull", "list", "show", "ack", "reply", "report", "case", "verify-receipt"] {
        assert!(world.ok(&[command, "--help"]).contains("Example"), "{command}");
    }
    assert!(world.fails(2, &["report", "--title", "x"]).contains("--team"));
    let said = world.ok(&["--help"]);
    assert!(said.contains("Exit codes: 0 done, 1 failed or found wrong, 2 wrong usage"), "{said}");
}
