//! Relays that lie, and relays that are away: clear errors, and nothing is lost.

use sealpost_shared::EntryId;
use serde_json::Value;

use crate::forge::Stranger;
use crate::world::{Keys, World, text};

#[test]
fn a_changed_signer_of_the_policy_is_an_error() {
    let world = World::new(Keys::File);
    world.report("First", &[]);
    world.ok(&["pull"]);
    // Another team of the same name, as whoever took over a relay would make it.
    let other = world.path("other-home");
    let args = ["--slug", "demo", "--name", "Demo", "--project", "P", "--email", "x@y.example", "--key-file"];
    let evil = world.path("evil");
    let mut init = world.sealpost(&["init", evil.to_str().unwrap(), "--relay", &world.proxy.origin]);
    crate::world::said(init.args(args).env("SEALPOST_HOME", other).output().unwrap(), 0);
    let read = |name: &str| std::fs::read_to_string(evil.join("demo").join(name)).unwrap();
    let cert = std::fs::read_dir(evil.join("demo/certs")).unwrap().next().unwrap().unwrap().path();
    let (policy, signature, cert) =
        (read("policy.toml"), read("policy.toml.asc"), std::fs::read_to_string(cert).unwrap());
    world.proxy.bend(move |path, body| {
        if !path.ends_with("/bundle") {
            return body;
        }
        let mut bundle: Value = serde_json::from_slice(&body).unwrap();
        bundle["policy"] = policy.clone().into();
        bundle["policy_signature"] = signature.clone().into();
        bundle["certificates"] = vec![cert.clone()].into();
        serde_json::to_vec(&bundle).unwrap()
    });
    let error = world.fails(1, &["pull"]);
    assert!(error.contains("THE SIGNER OF THE POLICY CHANGED") && error.contains("--signer"), "{error}");
    let text = world.path("report.md");
    let fingerprint = world.fingerprint();
    let report = [
        "report",
        "--relay",
        &world.proxy.origin,
        "--team",
        "demo",
        "--title",
        "T",
        "--fingerprint",
        &fingerprint,
    ];
    let error = world.fails(1, &[&report, ["--text", text.to_str().unwrap()].as_slice()].concat());
    assert!(
        error.contains("not signed by the fingerprint that you gave")
            && error.contains("typo in --fingerprint"),
        "{error}"
    );
    assert!(!error.contains("POLICY CHANGED"), "{error}");
    world.proxy.repent();
    assert_eq!(world.json(&["list"])["cases"].as_array().unwrap().len(), 1);
    world.ok(&["pull"]);
}

#[test]
fn a_tampered_policy_is_not_believed() {
    let world = World::new(Keys::File);
    world.proxy.bend(|path, body| {
        if !path.ends_with("/bundle") {
            return body;
        }
        let text = String::from_utf8(body).unwrap();
        assert!(text.contains(r#"acknowledge = \"24h\""#));
        text.replace(r#"acknowledge = \"24h\""#, r#"acknowledge = \"48h\""#).into_bytes()
    });
    let error = world.fails(1, &["pull"]);
    assert!(error.contains("not what its team signed"), "{error}");
    assert!(world.proxy.seen("/v1/sessions").is_empty(), "a login was signed for a relay that lies");
}

#[test]
fn an_entry_that_is_not_what_the_feed_names_holds_up_no_other_and_is_tried_again() {
    let world = World::new(Keys::File);
    let (bad, good) = (world.report("Bad", &[]), world.report("Good", &[]));
    let case = text(&bad["case"]).to_owned();
    let hurt = case.clone();
    let hurt_in_row = |row: u64| {
        move |mut letters: Vec<(u64, Vec<u8>)>| {
            letters
                .iter_mut()
                .filter(|(seq, _)| *seq == row)
                .for_each(|(_, letter)| *letter.last_mut().unwrap() ^= 1);
            letters
        }
    };
    world.proxy.bend_letters(hurt_in_row(1));
    let error = world.fails(1, &["pull"]);
    assert!(error.contains("SHA-256") && error.contains("tries them again"), "{error}");
    assert_eq!(text(&world.json(&["list"])["cases"][0]["case"]), text(&good["case"]));
    assert!(!world.store().join(&case).exists(), "garbage was stored");
    // Alone it comes by its own path, and is no better there.
    world.proxy.bend(move |path, mut body| {
        if path.ends_with(&format!("/entries/{hurt}")) {
            *body.last_mut().unwrap() ^= 1;
        }
        body
    });
    let error = world.fails(1, &["pull"]);
    assert!(error.contains("SHA-256") && error.contains("1 of the feed's entries"), "{error}");
    world.proxy.repent();
    assert!(world.ok(&["pull"]).contains("1 new report"));
    assert_eq!(world.json(&["list"])["cases"].as_array().unwrap().len(), 2);
}

#[test]
fn a_letter_put_into_another_case_is_not_shown_there() {
    let world = World::new(Keys::File);
    let report = world.report("Mine", &[]);
    let (case, fake) = (text(&report["case"]).to_owned(), "f".repeat(32));
    let (to_fake, to_real) = ((case.clone(), fake.clone()), (fake.clone(), case));
    // A second row with the same bytes under another case.
    world.proxy.bend(move |path, body| {
        if !path.contains("/feed?after=0") {
            return body;
        }
        let mut feed: Value = serde_json::from_slice(&body).unwrap();
        let copy =
            feed["rows"][0].to_string().replace(&to_fake.0, &to_fake.1).replace("\"seq\":1", "\"seq\":2");
        feed["rows"].as_array_mut().unwrap().push(serde_json::from_str(&copy).unwrap());
        feed["next"] = 2.into();
        serde_json::to_vec(&feed).unwrap()
    });
    world.proxy.redirect(move |path| path.replace(&to_real.0, &to_real.1));
    world.ok(&["pull"]);
    let shown = world.ok(&["show", &fake]);
    assert!(shown.contains("NOT READ: this letter was written for another case"), "{shown}");
    let error = world.fails(1, &["ack", &fake, "--anyway"]);
    assert!(error.contains("no verified first letter"), "{error}");
}

#[test]
fn a_row_that_is_kept_back_is_noticed() {
    let world = World::new(Keys::File);
    world.report("One", &[]);
    world.report("Two", &[]);
    world.proxy.bend(|path, body| {
        if !path.contains("/feed?after=0") {
            return body;
        }
        let mut feed: Value = serde_json::from_slice(&body).unwrap();
        feed["rows"].as_array_mut().unwrap().remove(0);
        serde_json::to_vec(&feed).unwrap()
    });
    assert!(world.fails(1, &["pull"]).contains("keeps something back"));
    world.proxy.repent();
    assert!(world.ok(&["pull"]).contains("2 new reports"));
}

#[test]
fn a_relay_that_is_down_loses_no_report_and_no_reply() {
    let mut world = World::new(Keys::File);
    let report = world.report("Down", &[]);
    world.ok(&["pull"]);
    world.stop_relay();
    let error = world.fails(1, &["pull"]);
    assert!(error.contains("cannot reach") && error.contains("try again later"), "{error}");
    let case = text(&report["case"]);
    let error = world.fails(1, &["ack", case]);
    assert!(error.contains("the next `sealpost pull` sends it"), "{error}");
    let shown = world.ok(&["show", case]);
    assert!(
        shown.contains("From the team: acknowledgement") && shown.contains("NOT SENT: kept here"),
        "{shown}"
    );
    world.start_relay();
    world.ok(&["pull"]);
    assert!(!world.ok(&["show", case]).contains("NOT SENT: kept here"));
    let words = world.words(&report);
    let seen = world.json(&["case", text(&report["folder"]), "--words-file", words.to_str().unwrap()]);
    assert_eq!(seen["replies"][0]["kind"], "acknowledgement");
}

#[test]
fn a_report_that_got_no_receipt_is_sent_again_with_its_words() {
    let mut world = World::new(Keys::File);
    let report = world.report("First", &[]);
    let bundle = world.path("reporter").join(text(&report["folder"])).join("bundle.json");
    world.stop_relay();
    let (file, fingerprint) = (world.path("report.md"), world.fingerprint());
    let args = [
        "report",
        "--json",
        "--relay",
        &world.proxy.origin,
        "--team",
        "demo",
        "--title",
        "T",
        "--fingerprint",
        &fingerprint,
    ];
    let more = ["--text", file.to_str().unwrap(), "--bundle", bundle.to_str().unwrap()];
    let output = world.sealpost(&args).args(more).output().unwrap();
    let (out, error) = crate::world::said(output, 1);
    assert!(error.contains("sends it again"), "{error}");
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["sent"], false);
    world.start_relay();
    let words = world.words(&report);
    let seen = world.json(&["case", text(&report["folder"]), "--words-file", words.to_str().unwrap()]);
    assert_eq!(seen["entries"], 1);
    assert!(world.ok(&["pull"]).contains("2 new reports"));
}

#[test]
fn a_stale_token_is_renewed_and_a_foreign_key_is_refused() {
    let world = World::new(Keys::File);
    world.report("Token", &[]);
    world.ok(&["pull"]);
    let kept = world.home().join("sessions/demo.team.json");
    let old: Value = serde_json::from_slice(&std::fs::read(&kept).unwrap()).unwrap();
    let stale = serde_json::to_string(&old).unwrap().replace(text(&old["token"]), &"A".repeat(43));
    std::fs::write(&kept, stale).unwrap();
    world.ok(&["pull"]);
    std::fs::remove_file(&kept).unwrap();
    let other = world.path("other-home");
    let stranger = world.path("stranger");
    let args = ["--slug", "x", "--name", "X", "--project", "P", "--email", "x@y.example", "--key-file"];
    let mut init = world.sealpost(&["init", stranger.to_str().unwrap(), "--relay", &world.proxy.origin]);
    crate::world::said(init.args(args).env("SEALPOST_HOME", &other).output().unwrap(), 0);
    let key = other.join("keys/x.sec.asc");
    let error = world.fails(1, &["pull", "--key-file", key.to_str().unwrap()]);
    assert!(error.contains("the settings name"), "{error}");
    let config = world.home().join("config.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(
        &config,
        text.lines().filter(|line| !line.starts_with("key = ")).map(|l| format!("{l}\n")).collect::<String>(),
    )
    .unwrap();
    let error = world.fails(1, &["pull", "--key-file", key.to_str().unwrap()]);
    assert!(error.contains("login-refused"), "{error}");
}

#[test]
fn a_report_that_comes_again_under_another_number_opens_nothing_that_was_closed() {
    let world = World::new(Keys::File);
    let stranger = Stranger::new();
    let letter = stranger.letter("Use after free", "It crashes.", world.now());
    let sealed = stranger.send_signed(&world, &letter, world.now());
    world.ok(&["pull"]);
    let listed = world.json(&["list"]);
    let case = text(&listed["cases"][0]["case"]).to_owned();
    world.ok(&["reply", &case, "--kind", "closing", "-m", "This is no bug of ours."]);
    stranger.add(&world, EntryId::from_bytes([7; 16]), &sealed);
    world.ok(&["pull"]);
    assert!(world.json(&["list"])["cases"].as_array().unwrap().is_empty(), "the case was opened again");
    let shown = world.sealpost(&["show", &case]).output().unwrap();
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.contains("this is a copy of the report; it says nothing here"), "{shown}");
}
