//! TLS by files, socket files, and the listener for metrics.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use sealpost_relay::config::{Listen, TlsFiles};
use sealpost_relay::{Config, Running, StartError, start};
use tempfile::TempDir;

use crate::build::{OpenCase, TeamKeys, TestClock, noon};

/// The longest a test waits: generous, because the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

const NAME: &str = "relay.example";

fn config() -> (TempDir, Config) {
    let folder = tempfile::tempdir().unwrap();
    TeamKeys::make(noon()).write(&folder.path().join("teams"), "demo", noon());
    let config = Config::local(folder.path().join("teams"), folder.path().join("data"));
    (folder, config)
}

async fn running(config: &Config) -> Running {
    start(config, TestClock::at(noon())).await.unwrap()
}

/// Writes a fresh certificate and its key where the relay looks for them.
fn renew(files: &TlsFiles) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed([NAME.to_owned()]).unwrap();
    fs::write(&files.certificate, made.cert.pem()).unwrap();
    fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    made.cert.der().clone()
}

fn tls_files(folder: &Path) -> TlsFiles {
    TlsFiles { certificate: folder.join("chain.pem"), key: folder.join("key.pem") }
}

fn ask(mut stream: impl Read + Write, path: &str) -> std::io::Result<String> {
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    match stream.read_to_string(&mut answer) {
        // A TLS connection that is closed without a farewell has still said all that it announced.
        Err(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => Err(error),
        _ => Ok(answer),
    }
}

/// Asks over TLS, believing this one certificate only.
async fn ask_tls(relay: &Running, believed: &CertificateDer<'static>) -> std::io::Result<String> {
    let (address, believed) = (relay.address().tcp().unwrap(), believed.clone());
    let asked = tokio::task::spawn_blocking(move || {
        let mut roots = RootCertStore::empty();
        roots.add(believed).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let client = Arc::new(builder.unwrap().with_root_certificates(roots).with_no_client_auth());
        let connection = ClientConnection::new(client, ServerName::try_from(NAME).unwrap()).unwrap();
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        ask(StreamOwned::new(connection, stream), "/livez")
    });
    asked.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_is_spoken_and_its_files_are_read_again_when_renewed() {
    let (folder, mut config) = config();
    let files = tls_files(folder.path());
    let first = renew(&files);
    config.tls = Some(files.clone());
    config.origin = Some(format!("https://{NAME}"));
    let relay = running(&config).await;
    let answer = ask_tls(&relay, &first).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("strict-transport-security"), "{answer}");
    let second = renew(&files);
    assert!(ask_tls(&relay, &second).await.is_err(), "not before it is asked for");
    relay.reload().await;
    assert!(ask_tls(&relay, &second).await.unwrap().starts_with("HTTP/1.1 200"));
    assert!(ask_tls(&relay, &first).await.is_err(), "the old certificate is gone");
    fs::write(&files.key, "no key").unwrap();
    relay.reload().await;
    assert!(ask_tls(&relay, &second).await.is_ok(), "what cannot be taken changes nothing");
    relay.stop().await;
}

#[tokio::test]
async fn a_key_of_another_certificate_stops_the_start() {
    let (folder, mut config) = config();
    let files = tls_files(folder.path());
    config.tls = Some(files.clone());
    let missing = start(&config, TestClock::at(noon())).await.err().unwrap().to_string();
    assert!(missing.contains("chain.pem"), "{missing}");
    renew(&files);
    let key = fs::read(&files.key).unwrap();
    renew(&files);
    fs::write(&files.key, key).unwrap();
    let error = start(&config, TestClock::at(noon())).await.err().expect("the relay started all the same");
    assert!(matches!(error, StartError::Tls(_)), "{error}");
    assert!(error.to_string().contains("key.pem"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_file_is_served_and_one_that_was_left_behind_is_replaced() {
    let (folder, mut config) = config();
    let path = folder.path().join("relay.sock");
    config.listen = Listen::Unix(path.clone());
    config.origin = Some("https://relay.example".to_owned());
    // Bound and let go of without being removed, as after a power cut.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let relay = running(&config).await;
    let asked = path.clone();
    let ask_file = move || ask(UnixStream::connect(&asked).unwrap(), "/livez").unwrap();
    let answer = tokio::task::spawn_blocking(ask_file).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let second = start(&config, TestClock::at(noon())).await.err().expect("two relays on one socket");
    assert!(second.to_string().contains("relay.sock"), "{second}");
    relay.stop().await;
    assert!(!path.exists(), "nobody waits at a door without a house");
}

#[tokio::test]
async fn a_file_that_is_no_socket_is_never_replaced() {
    let (folder, mut config) = config();
    let path = folder.path().join("precious");
    fs::write(&path, "precious").unwrap();
    config.listen = Listen::Unix(path.clone());
    assert!(start(&config, TestClock::at(noon())).await.is_err());
    assert_eq!(fs::read(&path).unwrap(), b"precious");
}

async fn metrics(relay: &Running) -> String {
    let address = relay.metrics_address().unwrap().tcp().unwrap();
    tokio::task::spawn_blocking(move || ask(TcpStream::connect(address).unwrap(), "/metrics").unwrap())
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_count_what_happened_until_the_full_hour_and_name_nobody() {
    let (_folder, mut config) = config();
    config.metrics_listen = Some(Listen::Tcp(([127, 0, 0, 1], 0).into()));
    let clock = TestClock::at(noon());
    let relay = start(&config, clock.clone()).await.unwrap();
    let address = relay.address().tcp().unwrap();
    let get = |path: String| {
        tokio::task::spawn_blocking(move || ask(TcpStream::connect(address).unwrap(), &path).unwrap())
    };
    let case = OpenCase::new(&TeamKeys::make(noon()).alice.certificate().judge(noon()).unwrap());
    let refused = get(case.entries()).await.unwrap();
    assert!(refused.starts_with("HTTP/1.1 404"), "{refused}");
    assert!(get("/metrics".to_owned()).await.unwrap().starts_with("HTTP/1.1 404"), "not for the public");
    let now = metrics(&relay).await;
    assert!(now.contains("content-type: text/plain; version=0.0.4"), "{now}");
    for line in [
        "sealpost_ready 1",
        "sealpost_policy_expires_seconds{team=\"demo\"} 1798761600",
        "sealpost_faults_total 0",
    ] {
        assert!(now.lines().any(|found| found == line), "{line} is not in {now}");
    }
    assert!(!now.contains("/entries"), "what came in this hour is not told yet: {now}");
    clock.advance(sealpost_shared::Duration::from_hours(24 * 10));
    let later = metrics(&relay).await;
    let counted =
        "sealpost_requests_total{method=\"GET\",route=\"/v1/cases/{case}/entries\",status=\"404\"} 1";
    assert!(later.lines().any(|line| line == counted), "{later}");
    assert!(later.lines().any(|line| line == "sealpost_request_duration_seconds_count 2"), "{later}");
    let warned = "sealpost_attention{team=\"demo\",code=\"policy-ends-soon\"} 1";
    assert!(later.lines().any(|line| line == warned), "{later}");
    assert!(!later.contains(&case.id().to_string()), "{later}");
    relay.stop().await;
}
