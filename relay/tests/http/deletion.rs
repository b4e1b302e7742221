//! Cases that go: deleted by their team, or because their policy keeps them no longer.

use std::fs;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use sealpost_relay::place::Place;
use sealpost_relay::sweep;
use sealpost_relay::verify::verify;
use sealpost_shared::limits::MIN_CHUNK_BYTES;
use sealpost_shared::wire::v1::{DeletedProblem, Deleter, Deletion, EntriesResponse, FeedResponse};
use sealpost_shared::{Duration, Timestamp};

use crate::blobs::Upload;
use crate::build::{Answer, OpenCase, World, bearer, blob_message, noon, seal};

const DAY: Duration = Duration::from_hours(24);

async fn delete(world: &World, case: &OpenCase, token: &str) -> Answer {
    let request = Request::delete(format!("/v1/cases/{}", case.id()));
    world.ask(request.header("authorization", bearer(token)).body(Body::empty()).unwrap()).await
}

fn deletion_at(by: Deleter, at: Timestamp) -> Deletion {
    Deletion { by, at: at.rounded_to_hour() }
}

/// Whether these bytes stand in any file of the relay.
fn is_on_disk(world: &World, wanted: &[u8]) -> bool {
    let files = fs::read_dir(&world.config.data).unwrap().map(|entry| entry.unwrap().path());
    let mut files = files.filter(|path| path.is_file());
    files.any(|path| fs::read(path).unwrap().windows(wanted.len()).any(|window| window == wanted))
}

async fn feed(world: &World, token: &str) -> FeedResponse {
    world.get_as("/v1/desks/demo/team/feed?after=0", token).await.json()
}

#[tokio::test]
async fn what_a_team_deletes_is_gone_from_the_disk_and_leaves_no_gap() {
    let world = World::new().await;
    let (case, other) = (world.open_case().await, world.open_case().await);
    let upload = Upload::new(&world, &case, 7);
    let blob = blob_message(&world.team_cert(), MIN_CHUNK_BYTES + 9);
    for (n, part) in (0..).zip(blob.chunks(MIN_CHUNK_BYTES)) {
        upload.put(n, part).await;
    }
    upload.seal(2, &blob).await;
    let piece = &case.letter[300..340];
    assert!(is_on_disk(&world, piece) && world.files().len() == 2, "the control: it was there");
    let member = world.log_in("team", &world.keys.alice, 1).await;
    let answer = delete(&world, &case, &member).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.json::<Deletion>(), deletion_at(Deleter::Team, noon()));
    sweep(&world.relay).await.unwrap();
    assert!(!is_on_disk(&world, piece));
    assert!(world.files().is_empty());
    let rows = feed(&world, &member).await.rows;
    let [gone, there] = &rows[..] else { panic!("{rows:?}") };
    assert!(gone.seq == 1 && gone.case == case.id() && gone.entry.is_deleted());
    assert!(there.seq == 2 && there.case == other.id() && !there.entry.is_deleted());
    let found = verify(&Place::in_folder(&world.config.data), noon()).await.unwrap();
    assert!(found.faults.is_empty(), "{found}");
}

#[tokio::test]
async fn the_reporter_and_the_desk_are_told_and_nobody_else() {
    let world = World::new().await;
    let (case, never) = (world.open_case().await, OpenCase::new(&world.team_cert()));
    let member = world.log_in("team", &world.keys.alice, 1).await;
    let stranger = world.log_in("coordinator", &world.keys.carol, 2).await;
    delete(&world, &case, &member).await;
    let (entries, letter, blobs) = (case.entries(), case.entry_of_letter(), case.blobs());
    for path in [&entries, &letter, &format!("{letter}/receipt"), &blobs, &case.blob(7)] {
        for token in [&case.token(), &member] {
            let answer = world.get_as(path, token).await;
            assert_eq!((answer.status, answer.code()), (StatusCode::GONE, "deleted"), "{path}");
            let told: DeletedProblem = answer.json();
            assert_eq!(told.deleted, deletion_at(Deleter::Team, noon()));
        }
        let unknown =
            world.get_as(&path.replace(&case.id().to_string(), &never.id().to_string()), &stranger).await;
        assert_eq!(world.get_as(path, &stranger).await, unknown, "{path}");
        assert_eq!(unknown.code(), "not-found");
    }
    let more = seal(&case.key, &world.team_cert(), "more");
    assert_eq!(world.put(&case.entry(5), &case.token(), more).await.code(), "deleted");
    assert_eq!(Upload::new(&world, &case, 7).put(0, b"more").await.code(), "deleted");
    // The id stays taken: for its holder it is deleted, for others somebody's.
    assert_eq!(world.put(&case.path(), &case.token(), case.letter.clone()).await.code(), "deleted");
    assert_eq!(world.put(&case.path(), &never.token(), case.letter.clone()).await.code(), "conflict");
}

#[tokio::test]
async fn only_the_desk_deletes_and_the_first_time_counts() {
    let world = World::new().await;
    let (case, never) = (world.open_case().await, OpenCase::new(&world.team_cert()));
    let stranger = world.log_in("coordinator", &world.keys.carol, 2).await;
    let unknown = delete(&world, &never, &stranger).await;
    assert_eq!(unknown.code(), "not-found");
    for token in [&stranger, &case.token(), &never.token()] {
        assert_eq!(delete(&world, &case, token).await, unknown);
    }
    let entries: EntriesResponse = world.get_as(&case.entries(), &case.token()).await.json();
    assert_eq!(entries.entries.len(), 1);
    let member = world.log_in("team", &world.keys.alice, 1).await;
    let first = delete(&world, &case, &member).await;
    world.clock.advance(Duration::from_hours(3));
    assert_eq!(delete(&world, &case, &member).await, first);
    assert_eq!(delete(&world, &case, &stranger).await, unknown);
}

#[tokio::test]
async fn a_policy_deletes_when_the_last_word_is_old_enough_and_not_before() {
    let world = World::with_policy("[reports]\nretention = \"20d\"\n").await;
    let (silent, spoken) = (world.open_case().await, world.open_case().await);
    world.clock.advance(Duration::from_hours(24 * 19));
    let more = seal(&spoken.key, &world.team_cert(), "more");
    assert_eq!(world.put(&spoken.entry(5), &spoken.token(), more).await.status, StatusCode::CREATED);
    world.clock.advance(DAY);
    sweep(&world.relay).await.unwrap();
    assert_eq!(
        world.get_as(&silent.entries(), &silent.token()).await.status,
        StatusCode::OK,
        "its hour is not over"
    );
    world.clock.advance(Duration::from_hours(1));
    sweep(&world.relay).await.unwrap();
    let told: DeletedProblem = world.get_as(&silent.entries(), &silent.token()).await.json();
    let at = noon() + Duration::from_hours(24 * 20 + 1);
    assert_eq!(told.deleted, deletion_at(Deleter::Policy, at));
    assert_eq!(world.get_as(&spoken.entries(), &spoken.token()).await.status, StatusCode::OK);
    let world = world.reopened().await;
    assert_eq!(
        world.get_as(&silent.entries(), &silent.token()).await.code(),
        "deleted",
        "also after a restart"
    );
}

#[tokio::test]
async fn a_clock_set_far_ahead_and_a_policy_that_says_nothing_delete_nothing() {
    for (policy, ahead) in [("[reports]\nretention = \"20d\"\n", 24 * 365 * 10), ("", 24 * 30)] {
        let world = World::with_policy(policy).await;
        let case = world.open_case().await;
        world.clock.advance(Duration::from_hours(ahead));
        sweep(&world.relay).await.unwrap();
        assert_eq!(world.get_as(&case.entries(), &case.token()).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn what_was_deleted_counts_against_no_quota() {
    let world = World::with(|config| config.desk_quota_mib = 1).await;
    let big = |key| seal(key, &world.team_cert(), &"x".repeat(500_000));
    let mut first = OpenCase::new(&world.team_cert());
    first.letter = big(&first.key);
    let mut second = OpenCase::new(&world.team_cert());
    second.letter = big(&second.key);
    assert_eq!(
        world.put(&first.path(), &first.token(), first.letter.clone()).await.status,
        StatusCode::CREATED
    );
    assert_eq!(world.put(&second.path(), &second.token(), second.letter.clone()).await.code(), "full");
    let member = world.log_in("team", &world.keys.alice, 1).await;
    delete(&world, &first, &member).await;
    assert_eq!(
        world.put(&second.path(), &second.token(), second.letter.clone()).await.status,
        StatusCode::CREATED
    );
}
