//! How one relay is set up. Decided once, at the start, from flags, `SEALPOST_RELAY_…` variables, a file, and the defaults here, in
//! that order of strength (`settings` reads them).

mod errands;
mod listen;
mod settings;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::work::Price;
pub use errands::{Backup, Key, KeyCommand, Migrate, Restore, Rotate, Verify, Where};
pub use listen::Listen;
pub use settings::{Origin, Settings, SettingsError};

use crate::blobs::BucketAddress;
use crate::notify::SmtpAddress;
use crate::place::Place;
use crate::store::PostgresAddress;

/// Carries sealed reports from those who find vulnerabilities to those who can fix them. Stores ciphertext only, and refuses
/// everything else.
#[derive(Debug, Parser)]
#[command(name = "sealpost-relay", version, max_term_width = 110)]
pub struct CommandLine {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the teams in a folder.
    Serve(Box<Serve>),
    /// Copy all that a relay holds, while it runs, and read the copy.
    Backup(Backup),
    /// Copy a backup into a folder for a relay to serve from, after reading all of it.
    Restore(Restore),
    /// Read every row and file, and name what is not as it was acknowledged. Changes nothing, also while the relay runs.
    Verify(Verify),
    /// Copy all that a relay holds to another place: from its folder to a database server and a bucket, or back.
    Migrate(Migrate),
    /// See to the key that signs receipts.
    Key(Key),
    /// Print the OpenAPI document of the routes under /v1.
    Openapi,
}

const SERVE_HELP: &str = "\
The folder of teams holds one folder for each team, named as its slug:

  teams/demo/policy.toml        the policy; identity.slug is \"demo\"
  teams/demo/policy.toml.asc    gpg --armor --detach-sign policy.toml
  teams/demo/certs/*.asc        every certificate the policy names (gpg --armor --export …)
  teams/demo/security.txt       optional, served at /.well-known/security.txt
  teams/demo/notice.toml        optional, who is told by mail (docs/DEPLOY.md)

SIGHUP reads the teams and the TLS files again and drops no request. Every flag can stand in the file of --config as well, without
its dashes in front:

  teams = \"/etc/sealpost/teams\"
  data = \"/var/lib/sealpost\"
  origin = \"https://reports.example.org\"

Example, behind a proxy that ends TLS:

  sealpost-relay serve --teams /etc/sealpost/teams --data /var/lib/sealpost --origin https://reports.example.org";

/// `sealpost-relay serve`
#[derive(Debug, Args)]
#[command(after_help = SERVE_HELP)]
pub struct Serve {
    /// File with settings (TOML). Flags and variables are stronger than what stands in it.
    #[arg(long, value_name = "FILE", env = "SEALPOST_RELAY_CONFIG")]
    pub config: Option<PathBuf>,

    /// Print every setting as it would hold, in the form of that file, and end.
    #[arg(long)]
    pub print_config: bool,

    /// The settings given here.
    #[command(flatten)]
    pub settings: Settings,
}

/// Every setting of one relay, decided.
#[derive(Debug, Clone)]
pub struct Config {
    /// Folder with one folder for each team.
    pub teams: PathBuf,
    /// Folder for the database, files and the relay's key.
    pub data: PathBuf,
    /// A database server instead of a file in that folder.
    pub database: Option<PostgresAddress>,
    /// A bucket instead of a folder of files in it.
    pub blobs: Option<BucketAddress>,
    /// Where to listen.
    pub listen: Listen,
    /// The address people use, if it is not the one listened on.
    pub origin: Option<String>,
    /// The files to speak TLS with; without them a proxy does.
    pub tls: Option<TlsFiles>,
    /// Where metrics are served; nowhere without it.
    pub metrics_listen: Option<Listen>,
    /// MiB of letters and files a desk takes from reporters.
    pub desk_quota_mib: u64,
    /// MiB of the disk that stay free.
    pub disk_floor_mib: u64,
    /// What a new case costs its sender.
    pub price: Price,
    /// Whether a proxy in front names those who ask it, in `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// Through which mail server desks are told what came in; through none without it.
    pub smtp: Option<SmtpSettings>,
    /// Connections held open at once.
    pub max_connections: u32,
    /// The folder of the browser app, instead of the one built in.
    pub client: Option<PathBuf>,
}

/// A mail server, and as whom it is spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmtpSettings {
    /// Where it is.
    pub address: SmtpAddress,
    /// The sender of notices.
    pub from: lettre::Address,
    /// User, and the file whose first line is the password.
    pub login: Option<(String, PathBuf)>,
    /// A certificate to trust besides those that browsers trust (PEM).
    pub ca: Option<PathBuf>,
}

/// Certificate chain and private key, both as PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The chain, the relay's own certificate first.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

impl Config {
    /// Where all that the relay holds lies.
    #[must_use]
    pub fn place(&self) -> Place {
        Place::new(&self.data, self.database.as_ref(), self.blobs.as_ref())
    }

    /// The settings of a relay on a free port of this machine, with defaults everywhere else.
    #[must_use]
    pub fn local(teams: PathBuf, data: PathBuf) -> Self {
        Self {
            teams,
            data,
            database: None,
            blobs: None,
            listen: Listen::Tcp(([127, 0, 0, 1], 0).into()),
            origin: None,
            tls: None,
            metrics_listen: None,
            desk_quota_mib: settings::DESK_QUOTA_MIB,
            disk_floor_mib: settings::DISK_FLOOR_MIB,
            price: Price::default(),
            behind_proxy: false,
            smtp: None,
            max_connections: settings::MAX_CONNECTIONS,
            client: None,
        }
    }
}
