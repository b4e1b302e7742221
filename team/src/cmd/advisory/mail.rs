//! The announcement: a mail signed in clear, with the signed advisory attached, sent by SMTP or written as a file.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use lettre::message::header::{ContentDisposition, ContentTransferEncoding, ContentType};
use lettre::message::{Attachment, Mailbox, Mailboxes, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{Message, SmtpTransport, Transport as _};
use sealpost_advisory::{Advisory, Format, export};
use sealpost_shared::Timestamp;
use sealpost_shared::policy::Policy;

use super::MailArgs;
use crate::config::usage;
use crate::files;
use crate::keyring::Keyring;

/// A server that has not answered by then is down.
const ANSWERS_WITHIN: Duration = Duration::from_secs(60);

/// An advisory of 160 KiB twice, as text and attached in base64, with headers.
const MAX_MAIL_BYTES: u64 = 1024 * 1024;

/// A password on one line.
const MAX_PASSWORD_BYTES: u64 = 4096;

/// A mail that is ready to go.
pub(super) struct Announcement {
    message: Message,
    /// What to look for in an archive.
    pub(super) mark: String,
}

impl Announcement {
    /// Writes and signs the mail.
    ///
    /// # Errors
    /// When an address is malformed or the key cannot sign.
    pub(super) fn make(
        advisory: &Advisory,
        policy: &Policy,
        to: &[String],
        signed_document: &str,
        keyring: &dyn Keyring,
        now: Timestamp,
    ) -> Result<Self> {
        let text = export(advisory, Format::Mail)?.into_iter().map(|file| file.text).collect::<String>();
        let signed = keyring.sign_cleartext(&text, now).context("cannot sign the announcement")?;
        let identity = &policy.identity;
        let from = mailbox(&format!("{} <{}>", quoted_name(&identity.name), identity.contact))?;
        let domain = identity.contact.split('@').nth(1).unwrap_or("localhost");
        let mark = format!("<{}.{}@{domain}>", advisory.id, advisory.modified.seconds());
        let at = std::time::UNIX_EPOCH + Duration::from_secs(now.seconds().unsigned_abs());
        let mut message = Message::builder()
            .from(from)
            .date(at)
            .message_id(Some(mark.clone()))
            .subject(format!("[{}] {}", advisory.id, advisory.title));
        for address in to {
            message = message.to(mailbox(address)?);
        }
        let attached = Attachment::new(format!("{}.md.asc", advisory.id))
            .body(signed_document.to_owned(), ContentType::TEXT_PLAIN);
        let message = message
            .multipart(MultiPart::mixed().singlepart(text_part(&signed)?).singlepart(attached))
            .context("cannot put the announcement together")?;
        Ok(Self { message, mark })
    }

    /// Writes it as a file that any mail program sends.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn write(&self, path: &Path) -> Result<()> {
        files::replace(path, &self.message.formatted())
    }

    /// Sends it.
    ///
    /// # Errors
    /// When the server refuses it, or nobody knows whether it took it.
    pub(super) fn send(&self, server: &SmtpTransport) -> Result<(), Unsent> {
        match server.send(&self.message) {
            Ok(_) => Ok(()),
            // The server said no, so it has not taken it (RFC 5321, 4.2.1).
            Err(error) if error.is_permanent() || error.is_transient() => Err(Unsent::Refused(error)),
            Err(error) => Err(Unsent::Unknown(error)),
        }
    }
}

/// Refuses addresses that a mail written by an earlier run is not addressed to: a person would send it, and they would not get it.
///
/// # Errors
/// A usage error that says to whom it goes.
pub(super) fn check_addressed(path: &Path, named: &[String]) -> Result<()> {
    let mail = files::read_text(path, MAX_MAIL_BYTES)?;
    let mut lines =
        mail.lines().take_while(|line| !line.is_empty()).skip_while(|line| !line.starts_with("To: "));
    let first = lines.next().and_then(|line| line.strip_prefix("To: ")).unwrap_or_default().to_owned();
    // A long header goes on in lines that begin with a blank (RFC 5322, 2.2.3).
    let to = lines.take_while(|line| line.starts_with([' ', '\t'])).fold(first, |to, line| to + line);
    let emails =
        |mailboxes: Mailboxes| mailboxes.into_iter().map(|mailbox| mailbox.email.to_string()).collect();
    let there: BTreeSet<String> = to.parse().map(emails).unwrap_or_default();
    let wanted: BTreeSet<String> =
        named.iter().map(|address| Ok(mailbox(address)?.email.to_string())).collect::<Result<_>>()?;
    if wanted.is_empty() || wanted == there {
        return Ok(());
    }
    usage(format!(
        "{} was written by an earlier run and goes to {}; to write it anew for other addresses remove it, unless it was sent already",
        path.display(),
        Vec::from_iter(there).join(", ")
    ))
}

/// Says why a mail is not known to be sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unsent {
    /// The server said no: nothing was sent.
    #[error("the mail server refused the announcement, so nothing was sent: {0}")]
    Refused(#[source] lettre::transport::smtp::Error),
    /// The line broke at a moment that leaves it open.
    #[error("the line to the mail server broke while the announcement was being sent: {0}")]
    Unknown(#[source] lettre::transport::smtp::Error),
}

/// Finds out whether the mail server answers, before anything is written down as begun.
///
/// # Errors
/// When it does not.
pub(super) fn reach(server: &SmtpTransport) -> Result<()> {
    let answers =
        server.test_connection().context("the mail server cannot be reached, so nothing was sent")?;
    ensure!(answers, "the mail server does not answer, so nothing was sent; try again later");
    Ok(())
}

/// **Rule:** RFC 3676, 4: `format=fixed` keeps readers from joining lines, which would break the signature.
fn text_part(signed: &str) -> Result<SinglePart> {
    let kind = ContentType::parse("text/plain; charset=utf-8; format=fixed")?;
    let encoding = if signed.is_ascii() && signed.lines().all(|line| line.len() < 900) {
        ContentTransferEncoding::SevenBit
    } else {
        ContentTransferEncoding::QuotedPrintable
    };
    let part = SinglePart::builder().header(kind).header(ContentDisposition::inline()).header(encoding);
    Ok(part.body(signed.replace("\r\n", "\n").replace('\n', "\r\n")))
}

fn mailbox(address: &str) -> Result<Mailbox> {
    address.parse().with_context(|| format!("“{address}” is no mail address; write it as name@example.org"))
}

/// A display name may hold commas and dots only between quotation marks (RFC 5322, 3.2.4).
fn quoted_name(name: &str) -> String {
    format!("\"{}\"", name.replace(['"', '\\'], ""))
}

/// The mail server that the settings name; `None` when there is none.
///
/// # Errors
/// A usage error for an address that would send a password or an announcement in clear.
pub(super) fn server(args: &MailArgs) -> Result<Option<SmtpTransport>> {
    let Some(url) = &args.smtp else { return Ok(None) };
    let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let local = ["localhost", "127.0.0.1", "[::1]"]
        .iter()
        .any(|name| host == *name || host.starts_with(&format!("{name}:")));
    if authority.contains('@') {
        return usage(
            "put no user or password into --smtp: name the user with --smtp-user and a file with --smtp-password-file",
        );
    }
    if !(url.starts_with("smtps://") || url.contains("tls=required") || local) {
        return usage(
            "the mail server must be reached through TLS: smtps://HOST, or smtp://HOST:587?tls=required",
        );
    }
    let mut builder =
        SmtpTransport::from_url(url).with_context(|| format!("“{url}” is no address of a mail server"))?;
    if let Some(user) = &args.smtp_user {
        let Some(file) = &args.smtp_password_file else {
            return usage("--smtp-user wants --smtp-password-file");
        };
        let password = files::read_text(file, MAX_PASSWORD_BYTES)?;
        let password = password.lines().next().unwrap_or_default().to_owned();
        builder = builder.credentials(Credentials::new(user.clone(), password));
    }
    Ok(Some(builder.timeout(Some(ANSWERS_WITHIN)).build()))
}
