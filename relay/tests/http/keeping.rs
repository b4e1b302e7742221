//! What an operator does: backing up while letters come in, restoring, and finding what is damaged.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use axum::http::StatusCode;
use sealpost_relay::backup::{BackupError, backup, restore};
use sealpost_relay::place::Place;
use sealpost_relay::verify::{Findings, verify};
use sealpost_shared::limits::MIN_CHUNK_BYTES;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

use crate::advisories::published;
use crate::blobs::Upload;
use crate::build::{OpenCase, World, blob_message, noon};
use crate::process::{PATIENCE, PROGRAM, Process, team, write_until_killed};

/// A relay that holds a case with a blob of three chunks, and an advisory.
struct Kept {
    world: World,
    case: OpenCase,
    blob: Vec<u8>,
}

impl Kept {
    async fn new() -> Self {
        let world = World::new().await;
        let case = world.open_case().await;
        let blob = blob_message(&world.team_cert(), 2 * MIN_CHUNK_BYTES + 99);
        let upload = Upload::new(&world, &case, 7);
        for (n, part) in (0..).zip(blob.chunks(MIN_CHUNK_BYTES)) {
            assert_eq!(upload.put(n, part).await.status, StatusCode::CREATED);
        }
        assert_eq!(upload.seal(3, &blob).await.status, StatusCode::CREATED);
        published(&world).await;
        Self { world, case, blob }
    }

    fn data(&self) -> &Path {
        &self.world.config.data
    }

    fn beside(&self, name: &str) -> PathBuf {
        self.data().with_file_name(name)
    }

    async fn findings(&self) -> Findings {
        verify(&Place::in_folder(self.data()), noon()).await.unwrap()
    }

    /// The file of one chunk.
    fn chunk(&self, n: u8) -> PathBuf {
        let folder = self.data().join("blobs").join(self.case.id().to_string()).join("07".repeat(16));
        let names = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        let is_wanted =
            |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with(&format!("{n}-"));
        names.into_iter().find(is_wanted).unwrap()
    }

    /// Changes rows behind the relay's back.
    async fn change(&self, statement: &'static str) {
        let database = SqliteConnectOptions::new().filename(self.data().join("relay.sqlite"));
        let mut connection = database.foreign_keys(false).connect().await.unwrap();
        let changed = sqlx::query(statement).execute(&mut connection).await.unwrap();
        assert!(changed.rows_affected() > 0, "{statement}");
    }
}

fn lines(findings: &Findings) -> Vec<String> {
    findings.faults.iter().map(ToString::to_string).collect()
}

fn run(arguments: &[&str], paths: &[&Path]) -> Output {
    let mut command = Command::new(PROGRAM);
    for (argument, path) in arguments.iter().zip(paths.iter().map(Some).chain(std::iter::repeat(None))) {
        command.args(argument.split(' ')).args(path);
    }
    command.output().unwrap()
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[tokio::test]
async fn what_is_as_it_was_has_no_fault() {
    let kept = Kept::new().await;
    let found = kept.findings().await;
    assert!(found.faults.is_empty(), "{found}");
    assert_eq!((found.cases, found.entries, found.blobs, found.chunks, found.advisories), (1, 1, 1, 3, 1));
    kept.world.plant_file("00112233445566778899aabbccddeeff/aa/0-1", b"nobody names this");
    let found = kept.findings().await;
    assert_eq!((found.loose_files, found.faults.len()), (1, 0));
}

#[tokio::test]
async fn every_damage_is_named() {
    for (statement, said) in [
        ("UPDATE entries SET letter = CAST(letter || x'41' AS BLOB)", "the letter has "),
        ("UPDATE entries SET letter = zeroblob(size)", "the letter is not what its digest says"),
        ("UPDATE entries SET receipt = replace(receipt, 'demo', 'dome')", "the receipt is damaged"),
        ("UPDATE entries SET received = received + 3600", "the receipt names another time of arrival"),
        (
            "UPDATE entries SET sha256 = substr(sha256, 2) || substr(sha256, 1, 1)",
            "the receipt is for something else",
        ),
        (
            "UPDATE cases SET deleted = 0, deleted_by = 'team'",
            "was deleted, but something of it is still there",
        ),
        ("DELETE FROM entries", "its row counts 1 entries, but there are 0"),
        ("DELETE FROM cases", "belong to something that is not there"),
        ("DELETE FROM chunks WHERE n = 1", "it is sealed, but chunks are missing"),
        ("UPDATE desks SET stored_bytes = 5", "its row counts 5 bytes stored"),
        ("UPDATE desks SET last_seq = 9", "its row counts 9 rows of its feed, but there are 1"),
        (
            "UPDATE chunks SET sha256 = substr(sha256, 2) || substr(sha256, 1, 1) WHERE n = 2",
            "the file is not what its digest says",
        ),
        ("UPDATE chunks SET object = '../../relay-key.asc' WHERE n = 1", "a name that no file here can have"),
        ("UPDATE advisories SET signed = signed || ' '", "the text is not what its digest says"),
    ] {
        let kept = Kept::new().await;
        kept.change(statement).await;
        let found = lines(&kept.findings().await);
        assert!(found.iter().any(|line| line.contains(said)), "{statement}: {found:?}");
    }
}

#[tokio::test]
async fn a_damaged_and_a_missing_file_are_named_with_their_case() {
    let kept = Kept::new().await;
    let mut bytes = fs::read(kept.chunk(1)).unwrap();
    bytes[5000] ^= 1;
    fs::write(kept.chunk(1), &bytes).unwrap();
    fs::remove_file(kept.chunk(2)).unwrap();
    let found = lines(&kept.findings().await);
    let [damaged, missing] = &found[..] else { panic!("{found:?}") };
    let place = format!("case {}, blob {}, chunk", kept.case.id(), "07".repeat(16));
    assert!(
        damaged.starts_with(&format!("{place} 1 (")) && damaged.ends_with("not what its digest says"),
        "{damaged}"
    );
    assert!(
        missing.starts_with(&format!("{place} 2 (")) && missing.ends_with("the file is missing"),
        "{missing}"
    );
    // A backup of that is made all the same, says so, and is not restored unasked.
    let made = backup(kept.data(), &kept.beside("copy"), noon()).await.unwrap();
    assert_eq!(lines(&made), found);
    let refused = restore(&kept.beside("copy"), &kept.beside("new"), false, noon()).await;
    assert!(matches!(&refused, Err(BackupError::Damaged { .. })), "{refused:?}");
    assert!(!kept.beside("new").exists());
    restore(&kept.beside("copy"), &kept.beside("new"), true, noon()).await.unwrap();
    assert_eq!(lines(&verify(&Place::in_folder(&kept.beside("new")), noon()).await.unwrap()), found);
}

#[tokio::test]
async fn a_flipped_bit_in_the_database_file_is_found() {
    let kept = Kept::new().await;
    kept.world.relay.store.close().await;
    let path = kept.data().join("relay.sqlite");
    let mut bytes = fs::read(&path).unwrap();
    let inside = &kept.case.letter[200..264];
    let at = bytes
        .windows(inside.len())
        .position(|window| window == inside)
        .expect("the letter lies in one piece");
    bytes[at] ^= 0x10;
    fs::write(&path, bytes).unwrap();
    let found = lines(&kept.findings().await);
    let [only] = &found[..] else { panic!("{found:?}") };
    assert!(
        only.contains(&kept.case.id().to_string()) && only.ends_with("not what its digest says"),
        "{only}"
    );
}

#[tokio::test]
async fn a_backup_restored_is_the_same_relay() {
    let kept = Kept::new().await;
    let (copy, new) = (kept.beside("copy"), kept.beside("new"));
    let found = backup(kept.data(), &copy, noon()).await.unwrap();
    assert!(found.faults.is_empty() && found.chunks == 3, "{found}");
    assert!(matches!(backup(kept.data(), &copy, noon()).await, Err(BackupError::Taken { .. })));
    let occupied = restore(&copy, kept.data(), false, noon()).await;
    assert!(matches!(&occupied, Err(BackupError::InUse { .. })), "{occupied:?}");
    restore(&copy, &new, false, noon()).await.unwrap();
    let certificate = kept.world.relay.identity.certificate.clone();
    let Kept { mut world, case, blob } = kept;
    let letter = world.get_as(&case.entry_of_letter(), &case.token()).await.body;
    world.config.data = new;
    let world = world.reopened().await;
    assert_eq!(world.relay.identity.certificate, certificate);
    assert_eq!(world.get_as(&case.entry_of_letter(), &case.token()).await.body, letter);
    assert_eq!(letter, case.letter);
    assert_eq!(world.get_as(&case.blob(7), &case.token()).await.body, blob);
    assert_eq!(world.get("/v1/teams/demo/advisories/DEMO-2026-0001").await.status, StatusCode::OK);
}

#[cfg(unix)]
#[tokio::test]
async fn a_backup_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let kept = Kept::new().await;
    let copy = kept.beside("copy");
    backup(kept.data(), &copy, noon()).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&copy), mode(&copy.join("relay-key.asc"))), (0o700, 0o600));
}

#[test]
fn backups_under_write_load_hold_all_that_was_acknowledged_before() {
    let (folder, to) = team();
    let process = Process::start(folder.path(), "");
    let (address, count) = (process.address, AtomicUsize::new(0));
    let mut acknowledged = Vec::new();
    let data = folder.path().join("data");
    // One letter of our own before each backup: whatever else the backup holds, it has to hold these.
    let mut before = Vec::new();
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| write_until_killed(address, &count, &to));
        for round in 0..3 {
            let at_least = count.load(Ordering::SeqCst) + 4;
            let deadline = Instant::now() + PATIENCE;
            while count.load(Ordering::SeqCst) < at_least {
                assert!(Instant::now() < deadline, "nothing is being written");
                std::thread::yield_now();
            }
            let case = OpenCase::new(&to);
            let (status, receipt) = process.ask("PUT", &case.path(), &case.token(), &case.letter).unwrap();
            assert_eq!(status, 201);
            before.push((case, receipt));
            let copy = folder.path().join(format!("copy-{round}"));
            let made = run(&["backup --data", "--to"], &[&data, &copy]);
            assert!(made.status.success(), "{}", text(&made));
        }
        process.kill();
        acknowledged = writing.join().unwrap();
    });
    assert!(acknowledged.len() >= 12);
    for round in 0..3 {
        fs::remove_dir_all(&data).unwrap();
        let copy = folder.path().join(format!("copy-{round}"));
        let restored = run(&["restore --from", "--data"], &[&copy, &data]);
        assert!(restored.status.success(), "{}", text(&restored));
        let process = Process::start(folder.path(), "");
        for (case, receipt) in before.iter().take(round + 1) {
            let (status, letter) = process.ask("GET", &case.entry_of_letter(), &case.token(), b"").unwrap();
            assert_eq!((status, &letter), (200, &case.letter));
            let path = format!("{}/receipt", case.entry_of_letter());
            assert_eq!(&process.ask("GET", &path, &case.token(), b"").unwrap().1, receipt);
        }
        process.kill();
    }
    // The relay that goes on from a backup takes what was lost since from whoever still has it.
    let process = Process::start(folder.path(), "");
    for kept in &acknowledged {
        let (status, _) =
            process.ask("PUT", &kept.case.path(), &kept.case.token(), &kept.case.letter).unwrap();
        assert!(status == 200 || status == 201, "{status}");
    }
    assert!(acknowledged.iter().all(|kept| is_there(&process, &kept.case)));
    process.kill();
}

fn is_there(process: &Process, case: &OpenCase) -> bool {
    process.ask("GET", &case.entry_of_letter(), &case.token(), b"").unwrap() == (200, case.letter.clone())
}

#[test]
fn the_program_says_with_its_exit_code_what_it_found() {
    let (folder, to) = team();
    let process = Process::start(folder.path(), "");
    let case = OpenCase::new(&to);
    process.ask("PUT", &case.path(), &case.token(), &case.letter).unwrap();
    let data = folder.path().join("data");
    let sound = run(&["verify --data"], &[&data]);
    assert!(
        sound.status.success() && text(&sound).contains("everything is as it was acknowledged"),
        "{}",
        text(&sound)
    );
    process.kill();
    let nothing = run(&["verify --data"], &[folder.path()]);
    assert_eq!(nothing.status.code(), Some(2), "{}", text(&nothing));
    fs::remove_file(data.join("relay-key.asc")).unwrap();
    let damaged = run(&["verify --data"], &[&data]);
    assert_eq!(damaged.status.code(), Some(1), "{}", text(&damaged));
    assert!(
        text(&damaged).contains("the relay's key is missing") && text(&damaged).contains("1 FAULT."),
        "{}",
        text(&damaged)
    );
    let occupied = run(&["restore --from", "--data"], &[&data, &data]);
    assert_eq!(occupied.status.code(), Some(2), "{}", text(&occupied));
}
