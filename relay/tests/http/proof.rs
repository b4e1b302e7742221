//! What a new case costs, over HTTP, and what a flood does not do.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use sealpost_relay::work::Price;
use sealpost_shared::limits::MIN_CHUNK_BYTES;
use sealpost_shared::wire::v1::{ChallengeResponse, FeedResponse, ProofProblem};
use sealpost_shared::{CaseId, Duration};

use crate::blobs::Upload;
use crate::build::{Answer, OpenCase, World, bearer, blob_message, seal, solve, solve_but};

impl World {
    async fn put_with(&self, case: &OpenCase, proof: Option<&str>) -> Answer {
        let mut request = Request::put(case.path()).header("authorization", bearer(&case.token()));
        if let Some(proof) = proof {
            request = request.header("sealpost-proof", proof);
        }
        self.ask(request.body(Body::from(case.letter.clone())).unwrap()).await
    }

    async fn challenge(&self, size: usize) -> ChallengeResponse {
        self.get(&format!("/v1/teams/demo/challenge?desk=team&size={size}")).await.json()
    }
}

#[tokio::test]
async fn a_new_case_without_its_work_is_answered_with_what_is_to_be_done() {
    let world = World::with(|config| config.price.bits = 8).await;
    let case = OpenCase::new(&world.team_cert());
    let other = OpenCase::new(&world.team_cert());
    let challenge = world.challenge(other.letter.len()).await;
    let proof_for_other = solve_but(&challenge, (other.id(), &other.letter), (case.id(), &case.letter));
    for proof in [None, Some("nonsense"), Some(""), Some(proof_for_other.as_str())] {
        let answer = world.put_with(&case, proof).await;
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::TOO_MANY_REQUESTS, "proof-needed"),
            "{proof:?}"
        );
        assert_eq!(world.get_as(&case.entries(), &case.token()).await.status, StatusCode::NOT_FOUND);
    }
    let ProofProblem { challenge, .. } = world.put_with(&case, None).await.json();
    assert_eq!((challenge.alg.as_str(), challenge.bits), ("sha256-1", 8));
    let proof = solve_but(&challenge, (case.id(), &case.letter), (other.id(), &case.letter));
    world.clock.advance(Duration::from_seconds(29 * 60));
    assert_eq!(world.put_with(&case, Some(&proof)).await.status, StatusCode::CREATED);
    assert_eq!(world.put_with(&case, None).await.status, StatusCode::OK, "the same again was paid for");
    let stranger = world.put_with(&OpenCase { key: other.key, letter: case.letter }, Some(&proof)).await;
    assert_eq!(stranger.code(), "proof-needed");
}

#[tokio::test]
async fn a_challenge_is_for_a_desk_that_is_there() {
    let world = World::new().await;
    for (path, code) in [
        ("demo/challenge?desk=nobody&size=1", "not-found"),
        ("nobody/challenge?desk=team&size=1", "not-found"),
        ("demo/challenge?desk=backup&size=1", "not-found"),
        ("demo/challenge?desk=team", "bad-request"),
        ("demo/challenge", "bad-request"),
        ("demo/challenge?desk=team&size=-1", "bad-request"),
        ("demo/challenge?desk=team&size=1&bits=0", "bad-request"),
    ] {
        assert_eq!(world.get(&format!("/v1/teams/{path}")).await.code(), code, "{path}");
    }
}

#[tokio::test]
async fn a_relay_that_asks_for_no_work_takes_a_case_as_it_is() {
    let world = World::with(|config| config.price.bits = 0).await;
    let case = OpenCase::new(&world.team_cert());
    assert_eq!(world.put_with(&case, None).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_part_of_the_network_is_told_by_a_declared_proxy_only() {
    for (behind_proxy, harder) in [(true, true), (false, false)] {
        let world = World::with(|config| config.behind_proxy = behind_proxy).await;
        let ask = |path: String| {
            let request = Request::get(path).header("x-forwarded-for", "198.51.100.1, 203.0.113.7");
            request.body(Body::empty()).unwrap()
        };
        let path = "/v1/teams/demo/challenge?desk=team&size=1".to_owned();
        for _ in 0..8 {
            let case = OpenCase::new(&world.team_cert());
            let challenge: ChallengeResponse = world.ask(ask(path.clone())).await.json();
            let proof = solve(&challenge, case.id(), &case.letter);
            let request = Request::put(case.path()).header("x-forwarded-for", "203.0.113.7");
            let request =
                request.header("authorization", bearer(&case.token())).header("sealpost-proof", proof);
            let answer = world.ask(request.body(Body::from(case.letter)).unwrap()).await;
            assert_eq!(answer.status, StatusCode::CREATED);
        }
        let there: ChallengeResponse = world.ask(ask(path)).await.json();
        let elsewhere = world.challenge(1).await;
        assert_eq!(there.bits > elsewhere.bits, harder, "{} {}", there.bits, elsewhere.bits);
    }
}

/// One flood of reports from nowhere, and one honest report in the middle of it and one after it.
async fn flood(many: u32) {
    let world = World::with(|config| config.price = Price { bits: 1, cases_per_hour: 120 }).await;
    let fake = OpenCase::new(&world.team_cert()).letter;
    let mut honest = Vec::new();
    for n in 0..many {
        if n == many / 2 {
            honest.push(world.open_case().await.id());
        }
        let mut id = [0xFA; 16];
        id[..4].copy_from_slice(&n.to_be_bytes());
        let path = format!("/v1/teams/demo/desks/team/cases/{}", CaseId::from_bytes(id));
        let token = "A".repeat(43);
        assert_eq!(world.put(&path, &token, fake.clone()).await.status, StatusCode::CREATED);
    }
    let pressed = world.challenge(4096).await.bits;
    assert_eq!(pressed, 1 + 8, "the flood has made the next case as dear as it gets");
    honest.push(world.open_case().await.id());
    let token = world.log_in("team", &world.keys.alice, 1).await;
    let (mut found, mut rows, mut after) = (Vec::new(), 0, 0);
    loop {
        let page: FeedResponse =
            world.get_as(&format!("/v1/desks/demo/team/feed?after={after}"), &token).await.json();
        if page.rows.is_empty() {
            break;
        }
        rows += page.rows.len();
        found.extend(page.rows.iter().map(|row| row.case).filter(|case| honest.contains(case)));
        after = page.next;
    }
    assert_eq!((found, rows), (honest, many as usize + 2));
    world.clock.advance(Duration::from_hours(1));
    assert_eq!(world.challenge(4096).await.bits, 1, "and an hour later it is as it was");
}

#[tokio::test]
async fn a_flood_leaves_the_feed_usable_and_honest_reports_arrive() {
    flood(600).await;
}

#[tokio::test]
#[ignore = "long: ten thousand commits"]
async fn a_flood_of_ten_thousand_leaves_the_feed_usable_and_honest_reports_arrive() {
    flood(10_000).await;
}

#[tokio::test]
async fn a_chunk_without_its_work_is_not_read_and_one_that_is_there_is_free() {
    let world = World::with(|config| config.price.bits = 8).await;
    let case = world.open_case().await;
    let whole = blob_message(&world.team_cert(), 2 * MIN_CHUNK_BYTES);
    let (first, second) = whole.split_at(MIN_CHUNK_BYTES);
    let put = |n: u32, bytes: &[u8], proof: Option<String>| {
        use sha2::Digest as _;
        let digest = data_encoding::BASE64.encode(&sha2::Sha256::digest(bytes));
        let mut request =
            Request::put(format!("{}/{n}", case.blob(7))).header("authorization", bearer(&case.token()));
        request = request.header("content-digest", format!("sha-256=:{digest}:"));
        if let Some(proof) = proof {
            request = request.header("sealpost-proof", proof);
        }
        world.ask(request.body(Body::from(bytes.to_vec())).unwrap())
    };
    let refused = put(0, first, None).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::TOO_MANY_REQUESTS, "proof-needed"));
    assert!(world.files().is_empty());
    let ProofProblem { challenge, .. } = refused.json();
    assert_eq!(challenge.bits, 8 + 2, "a MiB for good costs more than a letter");
    let paid = solve_but(&challenge, (case.id(), first), (case.id(), second));
    assert_eq!(put(0, first, Some(paid.clone())).await.status, StatusCode::CREATED);
    assert_eq!(put(1, second, Some(paid)).await.code(), "proof-needed", "each chunk has its own work");
    assert_eq!(put(0, first, None).await.status, StatusCode::OK, "the same again was paid for");
    let paid = solve(&challenge, case.id(), second);
    assert_eq!(put(1, second, Some(paid)).await.status, StatusCode::CREATED, "one challenge serves for many");
}

#[tokio::test]
async fn the_last_room_for_files_is_the_dearest() {
    let world = World::with(|config| config.desk_quota_mib = 8).await;
    let case = world.open_case().await;
    let whole = blob_message(&world.team_cert(), 5 * MIN_CHUNK_BYTES);
    let upload = Upload::new(&world, &case, 7);
    let ask = || async {
        let path = "/v1/teams/demo/challenge?desk=team&size=1048576&of=chunk";
        world.get(path).await.json::<ChallengeResponse>().bits
    };
    let mut bits = vec![ask().await];
    for (n, part) in (0..).zip(whole.chunks(MIN_CHUNK_BYTES).take(5)) {
        assert_eq!(upload.put(n, part).await.status, StatusCode::CREATED);
        bits.push(ask().await);
    }
    assert_eq!(bits, [4, 4, 4, 6, 6, 8], "of six MiB, less a letter");
}

#[tokio::test]
async fn a_reporters_letters_are_free_up_to_a_mib_and_then_cost_like_a_case() {
    let world = World::with(|config| config.price.bits = 8).await;
    let case = world.open_case().await;
    let put = |n: u8, letter: &[u8], token: String, proof: &str| {
        let request = Request::put(case.entry(n)).header("authorization", bearer(&token));
        world.ask(request.header("sealpost-proof", proof).body(Body::from(letter.to_vec())).unwrap())
    };
    let large = seal(&case.key, &world.team_cert(), &"x".repeat(450_000));
    let small = seal(&case.key, &world.team_cert(), "more");
    for n in [0, 1] {
        assert_eq!(put(n, &large, case.token(), "").await.status, StatusCode::CREATED);
    }
    let refused = put(2, &large, case.token(), "").await;
    assert_eq!(refused.code(), "proof-needed");
    let ProofProblem { challenge, .. } = refused.json();
    assert_eq!(put(1, &large, case.token(), "").await.status, StatusCode::OK, "the same again was taken");
    assert_eq!(put(3, &small, case.token(), "").await.status, StatusCode::CREATED, "there is room for it");
    let proof = solve(&challenge, case.id(), &large);
    assert_eq!(put(2, &large, case.token(), &proof).await.status, StatusCode::CREATED);
    assert_eq!(put(4, &small, case.token(), "").await.code(), "proof-needed");
    let member = world.log_in("team", &world.keys.alice, 1).await;
    assert_eq!(put(5, &large, member, "").await.status, StatusCode::CREATED, "a team answers for nothing");
}
