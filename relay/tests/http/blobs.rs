//! Files beside letters: chunks in, the gate, sealing, ranges out, and what is swept away.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use data_encoding::{BASE64, HEXLOWER};
use sealpost_keys::verify_receipt;
use sealpost_relay::sweep;
use sealpost_shared::Duration;
use sealpost_shared::limits::{MAX_BLOB_CHUNKS, MAX_CHUNK_BYTES, MIN_CHUNK_BYTES};
use sealpost_shared::wire::v1::{Author, BlobsResponse, ChunksResponse};
use sha2::{Digest as _, Sha256};

use crate::build::{Answer, OpenCase, World, bearer, blob_message, noon};

/// A blob of a case that is about to be uploaded.
pub(crate) struct Upload<'a> {
    world: &'a World,
    path: String,
    token: String,
}

impl<'a> Upload<'a> {
    pub(crate) fn new(world: &'a World, case: &OpenCase, id: u8) -> Self {
        Self { world, path: case.blob(id), token: case.token() }
    }

    pub(crate) async fn put_as(&self, n: u32, announced: &[u8], body: impl Into<Body>) -> Answer {
        let digest = format!("sha-256=:{}:", BASE64.encode(&Sha256::digest(announced)));
        let path = format!("{}/{n}", self.path);
        let proof = self.world.prove(&path, announced).await;
        let request = Request::put(path)
            .header("authorization", bearer(&self.token))
            .header("sealpost-proof", proof)
            .header("content-digest", digest);
        self.world.ask(request.body(body.into()).unwrap()).await
    }

    pub(crate) async fn put(&self, n: u32, bytes: &[u8]) -> Answer {
        self.put_as(n, bytes, bytes.to_vec()).await
    }

    pub(crate) async fn seal_as(&self, chunks: usize, size: usize, sha256: &str) -> Answer {
        let body = format!(r#"{{"chunks":{chunks},"size":{size},"sha256":"{sha256}"}}"#);
        let request = Request::post(&self.path).header("authorization", bearer(&self.token));
        self.world.ask(request.body(Body::from(body)).unwrap()).await
    }

    pub(crate) async fn seal(&self, chunks: usize, whole: &[u8]) -> Answer {
        self.seal_as(chunks, whole.len(), &sha256(whole)).await
    }

    pub(crate) async fn chunks(&self) -> ChunksResponse {
        self.world.get_as(&format!("{}/chunks", self.path), &self.token).await.json()
    }

    async fn range(&self, range: &str) -> Answer {
        let request =
            Request::get(&self.path).header("authorization", bearer(&self.token)).header("range", range);
        self.world.ask(request.body(Body::empty()).unwrap()).await
    }
}

fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

#[tokio::test]
async fn chunks_in_any_order_become_one_blob_with_a_receipt_that_verifies() {
    let world = World::new().await;
    let case = world.open_case().await;
    let whole = blob_message(&world.team_cert(), 3 * MIN_CHUNK_BYTES + 777);
    let parts: Vec<&[u8]> = whole.chunks(MIN_CHUNK_BYTES).collect();
    let upload = Upload::new(&world, &case, 7);
    for n in [0, 3, 1, 2] {
        assert_eq!(upload.put(n, parts[n as usize]).await.status, StatusCode::CREATED);
        assert_eq!(upload.put(n, parts[n as usize]).await.status, StatusCode::OK, "the same again");
    }
    assert_eq!(upload.range("bytes=0-").await.code(), "not-found", "not sealed yet");
    let sealed = upload.seal(parts.len(), &whole).await;
    assert_eq!(sealed.status, StatusCode::CREATED, "{}", sealed.text());
    let receipt = verify_receipt(&sealed.text(), &world.relay_cert(), noon()).unwrap();
    assert_eq!((receipt.case, receipt.sha256), (case.id(), sha256(&whole)));
    assert_eq!(receipt.entry.to_string(), "07".repeat(16));
    let again = upload.seal(parts.len(), &whole).await;
    assert_eq!((again.status, again.body), (StatusCode::OK, sealed.body.clone()));
    assert_eq!(world.get_as(&format!("{}/receipt", case.blob(7)), &case.token()).await.body, sealed.body);
    let member = world.log_in("team", &world.keys.alice, 1).await;
    assert_eq!(world.get_as(&case.blob(7), &member).await.body, whole);
    let list: BlobsResponse = world.get_as(&case.blobs(), &member).await.json();
    let [only] = &list.blobs[..] else { panic!("{list:?}") };
    assert_eq!((only.author, only.size, only.chunks), (Author::Reporter, whole.len() as u64, 4));
    assert_eq!(only.sha256.as_deref(), Some(sha256(&whole).as_str()));
}

#[tokio::test]
async fn ranges_across_chunks_are_exact() {
    let world = World::new().await;
    let case = world.open_case().await;
    let whole = blob_message(&world.team_cert(), 2 * MIN_CHUNK_BYTES + 99);
    let upload = Upload::new(&world, &case, 7);
    for (n, part) in (0..).zip(whole.chunks(MIN_CHUNK_BYTES)) {
        upload.put(n, part).await;
    }
    upload.seal(3, &whole).await;
    let size = whole.len();
    for (asked, from, to) in [
        ("bytes=0-0".to_owned(), 0, 1),
        (
            format!("bytes={}-{}", MIN_CHUNK_BYTES - 1, MIN_CHUNK_BYTES),
            MIN_CHUNK_BYTES - 1,
            MIN_CHUNK_BYTES + 1,
        ),
        (format!("bytes={}-", size - 50), size - 50, size),
        ("bytes=500-1500000".to_owned(), 500, 1_500_001),
    ] {
        let part = upload.range(&asked).await;
        assert_eq!(part.status, StatusCode::PARTIAL_CONTENT, "{asked}");
        assert_eq!(part.header("content-range"), format!("bytes {from}-{}/{size}", to - 1));
        assert_eq!(part.header("content-length"), (to - from).to_string());
        assert!(part.body == whole[from..to], "{asked}");
    }
    let beyond = upload.range(&format!("bytes={size}-")).await;
    assert_eq!(beyond.status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(beyond.header("content-range"), format!("bytes */{size}"));
}

#[tokio::test]
async fn an_upload_goes_on_where_it_was_cut_also_after_a_restart() {
    let world = World::new().await;
    let case = world.open_case().await;
    let whole = blob_message(&world.team_cert(), 2 * MIN_CHUNK_BYTES + 5);
    let parts: Vec<&[u8]> = whole.chunks(MIN_CHUNK_BYTES).collect();
    let upload = Upload::new(&world, &case, 7);
    upload.put(0, parts[0]).await;
    let cut = upload.put_as(1, parts[1], parts[1][..5000].to_vec()).await;
    assert_eq!((cut.status, cut.code()), (StatusCode::UNPROCESSABLE_ENTITY, "digest-mismatch"));
    assert_eq!(upload.seal(3, &whole).await.code(), "incomplete");
    let world = world.reopened().await;
    let upload = Upload::new(&world, &case, 7);
    let there = upload.chunks().await;
    assert!(!there.sealed && there.chunks.len() == 1 && there.chunks[0].sha256 == sha256(parts[0]));
    let head =
        |n| Request::head(format!("{}/{n}", case.blob(7))).header("authorization", bearer(&case.token()));
    assert_eq!(world.ask(head(0).body(Body::empty()).unwrap()).await.status, StatusCode::OK);
    assert_eq!(world.ask(head(1).body(Body::empty()).unwrap()).await.status, StatusCode::NOT_FOUND);
    upload.put(2, parts[2]).await;
    upload.put(1, parts[1]).await;
    assert_eq!(upload.seal(3, &whole).await.status, StatusCode::CREATED);
    assert!(world.get_as(&case.blob(7), &case.token()).await.body == whole);
    assert_eq!(world.files().len(), 3, "nothing of the cut chunk is left: {:?}", world.files());
}

#[tokio::test]
async fn the_gate_reads_the_first_chunk_before_the_disk_does() {
    let world = World::new().await;
    let case = world.open_case().await;
    let upload = Upload::new(&world, &case, 7);
    let whole = blob_message(&world.team_cert(), MIN_CHUNK_BYTES + 500);
    let mut plain = b"Dear team, ".repeat(200_000);
    let foreign = blob_message(&world.coordinator_cert(), MIN_CHUNK_BYTES);
    for (code, body) in [("not-openpgp", &plain), ("wrong-recipient", &foreign)] {
        let refused = upload.put(0, body).await;
        assert_eq!((refused.status, refused.code()), (StatusCode::UNPROCESSABLE_ENTITY, code));
    }
    assert_eq!(upload.put(1, &plain).await.code(), "incomplete", "nothing goes before the first chunk");
    assert_eq!(world.files(), Vec::<String>::new());
    // What stands behind the message is seen when it is sealed.
    upload.put(0, &whole[..MIN_CHUNK_BYTES]).await;
    plain.truncate(600);
    let trailing = [&whole[MIN_CHUNK_BYTES..], &plain[..]].concat();
    upload.put(1, &trailing).await;
    let all = [&whole[..MIN_CHUNK_BYTES], &trailing[..]].concat();
    assert_eq!(upload.seal(2, &all).await.code(), "trailing-data");
    // And so is what is missing.
    let short = Upload::new(&world, &case, 8);
    short.put(0, &whole[..MIN_CHUNK_BYTES]).await;
    assert_eq!(short.seal(1, &whole[..MIN_CHUNK_BYTES]).await.code(), "malformed");
    assert_eq!(world.get_as(&case.blob(8), &case.token()).await.code(), "not-found");
}

#[tokio::test]
async fn other_bytes_other_digests_and_lies_about_the_whole_are_refused() {
    let world = World::new().await;
    let case = world.open_case().await;
    let whole = blob_message(&world.team_cert(), 2 * MIN_CHUNK_BYTES);
    let parts: Vec<&[u8]> = whole.chunks(MIN_CHUNK_BYTES).collect();
    let upload = Upload::new(&world, &case, 7);
    upload.put(0, parts[0]).await;
    upload.put(1, parts[1]).await;
    assert_eq!(upload.put_as(1, parts[1], parts[0].to_vec()).await.code(), "digest-mismatch");
    let other = upload.put(1, parts[0]).await;
    assert_eq!((other.status, other.code()), (StatusCode::CONFLICT, "conflict"));
    let size = whole.len();
    assert_eq!(upload.seal_as(3, size, &sha256(&whole)).await.code(), "incomplete");
    let digest = sha256(&whole);
    upload.put(2, parts[2]).await;
    assert_eq!(upload.seal_as(3, size + 1, &digest).await.code(), "digest-mismatch");
    assert_eq!(upload.seal_as(2, size, &digest).await.code(), "digest-mismatch");
    assert_eq!(upload.seal_as(3, size, &sha256(b"x")).await.code(), "digest-mismatch");
    assert_eq!(upload.seal(3, &whole).await.status, StatusCode::CREATED);
    assert_eq!(upload.seal_as(3, size, &sha256(b"x")).await.code(), "conflict");
    assert_eq!(upload.put(3, b"more").await.code(), "conflict", "sealed is sealed");
    assert_eq!(upload.put(0, parts[0]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_chunk_has_its_size_its_number_and_its_digest() {
    let world = World::new().await;
    let case = world.open_case().await;
    let upload = Upload::new(&world, &case, 7);
    let whole = blob_message(&world.team_cert(), MAX_CHUNK_BYTES);
    let too_large = upload.put(0, &whole).await;
    assert_eq!((too_large.status, too_large.code()), (StatusCode::PAYLOAD_TOO_LARGE, "too-large"));
    assert_eq!(upload.put(MAX_BLOB_CHUNKS, b"x").await.code(), "too-large");
    assert_eq!(upload.put(0, b"").await.code(), "bad-request");
    for digest in ["", "md5=:AAAA:", "sha-256=:AAAA:", "sha-256=AAAA"] {
        let request =
            Request::put(format!("{}/0", case.blob(7))).header("authorization", bearer(&case.token()));
        let request = request.header("content-digest", digest).body(Body::from("x")).unwrap();
        assert_eq!(world.ask(request).await.code(), "bad-request", "{digest}");
    }
    // Only the last chunk may be small.
    let small = blob_message(&world.team_cert(), 4000);
    upload.put(0, &small[..3000]).await;
    upload.put(1, &small[3000..]).await;
    assert_eq!(upload.seal(2, &small).await.code(), "bad-request");
}

#[tokio::test]
async fn who_is_nothing_to_the_case_learns_nothing_of_its_blobs() {
    let world = World::new().await;
    let case = world.open_case().await;
    let small = blob_message(&world.team_cert(), 4000);
    let upload = Upload::new(&world, &case, 7);
    upload.put(0, &small).await;
    upload.seal(1, &small).await;
    let other = world.open_case().await;
    let carol = world.log_in("coordinator", &world.keys.carol, 1).await;
    for token in [other.token().as_str(), &carol, ""] {
        let foreign = Upload { world: &world, path: case.blob(7), token: token.to_owned() };
        let answers = [
            foreign.put(1, &small).await,
            foreign.seal(1, &small).await,
            foreign.range("bytes=0-").await,
            world.get_as(&case.blobs(), token).await,
            world.get_as(&format!("{}/chunks", case.blob(7)), token).await,
            world.get_as(&format!("{}/receipt", case.blob(7)), token).await,
        ];
        for answer in answers {
            assert_eq!(answer.code(), "not-found");
        }
    }
    let member = world.log_in("team", &world.keys.alice, 2).await;
    let team = Upload { world: &world, path: case.blob(7), token: member };
    assert_eq!(team.put(1, &small).await.code(), "conflict", "another's blob can be read, not written");
    assert_eq!(team.seal(1, &small).await.code(), "conflict");
}

#[tokio::test]
async fn the_policys_limit_the_desks_quota_and_the_disks_floor_each_say_so() {
    let world = World::with(|config| config.desk_quota_mib = 3).await;
    let case = world.open_case().await;
    let whole = blob_message(&world.team_cert(), 4 * MIN_CHUNK_BYTES);
    let parts: Vec<&[u8]> = whole.chunks(MIN_CHUNK_BYTES).collect();
    let upload = Upload::new(&world, &case, 7);
    assert_eq!(upload.put(0, parts[0]).await.status, StatusCode::CREATED);
    assert_eq!(upload.put(1, parts[1]).await.status, StatusCode::CREATED);
    let full = upload.put(2, parts[2]).await;
    assert_eq!((full.status, full.code()), (StatusCode::TOO_MANY_REQUESTS, "full"));
    assert_eq!(world.files().len(), 2);

    let world = World::with(|config| config.disk_floor_mib = 1 << 30).await;
    let case = world.open_case().await;
    let full = Upload::new(&world, &case, 7).put(0, parts[0]).await;
    assert_eq!((full.status, full.code()), (StatusCode::INSUFFICIENT_STORAGE, "storage-full"));

    let world = World::with_policy("[reports]\nenclosures_mib = 1\n").await;
    let case = world.open_case().await;
    let whole = blob_message(&world.team_cert(), 4 * MIN_CHUNK_BYTES);
    let upload = Upload::new(&world, &case, 7);
    for (n, part) in (0..3).zip(whole.chunks(MIN_CHUNK_BYTES)) {
        assert_eq!(upload.put(n, part).await.status, StatusCode::CREATED, "{n}");
    }
    assert_eq!(upload.put(3, &whole[3 * MIN_CHUNK_BYTES..4 * MIN_CHUNK_BYTES]).await.code(), "too-large");
}

#[tokio::test]
async fn what_was_not_sealed_within_a_day_is_swept_away_and_what_was_sealed_stays() {
    let world = World::new().await;
    let case = world.open_case().await;
    let small = blob_message(&world.team_cert(), 4000);
    let (kept, left) = (Upload::new(&world, &case, 7), Upload::new(&world, &case, 8));
    kept.put(0, &small).await;
    kept.seal(1, &small).await;
    left.put(0, &small).await;
    // A file that no row names, as a crash between file and row leaves it, and one that was being written.
    world.plant_file("stray/7/0-00", b"x");
    world.clock.advance(Duration::from_hours(24));
    assert_eq!(sweep(&world.relay).await.unwrap(), 0, "not before its time");
    world.clock.advance(Duration::from_hours(2));
    assert_eq!(sweep(&world.relay).await.unwrap(), 2);
    assert_eq!(world.get_as(&format!("{}/chunks", case.blob(8)), &case.token()).await.code(), "not-found");
    assert!(world.get_as(&case.blob(7), &case.token()).await.body == small);
    assert_eq!(left.put(0, &small).await.status, StatusCode::CREATED, "begun again");
    world.plant_file(&format!("{}/0-11#1", case.id()), b"half");
    assert_eq!(world.reopened().await.files().len(), 2);
}

#[tokio::test]
async fn two_uploads_of_one_chunk_at_once_leave_one_file() {
    let world = World::new().await;
    let case = world.open_case().await;
    let whole = blob_message(&world.team_cert(), MIN_CHUNK_BYTES);
    let upload = Upload::new(&world, &case, 7);
    let answers = futures_util::future::join_all((0..6).map(|_| upload.put(0, &whole))).await;
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == StatusCode::CREATED).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(StatusCode::is_success), "{statuses:?}");
    assert_eq!(world.files().len(), 1);
}
