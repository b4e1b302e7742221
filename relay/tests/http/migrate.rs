//! Moving a relay from its folder to servers and back: all of it or nothing, and nothing is written over.

use std::fs;
use std::process::{Command, Output};

use sealpost_relay::store::{DatabaseAddress, SqlStore, Store as _};
use sealpost_shared::limits::MIN_CHUNK_BYTES;

use crate::build::{OpenCase, blob_message};
use crate::postgres::Postgres;
use crate::process::{Acknowledged, PROGRAM, Process, assert_kept};
use crate::s3::S3;
use crate::shared::{Shared, Upload, text};

/// A relay that was by itself, in the folder `data`: three letters, a blob that is sealed, and one that is not yet.
struct Before {
    shared: Shared,
    letters: Vec<Acknowledged>,
    blob: Vec<u8>,
}

impl Before {
    fn new() -> Self {
        let shared = Shared::new();
        let relay =
            Process::start(shared.folder.path(), "export SEALPOST_RELAY_ORIGIN=https://relay.example");
        let open = || {
            let case = OpenCase::new(&shared.to);
            let (status, receipt) = relay.ask("PUT", &case.path(), &case.token(), &case.letter).unwrap();
            assert_eq!(status, 201);
            Acknowledged { case, receipt }
        };
        let letters = vec![open(), open(), open()];
        let blob = blob_message(&shared.to, MIN_CHUNK_BYTES + 9);
        let sealed = Upload { case: &letters[0].case, whole: &blob };
        assert_eq!((sealed.put(&relay, 0), sealed.put(&relay, 1), sealed.seal(&relay).0), (201, 201, 201));
        assert_eq!(Upload { case: &letters[1].case, whole: &blob }.put(&relay, 0), 201);
        relay.kill();
        Self { shared, letters, blob }
    }

    fn assert_there(&self, relay: &Process) {
        assert_kept(relay, &self.letters);
        let case = &self.letters[0].case;
        let (status, bytes) = relay.ask("GET", &case.blob(7), &case.token(), b"").unwrap();
        assert!((status, &bytes) == (200, &self.blob));
    }

    fn move_to_servers(&self) -> Output {
        let Shared { database, blobs, .. } = &self.shared;
        let mut command = Command::new(PROGRAM);
        command.arg("migrate").arg("--data").arg(self.shared.data("data"));
        command.arg("--to-data").arg(self.shared.data("b"));
        command.args(["--to-database", database, "--to-blobs", blobs]);
        command.envs(S3::shared().variables()).output().unwrap()
    }

    fn move_back(&self) -> Output {
        let Shared { database, blobs, .. } = &self.shared;
        let mut command = Command::new(PROGRAM);
        command.arg("migrate").arg("--to-data").arg(self.shared.data("back"));
        command.arg("--data").arg(self.shared.data("b")).args(["--database", database, "--blobs", blobs]);
        command.envs(S3::shared().variables()).output().unwrap()
    }
}

#[test]
fn a_relay_moves_to_servers_and_back_and_goes_on_each_time() {
    let before = Before::new();
    let moved = before.move_to_servers();
    assert!(moved.status.success(), "{}", text(&moved));
    assert!(text(&moved).contains("read 3 cases, 3 letters, 2 blobs in 3 files"), "{}", text(&moved));
    let relay = before.shared.relay("b");
    before.assert_there(&relay);
    let rest = Upload { case: &before.letters[1].case, whole: &before.blob };
    assert_eq!((rest.put(&relay, 0), rest.put(&relay, 1), rest.seal(&relay).0), (200, 201, 201));
    relay.kill();
    let again = before.move_to_servers();
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again).contains("is not empty, and nothing is ever written over"), "{}", text(&again));
    let back = before.move_back();
    assert!(back.status.success(), "{}", text(&back));
    assert!(text(&back).contains("read 3 cases, 3 letters, 2 blobs in 4 files"), "{}", text(&back));
    fs::rename(before.shared.data("data"), before.shared.data("old")).unwrap();
    fs::rename(before.shared.data("back"), before.shared.data("data")).unwrap();
    let relay =
        Process::start(before.shared.folder.path(), "export SEALPOST_RELAY_ORIGIN=https://relay.example");
    before.assert_there(&relay);
    let case = OpenCase::new(&before.shared.to);
    assert_eq!(relay.ask("PUT", &case.path(), &case.token(), &case.letter).unwrap().0, 201);
}

/// The new server refuses the last table that is written: what came before must not hold.
#[tokio::test]
async fn a_move_that_breaks_off_leaves_no_case_and_goes_on_the_next_time() {
    let before = Before::new();
    let database = &before.shared.database;
    let address = DatabaseAddress::Server(database.parse().unwrap());
    SqlStore::open(&address, 1).await.unwrap().close().await;
    let (_, schema) = database.rsplit_once("%3D").unwrap();
    let postgres = Postgres::shared();
    let refuse = format!("ALTER TABLE {schema}.chunks ADD CONSTRAINT refused CHECK (n < 1)");
    postgres.psql(&refuse).unwrap();
    let broken = before.move_to_servers();
    assert_eq!(broken.status.code(), Some(2), "{}", text(&broken));
    let cases = || postgres.psql(&format!("SELECT count(*) FROM {schema}.cases")).unwrap();
    assert_eq!(cases().trim(), "0");
    postgres.psql(&format!("ALTER TABLE {schema}.chunks DROP CONSTRAINT refused")).unwrap();
    let moved = before.move_to_servers();
    assert!(moved.status.success(), "{}", text(&moved));
    assert!(!text(&moved).contains("files belong to nothing"), "{}", text(&moved));
    before.assert_there(&before.shared.relay("b"));
}

#[test]
fn what_is_damaged_is_not_moved() {
    let before = Before::new();
    let case = &before.letters[0].case;
    let folder = before.shared.data("data").join("blobs").join(case.id().to_string()).join("07".repeat(16));
    let file = fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&file).unwrap();
    bytes[100] ^= 1;
    fs::write(&file, bytes).unwrap();
    let refused = before.move_to_servers();
    assert_eq!(refused.status.code(), Some(2));
    let said = text(&refused);
    assert!(said.contains("nothing was moved") && said.contains("is not what its digest says"), "{said}");
}
