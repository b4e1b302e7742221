//! A relay's hostile twin: passes every request on, and bends the answers as a test wants.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// Changes a request's path before it is passed on, and an answer's body afterwards.
type Bend = Arc<dyn Fn(&str, Vec<u8>) -> Vec<u8> + Send + Sync>;
type Redirect = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// What every connection shares.
#[derive(Default)]
struct Shared {
    behind: Mutex<Option<SocketAddr>>,
    bend: Mutex<Option<Bend>>,
    redirect: Mutex<Option<Redirect>>,
    date: Mutex<Option<String>>,
    cut: Mutex<Option<String>>,
    seen: Mutex<HashMap<String, usize>>,
    requests: Mutex<Vec<String>>,
    news: Condvar,
}

/// A proxy on a free port of this machine.
pub(crate) struct Proxy {
    /// Where it listens: the relay's public address.
    pub(crate) origin: String,
    shared: Arc<Shared>,
}

impl Proxy {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared::default());
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&serving);
                std::thread::spawn(move || shared.serve(stream));
            }
        });
        Self { origin, shared }
    }

    /// Passes requests on to this relay; none means that it is down.
    pub(crate) fn set_behind(&self, relay: Option<SocketAddr>) {
        *self.shared.behind.lock().unwrap() = relay;
    }

    /// Bends answers from now on.
    pub(crate) fn bend(&self, bend: impl Fn(&str, Vec<u8>) -> Vec<u8> + Send + Sync + 'static) {
        *self.shared.bend.lock().unwrap() = Some(Arc::new(bend));
    }

    /// Asks the relay for something else than the client did, from now on.
    pub(crate) fn redirect(&self, redirect: impl Fn(&str) -> String + Send + Sync + 'static) {
        *self.shared.redirect.lock().unwrap() = Some(Arc::new(redirect));
    }

    /// Tells the relay's time as this one (RFC 9110, 5.6.7), from now on.
    pub(crate) fn set_date(&self, date: &str) {
        *self.shared.date.lock().unwrap() = Some(date.to_owned());
    }

    /// Hangs up in the middle of answers to paths with this word, from now on.
    pub(crate) fn cut(&self, word: &str) {
        *self.shared.cut.lock().unwrap() = Some(word.to_owned());
    }

    /// Bends letters that come many at once, with their rows' numbers, from now on.
    pub(crate) fn bend_letters(
        &self,
        bend: impl Fn(Vec<(u64, Vec<u8>)>) -> Vec<(u64, Vec<u8>)> + Send + Sync + 'static,
    ) {
        self.bend(
            move |path, body| {
                if path.contains("/letters?") { join(&bend(split(&body))) } else { body }
            },
        );
    }

    /// Is honest again.
    pub(crate) fn repent(&self) {
        *self.shared.bend.lock().unwrap() = None;
        *self.shared.redirect.lock().unwrap() = None;
        *self.shared.date.lock().unwrap() = None;
        *self.shared.cut.lock().unwrap() = None;
    }

    /// How often each path was asked for, of those with this word in it.
    pub(crate) fn seen(&self, word: &str) -> Vec<usize> {
        let seen = self.shared.seen.lock().unwrap();
        seen.iter().filter(|(path, _)| path.contains(word)).map(|(_, times)| *times).collect()
    }

    /// Everything that came in since the start, request lines and headers.
    pub(crate) fn requests(&self) -> String {
        self.shared.requests.lock().unwrap().join("\n")
    }

    /// Waits until paths with this word were asked for so often in all.
    pub(crate) fn wait_for(&self, word: &str, times: usize) {
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut seen = self.shared.seen.lock().unwrap();
        let count = |seen: &HashMap<String, usize>| -> usize {
            seen.iter().filter(|(path, _)| path.contains(word)).map(|(_, times)| *times).sum()
        };
        while count(&seen) < times {
            assert!(Instant::now() < deadline, "{word} was not asked for {times} times");
            seen = self.shared.news.wait_timeout(seen, Duration::from_millis(50)).unwrap().0;
        }
    }
}

impl Shared {
    /// One request, one answer; a relay that is down hangs up.
    fn serve(&self, mut client: TcpStream) {
        let Some((head, body)) = read_message(&mut client) else { return };
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        self.requests.lock().unwrap().push(head.clone());
        let Some(relay) = *self.behind.lock().unwrap() else { return };
        let asked =
            self.redirect.lock().unwrap().clone().map_or_else(|| path.clone(), |redirect| redirect(&path));
        let head = head.replacen(&path, &asked, 1);
        let lines = head.lines().filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
        let head: String = lines.map(|line| format!("{line}\r\n")).collect();
        let mut server = TcpStream::connect(relay).unwrap();
        server.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes()).unwrap();
        server.write_all(&body).unwrap();
        let Some((head, mut body)) = read_message(&mut server) else { return };
        if let Some(bend) = self.bend.lock().unwrap().clone() {
            body = bend(&path, body);
        }
        let is_cut = self.cut.lock().unwrap().as_ref().is_some_and(|word| path.contains(word));
        *self.seen.lock().unwrap().entry(path).or_default() += 1;
        self.news.notify_all();
        let lines = head.lines().filter(|line| !line.to_ascii_lowercase().starts_with("content-length:"));
        let date = self.date.lock().unwrap().clone();
        let lines = lines.map(|line| match &date {
            Some(date) if line.to_ascii_lowercase().starts_with("date:") => format!("Date: {date}\r\n"),
            _ => format!("{line}\r\n"),
        });
        let head: String = lines.collect();
        let head = format!("{head}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        if is_cut {
            body.truncate(body.len() / 2);
        }
        // The client may have been killed meanwhile.
        let _ = client.write_all(head.as_bytes()).and_then(|()| client.write_all(&body));
    }
}

/// Takes many letters in one answer apart. **Rule:** PROTOCOL.md, "Many letters at once".
pub(crate) fn split(mut body: &[u8]) -> Vec<(u64, Vec<u8>)> {
    let mut letters = Vec::new();
    while let Some(end) = body.iter().position(|byte| *byte == b'\n') {
        let line = std::str::from_utf8(&body[..end]).unwrap();
        let (seq, size) = line.split_once(' ').unwrap();
        let (letter, rest) = body[end + 1..].split_at(size.parse().unwrap());
        letters.push((seq.parse().unwrap(), letter.to_vec()));
        body = rest;
    }
    letters
}

/// The other way round.
pub(crate) fn join(letters: &[(u64, Vec<u8>)]) -> Vec<u8> {
    let one =
        |(seq, letter): &(u64, Vec<u8>)| [format!("{seq} {}\n", letter.len()).as_bytes(), letter].concat();
    letters.iter().flat_map(one).collect()
}

/// Head without its blank line, and body.
fn read_message(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 16 * 1024];
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        match stream.read(&mut buffer).ok()? {
            0 => return None,
            n => bytes.extend_from_slice(buffer.get(..n)?),
        }
    };
    let head = String::from_utf8(bytes.get(..end)?.to_vec()).ok()?;
    let mut body = bytes.get(end + 4..)?.to_vec();
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    while body.len() < length.unwrap_or(0) {
        match stream.read(&mut buffer).ok()? {
            0 => return None,
            n => body.extend_from_slice(buffer.get(..n)?),
        }
    }
    Some((head, body))
}
