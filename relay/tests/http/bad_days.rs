//! Days on which callers lie, the clock is wrong or the disk is full: a clear answer, nothing lost, and it goes on by itself.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use data_encoding::BASE64;
use sealpost_keys::verify_receipt;
use sealpost_relay::place::Place;
use sealpost_relay::sweep;
use sealpost_relay::verify::verify;
use sealpost_shared::Duration;
use sealpost_shared::limits::MIN_CHUNK_BYTES;
use sealpost_shared::wire::v1::{ChallengeResponse, EntriesResponse, FeedResponse};
use sha2::{Digest as _, Sha256};

use crate::blobs::Upload;
use crate::build::{NewCasePath, OpenCase, World, bearer, blob_message, seal, solve};
use crate::process::{Process, team};

#[tokio::test]
async fn cursors_that_lie_get_an_empty_page_or_a_refusal_and_never_an_earlier_row() {
    let world = World::new().await;
    let case = world.open_case().await;
    let member = world.log_in("team", &world.keys.alice, 1).await;
    for after in [1, 1_000_000, u64::MAX / 2, u64::MAX] {
        let page: EntriesResponse =
            world.get_as(&format!("{}?after={after}", case.entries()), &case.token()).await.json();
        assert!(page.entries.is_empty() && page.next == after, "{after}");
        let page: FeedResponse =
            world.get_as(&format!("/v1/desks/demo/team/feed?after={after}"), &member).await.json();
        assert!(page.rows.is_empty() && page.next == after, "{after}");
    }
    for after in ["-1", "1e3", "0x1", "18446744073709551616", "1;--", "", "1&after=0", "%00"] {
        let answer = world.get_as(&format!("/v1/desks/demo/team/feed?after={after}"), &member).await;
        assert_eq!(answer.code(), "bad-request", "{after}");
    }
}

#[tokio::test]
async fn ids_that_would_be_paths_are_none() {
    let world = World::new().await;
    let case = world.open_case().await;
    let small = blob_message(&world.team_cert(), 4000);
    let digest = format!("sha-256=:{}:", BASE64.encode(&Sha256::digest(&small)));
    for id in [
        "..%2f..%2f..%2frelay-key.asc",
        "%2e%2e",
        "..",
        "0707070707070707070707070707070G",
        "070707070707070707070707070707",
        "0707070707070707070707070707070707",
        "07070707070707070707070707070%00",
        "ABABABABABABABABABABABABABABABAB",
    ] {
        let path = format!("{}/{id}/0", case.blobs());
        let request = Request::put(path).header("authorization", bearer(&case.token()));
        let request = request.header("content-digest", &digest).body(Body::from(small.clone())).unwrap();
        let answer = world.ask(request).await;
        assert!(matches!(answer.code(), "bad-request" | "not-found"), "{id}: {}", answer.text());
    }
    assert!(world.files().is_empty());
    let found = verify(&Place::in_folder(&world.config.data), crate::build::noon()).await.unwrap();
    assert!(found.faults.is_empty(), "{found}");
}

#[tokio::test]
async fn a_clock_that_is_set_back_loses_nothing_and_believes_no_challenge_of_the_future() {
    let world = World::with_policy("[reports]\nretention = \"1d\"\n").await;
    // The team's keys are some hours old: one that is younger than the clock says is none.
    world.clock.advance(Duration::from_hours(5));
    let before = world.open_case().await;
    let member = world.log_in("team", &world.keys.alice, 1).await;
    let case = OpenCase::new(&world.team_cert());
    let NewCasePath { challenge, .. } = NewCasePath::read(&case.path(), case.letter.len()).unwrap();
    let given: ChallengeResponse = world.get(&challenge).await.json();
    world.clock.advance(Duration::from_hours(-2));
    let stale = solve(&given, case.id(), &case.letter);
    let request = Request::put(case.path()).header("authorization", bearer(&case.token()));
    let request = request.header("sealpost-proof", stale).body(Body::from(case.letter.clone())).unwrap();
    assert_eq!(world.ask(request).await.code(), "proof-needed");
    let answer = world.put(&case.path(), &case.token(), case.letter.clone()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let more = seal(&before.key, &world.team_cert(), "more");
    assert_eq!(world.put(&before.entry(5), &before.token(), more).await.status, StatusCode::CREATED);
    sweep(&world.relay).await.unwrap();
    let rows: FeedResponse = world.get_as("/v1/desks/demo/team/feed?after=0", &member).await.json();
    assert_eq!(rows.rows.iter().map(|row| row.seq).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(rows.rows.iter().all(|row| !row.entry.is_deleted()));
    world.clock.advance(Duration::from_hours(2));
    let now = sealpost_relay::Clock::now(&*world.clock);
    assert_eq!(verify_receipt(&answer.text(), &world.relay_cert(), now).unwrap().case, case.id());
    let found = verify(&Place::in_folder(&world.config.data), now).await.unwrap();
    assert!(found.faults.is_empty() && found.entries == 3, "{found}");
}

#[tokio::test]
async fn files_leave_room_for_letters() {
    let world = World::with(|config| config.desk_quota_mib = 8).await;
    let case = world.open_case().await;
    let whole = blob_message(&world.team_cert(), 8 * MIN_CHUNK_BYTES);
    let upload = Upload::new(&world, &case, 7);
    let mut taken = 0;
    for (n, part) in (0..).zip(whole.chunks(MIN_CHUNK_BYTES).take(8)) {
        let answer = upload.put(n, part).await;
        if answer.status != StatusCode::CREATED {
            assert_eq!(answer.code(), "full");
            break;
        }
        taken += 1;
    }
    assert_eq!(taken, 5, "three quarters of the desk's quota, less the letter");
    world.open_case().await;
    let mut big = OpenCase::new(&world.team_cert());
    big.letter = seal(&big.key, &world.team_cert(), &"x".repeat(500_000));
    let answer = world.put(&big.path(), &big.token(), big.letter.clone()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
}

#[tokio::test]
async fn many_files_make_the_next_cases_dearer() {
    let world = World::with(|config| config.price.cases_per_hour = 16).await;
    let case = world.open_case().await;
    let NewCasePath { challenge, .. } = NewCasePath::read(&case.path(), 1000).unwrap();
    let at_rest: ChallengeResponse = world.get(&challenge).await.json();
    let small = blob_message(&world.team_cert(), 4000);
    for blob in 0..8 {
        let upload = Upload::new(&world, &case, blob);
        assert_eq!(upload.put(0, &small).await.status, StatusCode::CREATED);
        assert_eq!(upload.put(0, &small).await.status, StatusCode::OK, "a repetition counts for nothing");
    }
    let pressed: ChallengeResponse = world.get(&challenge).await.json();
    assert!(pressed.bits > at_rest.bits, "{} {}", pressed.bits, at_rest.bits);
}

#[test]
fn a_flood_of_headers_is_refused_and_the_next_caller_is_served() {
    let (folder, to) = team();
    let process = Process::start(folder.path(), "");
    let many = (0..5_000).map(|n| format!("x-flood-{n}: {}\r\n", "x".repeat(100))).collect::<String>();
    for flood in [many, format!("x-flood: {}\r\n", "x".repeat(2 << 20))] {
        // The helper ends the head after the token, so the flood rides along with it.
        let answer = process.ask("GET", "/livez", &format!("none\r\n{}", flood.trim_end()), b"");
        assert!(answer.map_or(true, |(status, _)| status == 431), "such a head was taken");
    }
    let case = OpenCase::new(&to);
    assert_eq!(process.ask("PUT", &case.path(), &case.token(), &case.letter).unwrap().0, 201);
    process.kill();
}

#[test]
fn a_disk_that_is_full_for_files_still_takes_letters_and_goes_on_when_there_is_room() {
    let (folder, to) = team();
    // No file may grow over 600 KiB: the database has room, a chunk has none.
    let process = Process::start(folder.path(), "trap '' XFSZ; ulimit -f 1200");
    let case = OpenCase::new(&to);
    assert_eq!(process.ask("PUT", &case.path(), &case.token(), &case.letter).unwrap().0, 201);
    let whole = blob_message(&to, MIN_CHUNK_BYTES);
    let digest = BASE64.encode(&Sha256::digest(&whole));
    let token = format!("{}\r\ncontent-digest: sha-256=:{digest}:", case.token());
    let put = |process: &Process| process.ask("PUT", &format!("{}/0", case.blob(7)), &token, &whole).unwrap();
    let (status, body) = put(&process);
    assert!(status == 503 && String::from_utf8_lossy(&body).contains("\"unavailable\""), "{status}");
    let next = OpenCase::new(&to);
    assert_eq!(process.ask("PUT", &next.path(), &next.token(), &next.letter).unwrap().0, 201);
    process.kill();
    let process = Process::start(folder.path(), "");
    let (_, chunks) = process.ask("GET", &format!("{}/chunks", case.blob(7)), &case.token(), b"").unwrap();
    assert!(String::from_utf8_lossy(&chunks).contains("not-found"), "nothing was kept of it");
    assert_eq!(put(&process).0, 201);
    process.kill();
}
