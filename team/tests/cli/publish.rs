//! The day of publication: from a draft to an Atom reader, and everything that must not happen.

use std::path::PathBuf;

use sealpost_relay::{Clock as _, SystemClock};
use serde_json::{Value, json};

use crate::advisory::finished;
use crate::smtp::{Habit, Server};
use crate::together::Bob;
use crate::world::{Keys, World, text};

/// A pulled case and a finished document of it.
struct Day {
    world: World,
    file: PathBuf,
    case: String,
}

impl Day {
    fn new(keys: Keys, published: &str) -> Self {
        let world = World::new(keys);
        let report =
            world.report("Use after free in ferris", &["--product", "ferris", "--severity", "critical"]);
        world.ok(&["pull"]);
        let file = world.path("reporter/DEMO-2026-0001.md");
        let case = text(&report["case"]).to_owned();
        world.ok(&["advisory", "draft", &case, "--id", "DEMO-2026-0001", "--ecosystem", "crates.io"]);
        let draft = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, finished(&draft, published)).unwrap();
        Self { world, file, case }
    }

    fn args<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        // By its bare name, as people type it in the folder where it lies.
        let file = self.file.file_name().unwrap().to_str().unwrap();
        [&["advisory", "publish", file, "--mail-to", "announce@lists.demo.example"], more].concat()
    }

    fn publish(&self, more: &[&str]) -> Value {
        self.world.json(&self.args(more))
    }

    fn fails(&self, more: &[&str]) -> String {
        self.world.fails(1, &self.args(more))
    }

    fn get(&self, path: &str) -> (u16, String) {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut answer = agent.get(format!("{}{path}", self.world.proxy.origin)).call().unwrap();
        (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
    }

    fn beside(&self, ending: &str) -> PathBuf {
        self.file.with_extension(ending)
    }
}

fn states(outcome: &Value) -> Vec<&str> {
    outcome["steps"].as_array().unwrap().iter().map(|step| text(&step["state"])).collect()
}

const PAST: &str = "2026-01-05T15:00:00Z";

#[test]
fn from_a_report_to_an_atom_reader() {
    let day = Day::new(Keys::Gpg, PAST);
    let server = Server::start(Habit::Takes);
    assert_eq!(day.get("/v1/teams/demo/advisories").1, "{\"advisories\":[]}");
    let plan = day.publish(&["--dry-run"]);
    assert_eq!(states(&plan), ["open"; 4]);
    assert_eq!(plan["steps"][3]["due"], "2026-01-05T21:00:00Z");
    assert!(!day.beside("journal.json").exists() && !day.beside("asc").exists(), "a dry run leaves nothing");

    let outcome = day.publish(&["--smtp", &server.url]);
    assert_eq!(states(&outcome), ["done", "done", "open", "open"], "{outcome}");
    let mail = server.next();
    for part in [
        "To: announce@lists.demo.example\r\n",
        "Subject: [DEMO-2026-0001] Use after free in ferris\r\n",
        "format=fixed",
        "-----BEGIN PGP SIGNED MESSAGE-----\r\n",
        "Advisory:       DEMO-2026-0001\r\n",
        "DEMO-2026-0001.md.asc",
    ] {
        assert!(mail.contains(part), "{part} is not in\n{mail}");
    }
    let signed = mail
        .split("-----BEGIN PGP SIGNED")
        .nth(1)
        .unwrap()
        .split("-----END PGP SIGNATURE-----")
        .next()
        .unwrap();
    let signed = format!("-----BEGIN PGP SIGNED{signed}-----END PGP SIGNATURE-----\n");
    std::fs::write(day.world.path("mail.asc"), signed).unwrap();
    let verified = day
        .world
        .program("gpg")
        .args(["--batch", "--verify"])
        .arg(day.world.path("mail.asc"))
        .output()
        .unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));

    let (status, feed) = day.get("/v1/teams/demo/advisories.atom");
    assert_eq!(status, 200);
    let feed = feed_rs::parser::parse(feed.as_bytes()).unwrap();
    assert_eq!(feed.entries[0].title.as_ref().unwrap().content, "DEMO-2026-0001: Use after free in ferris");
    let (_, signed) = day.get("/v1/teams/demo/advisories/DEMO-2026-0001");
    std::fs::write(day.world.path("served.asc"), &signed).unwrap();
    let verified = day
        .world
        .program("gpg")
        .args(["--batch", "--verify"])
        .arg(day.world.path("served.asc"))
        .output()
        .unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    assert_eq!(signed, std::fs::read_to_string(day.beside("asc")).unwrap());
    assert!(day.get("/t/demo/advisories/DEMO-2026-0001").1.contains("Use after free in ferris"));
    assert!(day.beside("published").join("DEMO-2026-0001.osv.json").exists());

    let outcome = day.publish(&["--smtp", &server.url, "--done", "3", "--done", "4"]);
    assert_eq!((states(&outcome), &outcome["left"]), (vec!["done"; 4], &json!(0)));
    let again = day.publish(&["--smtp", &server.url]);
    assert_eq!(again["steps"][3]["at"], outcome["steps"][3]["at"], "nothing is done twice");
    assert_eq!(server.mails(), [""; 0]);
}

#[test]
fn before_the_embargo_nothing_is_published_by_the_program_or_by_hand() {
    let day = Day::new(Keys::File, "2099-12-01T15:00:00Z");
    let error = day.fails(&[]);
    assert!(
        error.contains("the embargo lifts 2099-12-01 15:00 UTC") && error.contains("--dry-run"),
        "{error}"
    );
    assert!(!day.beside("journal.json").exists() && !day.beside("asc").exists());
    day.publish(&["--dry-run"]);
    // Whoever has a session and signs by hand is refused by the relay itself.
    let kept: Value =
        serde_json::from_slice(&std::fs::read(day.world.home().join("sessions/demo.team.json")).unwrap())
            .unwrap();
    let key = std::fs::read(day.world.home().join("keys/demo.sec.asc")).unwrap();
    let sign = |text: &str| {
        let now = SystemClock.now();
        sealpost_keys::SigningKey::from_armored(&key, None).unwrap().sign_cleartext(text, now).unwrap()
    };
    let put = |body: &str| {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let url = format!("{}/v1/teams/demo/advisories/DEMO-2026-0001", day.world.proxy.origin);
        let request = agent.put(url).header("Authorization", format!("Bearer {}", text(&kept["token"])));
        request.send(body).unwrap().body_mut().read_to_string().unwrap()
    };
    let early = std::fs::read_to_string(&day.file).unwrap();
    assert!(put(&sign(&early)).contains("under-embargo"));
    let signed = sign(&early.replace("2099", "2026").replace("2026-12-01", "2026-01-05"));
    assert!(put(&signed.replace("Use after free", "Nothing")).contains("bad-signature"));
    assert_eq!(day.get("/v1/teams/demo/advisories").1, "{\"advisories\":[]}");
    assert!(put(&signed).contains("/t/demo/advisories/DEMO-2026-0001"), "the control: this one is good");
}

#[test]
fn what_is_over_by_a_clock_that_runs_ahead_of_the_relays_is_not_over() {
    let day = Day::new(Keys::File, PAST);
    let server = Server::start(Habit::Takes);
    day.world.proxy.set_date("Mon, 05 Jan 2026 14:58:00 GMT");
    let error = day.fails(&["--smtp", &server.url]);
    assert!(error.contains("the embargo lifts 2026-01-05 15:00 UTC (in 2 min)"), "{error}");
    assert!(
        error.contains("by the relay's clock (2026-01-05 14:58 UTC)") && error.contains(" d ahead"),
        "{error}"
    );
    assert!(!day.beside("journal.json").exists() && !day.beside("asc").exists());
    day.world.proxy.repent();
    assert_eq!(
        states(&day.publish(&["--smtp", &server.url])),
        ["done", "done", "open", "open"],
        "the control"
    );
    server.next();
    assert_eq!(server.mails(), [""; 0], "the list is told once");
}

#[test]
fn what_was_not_pulled_may_be_about_the_embargo_so_nothing_is_published() {
    let mut day = Day::new(Keys::File, PAST);
    let bob = Bob::join(&mut day.world, true);
    bob.ok(&day.world, &["pull"]);
    bob.ok(&day.world, &["note", &day.case, "-m", "Shall we wait until the summer?"]);
    let error = day.fails(&["--case", &day.case]);
    assert!(error.contains("the relay has 1 letter in ") && error.contains("`sealpost pull`"), "{error}");
    assert!(!day.beside("journal.json").exists() && !day.beside("asc").exists());
    day.world.ok(&["pull"]);
    assert_eq!(states(&day.publish(&["--case", &day.case])), ["open"; 4], "the control");
}

#[test]
fn what_another_member_published_is_not_announced_again() {
    let mut day = Day::new(Keys::File, PAST);
    let bob = Bob::join(&mut day.world, true);
    let server = Server::start(Habit::Takes);
    let file = day.world.path("bobs.md");
    std::fs::copy(&day.file, &file).unwrap();
    bob.ok(&day.world, &["pull"]);
    let args = ["advisory", "publish", file.to_str().unwrap(), "--mail-to", "announce@lists.demo.example"];
    bob.ok(&day.world, &[&args, ["--smtp", &server.url].as_slice()].concat());
    server.next();
    let error = day.fails(&["--smtp", &server.url]);
    assert!(error.contains("is published already, since 2026-01-05 15:00 UTC"), "{error}");
    assert!(error.contains(&bob.fingerprint) && error.contains("nothing was sent"), "{error}");
    assert_eq!(server.mails(), [""; 0], "the list is told once");
    let document = std::fs::read_to_string(&day.file).unwrap();
    let correction = document.replace("aliases = []", "aliases = []\nmodified = \"2026-01-06T15:00:00Z\"");
    std::fs::write(&day.file, correction).unwrap();
    assert_eq!(
        states(&day.publish(&["--smtp", &server.url])),
        ["done", "done", "open", "open"],
        "a correction"
    );
}

#[test]
fn without_a_mail_server_the_mail_is_a_file_and_a_person_sends_it() {
    let day = Day::new(Keys::File, PAST);
    let outcome = day.publish(&[]);
    assert_eq!(states(&outcome), ["open"; 4]);
    let mail = std::fs::read_to_string(day.beside("eml")).unwrap();
    assert!(mail.contains("From: \"Demo Security Team\" <security@teams.example>\r\n"), "{mail}");
    assert_eq!(day.get("/v1/teams/demo/advisories").1, "{\"advisories\":[]}", "the list is told first");
    let more = day.world.fails(2, &day.args(&["--mail-to", "packagers@lists.demo.example"]));
    assert!(more.contains("goes to announce@lists.demo.example;") && more.contains("remove it"), "{more}");
    let outcome = day.publish(&["--done", "1", "--case", &day.case]);
    assert_eq!(states(&outcome), ["done", "done", "open", "open"]);
    assert!(day.get("/v1/teams/demo/advisories").1.contains("DEMO-2026-0001"));
    let told = day.world.ok(&day.args(&[]));
    assert!(told.contains("was due") && told.contains("--done 3"), "{told}");
}

#[test]
fn a_mail_whose_fate_is_unknown_is_not_sent_twice() {
    let day = Day::new(Keys::File, PAST);
    let broken = Server::start(Habit::HangsUp);
    let error = day.fails(&["--smtp", &broken.url]);
    assert!(error.contains("--again 1"), "{error}");
    broken.next();
    let good = Server::start(Habit::Takes);
    let error = day.fails(&["--smtp", &good.url]);
    assert!(error.contains("may or may not be sent") && error.contains("<DEMO-2026-0001."), "{error}");
    assert_eq!(good.mails(), [""; 0]);
    let outcome = day.publish(&["--smtp", &good.url, "--again", "1"]);
    assert_eq!(states(&outcome), ["done", "done", "open", "open"]);
    good.next();
    let error = day.fails(&["--smtp", &good.url, "--again", "1"]);
    assert!(error.contains("nothing is done twice"), "{error}");
}

#[test]
fn a_mail_that_was_not_taken_is_simply_sent_again() {
    let day = Day::new(Keys::File, PAST);
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = day.fails(&["--smtp", &format!("smtp://{nowhere}")]);
    assert!(error.contains("cannot be reached, so nothing was sent"), "{error}");
    let strict = Server::start(Habit::Refuses);
    let error = day.fails(&["--smtp", &strict.url]);
    assert!(error.contains("refused the announcement") && error.contains("not here"), "{error}");
    let good = Server::start(Habit::Takes);
    assert_eq!(states(&day.publish(&["--smtp", &good.url])), ["done", "done", "open", "open"]);
    good.next();
}

#[test]
fn a_relay_that_is_away_stops_nothing_for_good() {
    let mut day = Day::new(Keys::File, PAST);
    let server = Server::start(Habit::Takes);
    day.world.stop_relay();
    let error = day.fails(&["--smtp", &server.url]);
    assert!(error.contains("run the same command again"), "{error}");
    server.next();
    day.world.start_relay();
    let outcome = day.publish(&["--smtp", &server.url]);
    assert_eq!(states(&outcome), ["done", "done", "open", "open"]);
    assert_eq!(server.mails(), [""; 0], "the list is told once");
}

#[test]
fn what_was_signed_stays_as_it_was_signed() {
    let day = Day::new(Keys::File, PAST);
    day.publish(&["--done", "1"]);
    let document = std::fs::read_to_string(&day.file).unwrap();
    std::fs::write(&day.file, document.replace("Here: what is wrong", "Something else")).unwrap();
    assert!(day.fails(&[]).contains("was changed after its publication began"));
    std::fs::write(&day.file, &document).unwrap();
    let signed = std::fs::read_to_string(day.beside("asc")).unwrap();
    std::fs::write(day.beside("asc"), format!("{signed}\n")).unwrap();
    assert!(day.fails(&[]).contains("is not what was signed"));
    std::fs::write(day.beside("asc"), signed).unwrap();
    day.publish(&[]);
    std::fs::write(day.beside("journal.json"), "{}").unwrap();
    assert!(day.fails(&[]).contains("no journal"));
}

#[test]
fn a_password_or_an_announcement_never_travels_in_clear() {
    let day = Day::new(Keys::File, PAST);
    for (url, word) in [
        ("smtp://mail.demo.example", "TLS"),
        ("smtps://user:secret@mail.demo.example", "--smtp-password-file"),
        ("smtp://127.0.0.1.evil.example", "TLS"),
    ] {
        let error = day.world.fails(2, &day.args(&["--smtp", url]));
        assert!(error.contains(word), "{error}");
    }
}
