//! The mail server that the operator names. It sees who is told, and when; so it is never spoken to in clear, except on this machine.

use std::fmt;
use std::io::Read as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{SmtpTransport, Transport as _};
use serde::{Deserialize, Serialize};

use super::mail::{Outcome, Unsent};
use crate::config::SmtpSettings;

/// A server that has not answered by then is down.
const ANSWERS_WITHIN: Duration = Duration::from_secs(30);

/// A password on one line, or a few certificates.
const MAX_FILE_BYTES: u64 = 64 * 1024;

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protection {
    /// TLS from the first byte.
    Tls,
    /// TLS after `STARTTLS`, or nothing is sent.
    StartTls,
    /// None: this machine only.
    None,
}

/// `smtps://host[:465]`, `smtp://host[:587]` (with STARTTLS), or `smtp-local://127.0.0.1[:25]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SmtpAddress {
    protection: Protection,
    host: String,
    port: u16,
}

impl Protection {
    const fn scheme(self) -> (&'static str, u16) {
        match self {
            Self::Tls => ("smtps", 465),
            Self::StartTls => ("smtp", 587),
            Self::None => ("smtp-local", 25),
        }
    }
}

const FORM: &str = "a mail server is smtps://host (TLS), smtp://host (STARTTLS) or smtp-local://127.0.0.1 (this machine only), and perhaps a port; \
                    user and password have settings of their own";

impl FromStr for SmtpAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let kinds = [Protection::Tls, Protection::StartTls, Protection::None];
        let found = kinds
            .into_iter()
            .find_map(|kind| Some((kind, text.strip_prefix(kind.scheme().0)?.strip_prefix("://")?)));
        let (protection, rest) = found.ok_or(FORM)?;
        let (host, port) =
            match rest.rsplit_once(':').filter(|(host, _)| !host.contains(':') || host.ends_with(']')) {
                Some((host, port)) => (host, port.parse().map_err(|_| FORM)?),
                None => (rest, protection.scheme().1),
            };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let is_name = |c: char| c.is_ascii_alphanumeric() || ".-:".contains(c);
        let is_local =
            bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        if bare.is_empty() || !bare.chars().all(is_name) || (protection == Protection::None && !is_local) {
            return Err(FORM.to_owned());
        }
        Ok(Self { protection, host: bare.to_owned(), port })
    }
}

impl TryFrom<String> for SmtpAddress {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<SmtpAddress> for String {
    fn from(address: SmtpAddress) -> Self {
        address.to_string()
    }
}

impl fmt::Display for SmtpAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { protection, host, port } = self;
        let (open, close) = if host.contains(':') { ("[", "]") } else { ("", "") };
        write!(f, "{}://{open}{host}{close}:{port}", protection.scheme().0)
    }
}

/// Says why no mail can be sent with these settings.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// A file cannot be read.
    #[error("{path}: {source}. It is named by --smtp-password-file or --smtp-ca.")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file holds something else.
    #[error("{path}: this is not {what}")]
    Content {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
    },
    /// TLS cannot be set up.
    #[error("TLS with the mail server cannot be set up: {0}")]
    Tls(#[source] lettre::transport::smtp::Error),
}

/// A mail server, and as whom it is spoken to.
#[derive(Debug, Clone)]
pub struct MailServer {
    transport: SmtpTransport,
    from: Mailbox,
}

impl MailServer {
    /// Reads the files that the settings name; nothing is connected yet.
    ///
    /// # Errors
    /// When a file cannot be read or holds something else.
    pub fn open(settings: &SmtpSettings) -> Result<Self, MailError> {
        let SmtpAddress { protection, host, port } = &settings.address;
        let tls = match protection {
            Protection::Tls => Tls::Wrapper(parameters(host, settings.ca.as_deref())?),
            Protection::StartTls => Tls::Required(parameters(host, settings.ca.as_deref())?),
            Protection::None => Tls::None,
        };
        let mut transport =
            SmtpTransport::builder_dangerous(host).port(*port).tls(tls).timeout(Some(ANSWERS_WITHIN));
        if let Some((user, file)) = &settings.login {
            let text = read(file)?;
            let password = text.lines().next().filter(|line| !line.is_empty());
            let what = "a password on the first line";
            let password = password.ok_or_else(|| MailError::Content { path: file.clone(), what })?;
            transport = transport.credentials(Credentials::new(user.clone(), password.to_owned()));
        }
        Ok(Self { transport: transport.build(), from: Mailbox::new(None, settings.from.clone()) })
    }

    /// Sends a mail. What the server says goes to the log as a number only: its words may quote addresses.
    pub(super) async fn send(&self, mail: Unsent) -> Outcome {
        let server = self.clone();
        let sent = tokio::task::spawn_blocking(move || match mail(server.from.clone()) {
            Ok(message) => server.transport.send(&message).map(drop).map_err(|error| judge(&error)),
            Err(_) => Err(Outcome::Refused),
        });
        match sent.await {
            Ok(Ok(())) => Outcome::Sent,
            Ok(Err(outcome)) => outcome,
            Err(_) => Outcome::Failed,
        }
    }
}

/// **Rule:** RFC 5321, 4.2.1: 5yz is for good, 4yz and silence are not.
fn judge(error: &lettre::transport::smtp::Error) -> Outcome {
    let status = error.status().map(|code| code.to_string()).unwrap_or_else(|| "no answer".to_owned());
    tracing::warn!(status, tls = error.is_tls(), "the mail server did not take a notice");
    if error.is_permanent() { Outcome::Refused } else { Outcome::Failed }
}

fn parameters(host: &str, ca: Option<&Path>) -> Result<TlsParameters, MailError> {
    let mut parameters = TlsParameters::builder(host.to_owned());
    if let Some(path) = ca {
        let certificate = Certificate::from_pem(read(path)?.as_bytes());
        let failed = |_| MailError::Content { path: path.to_owned(), what: "a certificate (PEM)" };
        parameters = parameters.add_root_certificate(certificate.map_err(failed)?);
    }
    parameters.build().map_err(MailError::Tls)
}

fn read(path: &Path) -> Result<String, MailError> {
    let failed = |source| MailError::Io { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(MAX_FILE_BYTES).read_to_end(&mut bytes).map_err(failed)?;
    let what = "a short text";
    String::from_utf8(bytes).map_err(|_| MailError::Content { path: path.to_owned(), what })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_they_are_written_and_clear_ones_stay_on_this_machine() {
        for (text, written) in [
            ("smtps://mail.example.org", "smtps://mail.example.org:465"),
            ("smtp://mail.example.org:25", "smtp://mail.example.org:25"),
            ("smtp-local://[::1]:2525", "smtp-local://[::1]:2525"),
            ("smtp-local://localhost", "smtp-local://localhost:25"),
        ] {
            assert_eq!(text.parse::<SmtpAddress>().unwrap().to_string(), written);
            assert_eq!(written.parse::<SmtpAddress>().unwrap().to_string(), written);
        }
        for text in [
            "mail.example.org",
            "smtp://",
            "smtp://a:b@host",
            "smtp://host/x",
            "smtp://host:x",
            "smtp-local://mail.example.org",
            "http://host",
        ] {
            assert!(text.parse::<SmtpAddress>().is_err(), "{text}");
        }
    }
}
