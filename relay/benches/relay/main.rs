//! `cargo xtask bench relay`: how fast reports become durable, against what the same disk and the same SQLite do with nothing around them;
//! how long senders wait; what it costs in memory; and what a page of a long feed costs. Times depend on the machine, so ratios count.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement that fails has nothing to report, and its table is its output"
)]

#[path = "../../tests/http/build.rs"]
#[expect(dead_code, reason = "the builders of the tests, of which a measurement needs a few")]
mod build;
mod feed;
mod load;
mod memory;
/// What the tests put behind a relay besides a folder: here nothing.
mod over_servers {
    pub(crate) fn settings(_: &mut sealpost_relay::Config) {}

    pub(crate) fn folder(_: &sealpost_relay::Config) -> Option<std::path::PathBuf> {
        None
    }

    pub(crate) fn keep_objects(_: &sealpost_relay::Config, _: &mut Vec<String>) {}
}
mod process;

use std::path::Path;
use std::time::{Duration, Instant};

use sealpost_relay::{Clock as _, SystemClock};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use build::TeamKeys;
use process::Process;

/// How long each load lasts: thousands of commits.
const LASTS: Duration = Duration::from_secs(5);

/// A report of this size is what the budget speaks of.
const LETTER_BYTES: usize = 4096;

/// DESIGN.md 12: at least so much of the bare commit rate.
const WANTED_PERCENT: f64 = 70.0;

/// DESIGN.md 12: at most so much memory under a thousand uploads.
const WANTED_MIB: f64 = 256.0;

fn main() {
    // A folder on the disk that is built on: /tmp may be memory.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(measure(folder.path()));
}

async fn measure(folder: &Path) {
    let keys = TeamKeys::make(SystemClock.now());
    keys.write(&folder.join("teams"), "demo", SystemClock.now());
    let letter =
        build::blob_message(&keys.alice.certificate().judge(SystemClock.now()).unwrap(), LETTER_BYTES);
    println!(
        "durable reports of {} bytes on SQLite; relay, senders and disk share this machine\n",
        letter.len()
    );
    let before = bare_rate(&folder.join("bare-1.sqlite"), &letter).await;
    println!("{:>28} {before:>9.0}/s", "bare commits");
    let process = Process::start(folder);
    let mut best = 0.0_f64;
    for connections in [1, 64, 1000] {
        let run = load::run(process.address, connections, &letter, LASTS).await;
        best = best.max(run.rate);
        println!(
            "{:>28} {:>9.0}/s   p50 {:>8.2} ms   p99 {:>8.2} ms",
            format!("{connections} connections"),
            run.rate,
            run.percentile(50),
            run.percentile(99)
        );
    }
    drop(process);
    let after = bare_rate(&folder.join("bare-2.sqlite"), &letter).await;
    println!("{:>28} {after:>9.0}/s", "bare commits again");
    let percent = 100.0 * 2.0 * best / (before + after);
    verdict("of the bare commit rate", &format!("{percent:.0} %"), percent >= WANTED_PERCENT, "70 % or more");
    let mib = memory::under_uploads(folder, &keys).await;
    verdict("at 1,000 uploads at once", &format!("{mib:.0} MiB"), mib <= WANTED_MIB, "256 MiB or less");
    feed::pages(folder, &keys).await;
}

fn verdict(what: &str, value: &str, kept: bool, wanted: &str) {
    let word = if kept { "kept" } else { "MISSED" };
    println!("{what:>28} {value:>11}   budget {wanted}: {word}\n");
}

/// Commits a second of one writer with one row each, with the settings of the relay's store.
async fn bare_rate(file: &Path, letter: &[u8]) -> f64 {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    sqlx::query("CREATE TABLE letters (id TEXT PRIMARY KEY, letter BLOB) STRICT")
        .execute(&pool)
        .await
        .unwrap();
    let (started, mut commits) = (Instant::now(), 0_u32);
    while started.elapsed() < LASTS {
        let insert = sqlx::query("INSERT INTO letters VALUES ($1, $2)").bind(load::random_hex::<16>());
        insert.bind(letter).execute(&pool).await.unwrap();
        commits += 1;
    }
    let rate = f64::from(commits) / started.elapsed().as_secs_f64();
    pool.close().await;
    rate
}
