//! What holds for a relay with a folder holds for one over PostgreSQL and S3: the same tests run again, in a process that is told so.

use std::path::PathBuf;
use std::process::Command;

use sealpost_relay::Config;

use crate::postgres::Postgres;
use crate::s3::S3;

/// The variable that makes relays of this process keep cases and files on servers: the folder of the S3 server.
const OVER_SERVERS: &str = "SEALPOST_TEST_OVER_SERVERS";

/// How the S3 server's files end that hold an object; it keeps two files of notes beside each.
const OBJECT: &str = "._S3rver_object";

/// Gives a relay a schema and a part of the bucket that nobody else uses, if this process was told so.
pub(crate) fn settings(config: &mut Config) {
    if std::env::var_os(OVER_SERVERS).is_none() {
        return;
    }
    let database = Postgres::shared().schema();
    let (_, schema) = database.rsplit_once("%3D").unwrap();
    let bucket = format!("s3://{}/{schema}-{}", S3::BUCKET, std::process::id());
    (config.database, config.blobs) = (Some(database.parse().unwrap()), Some(bucket.parse().unwrap()));
}

/// Where a relay's files lie, if that is an S3 server's folder.
pub(crate) fn folder(config: &Config) -> Option<PathBuf> {
    let bucket = config.blobs.as_ref()?.to_string();
    Some(PathBuf::from(std::env::var_os(OVER_SERVERS)?).join(bucket.trim_start_matches("s3://")))
}

/// Of an S3 server's files, the names of those that hold objects.
pub(crate) fn keep_objects(config: &Config, files: &mut Vec<String>) {
    if config.blobs.is_some() {
        *files = files.iter().filter_map(|name| name.strip_suffix(OBJECT)).map(str::to_owned).collect();
    }
}

/// What is asked through HTTP and ends in the store or in a bucket.
const AGAIN: [&str; 9] = [
    "advisories::",
    "blobs::",
    "cases::",
    "deletion::",
    "entries::",
    "feed::",
    "login::",
    "notices::",
    "races::",
];

/// What looks into the folder itself (a SQLite file, files that are planted there); and what asks for the very first byte alone, which this S3
/// server takes for all of them, so that its answer is refused.
const NOT_AGAIN: [&str; 3] = [
    "blobs::ranges_across_chunks_are_exact",
    "deletion::what_a_team_deletes_is_gone_from_the_disk_and_leaves_no_gap",
    "blobs::what_was_not_sealed_within_a_day_is_swept_away_and_what_was_sealed_stays",
];

#[test]
fn every_promise_holds_over_servers_too() {
    let server = S3::shared();
    let mut again = Command::new(std::env::current_exe().unwrap());
    again.args(AGAIN).args(NOT_AGAIN.iter().flat_map(|name| ["--skip", name]));
    again.envs(server.variables()).env(OVER_SERVERS, server.folder());
    let output = again.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(!said.contains("running 0 tests"), "{said}");
}
