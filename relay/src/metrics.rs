//! Counts for whoever runs the relay, in the text format of Prometheus. No address, no id, no desk. What requests were made is told
//! as of the last full hour, as the log and the receipts are: counted by the second, a watcher could read off when each report came.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sealpost_shared::Timestamp;

use crate::state::{RECEIVING_BYTES, Relay};
use crate::teams::{Attention, Teams};

/// Upper bounds of the classes of duration, in milliseconds.
const BOUNDS: [u128; 5] = [10, 100, 1000, 10_000, 30_000];

/// One kind of request. All three come from fixed lists, so that their number is bounded.
type Kind = (&'static str, String, u16);

/// How many there were.
#[derive(Debug, Clone, Default)]
struct Counts {
    requests: BTreeMap<Kind, u64>,
    /// One more than the bounds: the last is for what took longer.
    took: [u64; BOUNDS.len() + 1],
    took_together: Duration,
}

/// Everything counted since the start.
#[derive(Debug, Default)]
pub(crate) struct Metrics(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    hour: Option<Timestamp>,
    told: Counts,
    live: Counts,
    faults: u64,
}

impl Metrics {
    /// Counts one request.
    pub(crate) fn count(&self, kind: Kind, took: Duration, now: Timestamp) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.turn(now);
        inner.faults += u64::from(kind.2 >= 500);
        *inner.live.requests.entry(kind).or_default() += 1;
        let class = BOUNDS.iter().position(|bound| took.as_millis() <= *bound).unwrap_or(BOUNDS.len());
        if let Some(class) = inner.live.took.get_mut(class) {
            *class += 1;
        }
        inner.live.took_together += took;
    }

    fn read(&self, now: Timestamp) -> (Counts, u64) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.turn(now);
        (inner.told.clone(), inner.faults)
    }
}

impl Inner {
    /// What was counted until the full hour is told after it.
    fn turn(&mut self, now: Timestamp) {
        let hour = now.rounded_to_hour();
        if self.hour != Some(hour) {
            self.told = self.live.clone();
            self.hour = Some(hour);
        }
    }
}

/// The page that is served.
pub(crate) async fn render(relay: &Relay) -> String {
    let mut page = Page(String::new());
    let ready = relay.is_ready().await;
    page.gauge("sealpost_ready", "Whether a letter can be stored now.", [("", u64::from(ready))]);
    let waiting = relay.changes.waiting() as u64;
    page.gauge("sealpost_waiting_requests", "Requests that wait for news.", [("", waiting)]);
    let taken = RECEIVING_BYTES / 1024 - relay.receiving.available_permits();
    page.gauge("sealpost_receiving_kib", "Letters being received, in KiB.", [("", taken as u64)]);
    let level = u64::from(relay.work.highest_level(relay.clock.now()));
    page.gauge(
        "sealpost_pressure_bits",
        "How much harder new cases are than at rest, at the hardest pressed desk.",
        [("", level)],
    );
    write_teams(&mut page, &relay.teams.current(), relay.clock.now());
    let (counts, faults) = relay.metrics.read(relay.clock.now());
    page.counter("sealpost_faults_total", "Requests that failed inside the relay.", [("", faults)]);
    write_counts(&mut page, &counts);
    page.0
}

fn write_teams(page: &mut Page, teams: &Teams, now: Timestamp) {
    let refused = teams.faults().len() as u64;
    page.gauge(
        "sealpost_refused_team_folders",
        "Folders of teams that are not served as they are.",
        [("", refused)],
    );
    let ends = teams.iter().map(|team| {
        let at = u64::try_from(team.policy.identity.expires.seconds()).unwrap_or(0);
        (label("team", team.slug()), at)
    });
    page.gauge("sealpost_policy_expires_seconds", "When a team's policy ends, in seconds since 1970.", ends);
    let mut attention: BTreeMap<String, u64> = BTreeMap::new();
    for team in teams.iter() {
        for each in &team.judged(now).attention {
            let labels = format!("team=\"{}\",code=\"{}\"", team.slug(), each.code());
            *attention.entry(labels).or_default() += 1;
        }
    }
    let words = "What a team should see to; said 30 days before something ends.";
    page.gauge("sealpost_attention", words, attention);
    let soon = teams.iter().filter_map(|team| {
        let ends = team.judged(now).attention.iter().filter_map(Attention::certificate_ends).min()?;
        Some((label("team", team.slug()), u64::try_from(ends.seconds()).unwrap_or(0)))
    });
    let words = "When the first of a team's certificates ends, if within 30 days, in seconds since 1970.";
    page.gauge("sealpost_certificate_expires_seconds", words, soon);
}

fn write_counts(page: &mut Page, counts: &Counts) {
    let requests = counts.requests.iter().map(|((method, route, status), count)| {
        (format!("method=\"{method}\",route=\"{route}\",status=\"{status}\""), *count)
    });
    page.counter("sealpost_requests_total", "Requests answered, as of the last full hour.", requests);
    let name = "sealpost_request_duration_seconds";
    page.head(name, "How long answers took, as of the last full hour.", "histogram");
    let mut sum = 0;
    for (bound, count) in BOUNDS.iter().zip(counts.took) {
        sum += count;
        let seconds = format!("{}.{:03}", bound / 1000, bound % 1000);
        page.line(&format!("{name}_bucket"), &format!("le=\"{seconds}\""), sum);
    }
    sum = counts.took.iter().sum();
    page.line(&format!("{name}_bucket"), "le=\"+Inf\"", sum);
    page.line(&format!("{name}_sum"), "", counts.took_together.as_secs());
    page.line(&format!("{name}_count"), "", sum);
}

fn label(name: &str, value: impl fmt::Display) -> String {
    format!("{name}=\"{value}\"")
}

/// Text being written. Names, words and labels are ours or slugs, so nothing needs escaping.
struct Page(String);

impl Page {
    fn gauge<L: AsRef<str>>(&mut self, name: &str, words: &str, values: impl IntoIterator<Item = (L, u64)>) {
        self.family(name, words, "gauge", values);
    }

    fn counter<L: AsRef<str>>(
        &mut self,
        name: &str,
        words: &str,
        values: impl IntoIterator<Item = (L, u64)>,
    ) {
        self.family(name, words, "counter", values);
    }

    fn family<L: AsRef<str>>(
        &mut self,
        name: &str,
        words: &str,
        kind: &str,
        values: impl IntoIterator<Item = (L, u64)>,
    ) {
        self.head(name, words, kind);
        for (labels, value) in values {
            self.line(name, labels.as_ref(), value);
        }
    }

    fn head(&mut self, name: &str, words: &str, kind: &str) {
        writeln!(self.0, "# HELP {name} {words}\n# TYPE {name} {kind}")
            .expect("memory takes what is written");
    }

    fn line(&mut self, name: &str, labels: &str, value: u64) {
        let (open, close) = if labels.is_empty() { ("", "") } else { ("{", "}") };
        writeln!(self.0, "{name}{open}{labels}{close} {value}").expect("memory takes what is written");
    }
}
