//! How long the team's own work takes: `cargo xtask bench team`. Ratios within one run, against a loop of gpg.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use sealpost_keys::{CaseKey, CaseSecret, Letter, SealedLetter, TeamCert, UncheckedCert, seal_letter};
use sealpost_shared::Timestamp;
use sealpost_shared::letter::{CaseData, LetterData};
use sealpost_tests::stack::{Stack, TEAM, succeeded};
use serde_json::Value;

/// What a busy team gets in a year.
const REPORTS: usize = 1_000;
/// What the list must still show at once.
const CASES: usize = 10_000;
/// A report of two screens.
const PROSE_BYTES: usize = 4_000;

struct Report {
    key: CaseKey,
    sealed: SealedLetter,
}

/// A letter as a page would seal it.
fn report(n: usize, to: &TeamCert, policy_sha256: &str, now: Timestamp) -> Result<Report> {
    let key = CaseKey::derive(&CaseSecret::make_random(), 0);
    let data = CaseData {
        case: key.case_id(),
        team: TEAM.parse()?,
        desk: "team".parse()?,
        title: format!("Report {n}"),
        written_at: now,
        product: "ferris".to_owned(),
        versions: String::new(),
        severity: None,
        exploited: false,
        public: false,
        credit: String::new(),
        policy_sha256: policy_sha256.to_owned(),
        enclosures: None,
    };
    let letter = Letter {
        text: "A sentence of a report. ".repeat(PROSE_BYTES / 24),
        data: LetterData::Report(data),
        reporter_certificate: Some(key.certificate()),
        attachments: Vec::new(),
    };
    let sealed = seal_letter(&letter, std::slice::from_ref(to), &key, now)?;
    Ok(Report { key, sealed })
}

struct Bench {
    stack: Stack,
    key_file: PathBuf,
    to: TeamCert,
    policy_sha256: String,
    now: Timestamp,
}

impl Bench {
    async fn new() -> Result<Self> {
        let stack = Stack::start_without_work().await?;
        let listed = stack.gpg.run(&["--with-colons", "--list-secret-keys"], b"")?;
        let listed = String::from_utf8(listed.stdout)?;
        let fingerprint = listed.lines().find_map(|line| line.strip_prefix("fpr:")).context("no key")?;
        let fingerprint = fingerprint.trim_matches(':').to_owned();
        let secret = stack.gpg.run(&["--armor", "--export-secret-keys", &fingerprint], b"")?;
        let key_file = stack.path("team.sec.asc");
        fs::write(&key_file, secret.stdout)?;
        fs::set_permissions(&key_file, fs::Permissions::from_mode(0o600))?;
        let bundle = ureq::get(format!("{}/v1/teams/{TEAM}/bundle", stack.origin())).call()?;
        let bundle: Value = serde_json::from_str(&bundle.into_body().read_to_string()?)?;
        let cert = bundle["certificates"][0].as_str().context("a bundle has a certificate")?;
        let now = now();
        let to = UncheckedCert::parse_one(cert.as_bytes())?.judge(now)?;
        let policy = bundle["policy"].as_str().context("a bundle has a policy")?;
        let policy_sha256 = SealedLetter::from_bytes_unchecked(policy.as_bytes().to_vec()).sha256();
        Ok(Self { stack, key_file, to, policy_sha256, now })
    }

    fn report(&self, n: usize) -> Result<Report> {
        report(n, &self.to, &self.policy_sha256, self.now)
    }

    /// Hands a report to the relay.
    fn send(&self, agent: &ureq::Agent, report: &Report) -> Result<()> {
        let url =
            format!("{}/v1/teams/{TEAM}/desks/team/cases/{}", self.stack.origin(), report.key.case_id());
        let token = format!("Bearer {}", report.key.capability().to_token());
        let put = agent.put(url).header("Authorization", token).content_type("application/octet-stream");
        ensure!(put.send(report.sealed.as_bytes())?.status() == 201, "the relay refused a report");
        Ok(())
    }

    fn timed(&self, arguments: &[&str]) -> Result<(Duration, String)> {
        let key = self.key_file.to_string_lossy();
        let arguments = [arguments, &["--keyring", "file", "--key-file", &key]].concat();
        let begun = Instant::now();
        let output = self.stack.sealpost(&arguments)?;
        let took = begun.elapsed();
        Ok((took, succeeded(&format!("sealpost {}", arguments.join(" ")), &output)?))
    }
}

#[expect(clippy::disallowed_methods, reason = "the programs under test read the same clock")]
fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_seconds(i64::try_from(since.as_secs()).unwrap_or_default())
}

#[expect(clippy::print_stdout, reason = "a benchmark says what it measured")]
fn say(what: &str, took: Duration, note: &str) {
    println!("{what:<56} {:>9.1} ms  {note}", took.as_secs_f64() * 1000.0);
}

/// `gpg -d` of every letter that was pulled, one after another, as a script would.
fn gpg_loop(bench: &Bench) -> Result<Duration> {
    let letters = bench.stack.pulled()?;
    ensure!(letters.len() == REPORTS, "{} letters were pulled", letters.len());
    let begun = Instant::now();
    for letter in &letters {
        let opened = bench.stack.gpg.run(&["--decrypt", &letter.to_string_lossy()], b"")?;
        // It ends with an error where it lacks the case's certificate to verify with; opened it is all the same.
        ensure!(!opened.stdout.is_empty(), "gpg -d: {}", String::from_utf8_lossy(&opened.stderr));
    }
    Ok(begun.elapsed())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: a thousand reports through a relay, against a loop of gpg; `cargo xtask bench team` runs it"]
async fn pulling_and_opening_a_thousand_reports() -> Result<()> {
    let bench = Bench::new().await?;
    let agent = ureq::Agent::new_with_defaults();
    for n in 0..REPORTS {
        bench.send(&agent, &bench.report(n)?)?;
    }
    let (pull, _) = bench.timed(&["pull", "--json"])?;
    let (list, listed) = bench.timed(&["list", "--json"])?;
    let listed: Value = serde_json::from_str(&listed)?;
    let cases = listed["cases"].as_array().context("a list has cases")?;
    ensure!(
        cases.len() == REPORTS && cases.iter().all(|case| case["verified"] == true),
        "not all were opened"
    );
    let gpg = gpg_loop(&bench)?;
    say("sealpost pull, 1,000 reports fetched, opened, verified", pull, "");
    say("sealpost list after it", list, "");
    say("gpg -d of each, without fetching or verifying", gpg, "");
    let ratio = gpg.as_secs_f64() / (pull + list).as_secs_f64();
    let note = format!("{ratio:.1} times as fast as gpg alone (budget: 10)");
    say("pull and list together", pull + list, &note);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: ten thousand reports through a relay; `cargo xtask bench team` runs it"]
async fn listing_ten_thousand_cases() -> Result<()> {
    let bench = Bench::new().await?;
    let agent = ureq::Agent::new_with_defaults();
    for n in 0..CASES {
        bench.send(&agent, &bench.report(n)?)?;
    }
    let (pull, _) = bench.timed(&["pull", "--json"])?;
    say("sealpost pull, 10,000 reports fetched, opened, verified", pull, "");
    for run in ["first", "second", "third"] {
        let (list, shown) = bench.timed(&["list", "--json"])?;
        ensure!(shown.matches("\"Report ").count() == CASES, "not all were opened");
        say(&format!("sealpost list --json, {run} run"), list, "(budget: 200 ms)");
    }
    let (table, shown) = bench.timed(&["list"])?;
    ensure!(shown.contains("Report 9999"), "{shown}");
    say("sealpost list, as a table", table, "(budget: 200 ms)");
    Ok(())
}
