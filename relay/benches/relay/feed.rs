//! A feed of a million rows: a page at its start, and one at its end.

use std::path::Path;
use std::time::{Duration, Instant};

use sealpost_keys::Capability;
use sealpost_relay::{Clock as _, SystemClock};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

use crate::build::TeamKeys;
use crate::load::{Connection, random_token};
use crate::process::Process;

const ROWS: u32 = 1_000_000;

/// How often each page is asked for.
const TIMES: usize = 51;

pub(crate) async fn pages(folder: &Path, keys: &TeamKeys) {
    let folder = folder.join("long");
    std::fs::create_dir_all(&folder).unwrap();
    keys.write(&folder.join("teams"), "demo", SystemClock.now());
    drop(Process::start(&folder));
    let token = random_token();
    fill(&folder.join("data/relay.sqlite"), keys, &token).await;
    let process = Process::start(&folder);
    let mut connection = Connection::open(process.address).await;
    let (start, end) =
        (median(&mut connection, 0, &token).await, median(&mut connection, ROWS - 500, &token).await);
    println!(
        "{:>28} {:>8.2} ms at the start, {:.2} ms at the end: {:.2} times",
        "page of a feed of 1,000,000",
        start.as_secs_f64() * 1000.0,
        end.as_secs_f64() * 1000.0,
        end.as_secs_f64() / start.as_secs_f64()
    );
}

async fn median(connection: &mut Connection, after: u32, token: &str) -> Duration {
    let path = format!("/v1/desks/demo/team/feed?after={after}");
    let mut waits = Vec::new();
    for _ in 0..TIMES {
        let asked = Instant::now();
        let (status, body) = connection.ask("GET", &path, token, "", b"").await;
        waits.push(asked.elapsed());
        assert!(status == 200 && body.len() > 50_000, "{status}: {} bytes", body.len());
    }
    waits.sort();
    waits[TIMES / 2]
}

/// Rows as the relay writes them, and a session, written behind its back: through its door it would take minutes.
async fn fill(file: &Path, keys: &TeamKeys, token: &str) {
    let pool = SqlitePoolOptions::new().max_connections(1);
    let pool =
        pool.connect_with(SqliteConnectOptions::new().filename(file).foreign_keys(false)).await.unwrap();
    sqlx::query(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
         INSERT INTO entries (case_id, entry_id, case_seq, team, desk, desk_seq, author, size, sha256, received, receipt, letter)
         SELECT printf('%032x', i / 100), printf('%032x', i), i, 'demo', 'team', i, 'reporter', 200, printf('%064x', i), 0, '', zeroblob(200) FROM n",
    )
    .bind(ROWS)
    .execute(&pool)
    .await
    .unwrap();
    let hash = Capability::from_token(token).unwrap().hash();
    sqlx::query("INSERT INTO sessions (token_sha256, team, desk, member, expires) VALUES ($1, 'demo', 'team', $2, $3)")
        .bind(hash)
        .bind(keys.alice.fingerprint().as_str())
        .bind(SystemClock.now().seconds() + 3600)
        .execute(&pool)
        .await
        .unwrap();
    pool.close().await;
}
