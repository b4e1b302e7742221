//! Until when nobody speaks: named by both sides, with hour and zone, and never past the reporter's own deadline.

use serde_json::Value;

use crate::world::{Keys, World, said, text};

/// A reporter with words and folder.
struct Reporter {
    folder: String,
    words: String,
}

impl Reporter {
    fn of(world: &World, report: &Value) -> Self {
        let words = world.words(report).to_str().unwrap().to_owned();
        Self { folder: text(&report["folder"]).to_owned(), words }
    }

    fn case(&self, world: &World, more: &[&str]) -> Value {
        world.json(&[&["case", &self.folder, "--words-file", &self.words], more].concat())
    }
}

/// The classic policy with a rule for embargoes.
const RULE: &str =
    "\n[disclosure.embargo]\nstarts = \"report\"\npreferred = \"30d\"\nhard_deadline = \"90d\"\n";

fn world_with_a_rule() -> World {
    let mut world = World::new(Keys::File);
    world.change_policy(|policy| format!("{policy}{RULE}"));
    world
}

#[test]
fn both_sides_name_a_moment_and_the_shortest_proposal_wins_until_they_agree() {
    let world = world_with_a_rule();
    let report = world.report("Use after free", &[]);
    let case = text(&report["short"]).to_owned();
    let reporter = Reporter::of(&world, &report);
    world.ok(&["pull"]);
    let days = |days: i64| day_after(text(&report["timeline"]["sent"]), days);

    let no_zone = world.fails(2, &["embargo", &case, "propose", "2030-01-01"]);
    assert!(no_zone.contains("hour or zone"), "{no_zone}");
    let too_long = world.fails(1, &["embargo", &case, "propose", &days(91)]);
    assert!(too_long.contains("own deadline"), "{too_long}");
    assert!(world.fails(2, &["embargo", &case, "agree"]).contains("nothing to agree to"));
    assert!(world.fails(2, &["embargo", &case, "counter", &days(20)]).contains("use propose"));

    let proposed = world.json(&["embargo", &case, "propose", &days(20)]);
    assert_eq!(text(&proposed["embargo"]["lifts_at"]), days(20));
    let seen = reporter.case(&world, &["--propose", &days(10)]);
    assert_eq!(
        (text(&seen["timeline"]["embargo"]["lifts_at"]), &seen["timeline"]["embargo"]["agreed"]),
        (days(10).as_str(), &Value::Null)
    );
    world.ok(&["pull"]);
    let shown = world.ok(&["show", &case]);
    assert!(
        shown.contains("proposes: nothing in public before") && shown.contains("I propose that nothing"),
        "{shown}"
    );
    let draft = ["advisory", "draft", &case, "--json", "--out"];
    let (drafted, warned) = said(world.sealpost(&draft).arg(world.path("early.md")).output().unwrap(), 0);
    assert!(
        drafted.contains("\"embargo\": null") && warned.contains("is proposed and not agreed"),
        "{drafted}{warned}"
    );
    assert!(world.fails(2, &["embargo", &case, "agree", &days(20)]).contains("the reporter proposed"));
    let agreed = world.json(&["embargo", &case, "agree"]);
    assert_eq!(text(&agreed["embargo"]["agreed"]), days(10));
    let seen = reporter.case(&world, &[]);
    assert_eq!(text(&seen["timeline"]["embargo"]["agreed"]), days(10));
    assert_eq!(seen["timeline"]["stages"].as_array().unwrap().len(), 5);
    let (drafted, _) = said(world.sealpost(&draft).arg(world.path("agreed.md")).output().unwrap(), 0);
    assert!(drafted.contains(&days(10)), "{drafted}");
    let row = &world.json(&["list"])["cases"][0]["embargo"];
    assert_eq!((text(&row["until"]), &row["agreed"]), (days(10).as_str(), &true.into()));

    assert!(world.fails(2, &["embargo", &case, "lift"]).contains("say with -m"));
    let lifted = world.json(&["embargo", &case, "lift", "-m", "Attacks were seen today."]);
    assert!(lifted["embargo"]["ended_at"].is_string(), "{lifted}");
    assert!(reporter.case(&world, &[])["timeline"]["embargo"]["ended_at"].is_string());
}

#[test]
fn the_reporter_agrees_to_what_the_team_proposed_and_cannot_agree_alone() {
    let world = World::new(Keys::File);
    let report = world.report("Use after free", &[]);
    let case = text(&report["short"]).to_owned();
    let reporter = Reporter::of(&world, &report);
    world.ok(&["pull"]);
    let days = |days: i64| day_after(text(&report["timeline"]["sent"]), days);
    assert!(world.ok(&["embargo", &case]).contains("no rule for an embargo"));
    let fails = |more: &[&str]| {
        let args = ["case", &reporter.folder, "--words-file", &reporter.words];
        world.fails(2, &[args.as_slice(), more].concat())
    };
    let alone = fails(&["--agree", &days(5)]);
    assert!(alone.contains("has proposed nothing to agree to"), "{alone}");
    world.ok(&["embargo", &case, "propose", &days(7)]);
    let other = fails(&["--agree", &days(8)]);
    let proposed = minute(&days(7));
    assert!(other.contains(&format!("it proposed {proposed}. Agree to one of these")), "{other}");
    assert!(world.ok(&["pull"]).contains("Nothing new"), "what was refused was sent all the same");
    reporter.case(&world, &["--agree", &days(7)]);
    world.ok(&["pull"]);
    let both = world.json(&["embargo", &case]);
    assert_eq!(text(&both["embargo"]["agreed"]), days(7));
    let says = || world.ok(&["case", &reporter.folder, "--words-file", &reporter.words]);
    assert!(says().contains(&format!("Nothing in public before {proposed} (agreed).")), "{}", says());
    world.ok(&["embargo", &case, "lift", "-m", "Attacks were seen today."]);
    let ended = says();
    assert!(ended.contains("\nThe embargo ended ") && !ended.contains("(agreed)"), "{ended}");
}

/// As the programs write it.
fn minute(moment: &str) -> String {
    format!("{} UTC", moment.get(..16).unwrap().replace('T', " "))
}

#[test]
fn an_agreement_by_an_older_program_is_a_proposal_where_the_team_named_another_moment() {
    let world = World::new(Keys::File);
    let report = world.report("Use after free", &[]);
    let reporter = Reporter::of(&world, &report);
    let until = day_after(text(&report["timeline"]["sent"]), 5);
    reporter.case(&world, &["--propose", &until]);
    let path = world.path("reporter").join(&reporter.folder).join("case.json");
    let kept = std::fs::read_to_string(&path).unwrap();
    let agreed = kept.replace("\"proposed\"", "\"agreed\"");
    assert_ne!(kept, agreed);
    std::fs::write(&path, agreed).unwrap();
    let embargo = &reporter.case(&world, &[])["timeline"]["embargo"];
    assert_eq!((&embargo["agreed"], text(&embargo["proposed"])), (&Value::Null, until.as_str()));
}

#[test]
fn a_second_letter_of_the_reporter_reaches_the_thread_and_survives_a_lost_line() {
    let mut world = World::new(Keys::File);
    let report = world.report("Use after free", &[]);
    let reporter = Reporter::of(&world, &report);
    world.ok(&["pull"]);
    world.stop_relay();
    let args = ["case", &reporter.folder, "--words-file", &reporter.words, "-m", "It also happens on 1.4."];
    assert!(world.fails(1, &args).contains("your letter was not written"));
    world.start_relay();
    let sent = reporter.case(&world, &["--write", "-m", "And on 1.5."]);
    assert!(sent["said"]["entry"].is_string(), "{sent}");
    assert!(world.ok(&["pull"]).contains("1 other new letter"));
    let shown = world.ok(&["show", text(&report["short"])]);
    assert!(shown.contains("And on 1.5.") && !shown.contains("NOT VERIFIED"), "{shown}");
    // Without a network nothing could be sealed to checked keys, so the first one was not written.
    assert!(!shown.contains("It also happens"), "{shown}");
}

fn day_after(sent: &str, days: i64) -> String {
    let sent: sealpost_shared::Timestamp = sent.parse().unwrap();
    (sent + sealpost_shared::Duration::from_hours(24 * days)).to_string()
}

#[test]
fn nobody_is_told_beforehand_but_whom_the_policy_names_in_its_time() {
    let mut world = World::new(Keys::Gpg);
    world.change_policy(|policy| {
        policy.replace("earliest = \"72h\"", "earliest = \"72h\"\ncondition = \"It affects distributions.\"")
    });
    let report = world.report("Use after free", &[]);
    let case = text(&report["short"]).to_owned();
    world.ok(&["pull"]);
    let days = |days: i64| day_after(text(&report["timeline"]["sent"]), days);
    let cert = crate::world::files(&world.path("teams/demo/certs")).remove(0);
    let (cert, out) = (cert.to_str().unwrap().to_owned(), world.path("notices"));
    let out = out.to_str().unwrap().to_owned();
    let tell = |more: &[&str]| -> Vec<String> {
        let args = ["prenotify", &case, "--to", &cert, "--out", &out, "-m", "A fix comes."];
        args.iter().chain(more).map(ToString::to_string).collect()
    };
    let fails = |code, more: &[&str]| {
        let args = tell(more);
        world.fails(code, &args.iter().map(String::as_str).collect::<Vec<_>>())
    };
    assert!(fails(2, &["--audience", "journalists"]).contains("it names distributions"));
    let unsaid = fails(2, &["--audience", "distributions"]);
    assert!(unsaid.contains("It affects distributions") && unsaid.contains("--condition-holds"), "{unsaid}");
    let holds = ["--audience", "distributions", "--condition-holds"];
    assert!(fails(1, &holds).contains("no embargo date yet"));
    world.ok(&["embargo", &case, "propose", &days(10)]);
    assert!(fails(1, &holds).contains("too early"));
    world.ok(&["embargo", &case, "propose", &days(2)]);
    let args = tell(&holds);
    let told = world.json(&args.iter().map(String::as_str).collect::<Vec<_>>());
    let file = text(&told["files"][0]["file"]);
    let opened = world.program("gpg").args(["--batch", "--decrypt", file]).output().unwrap();
    let plain = String::from_utf8(opened.stdout).unwrap();
    assert!(plain.contains("A fix comes.") && plain.contains("\"letter\": \"notice\""), "{plain}");
    assert!(world.ok(&["show", &case]).contains("Told beforehand: distributions"));
}
