//! The errands that an operator sends the program on besides serving.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::blobs::BucketAddress;
use crate::place::Place;
use crate::store::PostgresAddress;

/// Where all that a relay holds lies.
#[derive(Debug, Args)]
pub struct Where {
    /// The relay's data folder, or a backup.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Its database server, if it has one.
    #[arg(long, value_name = "URL")]
    pub database: Option<PostgresAddress>,
    /// Its bucket, if it has one.
    #[arg(long, value_name = "URL")]
    pub blobs: Option<BucketAddress>,
}

impl Where {
    /// The same as a place.
    #[must_use]
    pub fn place(&self) -> Place {
        Place::new(&self.data, self.database.as_ref(), self.blobs.as_ref())
    }
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
    /// What to read.
    #[command(flatten)]
    pub at: Where,
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
    /// What to move.
    #[command(flatten)]
    pub from: Where,
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

impl Migrate {
    /// Where it goes.
    #[must_use]
    pub fn to(&self) -> Place {
        Place::new(&self.to_data, self.to_database.as_ref(), self.to_blobs.as_ref())
    }
}

/// `sealpost-relay key`
#[derive(Debug, Args)]
pub struct Key {
    /// What to do with it.
    #[command(subcommand)]
    pub command: KeyCommand,
}

/// What can be done with the relay's key.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make the next key, for which the one of now vouches.
    Rotate(Rotate),
}

const ROTATE_HELP: &str = "\
The next key signs receipts from the next start of the relay on. The one of now signs it, so that pages and programs that know the old key
follow to the new one by themselves; its certificate stays published, so that all its receipts still verify, and what it signs counts until
the overlap is over. Its secret half is thrown away.

Relays over one database: rotate at one, copy relay-key.asc to the data folder of each other one, and restart them all within the overlap.

Example:

  sealpost-relay key rotate --data /var/lib/sealpost && systemctl restart sealpost-relay";

/// `sealpost-relay key rotate`
#[derive(Debug, Args)]
#[command(after_help = ROTATE_HELP)]
pub struct Rotate {
    /// The relay's data folder.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// For how many days what the old key signs still counts; 0 if it may be in wrong hands.
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(0..=3650))]
    pub overlap: u16,
}
