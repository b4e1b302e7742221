//! A bucket of an S3 server, for any number of relays. A chunk waits in a nameless file of this machine until all of it has come, so that slow
//! senders cost no memory; then it goes to the bucket in one request, whole or not at all.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::client::ClientConfigKey;
use object_store::path::Path as ObjectPath;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt as _, RetryConfig};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};
use tokio::sync::Semaphore;

/// How many chunks are in memory at one time on their way to the bucket: 64 MiB of the largest.
const SENDING: usize = 8;

/// The longest that one request to the server may take: 8 MiB at 2 Mbit/s.
const REQUEST_TIMEOUT: &str = "32 seconds";

/// The longest to wait for a connection to it.
const CONNECT_TIMEOUT: &str = "5 seconds";

/// How often a request is tried again that the server did not answer, and for how long: whoever uploads waits meanwhile.
const RETRIES: usize = 4;
const RETRY_TIMEOUT: Duration = Duration::from_secs(20);

/// Which bucket: `s3://bucket` or `s3://bucket/prefix`. Where the server is, and by which key it knows us, is in the variables that every
/// program for S3 reads (`AWS_ENDPOINT_URL`, `AWS_ACCESS_KEY_ID`, …).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BucketAddress {
    bucket: String,
    prefix: String,
}

impl FromStr for BucketAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "a bucket is named as s3://bucket, or s3://bucket/prefix".to_owned();
        let rest = text.strip_prefix("s3://").ok_or_else(wrong)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let plain = |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        if bucket.is_empty() || !plain(bucket) || !prefix.split('/').all(plain) || prefix.contains("..") {
            return Err(wrong());
        }
        Ok(Self { bucket: bucket.to_owned(), prefix: prefix.trim_end_matches('/').to_owned() })
    }
}

impl fmt::Display for BucketAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slash = if self.prefix.is_empty() { "" } else { "/" };
        write!(f, "s3://{}{slash}{}", self.bucket, self.prefix)
    }
}

impl TryFrom<String> for BucketAddress {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<BucketAddress> for String {
    fn from(address: BucketAddress) -> Self {
        address.to_string()
    }
}

/// Makes a client for a bucket. Nothing is asked of the server yet.
pub(super) fn open(address: &BucketAddress) -> io::Result<Arc<dyn ObjectStore>> {
    // Another part of the program may have been first; it chose the same.
    let _chosen_before = rustls::crypto::ring::default_provider().install_default();
    let client = AmazonS3ConfigKey::Client;
    let store = AmazonS3Builder::from_env()
        .with_bucket_name(&address.bucket)
        .with_config(client(ClientConfigKey::Timeout), REQUEST_TIMEOUT)
        .with_config(client(ClientConfigKey::ConnectTimeout), CONNECT_TIMEOUT)
        .with_retry(RetryConfig {
            max_retries: RETRIES,
            retry_timeout: RETRY_TIMEOUT,
            ..RetryConfig::default()
        })
        .build()
        .map_err(io::Error::other)?;
    Ok(Arc::new(PrefixStore::new(store, address.prefix.as_str())))
}

/// Chunks on their way to a bucket.
#[derive(Debug)]
pub(super) struct Sending {
    store: Arc<dyn ObjectStore>,
    turns: Arc<Semaphore>,
    file: tokio::fs::File,
}

/// How many may be in memory.
pub(super) fn turns() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(SENDING))
}

impl Sending {
    /// Begins a nameless file in a folder of this machine: it is gone whenever nobody holds it any more.
    pub(super) fn begin(
        store: &Arc<dyn ObjectStore>,
        turns: &Arc<Semaphore>,
        folder: &Path,
    ) -> io::Result<Self> {
        let file: File = tempfile::tempfile_in(folder)?;
        Ok(Self { store: Arc::clone(store), turns: Arc::clone(turns), file: tokio::fs::File::from_std(file) })
    }

    pub(super) async fn write(&mut self, bytes: &Bytes) -> io::Result<()> {
        self.file.write_all(bytes).await
    }

    /// Hands it to the bucket. When this returns, the server has acknowledged it.
    pub(super) async fn finish(mut self, object: &str) -> Result<(), object_store::Error> {
        let failed = |error: io::Error| object_store::Error::Generic { store: "spool", source: error.into() };
        let _turn = self.turns.acquire().await.map_err(|error| failed(io::Error::other(error)))?;
        let mut bytes = Vec::new();
        self.file.flush().await.map_err(failed)?;
        self.file.rewind().await.map_err(failed)?;
        self.file.read_to_end(&mut bytes).await.map_err(failed)?;
        self.store.put(&ObjectPath::from(object), Bytes::from(bytes).into()).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_has_one_spelling_and_no_secrets() {
        for good in ["s3://sealpost", "s3://sealpost/relay/one"] {
            assert_eq!(good.parse::<BucketAddress>().unwrap().to_string(), good);
        }
        for bad in ["sealpost", "s3://", "s3://key:secret@host/x", "s3://a/../b", "s3://a?x=1", "file:///x"] {
            assert!(bad.parse::<BucketAddress>().is_err(), "{bad}");
        }
    }
}
