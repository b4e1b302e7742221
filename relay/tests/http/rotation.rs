//! A relay's next key: receipts of both verify, also with gpg; who knew the old key follows; relays over one database change one by one.

use std::fs;
use std::process::Command;

use sealpost_keys::{RelayKeys, UncheckedCert};
use sealpost_relay::Clock as _;
use sealpost_relay::place::Place;
use sealpost_relay::relay_key::{RelayKeyError, rotate};
use sealpost_relay::verify::verify;
use sealpost_shared::Duration;
use sealpost_shared::wire::v1::BundleResponse;

use crate::build::{OpenCase, World, seal};
use crate::process::{PROGRAM, Process};
use crate::shared::{Shared, text};

/// How long what the old key signs counts in these tests.
const OVERLAP: Duration = Duration::from_hours(24 * 30);

impl World {
    async fn rotated(self) -> Self {
        rotate(&self.config.data, self.clock.now(), OVERLAP).unwrap();
        self.reopened().await
    }

    async fn relay_keys(&self) -> RelayKeys {
        let bundle: BundleResponse = self.get("/v1/teams/demo/bundle").await.json();
        RelayKeys::parse(bundle.relay.certificate.as_bytes()).unwrap()
    }

    async fn receipt(&self, case: &OpenCase) -> String {
        self.get_as(&format!("{}/receipt", case.entry_of_letter()), &case.token()).await.text()
    }
}

fn run(args: &[&str], data: &std::path::Path) -> std::process::Output {
    Command::new(PROGRAM).args(args).arg("--data").arg(data).output().unwrap()
}

#[tokio::test]
async fn receipts_of_the_old_key_and_of_the_next_verify_and_who_knew_the_old_one_follows() {
    let world = World::new().await;
    let (before, known) = (world.open_case().await, world.relay_keys().await);
    let old = world.receipt(&before).await;
    let world = world.rotated().await;
    let keys = world.relay_keys().await;
    assert_ne!(keys.current().fingerprint(), known.current().fingerprint());
    assert!(keys.continues(&known));
    assert_eq!(world.receipt(&before).await, old, "a receipt is given once");
    // The same case goes on, under the next key.
    let more = seal(&before.key, &world.team_cert(), "more");
    let new = world.put(&before.entry(5), &before.token(), more).await.text();
    let now = world.clock.now();
    let signer = |text: &str| keys.verify_receipt(text, now).unwrap().1;
    assert_eq!(signer(&old), known.current().fingerprint());
    assert_eq!(signer(&new), keys.current().fingerprint());
    assert!(known.verify_receipt(&new, now).is_err(), "until it follows");
    let again = world.rotated().await;
    assert!(again.relay_keys().await.continues(&known));
    let found = verify(&Place::in_folder(&again.config.data), again.clock.now()).await.unwrap();
    assert!(found.faults.is_empty() && found.entries == 2, "{found}");
}

#[tokio::test]
async fn what_the_old_key_signs_after_the_overlap_counts_for_nothing() {
    let world = World::new().await;
    let stolen = fs::read(world.config.data.join("relay-key.asc")).unwrap();
    let world = world.rotated().await;
    let keys = world.relay_keys().await;
    let stolen = sealpost_keys::SigningKey::from_armored(&stolen, None).unwrap();
    let sign = |at| {
        let case = OpenCase::new(&world.team_cert()).id();
        let receipt = sealpost_shared::receipt::Receipt {
            relay: crate::build::ORIGIN.to_owned(),
            team: "demo".parse().unwrap(),
            desk: "team".parse().unwrap(),
            case,
            entry: case.into(),
            sha256: "ab".repeat(32),
            received: at,
        };
        sealpost_keys::sign_receipt(&receipt, &stolen, at).unwrap()
    };
    let hour = world.clock.now().rounded_to_hour();
    let (within, late) = (hour + Duration::from_hours(24 * 29), hour + Duration::from_hours(24 * 31));
    let much_later = hour + Duration::from_hours(24 * 400);
    assert!(keys.verify_receipt(&sign(within), much_later).is_ok());
    assert!(keys.verify_receipt(&sign(late), much_later).is_err());
}

#[test]
fn the_program_changes_the_key_and_gpg_verifies_receipts_of_both() {
    let (folder, to) = crate::process::team();
    let data = folder.path().join("data");
    let nothing = run(&["key", "rotate"], &data);
    assert!(
        nothing.status.code() == Some(2) && text(&nothing).contains("there is no relay's key"),
        "{}",
        text(&nothing)
    );
    let open = |relay: &Process| {
        let case = OpenCase::new(&to);
        relay.ask("PUT", &case.path(), &case.token(), &case.letter).unwrap().1
    };
    let relay = Process::start(folder.path(), "");
    let old = open(&relay);
    let rotated = run(&["key", "rotate", "--overlap", "7"], &data);
    assert!(
        rotated.status.success() && text(&rotated).contains("the relay's next key is"),
        "{}",
        text(&rotated)
    );
    assert!(!text(&rotated).contains("PRIVATE KEY BLOCK"));
    relay.kill();
    let relay = Process::start(folder.path(), "");
    let new = open(&relay);
    let (_, bundle) = relay.ask("GET", "/v1/teams/demo/bundle", "", b"").unwrap();
    let bundle: BundleResponse = serde_json::from_slice(&bundle).unwrap();
    let keys = UncheckedCert::parse_many(bundle.relay.certificate.as_bytes()).unwrap();
    let home = folder.path().join("gnupg");
    fs::create_dir(&home).unwrap();
    let gpg = |args: &[&str], file: &str, bytes: &[u8]| {
        let file = home.join(file);
        fs::write(&file, bytes).unwrap();
        let mut command = Command::new("gpg");
        text(
            &command
                .args(["--batch", "--no-autostart", "--homedir"])
                .arg(&home)
                .args(args)
                .arg(file)
                .output()
                .unwrap(),
        )
    };
    gpg(&["--import"], "relay.asc", bundle.relay.certificate.as_bytes());
    for (receipt, key) in [(old, &keys[1]), (new, &keys[0])] {
        let said = gpg(&["--verify"], "receipt.asc", &receipt);
        assert!(said.contains("Good signature") && said.contains(key.fingerprint().as_str()), "{said}");
    }
}

#[tokio::test]
async fn a_file_whose_former_keys_are_of_another_relay_stops_the_start() {
    let (world, other) = (World::new().await, World::new().await);
    let file = world.config.data.join("relay-key.asc");
    let mut bytes = fs::read(&file).unwrap();
    bytes.extend(other.relay.identity.certificate.bytes());
    fs::write(&file, &bytes).unwrap();
    let refused = rotate(&world.config.data, world.clock.now(), OVERLAP);
    assert!(matches!(refused, Err(RelayKeyError::Former { .. })), "{refused:?}");
    assert_eq!(fs::read(&file).unwrap(), bytes);
}

#[test]
fn relays_over_one_database_change_their_key_one_after_the_other() {
    let shared = Shared::new();
    let (first, second) = shared.pair();
    first.kill();
    assert!(run(&["key", "rotate"], &shared.data("a")).status.success());
    let first = shared.relay("a");
    for relay in [&first, &second] {
        let case = OpenCase::new(&shared.to);
        assert_eq!(relay.ask("PUT", &case.path(), &case.token(), &case.letter).unwrap().0, 201);
    }
    second.kill();
    let second = shared.relay("b");
    second.kill();
    fs::copy(shared.data("a").join("relay-key.asc"), shared.data("b").join("relay-key.asc")).unwrap();
    let second = shared.relay("b");
    let case = OpenCase::new(&shared.to);
    assert_eq!(second.ask("PUT", &case.path(), &case.token(), &case.letter).unwrap().0, 201);
    let found = shared.verify();
    assert!(found.status.success() && text(&found).contains("read 3 cases"), "{}", text(&found));
}
