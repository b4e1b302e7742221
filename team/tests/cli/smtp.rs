//! A mail server that takes everything and keeps it, or hangs up at the wrong moment.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::thread;

/// What the server does with a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Habit {
    /// Takes it.
    Takes,
    /// Takes it, and hangs up before it says so.
    HangsUp,
    /// Says no.
    Refuses,
}

/// A running server.
pub(crate) struct Server {
    /// Its address for `--smtp`.
    pub(crate) url: String,
    mails: Receiver<String>,
}

impl Server {
    /// Starts one on a free port.
    pub(crate) fn start(habit: Habit) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let (send, mails) = mpsc::channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mail) = serve(&stream.unwrap(), habit) else { continue };
                if send.send(mail).is_err() {
                    return;
                }
            }
        });
        Self { url, mails }
    }

    /// Every mail that came so far.
    pub(crate) fn mails(&self) -> Vec<String> {
        self.mails.try_iter().collect()
    }

    /// The next mail; waits for it.
    pub(crate) fn next(&self) -> String {
        self.mails.recv_timeout(std::time::Duration::from_secs(60)).unwrap()
    }
}

/// RFC 5321, as much of it as a polite client uses. Gives the mail's text.
fn serve(stream: &TcpStream, habit: Habit) -> std::io::Result<String> {
    let mut answer = stream.try_clone()?;
    let mut lines = BufReader::new(stream);
    answer.write_all(b"220 here\r\n")?;
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if !line.to_ascii_uppercase().starts_with("DATA") {
            answer.write_all(b"250 fine\r\n")?;
            continue;
        }
        answer.write_all(b"354 go on\r\n")?;
        let mut mail = String::new();
        loop {
            let mut line = String::new();
            if lines.read_line(&mut line)? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            if line == ".\r\n" {
                break;
            }
            // Section 4.5.2: a dot at the start of a line is doubled on the way.
            mail.push_str(line.strip_prefix('.').unwrap_or(&line));
        }
        match habit {
            Habit::Takes => answer.write_all(b"250 taken\r\n")?,
            Habit::Refuses => answer.write_all(b"550 not here\r\n")?,
            Habit::HangsUp => {}
        }
        return Ok(mail);
    }
}
