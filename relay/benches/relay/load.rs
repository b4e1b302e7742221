//! Senders: each on a connection of its own, each sending the next report as soon as the last is acknowledged.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use rand::RngCore as _;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// What came of a load.
pub(crate) struct Run {
    /// Reports a second.
    pub(crate) rate: f64,
    /// How long each sender waited, shortest first.
    waits: Vec<Duration>,
}

impl Run {
    /// In milliseconds.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let at = (self.waits.len() * percent / 100).min(self.waits.len() - 1);
        self.waits[at].as_secs_f64() * 1000.0
    }
}

pub(crate) fn random_hex<const N: usize>() -> String {
    let mut dice = [0; N];
    rand::rngs::OsRng.fill_bytes(&mut dice);
    HEXLOWER.encode(&dice)
}

pub(crate) fn random_token() -> String {
    let mut dice = [0; 32];
    rand::rngs::OsRng.fill_bytes(&mut dice);
    BASE64URL_NOPAD.encode(&dice)
}

pub(crate) async fn run(to: SocketAddr, connections: usize, letter: &[u8], lasts: Duration) -> Run {
    let mut senders = JoinSet::new();
    let started = Instant::now();
    for _ in 0..connections {
        let letter = letter.to_vec();
        senders.spawn(async move {
            let (mut connection, mut waits) = (Connection::open(to).await, Vec::new());
            while started.elapsed() < lasts {
                let case = random_hex::<16>();
                let path = format!("/v1/teams/demo/desks/team/cases/{case}");
                let sent = Instant::now();
                let (status, body) = connection.ask("PUT", &path, &random_token(), "", &letter).await;
                assert_eq!(status, 201, "{}", String::from_utf8_lossy(&body));
                waits.push(sent.elapsed());
            }
            waits
        });
    }
    let mut waits: Vec<Duration> = senders.join_all().await.into_iter().flatten().collect();
    let elapsed = started.elapsed();
    waits.sort();
    let count = u32::try_from(waits.len()).unwrap();
    Run { rate: f64::from(count) / elapsed.as_secs_f64(), waits }
}

/// A connection that is kept open.
pub(crate) struct Connection(BufReader<TcpStream>);

impl Connection {
    pub(crate) async fn open(to: SocketAddr) -> Self {
        let stream = TcpStream::connect(to).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self(BufReader::new(stream))
    }

    pub(crate) async fn ask(
        &mut self,
        method: &str,
        path: &str,
        token: &str,
        more: &str,
        body: &[u8],
    ) -> (u16, Vec<u8>) {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: relay\r\nauthorization: Bearer {token}\r\n{more}content-length: {}\r\n\r\n",
            body.len()
        );
        self.0.write_all(&[head.as_bytes(), body].concat()).await.unwrap();
        let (mut status, mut length, mut line) = (0, 0, String::new());
        loop {
            line.clear();
            self.0.read_line(&mut line).await.unwrap();
            if let Some(rest) = line.strip_prefix("HTTP/1.1 ") {
                status = rest.get(..3).unwrap().parse().unwrap();
            } else if let Some(rest) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = rest.trim().parse().unwrap();
            } else if line == "\r\n" {
                break;
            }
        }
        let mut answer = vec![0; length];
        self.0.read_exact(&mut answer).await.unwrap();
        (status, answer)
    }
}
