//! A thousand chunks on their way at one time.

use std::path::Path;

use data_encoding::BASE64;
use sealpost_relay::{Clock as _, SystemClock};
use sealpost_shared::limits::MIN_CHUNK_BYTES;
use sha2::{Digest as _, Sha256};
use tokio::task::JoinSet;

use crate::build::{TeamKeys, blob_message};
use crate::load::{Connection, random_hex, random_token};
use crate::process::Process;

/// The peak of a fresh relay's memory, in MiB.
pub(crate) async fn under_uploads(folder: &Path, keys: &TeamKeys) -> f64 {
    let process = Process::start(folder);
    let to = keys.alice.certificate().judge(SystemClock.now()).unwrap();
    let whole = blob_message(&to, MIN_CHUNK_BYTES);
    let chunk = &whole[..MIN_CHUNK_BYTES];
    let (case, token) = (random_hex::<16>(), random_token());
    let mut first = Connection::open(process.address).await;
    let letter = blob_message(&to, 4096);
    let path = format!("/v1/teams/demo/desks/team/cases/{case}");
    assert_eq!(first.ask("PUT", &path, &token, "", &letter).await.0, 201);
    let digest = format!("content-digest: sha-256=:{}:\r\n", BASE64.encode(&Sha256::digest(chunk)));
    // A blob of default size takes no thousand chunks.
    let blobs = [(); 4].map(|()| format!("/v1/cases/{case}/blobs/{}", random_hex::<16>()));
    for blob in &blobs {
        assert_eq!(first.ask("PUT", &format!("{blob}/0"), &token, &digest, chunk).await.0, 201);
    }
    let mut uploads = JoinSet::new();
    for (n, blob) in (0..1000).zip(blobs.iter().cycle()) {
        let (address, token, digest) = (process.address, token.clone(), digest.clone());
        let (path, chunk) = (format!("{blob}/{}", n / blobs.len() + 1), chunk.to_vec());
        uploads.spawn(async move {
            Connection::open(address).await.ask("PUT", &path, &token, &digest, &chunk).await.0
        });
    }
    let answers = uploads.join_all().await;
    let taken = answers.iter().filter(|status| **status == 201).count();
    println!("{:>28} {taken:>7} of 1000 stored", "chunks of 1 MiB");
    process.peak_mib()
}
