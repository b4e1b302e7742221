//! Reading the teams again while the relay runs: what is taken, what is refused, and that nothing else suffers.

use std::fs;

use axum::http::StatusCode;
use sealpost_relay::{Relay, assemble};
use sealpost_shared::Duration;
use sealpost_shared::wire::v1::{BundleResponse, TeamsResponse};

use crate::build::{ORIGIN, OpenCase, TeamKeys, World, noon};

impl World {
    async fn read_again(&self) {
        self.relay.read_teams_again().await.unwrap();
    }

    async fn version(&self) -> u32 {
        let bundle: BundleResponse = self.get("/v1/teams/demo/bundle").await.json();
        let line = bundle.policy.lines().find_map(|line| line.strip_prefix("version = ")).unwrap();
        line.parse().unwrap()
    }

    /// Signs and writes the policy of the builder as another version, with a change.
    fn install(&self, version: u32, change: (&str, &str)) {
        let policy = self.keys.policy("demo").replace("version = 1", &format!("version = {version}"));
        assert!(policy.contains(change.0), "{change:?}");
        self.keys.write_policy(
            &self.teams().join("demo"),
            &policy.replace(change.0, change.1),
            self.relay.clock.now(),
        );
    }
}

/// A change that changes nothing.
const SAME: (&str, &str) = ("effective =", "effective =");

#[tokio::test]
async fn a_newer_policy_is_served_from_then_on() {
    let world = World::new().await;
    world.install(2, SAME);
    assert_eq!(world.version().await, 1, "not before it is asked for");
    world.read_again().await;
    assert_eq!((world.version().await, world.attention().await), (2, vec![]));
}

#[tokio::test]
async fn a_policy_that_must_not_be_served_leaves_the_one_before_in_service() {
    let world = World::new().await;
    world.install(3, SAME);
    world.read_again().await;
    let expired = ("expires = \"2027-01-01T00:00:00Z\"", "expires = \"2026-11-01T00:00:00Z\"");
    let not_yet = ("effective = \"2026-01-01T00:00:00Z\"", "effective = \"2026-12-01T00:00:00Z\"");
    for (version, change, code) in [
        (2, SAME, "older-policy"),
        (4, expired, "policy-expired"),
        (4, not_yet, "policy-not-yet"),
        (4, ("[clocks]", "[clocks]\nunknown = 1"), "bad-policy"),
    ] {
        world.install(version, change);
        world.read_again().await;
        assert_eq!(world.version().await, 3, "{code}");
        let said = world.attention().await;
        let expected = format!("team demo: {code}: refused, what was served before stays; the log says why");
        assert_eq!(said, [expected]);
    }
    fs::write(world.teams().join("demo/policy.toml.asc"), "no signature").unwrap();
    world.read_again().await;
    assert!(world.attention().await[0].starts_with("team demo: bad-policy: refused"));
    world.open_case().await;
    world.install(4, SAME);
    world.read_again().await;
    assert_eq!((world.version().await, world.attention().await), (4, vec![]));
}

#[tokio::test]
async fn an_unsigned_policy_is_refused() {
    let world = World::new().await;
    world.install(2, SAME);
    fs::remove_file(world.teams().join("demo/policy.toml.asc")).unwrap();
    world.read_again().await;
    assert_eq!(world.version().await, 1);
    assert!(world.attention().await[0].starts_with("team demo: unreadable: refused"));
    let other = TeamKeys::make(noon()).alice;
    let policy = fs::read(world.teams().join("demo/policy.toml")).unwrap();
    let forged = other.sign_detached_armored(&policy, noon()).unwrap();
    fs::write(world.teams().join("demo/policy.toml.asc"), forged).unwrap();
    world.read_again().await;
    assert_eq!(world.version().await, 1);
    assert!(world.attention().await[0].starts_with("team demo: bad-signature: refused"));
}

#[tokio::test]
async fn one_bad_team_stops_no_other() {
    let world = World::new().await;
    let second = TeamKeys::make(noon());
    second.write(&world.teams(), "second", noon());
    fs::create_dir(world.teams().join("empty")).unwrap();
    fs::create_dir(world.teams().join("Not A Slug")).unwrap();
    world.read_again().await;
    let teams = world.get("/v1/teams").await.json::<TeamsResponse>().teams;
    assert_eq!(teams.iter().map(|team| team.slug.as_str()).collect::<Vec<_>>(), ["demo", "second"]);
    let said = world.attention().await;
    assert!(said[0].starts_with("team (folder): misnamed: refused, not served"), "{said:?}");
    assert!(said[1].starts_with("team empty: unreadable: refused, not served"), "{said:?}");
    assert!(!said.join("").contains('/'), "no path of this machine: {said:?}");
    let world = world.reopened().await;
    assert_eq!(world.get("/v1/teams").await.json::<TeamsResponse>().teams.len(), 2, "at the start as well");
    fs::remove_dir_all(world.teams().join("second")).unwrap();
    world.read_again().await;
    assert_eq!(world.get("/v1/teams/second/bundle").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_folder_that_is_gone_changes_nothing_but_what_is_said() {
    let world = World::new().await;
    let away = world.teams().with_extension("away");
    fs::rename(world.teams(), &away).unwrap();
    world.read_again().await;
    assert_eq!(world.version().await, 1);
    assert!(world.attention().await[0].starts_with("team (folder): unreadable: refused, what was served"));
    fs::create_dir(world.teams()).unwrap();
    world.read_again().await;
    assert!(world.attention().await[0].starts_with("team (folder): no-teams: refused"));
    fs::remove_dir(world.teams()).unwrap();
    fs::rename(away, world.teams()).unwrap();
    world.read_again().await;
    assert!(world.attention().await.is_empty());
}

#[tokio::test]
async fn an_older_policy_is_refused_after_a_restart_as_well() {
    let world = World::new().await;
    world.install(5, SAME);
    world.read_again().await;
    world.install(4, SAME);
    world.relay.store.close().await;
    let again: Result<Relay, _> = assemble(&world.config, ORIGIN.to_owned(), world.clock.clone()).await;
    let message = again.err().expect("an older policy was taken").to_string();
    assert!(message.contains("version 5 was in service already"), "{message}");
}

#[tokio::test]
async fn keys_are_judged_again_as_time_passes_and_their_end_is_said_before() {
    let world = World::new().await;
    let policy_ends = ("expires = \"2027-01-01T00:00:00Z\"", "expires = \"2030-01-01T00:00:00Z\"");
    world.install(2, policy_ends);
    world.read_again().await;
    // The team's keys live two years.
    world.clock.advance(Duration::from_hours((2 * 365 - 20) * 24));
    let said = world.attention().await;
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said.iter().all(|line| line.contains("certificate-ends-soon")), "{said:?}");
    world.open_case().await;
    world.clock.advance(Duration::from_hours(30 * 24));
    let said = world.attention().await;
    assert!(said.iter().all(|line| line.contains("certificate-unusable")), "{said:?}");
    let case = OpenCase::new(&world.team_cert());
    assert_eq!(world.put(&case.path(), &case.token(), case.letter).await.code(), "wrong-recipient");
    world.clock.advance(Duration::from_hours(-40 * 24));
    world.open_case().await;
}

#[tokio::test]
async fn a_policy_that_ends_is_said_a_month_before_and_serves_on_after() {
    let world = World::new().await;
    let case = world.open_case().await;
    world.clock.advance(Duration::from_hours(8 * 24));
    assert!(world.attention().await.is_empty());
    world.clock.advance(Duration::from_hours(2 * 24));
    assert!(
        world.attention().await[0].starts_with("team demo: policy-ends-soon: the policy expires at 2027")
    );
    world.clock.advance(Duration::from_hours(30 * 24));
    assert!(world.attention().await[0].starts_with("team demo: policy-expired: "));
    assert_eq!(world.get_as(&case.entries(), &case.token()).await.status, StatusCode::OK);
    let world = world.reopened().await;
    assert!(world.attention().await[0].starts_with("team demo: policy-expired: "));
    assert_eq!(world.get_as(&case.entries(), &case.token()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_member_who_is_taken_out_of_the_policy_is_out_at_once() {
    let world = World::new().await;
    let token = world.log_in("team", &world.keys.alice, 1).await;
    assert_eq!(world.get_as("/v1/desks/demo/team/feed", &token).await.status, StatusCode::OK);
    let carol = world.keys.carol.fingerprint();
    let fingerprints = format!("fingerprints = [\"{}\"]", world.keys.alice.fingerprint());
    let without = format!("fingerprints = [\"{carol}\"]");
    world.install(2, (&fingerprints, &without));
    world.read_again().await;
    assert_eq!(world.attention().await, Vec::<String>::new());
    assert_eq!(world.get_as("/v1/desks/demo/team/feed", &token).await.status, StatusCode::NOT_FOUND);
}
