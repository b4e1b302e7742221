//! Two relays over one PostgreSQL and one S3 server: killing one loses nothing and doubles nothing.

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use sealpost_keys::TeamCert;
use sealpost_shared::limits::MIN_CHUNK_BYTES;
use sealpost_shared::wire::v1::{ChunksResponse, EntriesResponse};

use crate::build::{OpenCase, blob_message, seal};
use crate::postgres::Postgres;
use crate::process::{PATIENCE, PROGRAM, Process, ask, team};
use crate::s3::S3;
use crate::shared::{Shared, Upload, text};

#[test]
fn an_upload_goes_on_at_the_other_relay_when_the_first_is_killed() {
    let shared = Shared::new();
    let (first, second) = shared.pair();
    let case = OpenCase::new(&shared.to);
    first.ask("PUT", &case.path(), &case.token(), &case.letter).unwrap();
    let whole = blob_message(&shared.to, 4 * MIN_CHUNK_BYTES + 9);
    let upload = Upload { case: &case, whole: &whole };
    for n in [0, 1, 2] {
        assert_eq!(upload.put(&first, n), 201);
    }
    let half = upload.put_half(&first, 3);
    first.ask("GET", "/livez", "", b"").unwrap();
    first.kill();
    drop(half);
    let (_, body) = second.ask("GET", &format!("{}/chunks", case.blob(7)), &case.token(), b"").unwrap();
    let there: ChunksResponse = serde_json::from_slice(&body).unwrap();
    assert_eq!(there.chunks.iter().map(|chunk| chunk.n).collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(upload.put(&second, 2), 200, "it is there already");
    assert_eq!((upload.put(&second, 3), upload.put(&second, 4)), (201, 201));
    let (status, receipt) = upload.seal(&second);
    assert_eq!(status, 201, "{}", String::from_utf8_lossy(&receipt));
    let first = shared.relay("a");
    assert_eq!(upload.seal(&first), (200, receipt), "the same receipt from either");
    let (_, bytes) = first.ask("GET", &case.blob(7), &case.token(), b"").unwrap();
    assert!(bytes == whole);
    let found = shared.verify();
    assert!(found.status.success(), "{}", text(&found));
    let found = text(&found);
    assert!(found.contains("read 1 cases, 1 letters, 1 blobs in 5 files"), "{found}");
    // Chunk 2 came twice: of two files that hold it, one is named, and the other was removed at once.
    assert!(!found.contains("files belong to nothing"), "{found}");
}

/// Sends letters to one relay, and each that it does not answer to the other, until `enough` were answered; hands out the cases.
fn send(
    first: &Process,
    second: &Process,
    to: &TeamCert,
    count: &AtomicUsize,
    enough: usize,
) -> Vec<OpenCase> {
    let mut sent = Vec::new();
    while count.load(Ordering::SeqCst) < enough {
        let case = OpenCase::new(to);
        let put = |relay: &Process| ask(relay.address, "PUT", &case.path(), &case.token(), &case.letter);
        let (status, body) = put(first).or_else(|_| put(second)).unwrap();
        assert!(status == 201 || status == 200, "{status} {}", String::from_utf8_lossy(&body));
        count.fetch_add(1, Ordering::SeqCst);
        sent.push(case);
    }
    sent
}

#[test]
fn letters_under_way_at_a_relay_that_is_killed_are_there_once() {
    let shared = Shared::new();
    let (mut first, second) = shared.pair();
    let count = AtomicUsize::new(0);
    let id = first.child.id().to_string();
    let sent: Vec<OpenCase> = std::thread::scope(|scope| {
        let (first, second, count, to) = (&first, &second, &count, &shared.to);
        let writer = move || send(first, second, to, count, 60);
        let writers: Vec<_> = (0..4).map(|_| scope.spawn(writer)).collect();
        while count.load(Ordering::SeqCst) < 20 && writers.iter().any(|writer| !writer.is_finished()) {
            std::thread::yield_now();
        }
        assert!(Command::new("kill").args(["-KILL", &id]).status().unwrap().success());
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    first.child.wait().unwrap();
    for case in &sent {
        let (status, letter) = second.ask("GET", &case.entry_of_letter(), &case.token(), b"").unwrap();
        assert_eq!((status, &letter), (200, &case.letter));
    }
    let (_, schema) = shared.database.rsplit_once("%3D").unwrap();
    let rows = Postgres::shared()
        .psql(&format!("SELECT count(*), count(DISTINCT case_id), max(desk_seq) FROM {schema}.entries"));
    let all = sent.len();
    assert_eq!(rows.unwrap().trim(), format!("{all}|{all}|{all}"));
    let found = shared.verify();
    assert!(found.status.success(), "{}", text(&found));
}

#[test]
fn who_waits_at_one_relay_hears_what_came_in_at_the_other() {
    let shared = Shared::new();
    let (first, second) = shared.pair();
    let case = OpenCase::new(&shared.to);
    first.ask("PUT", &case.path(), &case.token(), &case.letter).unwrap();
    let path = format!("{}?after=1&wait=25", case.entries());
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| second.ask("GET", &path, &case.token(), b"").unwrap());
        let more = seal(&case.key, &shared.to, "more");
        assert_eq!(first.ask("PUT", &case.entry(2), &case.token(), &more).unwrap().0, 201);
        let (_, page) = waiting.join().unwrap();
        let page: EntriesResponse = serde_json::from_slice(&page).unwrap();
        assert_eq!(page.entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [2]);
    });
}

#[test]
fn a_database_that_goes_away_is_said_and_used_again_when_it_is_back() {
    let mut postgres = Postgres::start();
    let shared = Shared::on(&postgres);
    let relay = shared.relay("a");
    let case = OpenCase::new(&shared.to);
    let put = |case: &OpenCase| relay.ask("PUT", &case.path(), &case.token(), &case.letter).unwrap().0;
    assert_eq!(put(&case), 201);
    postgres.stop();
    let late = OpenCase::new(&shared.to);
    assert_eq!((put(&late), relay.ask("GET", "/readyz", "", b"").unwrap().0), (503, 503));
    postgres.go_on();
    let deadline = Instant::now() + PATIENCE;
    while relay.ask("GET", "/readyz", "", b"").unwrap().0 != 200 {
        assert!(Instant::now() < deadline, "the relay does not find its database again");
    }
    assert_eq!((put(&case), put(&late)), (200, 201), "without a restart");
}

#[test]
fn a_relay_with_another_key_does_not_join() {
    let shared = Shared::new();
    let _first = shared.relay("a");
    let mut command = Command::new(PROGRAM);
    command.args(["serve", "--listen", "127.0.0.1:0", "--teams"]).arg(shared.folder.path().join("teams"));
    let refused = command.arg("--data").arg(shared.data("c")).envs(shared.variables()).output().unwrap();
    assert!(!refused.status.success());
    assert!(text(&refused).contains("belongs to a relay with another key"), "{}", text(&refused));
}

#[test]
fn a_bucket_that_is_not_there_stops_the_start() {
    let (folder, _) = team();
    let mut command = Command::new(PROGRAM);
    command.args(["serve", "--listen", "127.0.0.1:0", "--blobs", "s3://nowhere", "--teams"]);
    command.arg(folder.path().join("teams")).arg("--data").arg(folder.path().join("data"));
    let refused = command.envs(S3::shared().variables()).output().unwrap();
    assert!(!refused.status.success());
    assert!(text(&refused).contains("s3://nowhere: "), "{}", text(&refused));
}
