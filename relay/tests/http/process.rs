//! The real program: killed in mid-stream, out of disk, and asked to stop.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use data_encoding::{BASE64, HEXLOWER};
use sealpost_keys::{TeamCert, UncheckedCert, verify_receipt};
use sealpost_relay::{Clock as _, SystemClock};
use sealpost_shared::limits::MIN_CHUNK_BYTES;
use sealpost_shared::wire::v1::{BundleResponse, ChunksResponse, EntriesResponse};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::build::{NewCasePath, OpenCase, TeamKeys, blob_message, seal, solve};

/// The longest a test waits for the program: generous, because the machine may be busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Letters that must be acknowledged before the program is killed in the midst of writing more.
const BEFORE_THE_KILL: usize = 4;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_sealpost-relay");

/// A relay process and what it has logged so far.
pub(crate) struct Process {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
    log: Arc<Mutex<String>>,
    reading: Option<JoinHandle<()>>,
}

impl Process {
    /// Starts it on a free port. `limit` is a shell command that is run before, in the same process.
    pub(crate) fn start(folder: &Path, limit: &str) -> Self {
        let serve = "serve --teams \"$1\" --data \"$2\" --listen 127.0.0.1:0";
        // Many letters at once are these tests' business, and no flood.
        let script = format!("{limit}\nexec \"$0\" {serve} --proof-bits 2 --cases-per-hour 1000000");
        let mut command = Command::new("sh");
        command.arg("-c").arg(script).arg(PROGRAM).arg(folder.join("teams")).arg(folder.join("data"));
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log = Arc::new(Mutex::new(String::new()));
        let address = loop {
            let line = lines.next().expect("the relay ended before it was up").unwrap();
            log.lock().unwrap().push_str(&format!("{line}\n"));
            if let Some(listening) = line.split("listening=").nth(1) {
                let address = listening.split(' ').next().unwrap();
                break address.parse().unwrap_or_else(|error| panic!("{error}: {line}"));
            }
        };
        let rest = Arc::clone(&log);
        let reading = std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                rest.lock().unwrap().push_str(&format!("{line}\n"));
            }
        });
        Self { child, address, log, reading: Some(reading) }
    }

    /// Ends it at once and gives all that it logged.
    pub(crate) fn kill(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.reading.take().unwrap().join().unwrap();
        self.log.lock().unwrap().clone()
    }

    pub(crate) fn ask(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: &[u8],
    ) -> std::io::Result<(u16, Vec<u8>)> {
        ask(self.address, method, path, token, body)
    }
}

/// A test that fails leaves no relay behind, and nobody who writes to it for ever.
impl Drop for Process {
    fn drop(&mut self) {
        let _it_may_have_ended = self.child.kill();
        let _it_may_have_been_waited_for = self.child.wait();
    }
}

pub(crate) fn ask(
    address: SocketAddr,
    method: &str,
    path: &str,
    token: &str,
    body: &[u8],
) -> std::io::Result<(u16, Vec<u8>)> {
    read_answer(send(address, method, path, token, body)?)
}

/// The work that this request needs, if it opens a case.
pub(crate) fn prove(address: SocketAddr, method: &str, path: &str, body: &[u8]) -> std::io::Result<String> {
    match NewCasePath::read(path, body.len()).filter(|_| method == "PUT") {
        Some(NewCasePath { challenge, case }) => {
            let (_, answer) = ask(address, "GET", &challenge, "", b"")?;
            let challenge = serde_json::from_slice(&answer).map_err(std::io::Error::other)?;
            Ok(solve(&challenge, case, body))
        }
        None => Ok(String::new()),
    }
}

/// Sends a whole request and hands over the connection on which its answer will come.
fn send(
    address: SocketAddr,
    method: &str,
    path: &str,
    token: &str,
    body: &[u8],
) -> std::io::Result<TcpStream> {
    let proof = prove(address, method, path, body)?;
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: relay\r\nconnection: close\r\nuser-agent: secret-agent\r\n\
         authorization: Bearer {token}\r\nsealpost-proof: {proof}\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(&[head.as_bytes(), body].concat())?;
    Ok(stream)
}

fn read_answer(mut stream: TcpStream) -> std::io::Result<(u16, Vec<u8>)> {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let cut = || std::io::Error::other("the answer was cut off");
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").ok_or_else(cut)?;
    let status = std::str::from_utf8(&answer[9..12]).unwrap().parse().map_err(|_| cut())?;
    Ok((status, answer[end + 4..].to_vec()))
}

pub(crate) fn team() -> (TempDir, TeamCert) {
    let folder = tempfile::tempdir().unwrap();
    let now = SystemClock.now();
    let keys = TeamKeys::make(now);
    keys.write(&folder.path().join("teams"), "demo", now);
    (folder, keys.alice.certificate().judge(now).unwrap())
}

fn relay_cert(process: &Process) -> UncheckedCert {
    let (_, body) = process.ask("GET", "/v1/teams/demo/bundle", "", b"").unwrap();
    let bundle: BundleResponse = serde_json::from_slice(&body).unwrap();
    UncheckedCert::parse_one(bundle.relay.certificate.as_bytes()).unwrap()
}

/// A case whose letter was answered with this receipt.
pub(crate) struct Acknowledged {
    pub(crate) case: OpenCase,
    pub(crate) receipt: Vec<u8>,
}

pub(crate) fn assert_kept(process: &Process, acknowledged: &[Acknowledged]) {
    let cert = relay_cert(process);
    for Acknowledged { case, receipt } in acknowledged {
        let entry = format!("{}/{}", case.entries(), case.id());
        let (status, letter) = process.ask("GET", &entry, &case.token(), b"").unwrap();
        assert_eq!((status, &letter), (200, &case.letter));
        let stored = process.ask("GET", &format!("{entry}/receipt"), &case.token(), b"").unwrap();
        assert_eq!(&stored.1, receipt);
        let text = std::str::from_utf8(receipt).unwrap();
        assert_eq!(verify_receipt(text, &cert, SystemClock.now()).unwrap().case, case.id());
    }
}

/// Writes from four threads until refused a connection; counts and hands out what was acknowledged.
pub(crate) fn write_until_killed(
    address: SocketAddr,
    count: &AtomicUsize,
    to: &TeamCert,
) -> Vec<Acknowledged> {
    let writer = || {
        let mut acknowledged = Vec::new();
        loop {
            let case = OpenCase::new(to);
            match ask(address, "PUT", &case.path(), &case.token(), &case.letter) {
                Ok((201, receipt)) => acknowledged.push(Acknowledged { case, receipt }),
                Ok((status, body)) => panic!("{status} {}", String::from_utf8_lossy(&body)),
                Err(_) => return acknowledged,
            }
            count.fetch_add(1, Ordering::SeqCst);
        }
    };
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4).map(|_| scope.spawn(writer)).collect();
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    })
}

/// Kills a relay in the midst of writing, so often, and looks after each time for what the time before was acknowledged; at last for all.
fn survive(rounds: usize) {
    let (folder, to) = team();
    let (mut acknowledged, mut last) = (Vec::new(), 0);
    for round in 0..rounds {
        let process = Process::start(folder.path(), "");
        assert_kept(&process, &acknowledged[last..]);
        last = acknowledged.len();
        let (address, count) = (process.address, AtomicUsize::new(0));
        std::thread::scope(|scope| {
            let writing = scope.spawn(|| write_until_killed(address, &count, &to));
            let deadline = Instant::now() + PATIENCE;
            while count.load(Ordering::SeqCst) < BEFORE_THE_KILL + round % 8 && Instant::now() < deadline {
                std::thread::yield_now();
            }
            process.kill();
            acknowledged.extend(writing.join().unwrap());
        });
        assert!(count.load(Ordering::SeqCst) >= BEFORE_THE_KILL, "nothing was being written");
    }
    let process = Process::start(folder.path(), "");
    assert_kept(&process, &acknowledged);
    process.kill();
    let mut verify = Command::new(PROGRAM);
    let found = verify.args(["verify", "--data"]).arg(folder.path().join("data")).output().unwrap();
    let said = String::from_utf8_lossy(&found.stdout).into_owned();
    assert!(found.status.success(), "{said}");
    // Shown with --nocapture: how many were acknowledged, and how many are there.
    let _shown = writeln!(std::io::stderr(), "{rounds} rounds, {} acknowledged; {said}", acknowledged.len());
}

#[test]
fn whatever_was_acknowledged_survives_kill_minus_nine() {
    survive(4);
}

#[test]
#[ignore = "long: five hundred starts"]
fn whatever_was_acknowledged_survives_five_hundred_times_kill_minus_nine() {
    survive(500);
}

#[test]
fn chunks_that_were_answered_survive_kill_minus_nine_and_the_upload_goes_on() {
    let (folder, to) = team();
    let process = Process::start(folder.path(), "");
    let case = OpenCase::new(&to);
    process.ask("PUT", &case.path(), &case.token(), &case.letter).unwrap();
    let whole = blob_message(&to, 6 * MIN_CHUNK_BYTES + 9);
    let parts: Vec<&[u8]> = whole.chunks(MIN_CHUNK_BYTES).collect();
    let put = |process: &Process, n: usize, bytes: &[u8]| {
        let digest = BASE64.encode(&Sha256::digest(parts[n]));
        // The helper ends the head after the token, so one more header rides along with it.
        let token = format!("{}\r\ncontent-digest: sha-256=:{digest}:", case.token());
        process.ask("PUT", &format!("{}/{n}", case.blob(7)), &token, bytes)
    };
    for (n, part) in parts.iter().enumerate().take(3) {
        assert_eq!(put(&process, n, part).unwrap().0, 201);
    }
    // The fourth is under way when the process dies: half of it was sent, and the rest never comes.
    let digest = BASE64.encode(&Sha256::digest(parts[3]));
    let proof = prove(process.address, "PUT", &format!("{}/3", case.blob(7)), parts[3]).unwrap();
    let head = format!(
        "PUT {}/3 HTTP/1.1\r\nhost: relay\r\nauthorization: Bearer {}\r\ncontent-digest: sha-256=:{digest}:\r\n\
         sealpost-proof: {proof}\r\ncontent-length: {}\r\n\r\n",
        case.blob(7),
        case.token(),
        parts[3].len()
    );
    let mut half = TcpStream::connect(process.address).unwrap();
    half.write_all(&[head.as_bytes(), &parts[3][..MIN_CHUNK_BYTES / 2]].concat()).unwrap();
    let written =
        || fs::read_dir(folder.path().join("data/blobs").join(case.id().to_string()).join("07".repeat(16)));
    let deadline = Instant::now() + Duration::from_secs(60);
    while written().unwrap().count() < 4 && Instant::now() < deadline {
        std::thread::yield_now();
    }
    process.kill();
    let process = Process::start(folder.path(), "");
    let (_, body) = process.ask("GET", &format!("{}/chunks", case.blob(7)), &case.token(), b"").unwrap();
    let there: ChunksResponse = serde_json::from_slice(&body).unwrap();
    assert_eq!(there.chunks.iter().map(|chunk| chunk.n).collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(written().unwrap().count(), 3, "nothing is left of the half chunk");
    for (n, part) in parts.iter().enumerate().skip(2) {
        let status = put(&process, n, part).unwrap().0;
        assert_eq!(status, if n == 2 { 200 } else { 201 });
    }
    let sha256 = HEXLOWER.encode(&Sha256::digest(&whole));
    let seal = format!(r#"{{"chunks":{},"size":{},"sha256":"{sha256}"}}"#, parts.len(), whole.len());
    let (status, receipt) = process.ask("POST", &case.blob(7), &case.token(), seal.as_bytes()).unwrap();
    assert_eq!(status, 201, "{}", String::from_utf8_lossy(&receipt));
    let cert = relay_cert(&process);
    process.kill();
    let process = Process::start(folder.path(), "");
    let (_, bytes) = process.ask("GET", &case.blob(7), &case.token(), b"").unwrap();
    assert!(bytes == whole);
    let text = String::from_utf8(receipt).unwrap();
    assert_eq!(verify_receipt(&text, &cert, SystemClock.now()).unwrap().sha256, sha256);
    process.kill();
}

#[test]
fn a_full_disk_is_said_and_nothing_is_acknowledged_that_is_not_kept() {
    let (folder, to) = team();
    // No file may grow over 400 KiB. The signal that would end the program is ignored, so writing fails as on a full disk.
    let process = Process::start(folder.path(), "trap '' XFSZ; ulimit -f 800");
    let mut acknowledged = Vec::new();
    let mut refused = None;
    for _ in 0..60 {
        let mut case = OpenCase::new(&to);
        case.letter = seal(&case.key, &to, &"x".repeat(60_000));
        let (status, body) = process.ask("PUT", &case.path(), &case.token(), &case.letter).unwrap();
        if status != 201 {
            refused = Some((status, String::from_utf8(body).unwrap(), case));
            break;
        }
        acknowledged.push(Acknowledged { case, receipt: body });
    }
    let (status, body, refused) = refused.expect("the limit was never reached");
    assert!(status == 503 && body.contains("\"unavailable\""), "{status} {body}");
    assert!(!acknowledged.is_empty());
    assert_kept(&process, &acknowledged);
    let log = process.kill();
    assert!(log.contains("the database cannot be used just now"), "{log}");
    let process = Process::start(folder.path(), "");
    assert_kept(&process, &acknowledged);
    let again = process.ask("PUT", &refused.path(), &refused.token(), &refused.letter).unwrap();
    assert_eq!(again.0, 201, "what was refused was not kept");
    process.kill();
}

#[test]
fn the_programs_log_has_no_address_id_agent_or_exact_time() {
    let (folder, to) = team();
    let process = Process::start(folder.path(), "");
    let case = OpenCase::new(&to);
    process.ask("PUT", &case.path(), &case.token(), &case.letter).unwrap();
    process.ask("PUT", &case.path(), &case.token(), b"not a letter").unwrap();
    let deadline = Instant::now() + PATIENCE;
    while !process.log.lock().unwrap().contains("422") && Instant::now() < deadline {
        std::thread::yield_now();
    }
    let own = process.address.to_string();
    let log = process.kill();
    assert!(log.contains("/v1/teams/{team}/desks/{desk}/cases/{case}") && log.contains("422"), "{log}");
    for line in log.lines() {
        assert!(line.get(13..20) == Some(":00:00Z"), "dated more exactly than to the hour: {line}");
    }
    let others = log.replace(&own, "");
    for secret in ["127.0.0.1", "secret-agent", &case.id().to_string(), &case.token()] {
        assert!(!others.contains(secret), "{secret} in {log}");
    }
}

#[test]
fn told_to_read_again_it_serves_the_new_team_and_drops_no_request() {
    let (folder, to) = team();
    let process = Process::start(folder.path(), "");
    let stop = Arc::new(AtomicBool::new(false));
    let (address, id) = (process.address, process.child.id().to_string());
    let ask_on = || {
        let mut asked = 0;
        while asked == 0 || !stop.load(Ordering::SeqCst) {
            let case = OpenCase::new(&to);
            let answer = ask(address, "PUT", &case.path(), &case.token(), &case.letter);
            assert_eq!(answer.expect("a request was dropped").0, 201);
            asked += 1;
        }
        asked
    };
    std::thread::scope(|scope| {
        let asking = [scope.spawn(ask_on), scope.spawn(ask_on)];
        TeamKeys::make(SystemClock.now()).write(&folder.path().join("teams"), "second", SystemClock.now());
        let deadline = Instant::now() + PATIENCE;
        while ask(address, "GET", "/v1/teams/second/bundle", "", b"").unwrap().0 != 200 {
            assert!(Command::new("kill").args(["-HUP", &id]).status().unwrap().success());
            assert!(Instant::now() < deadline, "the new team is not served");
        }
        stop.store(true, Ordering::SeqCst);
        for asking in asking {
            assert!(asking.join().unwrap() > 0);
        }
    });
    process.kill();
}

#[test]
fn settings_come_from_a_file_and_are_printed_as_they_hold() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("relay.toml");
    fs::write(&file, "teams = '/teams'\ndata = '/data'\nmax-connections = 7\n").unwrap();
    let run = |variable: &str| {
        let mut command = Command::new(PROGRAM);
        command.args(["serve", "--print-config", "--config"]).arg(&file).env(variable, "8").output().unwrap()
    };
    let printed = run("SEALPOST_RELAY_MAX_CONNECTIONS");
    let text = String::from_utf8(printed.stdout).unwrap();
    assert!(printed.status.success() && text.contains("max-connections = 8\n"), "{text}");
    let refused = run("SEALPOST_RELAY_MAX_CONNECTION");
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(
        !refused.status.success() && said.contains("SEALPOST_RELAY_MAX_CONNECTION is not known"),
        "{said}"
    );
}

#[test]
fn told_to_stop_it_answers_who_waits_and_ends_well() {
    let (folder, to) = team();
    let mut process = Process::start(folder.path(), "");
    let case = OpenCase::new(&to);
    process.ask("PUT", &case.path(), &case.token(), &case.letter).unwrap();
    let path = format!("{}?after=1&wait=25", case.entries());
    let waiting = send(process.address, "GET", &path, &case.token(), b"").unwrap();
    let id = process.child.id().to_string();
    // The long poll is under way when another request was answered after it had been sent.
    for _ in 0..20 {
        process.ask("GET", "/livez", "", b"").unwrap();
    }
    let told = Instant::now();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let (status, page) = read_answer(waiting).unwrap();
    assert_eq!(status, 200);
    assert!(serde_json::from_slice::<EntriesResponse>(&page).unwrap().entries.is_empty());
    assert!(told.elapsed() < Duration::from_secs(20), "the poll was waited for");
    assert!(process.child.wait().unwrap().success());
    assert!(
        !fs::exists(folder.path().join("data/relay.sqlite-wal")).unwrap(),
        "the store was closed in order"
    );
}
