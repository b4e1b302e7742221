//! What only shows on a socket: connections that say nothing, that hang up, or that are too many.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sealpost_relay::{Config, Running, start};
use tempfile::TempDir;

use crate::build::{OpenCase, TeamKeys, TestClock, noon};

/// The longest a test waits: generous, because the machine may be busy; the relay's own limits are seconds.
const PATIENCE: Duration = Duration::from_secs(60);

async fn running(change: impl FnOnce(&mut Config)) -> (TempDir, TeamKeys, Running) {
    let folder = tempfile::tempdir().unwrap();
    let keys = TeamKeys::make(noon());
    keys.write(&folder.path().join("teams"), "demo", noon());
    let mut config = Config::local(folder.path().join("teams"), folder.path().join("data"));
    config.price.bits = 0;
    change(&mut config);
    let relay = start(&config, TestClock::at(noon())).await.unwrap();
    (folder, keys, relay)
}

fn at(relay: &Running) -> SocketAddr {
    relay.address().tcp().unwrap()
}

fn send(address: SocketAddr, text: &str, body: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    // A relay that has closed the connection already shows when it is read.
    let _sent_or_closed = stream.write_all(text.as_bytes()).and_then(|()| stream.write_all(body));
    stream
}

async fn read_to_end(mut stream: TcpStream) -> String {
    let read = tokio::task::spawn_blocking(move || {
        let mut answer = Vec::new();
        let _ended_or_reset = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    });
    read.await.unwrap()
}

async fn until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "{what}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_origin_of_a_free_port_is_where_it_listens() {
    let (_folder, _, relay) = running(|_| {}).await;
    assert_ne!(at(&relay).port(), 0);
    assert_eq!(relay.relay().identity.origin, format!("http://{}", at(&relay)));
    let stream = send(at(&relay), "GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", b"");
    let answer = read_to_end(stream).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("ok\n"), "{answer}");
    assert!(!answer.contains("strict-transport-security"), "only where TLS is");
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_poll_whose_caller_hangs_up_is_over() {
    let (_folder, keys, relay) = running(|_| {}).await;
    let case = OpenCase::new(&keys.alice.certificate().judge(noon()).unwrap());
    let (token, length) = (case.token(), case.letter.len());
    let head = |line: String| format!("{line} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n");
    let put = head(format!("PUT {}", case.path()))
        + &format!("content-length: {length}\r\nconnection: close\r\n\r\n");
    let answer = read_to_end(send(at(&relay), &put, &case.letter)).await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    let get = head(format!("GET {}?after=1&wait=25", case.entries())) + "\r\n";
    let stream = send(at(&relay), &get, b"");
    let shared = Arc::clone(relay.relay());
    until("the poll never began", || shared.changes.waiting() == 1).await;
    drop(stream);
    until("the poll goes on without its caller", || shared.changes.waiting() == 0).await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_says_nothing_or_half_a_thing_is_closed() {
    let (_folder, _, relay) = running(|_| {}).await;
    let began = Instant::now();
    let silent = send(at(&relay), "", b"");
    let half = send(at(&relay), "GET /livez HTTP/1.1\r\nhost: ", b"");
    let idle = send(at(&relay), "GET /livez HTTP/1.1\r\nhost: x\r\n\r\n", b"");
    let (silent, half, idle) = tokio::join!(read_to_end(silent), read_to_end(half), read_to_end(idle));
    assert_eq!(silent, "");
    assert!(!half.contains("200"), "{half}");
    assert!(idle.starts_with("HTTP/1.1 200"), "{idle}");
    assert!(began.elapsed() < PATIENCE, "it was the test that hung up");
    relay.stop().await;
}

/// The head of a letter that says it is longer than what follows.
fn half_a_letter(case: &OpenCase) -> String {
    let (path, token) = (case.path(), case.token());
    format!(
        "PUT {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-length: {}\r\n\r\n",
        case.letter.len()
    )
}

/// Asks on new connections until one is let in; says whether that was within `patience`.
async fn is_let_in(relay: &Running, patience: Duration) -> bool {
    let get = "GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let deadline = Instant::now() + patience;
    let mut pause = tokio::time::interval(Duration::from_millis(50));
    while !read_to_end(send(at(relay), get, b"")).await.starts_with("HTTP/1.1 200") {
        if Instant::now() > deadline {
            return false;
        }
        pause.tick().await;
    }
    true
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_who_vanishes_in_mid_letter_without_a_word_loses_the_place() {
    let (_folder, keys, relay) = running(|config| config.max_connections = 1).await;
    let case = OpenCase::new(&keys.alice.certificate().judge(noon()).unwrap());
    // Nothing more ever comes on this connection, and it is never closed from this side.
    let half = send(at(&relay), &half_a_letter(&case), &case.letter[..100]);
    assert!(is_let_in(&relay, 2 * PATIENCE).await, "the place never came back");
    let answer = read_to_end(half).await;
    assert!(answer.starts_with("HTTP/1.1 400") || answer.is_empty(), "{answer}");
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: two minutes, a byte at a time"]
async fn a_sender_who_dribbles_is_cut_off_in_time() {
    let (_folder, keys, relay) = running(|config| config.max_connections = 1).await;
    let case = OpenCase::new(&keys.alice.certificate().judge(noon()).unwrap());
    let mut slow = send(at(&relay), &half_a_letter(&case), &case.letter[..1]);
    let letter = case.letter.clone();
    let dribbling = tokio::spawn(async move {
        let mut pause = tokio::time::interval(Duration::from_secs(2));
        for byte in letter.iter().skip(1) {
            pause.tick().await;
            if slow.write_all(&[*byte]).is_err() {
                return;
            }
        }
    });
    assert!(is_let_in(&relay, 5 * PATIENCE).await, "the place never came back");
    dribbling.await.unwrap();
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: a minute of not reading"]
async fn a_reader_who_does_not_read_loses_the_place() {
    let (_folder, keys, relay) = running(|config| config.max_connections = 2).await;
    let case = OpenCase::new(&keys.alice.certificate().judge(noon()).unwrap());
    let put = half_a_letter(&case).replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n");
    let answer = read_to_end(send(at(&relay), &put, &case.letter)).await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    // More answers than both sides' buffers hold, and none is ever read.
    let get = format!(
        "GET {} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n",
        case.entry_of_letter(),
        case.token()
    );
    let mut holders = Vec::new();
    for _ in 0..2 {
        let mut holder = TcpStream::connect(at(&relay)).unwrap();
        holder.set_write_timeout(Some(Duration::from_secs(5))).unwrap();
        while holder.write_all(get.repeat(100).as_bytes()).is_ok() {}
        holders.push(holder);
    }
    assert!(is_let_in(&relay, 5 * PATIENCE).await, "the place never came back");
    drop(holders);
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_over_the_limit_are_closed_at_once_and_places_come_back() {
    let (_folder, _, relay) = running(|config| config.max_connections = 1).await;
    let get = "GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    // Answered and kept open: it has the only place.
    let mut holder = send(at(&relay), "GET /livez HTTP/1.1\r\nhost: x\r\n\r\n", b"");
    holder.read_exact(&mut [0; 16]).unwrap();
    assert_eq!(read_to_end(send(at(&relay), get, b"")).await, "");
    drop(holder);
    let deadline = Instant::now() + PATIENCE;
    while !read_to_end(send(at(&relay), get, b"")).await.starts_with("HTTP/1.1 200") {
        assert!(Instant::now() < deadline, "the place never came back");
    }
    relay.stop().await;
}
