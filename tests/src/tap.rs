//! A tap on the wire: forwards TCP between clients and the relay and keeps every byte of both directions.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A running tap. Everything that went through it is in [`Tap::heard`].
#[derive(Debug, Clone)]
pub struct Tap {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<u8>>>,
    cut: Arc<Mutex<Option<usize>>>,
}

impl Tap {
    /// Listens on a free port of loopback and forwards to `relay`.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(relay: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no port for the tap")?;
        let address = listener.local_addr()?;
        let tap = Self { address, heard: Arc::default(), cut: Arc::default() };
        let accepting = tap.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(accepting.clone().forward(client, relay));
            }
        });
        Ok(tap)
    }

    /// Where clients reach the relay.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Every byte that passed so far, both directions, in order of arrival.
    #[must_use]
    pub fn heard(&self) -> Vec<u8> {
        self.heard.lock().map(|heard| heard.clone()).unwrap_or_default()
    }

    /// Cuts every connection once `bytes` more have come from a client: a line that breaks in mid-send.
    pub fn cut_after(&self, bytes: usize) {
        if let Ok(mut cut) = self.cut.lock() {
            *cut = Some(bytes);
        }
    }

    /// Lets everything through again.
    pub fn mend(&self) {
        if let Ok(mut cut) = self.cut.lock() {
            *cut = None;
        }
    }

    async fn forward(self, client: TcpStream, relay: SocketAddr) {
        let Ok(relay) = TcpStream::connect(relay).await else { return };
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_relay, mut to_relay) = relay.into_split();
        let up = async {
            let mut buffer = vec![0; 16 * 1024];
            while let Ok(n @ 1..) = from_client.read(&mut buffer).await {
                let Some(passed) = buffer.get(..self.allowance(n)) else { break };
                self.hear(passed);
                if to_relay.write_all(passed).await.is_err() || passed.len() < n {
                    break;
                }
            }
        };
        let down = async {
            let mut buffer = vec![0; 16 * 1024];
            while let Ok(n @ 1..) = from_relay.read(&mut buffer).await {
                let Some(passed) = buffer.get(..n) else { break };
                self.hear(passed);
                if to_client.write_all(passed).await.is_err() {
                    break;
                }
            }
        };
        tokio::select! { () = up => {}, () = down => {} }
    }

    fn hear(&self, bytes: &[u8]) {
        if let Ok(mut heard) = self.heard.lock() {
            heard.extend_from_slice(bytes);
        }
    }

    fn allowance(&self, wanted: usize) -> usize {
        let Ok(mut cut) = self.cut.lock() else { return wanted };
        match cut.as_mut() {
            None => wanted,
            Some(left) => {
                let passed = wanted.min(*left);
                *left -= passed;
                passed
            }
        }
    }
}
