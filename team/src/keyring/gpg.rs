//! Keys that gpg keeps: its agent asks for passphrases and speaks to smartcards. We run the program and judge what it gives.

use std::ffi::OsString;
use std::io::{Read, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use sealpost_keys::enclosures::{OpenedEnclosures, open_enclosures};
use sealpost_keys::{
    BlobGate, Letter, OpenedLetter, SealedLetter, SessionKey, TeamCert, check_sealed, letter_plaintext,
    open_letter,
};
use sealpost_shared::{Fingerprint, Timestamp, limits};
use zeroize::Zeroizing;

use super::Keyring;
use crate::files;

/// Long enough to find the card and type a PIN twice; short enough that a forgotten prompt does not hang a cron job for ever.
const ANSWERS_WITHIN: Duration = Duration::from_secs(180);
/// A letter and its encryption, or a keyring's certificate.
const MAX_OUTPUT_BYTES: u64 = 2 * limits::MAX_LETTER_BYTES as u64;
/// Status lines and words.
const MAX_WORDS_BYTES: u64 = 256 * 1024;

/// The gpg program, with the person's own GNUPGHOME.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gpg;

/// What a run of gpg gave.
#[derive(Debug)]
pub(crate) struct Output {
    /// Standard output.
    pub(crate) bytes: Vec<u8>,
    success: bool,
    words: String,
}

impl Output {
    /// The rest of the first status line with this keyword.
    pub(crate) fn status(&self, keyword: &str) -> Option<&str> {
        let mut lines = self.words.lines().filter_map(|line| line.strip_prefix("[GNUPG:] "));
        lines
            .find_map(|line| {
                line.strip_prefix(keyword).filter(|rest| rest.is_empty() || rest.starts_with(' '))
            })
            .map(str::trim)
    }

    /// Takes the output of a run that succeeded.
    ///
    /// # Errors
    /// What gpg said, in one line, and what to do where that is known.
    pub(crate) fn ok(self, doing: &str) -> Result<Self> {
        if self.success { Ok(self) } else { bail!("gpg could not {doing}: {}", self.complaint()) }
    }

    fn complaint(&self) -> String {
        let said = self.words.lines().filter(|line| !line.starts_with("[GNUPG:]"));
        let said: Vec<&str> = said.map(|line| line.trim_start_matches("gpg: ")).collect();
        let said = said.join("; ");
        let hint = if self.words.contains("Unusable secret key") || self.status("KEYEXPIRED").is_some() {
            ". The key expired or was revoked: extend it (gpg --quick-set-expire FINGERPRINT 1y), or name another with --key"
        } else if self.words.contains("No secret key") {
            ". The key is not in this keyring: check --key and GNUPGHOME"
        } else if self.words.contains("No pinentry") || self.words.contains("Inappropriate ioctl") {
            ". The agent cannot ask for the passphrase: export GPG_TTY=$(tty) in a terminal, or unlock the key first; for a new key that no person unlocks, `sealpost init --no-passphrase`"
        } else if self.words.contains("Operation cancelled") || self.words.contains("Bad passphrase") {
            ". Try again with the right passphrase"
        } else {
            ""
        };
        format!("{said}{hint}")
    }
}

impl Gpg {
    /// Runs gpg with these arguments, `input` on its standard input.
    ///
    /// # Errors
    /// When it is not installed or does not answer in time. A failing run is no error yet: see [`Output::ok`].
    pub(crate) fn run<A: Into<OsString>>(
        self,
        args: impl IntoIterator<Item = A>,
        input: &[u8],
    ) -> Result<Output> {
        let mut command = Command::new("gpg");
        command.args([
            "--batch",
            "--no-tty",
            "--status-fd",
            "2",
            "--no-auto-key-retrieve",
            "--disable-dirmngr",
        ]);
        command.args(args.into_iter().map(Into::into)).env("LC_ALL", "C");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().context(
            "cannot run gpg; install GnuPG (Debian: apt-get install gnupg), or use a key file with --keyring file",
        )?;
        let outcome = talk(&mut child, input);
        if outcome.is_err() {
            let _gone = child.kill();
        }
        let status = child.wait()?;
        let (bytes, words) = outcome?;
        Ok(Output { bytes, words: String::from_utf8_lossy(&words).into_owned(), success: status.success() })
    }
}

/// Feeds and reads on threads of their own, so that no full pipe can stop the other.
fn talk(child: &mut Child, input: &[u8]) -> Result<(Vec<u8>, Vec<u8>)> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let bytes = collect(stdout.context("gpg has no output")?, MAX_OUTPUT_BYTES);
    let words = collect(stderr.context("gpg has no output")?, MAX_WORDS_BYTES);
    let (mut stdin, input) = (stdin.context("gpg has no input")?, Zeroizing::new(input.to_vec()));
    // gpg may stop reading early; what it says on the other pipe tells why.
    thread::spawn(move || stdin.write_all(&input));
    Ok((answer(&bytes)?, answer(&words)?))
}

fn collect(source: impl Read + Send + 'static, limit: u64) -> Receiver<std::io::Result<Vec<u8>>> {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = source.take(limit).read_to_end(&mut bytes).map(|_| bytes);
        let _nobody_waits = send.send(read);
    });
    receive
}

fn answer(from: &Receiver<std::io::Result<Vec<u8>>>) -> Result<Vec<u8>> {
    let read = from.recv_timeout(ANSWERS_WITHIN);
    Ok(read.with_context(|| {
        format!(
            "gpg did not answer in {} seconds; does its agent wait for a passphrase or a card?",
            ANSWERS_WITHIN.as_secs()
        )
    })??)
}

/// One key in gpg's keyring.
#[derive(Debug)]
pub(crate) struct GpgKeyring {
    fingerprint: Fingerprint,
}

impl GpgKeyring {
    /// The key of this fingerprint; whether gpg has it shows at the first use.
    pub(crate) const fn new(fingerprint: Fingerprint) -> Self {
        Self { fingerprint }
    }

    fn sign(&self, how: &[&str], input: &[u8]) -> Result<String> {
        let args = ["--digest-algo", "SHA512", "--local-user", self.fingerprint.as_str()];
        let output = Gpg.run(args.iter().chain(how), input)?.ok("sign")?;
        String::from_utf8(output.bytes).context("gpg made a signature that is no text")
    }
}

impl Keyring for GpgKeyring {
    fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    fn sign_cleartext(&self, text: &str, _now: Timestamp) -> Result<String> {
        self.sign(&["--clearsign"], text.as_bytes())
    }

    fn sign_detached(&self, data: &[u8], _now: Timestamp) -> Result<String> {
        self.sign(&["--armor", "--detach-sign"], data)
    }

    fn open(&self, sealed: &SealedLetter) -> Result<OpenedLetter> {
        let session = session_key(sealed.as_bytes(), "open this letter")?;
        Ok(open_letter(sealed, &session)?)
    }

    fn open_enclosures(&self, sealed: &Path) -> Result<OpenedEnclosures<'static>> {
        // The session keys stand at the beginning, and gpg tells ours as soon as it has read them.
        let mut head = Vec::new();
        files::buffered(sealed)?.take(BlobGate::HEAD_BYTES as u64).read_to_end(&mut head)?;
        let session = session_key(&head, "open these files")?;
        Ok(open_enclosures(files::buffered(sealed)?, &session)?)
    }

    fn seal(&self, letter: &Letter, to: &[TeamCert], _now: Timestamp) -> Result<SealedLetter> {
        let plain = Zeroizing::new(letter_plaintext(letter)?);
        let folder = tempfile::tempdir().context("cannot make a temporary folder for public certificates")?;
        let mut args: Vec<OsString> = Vec::new();
        args.extend(
            ["--trust-model", "always", "--no-encrypt-to", "--no-armor", "--compress-algo", "none"]
                .map(Into::into),
        );
        args.extend(["--cipher-algo", "AES256", "--digest-algo", "SHA512", "--local-user"].map(Into::into));
        args.push(self.fingerprint.as_str().into());
        for (n, cert) in to.iter().enumerate() {
            let path = folder.path().join(format!("{n}.pgp"));
            std::fs::write(&path, cert.cert().to_binary())?;
            args.extend(["--recipient-file".into(), path.into()]);
        }
        args.extend(["--sign", "--encrypt"].map(Into::into));
        let sealed = Gpg.run(args, &plain)?.ok("sign and seal the letter")?.bytes;
        ensure!(
            sealed.len() <= limits::MAX_LETTER_BYTES,
            "the sealed letter is larger than 1 MiB; shorten it"
        );
        check_sealed(&sealed, None)
            .context("gpg sealed the letter in a way that relays refuse; check gpg.conf")?;
        Ok(SealedLetter::from_bytes_unchecked(sealed))
    }
}

/// What opens this one message.
fn session_key(sealed: &[u8], doing: &str) -> Result<SessionKey> {
    // gpg knows no certificate of a reporter, so it calls every signature unchecked and may exit with 2: we check it.
    let args = ["--show-session-key", "--output", "/dev/null", "--yes", "--decrypt"];
    let output = Gpg.run(args, sealed)?;
    let Some(session) = output.status("SESSION_KEY") else {
        output.ok(doing)?;
        bail!("gpg could {doing} but did not tell the session key; a newer GnuPG does (2.1.16 or later)");
    };
    Ok(session.parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expired_key_comes_with_what_to_do() {
        let words = "gpg: skipped \"0123\": Unusable secret key\n[GNUPG:] INV_SGNR 9 0123\ngpg: signing failed: Unusable secret key\n";
        let output = Output { bytes: Vec::new(), success: false, words: words.to_owned() };
        let error = output.ok("sign").unwrap_err().to_string();
        assert!(error.contains("gpg --quick-set-expire"), "{error}");
    }
}
