//! Reading the settings: the same names as flags, as variables and in a file. A name that is not known is an error everywhere.

mod error;
mod origin;

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory as _};
use serde::{Deserialize, Serialize};

use crate::work::{DEFAULT_BITS, DEFAULT_CASES_PER_HOUR, Price};

use crate::blobs::BucketAddress;
use crate::notify::SmtpAddress;
use crate::store::PostgresAddress;

use super::{CommandLine, Config, Listen, Serve, SmtpSettings, TlsFiles};

pub use error::SettingsError;
pub use origin::Origin;

pub(super) const DESK_QUOTA_MIB: u64 = 4096;
pub(super) const DISK_FLOOR_MIB: u64 = 512;
pub(super) const MAX_CONNECTIONS: u32 = 2048;

/// Every variable of ours begins so.
const PREFIX: &str = "SEALPOST_RELAY_";

/// The most bytes of a settings file: every setting with a page of comments.
const MAX_FILE_BYTES: u64 = 64 * 1024;

/// What was set in one place. The names in a file are those of the flags.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Folder with one folder for each team.
    #[arg(long, value_name = "DIR", env = "SEALPOST_RELAY_TEAMS")]
    pub teams: Option<PathBuf>,

    /// Folder for the database, files and the relay's key; made if it is not there. Back it up: it is all there is.
    #[arg(long, value_name = "DIR", env = "SEALPOST_RELAY_DATA")]
    pub data: Option<PathBuf>,

    /// Keep cases on this PostgreSQL server instead of in the data folder: postgres://user@host/name. The password comes from PGPASSWORD or
    /// PGPASSFILE. Any number of relays may share it. [default: a SQLite file in the data folder]
    #[arg(long, value_name = "URL", env = "SEALPOST_RELAY_DATABASE")]
    pub database: Option<PostgresAddress>,

    /// Keep files in this bucket instead of in the data folder: s3://bucket or s3://bucket/prefix. Server and key come from
    /// `AWS_ENDPOINT_URL`, `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`. [default: a folder in the data folder]
    #[arg(long, value_name = "URL", env = "SEALPOST_RELAY_BLOBS")]
    pub blobs: Option<BucketAddress>,

    /// Address and port to listen on (port 0 takes a free one), or unix: and the path of a socket for a proxy. [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS", env = "SEALPOST_RELAY_LISTEN")]
    pub listen: Option<Listen>,

    /// The address people use, such as `https://reports.example.org`; it stands in receipts and login statements, so changing it
    /// later makes old ones name another relay. [default: http:// and the address listened on]
    #[arg(long, value_name = "URL", env = "SEALPOST_RELAY_ORIGIN")]
    pub origin: Option<Origin>,

    /// Speak TLS with this chain of certificates (PEM). SIGHUP reads it again. Without it, a proxy ends TLS.
    #[arg(long, value_name = "FILE", env = "SEALPOST_RELAY_TLS_CERTIFICATE")]
    pub tls_certificate: Option<PathBuf>,

    /// The private key of --tls-certificate (PEM).
    #[arg(long, value_name = "FILE", env = "SEALPOST_RELAY_TLS_KEY")]
    pub tls_key: Option<PathBuf>,

    /// Serve metrics for Prometheus at /metrics on this address, or unix: and the path of a socket. Keep it from the public. [default: nowhere]
    #[arg(long, value_name = "ADDRESS", env = "SEALPOST_RELAY_METRICS_LISTEN")]
    pub metrics_listen: Option<Listen>,

    /// How many MiB of letters and files a desk takes from reporters before it answers "full"; files may fill three quarters of it, so
    /// that letters still arrive. Teams can always answer. [default: 4096]
    #[arg(long, value_name = "MIB", env = "SEALPOST_RELAY_DESK_QUOTA_MIB")]
    pub desk_quota_mib: Option<u64>,

    /// How many MiB of the disk stay free: below that the relay takes no more files, only letters. [default: 512]
    #[arg(long, value_name = "MIB", env = "SEALPOST_RELAY_DISK_FLOOR_MIB")]
    pub disk_floor_mib: Option<u64>,

    /// How much computing a new case costs its sender at rest, in bits: one more is twice as much, 18 is well under a second on a
    /// phone, 0 asks for none. It gets harder by itself, by up to 8 bits, while many cases come. [default: 18]
    #[arg(long, value_name = "BITS", env = "SEALPOST_RELAY_PROOF_BITS")]
    pub proof_bits: Option<u8>,

    /// How many cases an hour a desk takes before the next get harder. Nobody is ever blocked. [default: 120]
    #[arg(long, value_name = "N", env = "SEALPOST_RELAY_CASES_PER_HOUR")]
    pub cases_per_hour: Option<u32>,

    /// A proxy is in front and names those who ask it in X-Forwarded-For: of that, the network part is counted in memory for an hour.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", env = "SEALPOST_RELAY_BEHIND_PROXY")]
    pub behind_proxy: Option<bool>,

    /// Tell desks by mail what came in, where notice.toml in a team's folder asks for it: smtps://host, smtp://host (with STARTTLS), or
    /// smtp-local://127.0.0.1 for a mail server on this machine. [default: no mail is ever sent]
    #[arg(long, value_name = "SERVER", env = "SEALPOST_RELAY_SMTP")]
    pub smtp: Option<SmtpAddress>,

    /// The sender of that mail.
    #[arg(long, value_name = "ADDRESS", env = "SEALPOST_RELAY_SMTP_FROM")]
    pub smtp_from: Option<lettre::Address>,

    /// The user at the mail server, if it wants one.
    #[arg(long, value_name = "NAME", env = "SEALPOST_RELAY_SMTP_USER")]
    pub smtp_user: Option<String>,

    /// File whose first line is that user's password.
    #[arg(long, value_name = "FILE", env = "SEALPOST_RELAY_SMTP_PASSWORD_FILE")]
    pub smtp_password_file: Option<PathBuf>,

    /// A certificate (PEM) that the mail server may be known by, besides those that browsers trust.
    #[arg(long, value_name = "FILE", env = "SEALPOST_RELAY_SMTP_CA")]
    pub smtp_ca: Option<PathBuf>,

    /// How many connections are held open at once; further ones are closed. [default: 2048]
    #[arg(long, value_name = "N", env = "SEALPOST_RELAY_MAX_CONNECTIONS")]
    pub max_connections: Option<u32>,

    /// Serve the browser app from this folder instead of the one built in.
    #[arg(long, value_name = "DIR", env = "SEALPOST_RELAY_CLIENT", hide_short_help = true)]
    pub client: Option<PathBuf>,
}

impl Serve {
    /// Decides every setting.
    ///
    /// # Errors
    /// The first thing that is unknown, missing or out of its bounds.
    pub fn decide(self, variables: impl Iterator<Item = String>) -> Result<Config, SettingsError> {
        refuse_unknown(variables)?;
        let file = self.config.as_deref().map(Settings::read).transpose()?;
        self.settings.or(file.unwrap_or_default()).decide()
    }
}

/// A misspelt variable would otherwise be a default that nobody asked for.
fn refuse_unknown(mut variables: impl Iterator<Item = String>) -> Result<(), SettingsError> {
    let command = CommandLine::command();
    let serve = command.find_subcommand("serve").expect("there is a command to serve");
    let is_known = |name: &String| {
        serve.get_arguments().any(|arg| arg.get_env().is_some_and(|env| env == name.as_str()))
    };
    match variables.find(|name| name.starts_with(PREFIX) && !is_known(name)) {
        Some(name) => Err(SettingsError::Variable(name)),
        None => Ok(()),
    }
}

impl Settings {
    fn read(path: &Path) -> Result<Self, SettingsError> {
        let failed = |source| SettingsError::Io { path: path.to_owned(), source };
        let mut bytes = Vec::new();
        let file = fs::File::open(path).map_err(failed)?;
        file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
        let text = String::from_utf8(bytes).ok().filter(|text| text.len() as u64 <= MAX_FILE_BYTES);
        let text = text.ok_or_else(|| SettingsError::NoSettings { path: path.to_owned() })?;
        toml::from_str(&text)
            .map_err(|source| SettingsError::File { path: path.to_owned(), source: Box::new(source) })
    }

    /// These, and where nothing is set, those.
    fn or(self, weaker: Self) -> Self {
        Self {
            teams: self.teams.or(weaker.teams),
            data: self.data.or(weaker.data),
            database: self.database.or(weaker.database),
            blobs: self.blobs.or(weaker.blobs),
            listen: self.listen.or(weaker.listen),
            origin: self.origin.or(weaker.origin),
            tls_certificate: self.tls_certificate.or(weaker.tls_certificate),
            tls_key: self.tls_key.or(weaker.tls_key),
            metrics_listen: self.metrics_listen.or(weaker.metrics_listen),
            desk_quota_mib: self.desk_quota_mib.or(weaker.desk_quota_mib),
            disk_floor_mib: self.disk_floor_mib.or(weaker.disk_floor_mib),
            proof_bits: self.proof_bits.or(weaker.proof_bits),
            cases_per_hour: self.cases_per_hour.or(weaker.cases_per_hour),
            behind_proxy: self.behind_proxy.or(weaker.behind_proxy),
            smtp: self.smtp.or(weaker.smtp),
            smtp_from: self.smtp_from.or(weaker.smtp_from),
            smtp_user: self.smtp_user.or(weaker.smtp_user),
            smtp_password_file: self.smtp_password_file.or(weaker.smtp_password_file),
            smtp_ca: self.smtp_ca.or(weaker.smtp_ca),
            max_connections: self.max_connections.or(weaker.max_connections),
            client: self.client.or(weaker.client),
        }
    }

    /// The mail server with all that belongs to it.
    fn smtp(&self) -> Result<Option<SmtpSettings>, SettingsError> {
        let half = |words| Err(SettingsError::HalfSmtp(words));
        let login = match (self.smtp_user.clone(), self.smtp_password_file.clone()) {
            (Some(user), Some(file)) => Some((user, file)),
            (None, None) => None,
            _ => return half("--smtp-user and --smtp-password-file go together: give both, or none"),
        };
        match (self.smtp.clone(), self.smtp_from.clone()) {
            (Some(address), Some(from)) => {
                Ok(Some(SmtpSettings { address, from, login, ca: self.smtp_ca.clone() }))
            }
            (None, None) if login.is_none() && self.smtp_ca.is_none() => Ok(None),
            (Some(_), None) => {
                half("--smtp-from is missing: the sender of notices, such as relay@example.org")
            }
            (None, _) => {
                half("--smtp is missing: without a mail server, the other settings of mail do nothing")
            }
        }
    }

    fn decide(self) -> Result<Config, SettingsError> {
        let smtp = self.smtp()?;
        let tls = match (self.tls_certificate, self.tls_key) {
            (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
            (None, None) => None,
            _ => return Err(SettingsError::HalfTls),
        };
        let listen = self.listen.unwrap_or(Listen::Tcp(([127, 0, 0, 1], 8080).into()));
        if self.origin.is_none() && (tls.is_some() || listen.tcp().is_none()) {
            return Err(SettingsError::NoOrigin);
        }
        let desk_quota_mib = self.desk_quota_mib.unwrap_or(DESK_QUOTA_MIB);
        let disk_floor_mib = self.disk_floor_mib.unwrap_or(DISK_FLOOR_MIB);
        let max_connections = self.max_connections.unwrap_or(MAX_CONNECTIONS);
        Ok(Config {
            teams: self.teams.ok_or(SettingsError::Missing("teams"))?,
            data: self.data.ok_or(SettingsError::Missing("data"))?,
            database: self.database,
            blobs: self.blobs,
            listen,
            origin: self.origin.map(String::from),
            tls,
            metrics_listen: self.metrics_listen,
            desk_quota_mib: within("desk-quota-mib", desk_quota_mib, 1, 1 << 30)?,
            disk_floor_mib: within("disk-floor-mib", disk_floor_mib, 0, 1 << 30)?,
            price: Price {
                // At most the bits that clients work for, less what pressure adds.
                bits: within("proof-bits", self.proof_bits.unwrap_or(DEFAULT_BITS), 0, 20)?,
                cases_per_hour: within(
                    "cases-per-hour",
                    self.cases_per_hour.unwrap_or(DEFAULT_CASES_PER_HOUR),
                    1,
                    1 << 20,
                )?,
            },
            behind_proxy: self.behind_proxy.unwrap_or(false),
            smtp,
            max_connections: within("max-connections", max_connections, 1, 100_000)?,
            client: self.client,
        })
    }
}

fn within<N: Copy + Into<u64>>(
    name: &'static str,
    value: N,
    least: u64,
    most: u64,
) -> Result<N, SettingsError> {
    let number = value.into();
    if (least..=most).contains(&number) {
        return Ok(value);
    }
    Err(SettingsError::OutOfBounds { name, value: number, least, most })
}

impl From<Config> for Settings {
    fn from(config: Config) -> Self {
        let (login, smtp_ca) =
            config.smtp.as_ref().map(|smtp| (smtp.login.clone(), smtp.ca.clone())).unwrap_or_default();
        let (smtp_user, smtp_password_file) = login.unzip();
        let (smtp, smtp_from) = config.smtp.map(|smtp| (smtp.address, smtp.from)).unzip();
        let (tls_certificate, tls_key) = config.tls.map(|tls| (tls.certificate, tls.key)).unzip();
        Self {
            teams: Some(config.teams),
            data: Some(config.data),
            database: config.database,
            blobs: config.blobs,
            listen: Some(config.listen),
            origin: config.origin.map(Origin::given),
            tls_certificate,
            tls_key,
            metrics_listen: config.metrics_listen,
            desk_quota_mib: Some(config.desk_quota_mib),
            disk_floor_mib: Some(config.disk_floor_mib),
            proof_bits: Some(config.price.bits),
            cases_per_hour: Some(config.price.cases_per_hour),
            behind_proxy: Some(config.behind_proxy),
            smtp,
            smtp_from,
            smtp_user,
            smtp_password_file,
            smtp_ca,
            max_connections: Some(config.max_connections),
            client: config.client,
        }
    }
}

impl Config {
    /// Every setting that holds, in the form of a settings file.
    #[must_use]
    pub fn to_toml(&self) -> String {
        toml::to_string(&Settings::from(self.clone())).expect("settings are plain values")
    }
}

#[cfg(test)]
mod tests;
