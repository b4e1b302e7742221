//! What is said goes through a pager while one runs.

use std::io::Write;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anstream::{AutoStream, ColorChoice};

/// The running pager's input.
static INPUT: Mutex<Option<ChildStdin>> = Mutex::new(None);

/// A pager that runs. Dropped, it waits until the person has read.
#[derive(Debug)]
pub(crate) struct Pager {
    child: Child,
}

impl Pager {
    /// Starts the pager; a shell reads the command, as other programs do. `None` if it cannot be started: then the text goes to the
    /// terminal as it is.
    pub(super) fn start(command: &str) -> Option<Self> {
        let mut child = Command::new("sh").args(["-c", command]).stdin(Stdio::piped()).spawn().ok()?;
        *INPUT.lock().unwrap_or_else(PoisonError::into_inner) = child.stdin.take();
        Some(Self { child })
    }
}

impl Drop for Pager {
    fn drop(&mut self) {
        drop(INPUT.lock().unwrap_or_else(PoisonError::into_inner).take());
        // A pager that ends with an error has shown what it could.
        let _status = self.child.wait();
    }
}

/// Writes a line to the pager or to standard output. A reader that goes away (`| head`, `q`) is no error worth a word.
pub(super) fn line(text: &str) {
    let mut input = INPUT.lock().unwrap_or_else(PoisonError::into_inner);
    match input.as_mut() {
        Some(pager) => {
            let colour = match AutoStream::choice(&std::io::stdout()) {
                ColorChoice::Never => ColorChoice::Never,
                _ => ColorChoice::AlwaysAnsi,
            };
            let mut bytes = AutoStream::new(Vec::new(), colour);
            let _written = writeln!(bytes, "{text}");
            let _written = pager.write_all(&bytes.into_inner());
        }
        None => {
            let _written = writeln!(anstream::stdout(), "{text}");
        }
    }
}
