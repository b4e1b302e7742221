//! How one relay is set up. Decided once, at the start, from flags, `SEALPOST_RELAY_…` variables, a file, and the defaults here, in
//! that order of strength (`settings` reads them).

mod listen;
mod settings;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::work::Price;
pub use listen::Listen;
pub use settings::{Settings, SettingsError};

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
}

const BACKUP_HELP: &str = "\
The backup is a folder like the relay's own: database, files, and the relay's key. Keep it as closely as the relay: it holds the key
that signs receipts. It appears under its name only when it is whole. The teams' folders are not in it: they come from the teams.

Ends with 0 when the copy is sound, 1 when something in it is damaged (the lines say what), 2 when there is no copy.

Example:

  sealpost-relay backup --data /var/lib/sealpost --to /var/backups/sealpost-$(date +%F)";

/// `sealpost-relay backup`
#[derive(Debug, Args)]
#[command(after_help = BACKUP_HELP)]
pub struct Backup {
    /// The relay's data folder.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// The folder to make; it must not be there.
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,
}

const RESTORE_HELP: &str = "\
Nothing is ever written over: move the old data folder away first. What came in after the backup is not in it; clients of teams notice
that by themselves and say so, and reporters' browsers keep receipts of what they had sent.

Example, with the relay stopped:

  mv /var/lib/sealpost /var/lib/sealpost.before
  sealpost-relay restore --from /var/backups/sealpost-2026-11-23 --data /var/lib/sealpost";

/// `sealpost-relay restore`
#[derive(Debug, Args)]
#[command(after_help = RESTORE_HELP)]
pub struct Restore {
    /// The backup.
    #[arg(long, value_name = "DIR")]
    pub from: PathBuf,
    /// The data folder to make; it must not be there, or be empty.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Restore it although something in it is damaged.
    #[arg(long)]
    pub damaged: bool,
}

const VERIFY_HELP: &str = "\
Compares every letter, file and advisory with its digest, every receipt with the relay's key, and every count with what is there.
Prints one line for each fault. Ends with 0 when there is none, 1 when there is one, 2 when the folder cannot be looked at.";

/// `sealpost-relay verify`
#[derive(Debug, Args)]
#[command(after_help = VERIFY_HELP)]
pub struct Verify {
    /// The relay's data folder, or a backup.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// The database server, if the relay has one.
    #[arg(long, value_name = "URL")]
    pub database: Option<PostgresAddress>,
    /// The bucket, if the relay has one.
    #[arg(long, value_name = "URL")]
    pub blobs: Option<BucketAddress>,
}

const MIGRATE_HELP: &str = "\
Stop the relay first. Everything is read before it is moved, and read again in the new place; the old place stays as it is. Files go first,
then all cases at once or none: after a break, run it again, and it goes on. Nothing is ever written over. The relay's key goes along.
Passwords and keys come from the same variables as for serve.

Ends with 0 when all is there and sound, 2 when nothing was moved.

Example, from one machine to servers, and back:

  sealpost-relay migrate --data /var/lib/sealpost --to-data /var/lib/sealpost-new \\
      --to-database postgres://sealpost@db.example.org/sealpost --to-blobs s3://sealpost
  sealpost-relay migrate --data /var/lib/sealpost-new --database postgres://sealpost@db.example.org/sealpost --blobs s3://sealpost \\
      --to-data /var/lib/sealpost-back";

/// `sealpost-relay migrate`
#[derive(Debug, Args)]
#[command(after_help = MIGRATE_HELP)]
pub struct Migrate {
    /// The relay's data folder.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Its database server, if it has one.
    #[arg(long, value_name = "URL")]
    pub database: Option<PostgresAddress>,
    /// Its bucket, if it has one.
    #[arg(long, value_name = "URL")]
    pub blobs: Option<BucketAddress>,
    /// The new data folder.
    #[arg(long, value_name = "DIR")]
    pub to_data: PathBuf,
    /// The new database server; a file in the new data folder without it.
    #[arg(long, value_name = "URL")]
    pub to_database: Option<PostgresAddress>,
    /// The new bucket; a folder in the new data folder without it.
    #[arg(long, value_name = "URL")]
    pub to_blobs: Option<BucketAddress>,
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
