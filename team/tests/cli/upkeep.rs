//! Keeping a desk in order: the doctor, the stick, man pages, statistics, watching.

use std::process::Stdio;
use std::time::{Duration, Instant};

use sealpost_shared::Timestamp;

use crate::together::Bob;
use crate::world::{Keys, World, files, said, text};

fn finding<'a>(checks: &'a serde_json::Value, what: &str) -> &'a serde_json::Value {
    let checks = checks["checks"].as_array().unwrap();
    checks
        .iter()
        .find(|check| check["what"] == what)
        .unwrap_or_else(|| panic!("no check of {what} in {checks:?}"))
}

#[test]
fn the_doctor_finds_a_healthy_desk_healthy_and_says_what_to_type_for_a_sick_one() {
    for keys in [Keys::File, Keys::Gpg] {
        let mut world = World::new(keys);
        world.report("Use after free", &[]);
        world.ok(&["pull"]);
        let healthy = world.json(&["doctor"]);
        for what in
            ["your key", "relay", "clock", "policy", "certificate", "membership", "security.txt", "store"]
        {
            assert_eq!(finding(&healthy, what)["state"], "good", "{what}: {healthy}");
        }
        let case = text(&world.json(&["list"])["cases"][0]["short"]).to_owned();
        world.stop_relay();
        world.fails(1, &["ack", &case]);
        let (sick, error) = said(world.sealpost(&["doctor", "--json"]).output().unwrap(), 1);
        let sick: serde_json::Value = serde_json::from_str(&sick).unwrap();
        assert_eq!(finding(&sick, "relay")["state"], "wrong");
        assert_eq!(text(&finding(&sick, "store")["todo"]), "sealpost pull");
        assert!(error.contains("things are wrong"), "{error}");
    }
}

#[test]
fn the_doctor_warns_of_a_policy_that_ends_within_a_month() {
    let mut world = World::new(Keys::File);
    let soon: Timestamp = (world.now() + sealpost_shared::Duration::from_hours(24 * 9)).rounded_to_hour();
    world.change_policy(|policy| {
        let line = policy.lines().find(|line| line.starts_with("expires = ")).unwrap().to_owned();
        policy.replacen(&line, &format!("expires = \"{soon}\""), 1)
    });
    let checks = world.json(&["doctor"]);
    let policy = finding(&checks, "policy");
    assert_eq!(policy["state"], "soon", "{checks}");
    assert!(text(&policy["todo"]).contains("sealpost policy sign"), "{policy}");
}

/// What the doctor finds of a desk where something is wrong.
fn sick(world: &World, args: &[&str]) -> serde_json::Value {
    let (sick, _) = said(world.sealpost(&[&["doctor", "--json"], args].concat()).output().unwrap(), 1);
    serde_json::from_str(&sick).unwrap()
}

fn looked_at(checks: &serde_json::Value) -> Vec<&str> {
    checks["checks"].as_array().unwrap().iter().map(|check| text(&check["what"])).collect()
}

#[test]
fn the_doctor_leaves_out_what_only_follows_from_a_wrong_clock_or_an_absent_relay() {
    let mut world = World::new(Keys::File);
    world.proxy.set_date("Mon, 05 Jan 2015 15:00:00 GMT");
    let checks = sick(&world, &[]);
    assert_eq!(looked_at(&checks), ["your key", "relay", "clock", "store"]);
    assert!(text(&finding(&checks, "clock")["says"]).contains(" d ahead of the relay's"), "{checks}");
    world.proxy.repent();
    world.stop_relay();
    assert_eq!(looked_at(&sick(&world, &[])), ["your key", "relay", "store"]);
}

#[test]
fn the_doctor_tells_of_a_policy_that_the_relay_refuses() {
    let world = World::new(Keys::File);
    let path = world.path("teams/demo/policy.toml");
    let policy = std::fs::read_to_string(&path).unwrap();
    assert_eq!(finding(&world.json(&["doctor"]), "WKD")["state"], "good");
    std::fs::write(&path, format!("{policy}\n# changed\n")).unwrap();
    world.reload_relay();
    let checks = sick(&world, &[]);
    let folder = finding(&checks, "team's folder");
    assert!(text(&folder["says"]).contains("(bad-signature)"), "{checks}");
    assert!(text(&folder["todo"]).contains("sealpost policy sign"), "{checks}");
    assert_eq!(finding(&checks, "policy")["state"], "good", "what was served before stays");
}

#[test]
fn the_doctor_tells_of_a_key_that_is_not_here_and_of_an_address_without_a_key() {
    let mut world = World::new(Keys::Gpg);
    let nobodys = "0123456789abcdef0123456789abcdef01234567";
    let checks = sick(&world, &["--key", nobodys]);
    let key = finding(&checks, "your key");
    assert!(text(&key["todo"]).contains("put your own fingerprint into `key`"), "{checks}");
    assert!(!looked_at(&checks).contains(&"membership"), "it follows from the key: {checks}");
    world.change_policy(|policy| policy.replace("security@teams.example", "psirt@teams.example"));
    let checks = world.json(&["doctor"]);
    let directory = finding(&checks, "WKD");
    assert_eq!(directory["state"], "soon", "{checks}");
    assert!(text(&directory["todo"]).contains("--quick-add-uid"), "{checks}");
}

#[test]
fn the_doctor_finds_a_damaged_letter_and_what_it_says_mends_it() {
    let world = World::new(Keys::File);
    world.report("Use after free", &[]);
    world.ok(&["pull"]);
    let letter =
        files(&world.store()).into_iter().find(|p| p.extension().is_some_and(|e| e == "pgp")).unwrap();
    let whole = std::fs::read(&letter).unwrap();
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 1;
    std::fs::write(&letter, damaged).unwrap();
    let checks = sick(&world, &[]);
    let store = finding(&checks, "store");
    assert!(text(&store["says"]).contains("1 letter is damaged on this disk"), "{checks}");
    assert!(text(&store["says"]).contains(letter.to_str().unwrap()), "{checks}");
    std::fs::remove_file(&letter).unwrap();
    std::fs::remove_file(world.store().join("cursor")).unwrap();
    world.ok(&["pull"]);
    assert_eq!(std::fs::read(&letter).unwrap(), whole);
    assert_eq!(finding(&world.json(&["doctor"]), "store")["says"], "1 case, nothing waits");
}

#[test]
fn a_machine_without_a_network_reads_and_answers_by_a_stick() {
    let mut world = World::new(Keys::File);
    let away = Bob::join(&mut world, true);
    let report = world.report("Use after free", &[]);
    let case = text(&report["short"]).to_owned();
    world.ok(&["pull"]);
    // What the relay signed for is sent, also where the feed has not brought it back yet.
    world.ok(&["ack", &case, "-m", "Read."]);
    let stick = world.path("stick");
    let dir = stick.to_str().unwrap();
    world.ok(&["export", dir]);
    let id = text(&report["case"]);
    let sealed = stick.join(id).join(format!("{id}.pgp"));
    assert!(sealed.exists());

    world.stop_relay();
    assert!(away.ok(&world, &["import", dir]).contains("New here: 1 entry and 0 answers."));
    assert!(away.ok(&world, &["show", &case]).contains("Use after free"));
    assert_eq!(away.json(&world, &["list"])["cases"][0]["unsent"], 0);
    let reply = ["reply", &case, "-m", "Read far from any network."];
    let kept = said(away.sealpost(&world, &reply).output().unwrap(), 1);
    assert!(kept.1.contains("kept here, but not sent"), "{}", kept.1);
    away.ok(&world, &["export", dir]);

    world.start_relay();
    assert!(world.ok(&["import", dir]).contains("New here: 0 entries and 1 answer."));
    assert!(world.ok(&["import", dir]).contains("New here: 0 entries and 0 answers."));
    world.ok(&["pull"]);
    let words = world.words(&report);
    let seen = world.json(&["case", text(&report["folder"]), "--words-file", words.to_str().unwrap()]);
    assert_eq!(text(&seen["replies"][1]["contents"]["text"]).trim(), "Read far from any network.");

    // What an export that was killed left.
    let half = [stick.join(".new-abc"), stick.join(id).join(".new-abc")];
    half.iter().for_each(|path| std::fs::write(path, b"half").unwrap());
    world.ok(&["export", dir]);
    assert!(half.iter().all(|path| !path.exists()), "half a file stays on the stick");

    let mut damaged = std::fs::read(&sealed).unwrap();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    std::fs::write(&sealed, damaged).unwrap();
    std::fs::remove_dir_all(world.store()).unwrap();
    let error = world.fails(1, &["import", dir]);
    assert!(error.contains("was changed on the way") && error.contains("1 file on the stick"), "{error}");
    assert_eq!(
        world.json(&["list", "--no-open"])["cases"].as_array().unwrap().len(),
        1,
        "the rest was taken"
    );
}

#[test]
fn man_pages_and_completions_know_every_command() {
    let world = World::new(Keys::File);
    let man = world.path("man");
    world.ok(&["generate", "man", man.to_str().unwrap()]);
    for command in ["", "-pull", "-list", "-stage", "-embargo", "-policy-sign", "-doctor", "-generate-man"] {
        let page = std::fs::read_to_string(man.join(format!("sealpost{command}.1"))).unwrap();
        assert!(page.contains(".TH sealpost"), "{command}: {page}");
    }
    assert!(
        world.fails(1, &["generate", "man", man.to_str().unwrap()]).contains("nothing is ever overwritten")
    );
    let bash = world.path("bash");
    world.ok(&["generate", "completions", "bash", bash.to_str().unwrap()]);
    let script = bash.join("sealpost");
    let load = format!("source {} && complete -p sealpost", script.display());
    let loaded = world.program("bash").args(["-c", &load]).output().unwrap();
    assert!(said(loaded, 0).0.contains("_sealpost"));
}

#[test]
fn statistics_count_signed_letters_and_can_be_signed_themselves() {
    let world = World::new(Keys::Gpg);
    // Words with spaces: a signature's base64 can hold no title by chance.
    let first = world.report("Use after free", &[]);
    world.report("Out of bounds", &[]);
    world.ok(&["pull"]);
    world.ok(&["ack", text(&first["short"])]);
    let (svg, signed) = (world.path("chart.svg"), world.path("stats.txt.asc"));
    let args = ["stats", "--svg", svg.to_str().unwrap(), "--sign", signed.to_str().unwrap()];
    let counted = world.json(&args);
    let quarter = &counted["quarters"][0];
    let figures = ["reports", "kept", "missed", "open"].map(|name| quarter[name].as_u64().unwrap());
    assert_eq!(figures, [2, 1, 0, 4], "{counted}");
    assert!(quarter["median_first_word"].as_i64().unwrap() < 600);
    assert!(quarter["median_answer"].is_null());
    let chart = std::fs::read_to_string(&svg).unwrap();
    assert!(
        chart.starts_with("<svg") && chart.contains("1 kept") && !chart.contains("after free"),
        "{chart}"
    );
    let verified = world.program("gpg").args(["--batch", "--verify"]).arg(&signed).output().unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    let published = std::fs::read_to_string(&signed).unwrap();
    assert!(
        published.contains("reports 2, kept 1, missed 0") && !published.contains("of bounds"),
        "{published}"
    );
    assert!(world.ok(&["stats"]).contains("\t2\t1\t0\t4\t"));
}

#[test]
fn a_watching_desk_pulls_what_comes_and_runs_the_command() {
    let world = World::new(Keys::File);
    let heard = world.path("heard");
    let hook =
        format!("echo \"$SEALPOST_NEW_REPORTS $SEALPOST_NEW_LETTERS $SEALPOST_DESK\" >> {}", heard.display());
    let mut watching = world.sealpost(&["pull", "--watch", "--no-notify", "--exec", &hook]);
    let mut watching = watching.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // It waits at the relay: only then is the report sent.
    world.proxy.wait_for("/v1/sessions", 1);
    world.report("Use after free", &[]);
    let deadline = Instant::now() + Duration::from_secs(60);
    while std::fs::read_to_string(&heard).unwrap_or_default().is_empty() {
        assert!(Instant::now() < deadline, "nothing was heard");
        assert!(watching.try_wait().unwrap().is_none(), "it stopped watching");
        std::thread::park_timeout(Duration::from_millis(50));
    }
    watching.kill().unwrap();
    watching.wait().unwrap();
    assert_eq!(std::fs::read_to_string(&heard).unwrap(), "1 0 team\n");
    assert_eq!(world.json(&["list"])["cases"].as_array().unwrap().len(), 1);
}
