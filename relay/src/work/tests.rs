//! What a case costs: at rest, when it is large, and under pressure.

use std::net::IpAddr;

use super::*;

const SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn noon() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn desk(name: &str) -> DeskAddress {
    DeskAddress { team: "demo".parse().unwrap(), desk: name.parse().unwrap() }
}

fn route<'a>(desk: &'a DeskAddress, address: &str) -> Route<'a> {
    Route { desk, origin: Origin::of(address.parse::<IpAddr>().unwrap()) }
}

fn gatekeeper(key: &SigningKey) -> Gatekeeper {
    Gatekeeper::new(key, Price { bits: 4, cases_per_hour: 120 }).unwrap()
}

fn key() -> SigningKey {
    SigningKey::generate_relay("relay", noon()).unwrap()
}

fn solve(challenge: &ChallengeResponse, case: CaseId) -> String {
    let work = Work::new(&challenge.challenge, challenge.bits, case, SHA256);
    format!("{} {}", challenge.challenge, work.search(0, 1 << 24).unwrap())
}

const CASE: CaseId = CaseId::from_bytes([7; 16]);

#[test]
fn a_proof_is_good_for_its_desk_its_case_and_half_an_hour() {
    let (key, team) = (key(), desk("team"));
    let gate = gatekeeper(&key);
    let way = route(&team, "127.0.0.1");
    let header = solve(&gate.challenge(way, Goods::Letter(4096), noon()), CASE);
    let later = |seconds| noon() + Duration::from_seconds(seconds);
    assert!(gate.admit(&header, way, Goods::Letter(4096), later(1799)).unwrap().holds(CASE, SHA256));
    assert!(gate.admit(&header, way, Goods::Letter(4096), later(1800)).is_none(), "stale");
    assert!(gate.admit(&header, way, Goods::Letter(4096), later(-10)).is_none(), "from the future");
    assert!(
        gate.admit(&header, route(&desk("coordinator"), "127.0.0.1"), Goods::Letter(4096), noon()).is_none()
    );
    let elsewhere = solve(&gate.challenge(way, Goods::Letter(4096), noon()), CaseId::from_bytes([9; 16]));
    let moved = (0..64).all(|n| {
        let shifted = format!("{elsewhere}{n}");
        gate.admit(&shifted, way, Goods::Letter(4096), noon()).is_some_and(|proof| proof.holds(CASE, SHA256))
    });
    assert!(!moved, "a proof for one case is none for another");
    let again = gatekeeper(&key);
    assert!(
        again.admit(&header, way, Goods::Letter(4096), noon()).is_some(),
        "a restart forgets no challenge"
    );
}

#[test]
fn a_challenge_that_was_tampered_with_is_refused() {
    let (key, team) = (key(), desk("team"));
    let gate = gatekeeper(&key);
    let way = route(&team, "127.0.0.1");
    let header = solve(&gate.challenge(way, Goods::Letter(4096), noon()), CASE);
    let (bits, rest) = header.split_once('.').unwrap();
    let easier = format!("0.{rest}");
    assert_eq!(bits, "4");
    let longer = header.replacen("1795", "1796", 1);
    for bad in [
        easier.as_str(),
        &longer,
        "",
        " ",
        "4",
        "4.5",
        "4.5.6",
        "4.5.6 7",
        "x.y.z n",
        &header.replace(' ', ""),
    ] {
        assert!(gate.admit(bad, way, Goods::Letter(4096), noon()).is_none(), "{bad}");
    }
}

#[test]
fn a_large_letter_costs_more_and_a_cheap_proof_does_not_buy_it() {
    let (key, team) = (key(), desk("team"));
    let gate = gatekeeper(&key);
    let way = route(&team, "127.0.0.1");
    let bits = |size| gate.challenge(way, Goods::Letter(size), noon()).bits;
    assert_eq!((bits(0), bits(1), bits(65_536), bits(65_537), bits(1 << 20)), (4, 4, 4, 5, 8));
    assert_eq!(bits(u64::MAX), 4 + MAX_LEVEL);
    let cheap = solve(&gate.challenge(way, Goods::Letter(1), noon()), CASE);
    assert!(gate.admit(&cheap, way, Goods::Letter(1 << 20), noon()).is_none());
}

#[test]
fn a_flood_makes_its_own_desk_harder_and_quiet_makes_it_easy_again() {
    let (key, team, other) = (key(), desk("team"), desk("coordinator"));
    let gate = gatekeeper(&key);
    let way = route(&team, "127.0.0.1");
    let header = solve(&gate.challenge(way, Goods::Letter(4096), noon()), CASE);
    for _ in 0..30 {
        gate.count(way, noon());
    }
    assert_eq!(gate.challenge(way, Goods::Letter(4096), noon()).bits, 4, "thirty at once are a busy day");
    gate.count(way, noon());
    assert_eq!(gate.challenge(way, Goods::Letter(4096), noon()).bits, 5);
    assert!(
        gate.admit(&header, way, Goods::Letter(4096), noon()).is_some(),
        "who began before the rise is let in"
    );
    for _ in 0..10_000 {
        gate.count(way, noon());
    }
    assert_eq!(gate.challenge(way, Goods::Letter(4096), noon()).bits, 4 + MAX_LEVEL);
    assert_eq!(gate.highest_level(noon()), MAX_LEVEL);
    assert!(gate.admit(&header, way, Goods::Letter(4096), noon()).is_none());
    assert_eq!(
        gate.challenge(route(&other, "127.0.0.1"), Goods::Letter(4096), noon()).bits,
        4,
        "another desk is not pressed"
    );
    let later = |minutes: i64| noon() + Duration::from_seconds(minutes * 60);
    assert_eq!(gate.challenge(way, Goods::Letter(4096), later(10)).bits, 4 + MAX_LEVEL - 2);
    assert_eq!(gate.challenge(way, Goods::Letter(4096), later(60)).bits, 4);
}

#[test]
fn one_part_of_the_network_pays_for_itself_and_is_forgotten_with_the_hour() {
    let (key, team) = (key(), desk("team"));
    let gate = Gatekeeper::new(&key, Price { bits: 4, cases_per_hour: 1_000_000 }).unwrap();
    for _ in 0..20 {
        gate.count(route(&team, "203.0.113.7"), noon());
    }
    let bits = |address: &str, at| gate.challenge(route(&team, address), Goods::Letter(4096), at).bits;
    assert!(bits("203.0.113.7", noon()) > 4);
    assert_eq!(bits("203.0.113.250", noon()), bits("203.0.113.7", noon()), "the same /24");
    for other in ["203.0.114.7", "2001:db8::1", "127.0.0.1", "::1"] {
        assert_eq!(bits(other, noon()), 4, "{other}");
    }
    let next_hour = noon() + Duration::from_hours(1);
    assert_eq!(bits("203.0.113.7", next_hour), 4);
}

#[test]
fn a_clock_that_is_set_back_makes_nothing_harder_for_long() {
    let (key, team) = (key(), desk("team"));
    let gate = gatekeeper(&key);
    let way = route(&team, "127.0.0.1");
    for _ in 0..1000 {
        gate.count(way, noon());
    }
    let back = noon() + Duration::from_hours(-24);
    assert_eq!(gate.challenge(way, Goods::Letter(1), back).bits, 4 + MAX_LEVEL);
    assert_eq!(gate.challenge(way, Goods::Letter(1), back + Duration::from_hours(1)).bits, 4);
}

#[test]
fn a_chunk_costs_by_its_size_and_by_what_is_left_for_files() {
    let gate = gatekeeper(&key());
    let desk = desk("team");
    let bits = |size, held| {
        let goods = Goods::Chunk(size, FilesShare { held, most: 3 << 30 });
        gate.challenge(route(&desk, "127.0.0.1"), goods, noon()).bits
    };
    assert_eq!([bits(1, 0), bits(1 << 20, 0), bits(2 << 20, 0), bits(8 << 20, 0)], [6, 6, 7, 9]);
    let (gib, mib) = (1 << 30, 1 << 20);
    assert_eq!(bits(mib, gib), 6, "a third filled");
    assert_eq!([bits(mib, gib + gib / 2), bits(mib, 2 * gib + gib / 4)], [8, 10], "half, three quarters");
    assert_eq!([bits(mib, 3 * gib - mib), bits(mib, 3 * gib), bits(mib, u64::MAX)], [14, 14, 14]);
}
