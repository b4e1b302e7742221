//! Logging in: the statement a member of a desk signs, readable for the person who signs it. **Rule:** PROTOCOL.md, "Sessions".

use std::fmt;
use std::str::FromStr;

use sealpost_shared::id::Slug;
use sealpost_shared::{Duration, Fingerprint, Timestamp, limits};

use crate::cert::UncheckedCert;
use crate::cleartext::Cleartext;
use crate::verify::{self, SignatureError, ValidWhen};

const TITLE: &str = "Sealpost login 1";
const PURPOSE: &str = "I ask the relay below for a session at this desk.";

/// What is signed to log in. Its text is what [`fmt::Display`] writes, and nothing else is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginStatement {
    /// The address people use for the relay.
    pub relay: String,
    /// The team.
    pub team: Slug,
    /// The desk.
    pub desk: Slug,
    /// The relay's challenge: 32 lowercase hexadecimal digits.
    pub nonce: String,
    /// When the statement stops being good: at most [`limits::MAX_STATEMENT_SECONDS`] ahead.
    pub expires: Timestamp,
}

/// Says why a text is not a login statement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// The first two lines are others.
    #[error("this is not a Sealpost login statement: its first line should be “{TITLE}”")]
    Title,
    /// A line is missing, misspelt, repeated or out of order.
    #[error("the statement's line “{0}” is missing or malformed")]
    Line(&'static str),
}

/// Says why a login is refused. A relay tells the caller only that it is; the rest is for its log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// Larger than [`limits::MAX_STATEMENT_BYTES`].
    #[error("The statement is too large.")]
    TooLarge,
    /// The signed text is not a statement.
    #[error("{0}")]
    Statement(#[from] StatementError),
    /// No member's signature.
    #[error("{0}")]
    Signature(SignatureError),
    /// Its time is over.
    #[error("The statement expired on {at}. Ask for a new challenge and sign that.")]
    Expired {
        /// When it ended.
        at: Timestamp,
    },
    /// It claims a longer life than allowed.
    #[error("The statement wants to live longer than {} minutes.", limits::MAX_STATEMENT_SECONDS / 60)]
    TooLong,
}

impl fmt::Display for LoginStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{TITLE}")?;
        writeln!(f, "{PURPOSE}")?;
        writeln!(f, "relay: {}", self.relay)?;
        writeln!(f, "team: {}", self.team)?;
        writeln!(f, "desk: {}", self.desk)?;
        writeln!(f, "nonce: {}", self.nonce)?;
        writeln!(f, "expires: {}", self.expires)
    }
}

impl FromStr for LoginStatement {
    type Err = StatementError;

    fn from_str(text: &str) -> Result<Self, StatementError> {
        let mut lines = text.lines().map(str::trim_end);
        if lines.next() != Some(TITLE) || lines.next() != Some(PURPOSE) {
            return Err(StatementError::Title);
        }
        let mut value = |key: &'static str| {
            let line = lines.next().ok_or(StatementError::Line(key))?;
            let rest = line.strip_prefix(key).and_then(|rest| rest.strip_prefix(": "));
            rest.ok_or(StatementError::Line(key))
        };
        let statement = Self {
            relay: value("relay")?.to_owned(),
            team: value("team")?.parse().map_err(|_| StatementError::Line("team"))?,
            desk: value("desk")?.parse().map_err(|_| StatementError::Line("desk"))?,
            nonce: nonce(value("nonce")?)?,
            expires: value("expires")?.parse().map_err(|_| StatementError::Line("expires"))?,
        };
        if lines.any(|line| !line.is_empty()) { Err(StatementError::Line("expires")) } else { Ok(statement) }
    }
}

fn nonce(text: &str) -> Result<String, StatementError> {
    let digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let well_formed = text.len() == 32 && text.chars().all(digit);
    if well_formed { Ok(text.to_owned()) } else { Err(StatementError::Line("nonce")) }
}

/// Verifies a cleartext-signed login statement against the certificates of a desk's members. The signing key must be valid
/// when it signed and at `now`. Relay, team, desk and nonce are left to the caller, who knows what they should be.
///
/// # Errors
/// When it is no statement, out of its time, or signed by no member.
pub fn verify_login(
    signed_text: &str,
    member_certs: &[UncheckedCert],
    now: Timestamp,
) -> Result<(LoginStatement, Fingerprint), LoginError> {
    if signed_text.len() > limits::MAX_STATEMENT_BYTES {
        return Err(LoginError::TooLarge);
    }
    let message = Cleartext::parse(signed_text).map_err(LoginError::Signature)?;
    let statement: LoginStatement = message.text.parse()?;
    if statement.expires <= now {
        return Err(LoginError::Expired { at: statement.expires });
    }
    if statement.expires > now + Duration::from_seconds(limits::MAX_STATEMENT_SECONDS) {
        return Err(LoginError::TooLong);
    }
    let check = |cert: &UncheckedCert| verify::check_cleartext(&message, cert, now, ValidWhen::SignedAndNow);
    let verified = verify::first_good(member_certs.iter(), check).map_err(LoginError::Signature)?;
    Ok((statement, verified.signer))
}
