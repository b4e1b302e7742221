//! What keeps a relay from starting, and how it says so.

use std::fs;
use std::path::Path;

use sealpost_relay::{Config, StartError, assemble};
use sealpost_shared::Duration;
use tempfile::TempDir;

use crate::build::{ORIGIN, TeamKeys, TestClock, noon};

fn team() -> (TempDir, TeamKeys) {
    let folder = tempfile::tempdir().unwrap();
    let keys = TeamKeys::make(noon());
    keys.write(&folder.path().join("teams"), "demo", noon());
    (folder, keys)
}

async fn start(folder: &Path, after: Duration) -> Result<(), StartError> {
    let config = Config::local(folder.join("teams"), folder.join("data"));
    let relay = assemble(&config, ORIGIN.to_owned(), TestClock::at(noon() + after)).await?;
    relay.store.close().await;
    Ok(())
}

async fn refusal(folder: &TempDir) -> String {
    start(folder.path(), Duration::ZERO).await.expect_err("the relay started all the same").to_string()
}

#[tokio::test]
async fn a_policy_changed_after_signing_stops_the_start() {
    let (folder, keys) = team();
    let policy = folder.path().join("teams/demo/policy.toml");
    fs::write(&policy, keys.policy("demo").replace("\"48h\"", "\"96h\"")).unwrap();
    let message = refusal(&folder).await;
    assert!(
        message.contains("policy.toml.asc") && message.contains(keys.alice.fingerprint().as_str()),
        "{message}"
    );
}

#[tokio::test]
async fn a_broken_policy_is_named_by_file_line_key_and_rule() {
    let (folder, keys) = team();
    let policy = folder.path().join("teams/demo/policy.toml");
    fs::write(&policy, keys.policy("demo").replace("update =", "updates =")).unwrap();
    let message = refusal(&folder).await;
    assert!(message.contains("demo/policy.toml: line 13") && message.contains("updates"), "{message}");
    fs::write(&policy, keys.policy("demo").replace("\"24h\"", "\"72h\"")).unwrap();
    let message = refusal(&folder).await;
    assert!(message.contains("demo/policy.toml: clocks.answer: must not be shorter"), "{message}");
}

#[tokio::test]
async fn every_certificate_the_policy_names_must_be_there_and_be_one() {
    let (folder, keys) = team();
    let carol = folder.path().join("teams/demo/certs/carol.asc");
    let armored = fs::read(&carol).unwrap();
    fs::remove_file(&carol).unwrap();
    let message = refusal(&folder).await;
    assert!(
        message.contains("desks[1].fingerprints") && message.contains(keys.carol.fingerprint().as_str()),
        "{message}"
    );
    fs::write(&carol, keys.carol.to_armored().unwrap().as_bytes()).unwrap();
    let message = refusal(&folder).await;
    assert!(message.contains("carol.asc") && message.contains("SECRET"), "{message}");
    fs::write(&carol, &armored).unwrap();
    fs::write(folder.path().join("teams/demo/certs/copy.asc"), &armored).unwrap();
    assert!(refusal(&folder).await.contains("copy.asc"));
}

#[tokio::test]
async fn a_team_lies_in_the_folder_of_its_slug() {
    let (folder, _) = team();
    let teams = folder.path().join("teams");
    fs::rename(teams.join("demo"), teams.join("other")).unwrap();
    assert!(refusal(&folder).await.contains("identity.slug"));
    fs::rename(teams.join("other"), teams.join("Not A Slug")).unwrap();
    assert!(refusal(&folder).await.contains("named as its slug"));
    fs::rename(teams.join("Not A Slug"), teams.join(".hidden")).unwrap();
    assert!(refusal(&folder).await.contains("no team"));
}

#[tokio::test]
async fn an_expired_certificate_is_a_warning_and_no_more() {
    let (folder, _) = team();
    // The team's keys live two years.
    start(folder.path(), Duration::from_hours(3 * 365 * 24)).await.unwrap();
}
