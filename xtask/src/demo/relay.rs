//! Runs the relay as a child: waits until it is ready, and until Ctrl-C stops it cleanly.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::Demo;
use crate::sh;

/// A new database is made in well under a second; a slow disk gets this long.
const READY_WITHIN: Duration = Duration::from_secs(30);
/// The relay gives running requests 30 seconds; a second Ctrl-C does not wait for them.
const STOPPED_WITHIN: Duration = Duration::from_secs(35);
/// Between two looks at the child.
const TICK: Duration = Duration::from_millis(100);
/// A status line and headers; more is never needed to see `200`.
const MOST_ANSWER_BYTES: u64 = 256;

/// Says so before the long build when the port cannot be had.
pub(super) fn check_port(port: u16) -> Result<()> {
    let advice = "stop what listens there, or pass --port";
    TcpListener::bind(address(port)).map(drop).with_context(|| format!("port {port} is taken: {advice}"))
}

/// Serves until Ctrl-C; calls `ready` once the relay answers.
pub(super) fn serve(demo: &Demo, ready: impl FnOnce()) -> Result<()> {
    let (stop, stopped) = channel();
    ctrlc::set_handler(move || stop.send(()).unwrap_or_default()).context("could not listen for Ctrl-C")?;
    let mut relay = Relay(command(demo).spawn().context("could not start the relay")?);
    if relay.is_ready(demo.port, &stopped)? {
        ready();
        relay.until_stopped(&stopped)?;
    }
    relay.stop(&stopped)
}

fn command(demo: &Demo) -> Command {
    let mut command = demo.program("sealpost-relay");
    command.arg("serve").arg("--teams").arg(demo.teams()).arg("--data").arg(demo.data.join("relay"));
    command.args(["--listen", &address(demo.port).to_string(), "--origin", &demo.origin()]);
    command
}

fn address(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// The running relay; killed if this program fails before it could be stopped.
struct Relay(Child);

impl Relay {
    /// Waits for `/readyz`; false when Ctrl-C came first.
    fn is_ready(&mut self, port: u16, stopped: &Receiver<()>) -> Result<bool> {
        let deadline = Instant::now() + READY_WITHIN;
        while Instant::now() < deadline {
            if answers(port) {
                return Ok(true);
            }
            if pause(stopped) {
                return Ok(false);
            }
            self.must_run()?;
        }
        bail!("the relay did not become ready within {}", sh::human(READY_WITHIN));
    }

    fn until_stopped(&mut self, stopped: &Receiver<()>) -> Result<()> {
        while !pause(stopped) {
            self.must_run()?;
        }
        Ok(())
    }

    fn stop(mut self, stopped: &Receiver<()>) -> Result<()> {
        sh::say("\nstopping the relay");
        // A terminal's Ctrl-C has reached the relay too; a signal sent to this program alone has not.
        let _sent = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        let deadline = Instant::now() + STOPPED_WITHIN;
        while Instant::now() < deadline {
            if let Some(status) = self.0.try_wait()? {
                return ended(status);
            }
            if pause(stopped) {
                break;
            }
        }
        self.0.kill()?;
        ended(self.0.wait()?)
    }

    fn must_run(&mut self) -> Result<()> {
        match self.0.try_wait()? {
            Some(status) => bail!("the relay ended by itself ({status}); what it said stands above"),
            None => Ok(()),
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let _killed = self.0.kill();
        let _reaped = self.0.wait();
    }
}

fn ended(status: ExitStatus) -> Result<()> {
    if status.success() { Ok(()) } else { bail!("the relay did not stop cleanly: {status}") }
}

/// Waits one tick; true when Ctrl-C came.
fn pause(stopped: &Receiver<()>) -> bool {
    !matches!(stopped.recv_timeout(TICK), Err(RecvTimeoutError::Timeout))
}

/// Whether `/readyz` answers 200.
fn answers(port: u16) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&address(port), TICK)?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        // In one piece: a server may answer and hang up once it has read a part of the question.
        let question =
            format!("GET /readyz HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", address(port));
        stream.write_all(question.as_bytes())?;
        let mut answer = Vec::new();
        stream.take(MOST_ANSWER_BYTES).read_to_end(&mut answer)?;
        Ok(answer.starts_with(b"HTTP/1.1 200"))
    };
    ask().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader};

    use super::*;

    /// Answers one request, read to its end, on a free port and returns the port.
    fn server(answer: &'static [u8]) -> u16 {
        let listener = TcpListener::bind(address(0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let request = BufReader::new(&stream).lines().map_while(Result::ok);
            assert_eq!(request.take_while(|line| !line.is_empty()).next().unwrap(), "GET /readyz HTTP/1.1");
            stream.write_all(answer).unwrap();
        });
        port
    }

    #[test]
    fn only_a_200_counts_as_ready() {
        assert!(answers(server(b"HTTP/1.1 200 OK\r\n\r\n")));
        assert!(!answers(server(b"HTTP/1.1 503 Service Unavailable\r\n\r\n")));
    }

    #[test]
    fn a_taken_port_is_said_before_anything_is_built() {
        let listener = TcpListener::bind(address(0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(check_port(port).unwrap_err().to_string().contains("--port"));
        drop(listener);
        check_port(port).unwrap();
    }
}
