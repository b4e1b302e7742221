//! What `sealpost init` is told.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use sealpost_shared::id::Slug;

/// The policies that can be started from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Preset {
    /// Acknowledgement in 24 h, answer in 48 h, updates every five days, then a ladder of three steps.
    RustClassic,
    /// The same times, both coordinators at once: the Rust project since 2025-07-28.
    #[value(name = "rust-2025")]
    Rust2025,
    /// Node.js: five business days of silence.
    Node,
    /// The Linux kernel: seven days once a fix is ready.
    Kernel,
    /// The CERT/CC: 45 days.
    #[value(name = "cert-45")]
    Cert45,
    /// Project Zero: 90 days and 30 more.
    #[value(name = "project-zero-90-30")]
    ProjectZero,
    /// Vendors under the EU's Cyber Resilience Act.
    Cra,
}

/// What stands in a policy until its team names an address that others can reach.
pub(super) const EMAIL_TO_CHANGE: &str = "security@localhost";

/// Where a relay listens that was started for a first look.
pub(super) const RELAY_TO_CHANGE: &str = "http://127.0.0.1:8080";

const INIT_EXAMPLES: &str = "\
Examples:
  A team whose key gpg makes and keeps (the agent asks for a passphrase):
    sealpost init ./teams --slug rust --name \"Rust Security Response\" --project Rust \\
      --email security@rust.example --relay https://reports.rust.example \\
      --coordinator mailto:coordinator@rust.example --backup mailto:backup@rust.example \\
      --forum https://internals.rust.example
  A team that has keys in gpg already (the first one signs the policy):
    gpg --armor --export alice@rust.example > alice.asc
    gpg --armor --export bob@rust.example > bob.asc
    sealpost init ./teams --slug rust … --cert alice.asc --cert bob.asc
Then: sealpost-relay serve --teams ./teams …   and on this machine: sealpost pull";

/// `sealpost init`
#[derive(Debug, Args)]
#[command(after_help = INIT_EXAMPLES)]
pub(crate) struct InitArgs {
    /// Folder of all teams of a relay; the team goes into DIR/SLUG, which must not exist yet.
    pub(crate) dir: PathBuf,
    /// The policy to start from.
    #[arg(long, value_enum, default_value = "rust-classic")]
    pub(crate) preset: Preset,
    /// The team's short name: a-z, 0-9 and -.
    #[arg(long)]
    pub(crate) slug: Slug,
    /// The team's name for people.
    #[arg(long)]
    pub(crate) name: String,
    /// What the team looks after.
    #[arg(long)]
    pub(crate) project: String,
    /// The team's mail address.
    #[arg(long, default_value = EMAIL_TO_CHANGE)]
    pub(crate) email: String,
    /// Address that people will use for the relay.
    #[arg(long, value_name = "URL", default_value = RELAY_TO_CHANGE)]
    pub(crate) relay: String,
    /// How to reach the security coordinator: mailto:, https:, tel:, matrix:, irc:; may be repeated. Without it the step is left out.
    #[arg(long, value_name = "URI")]
    pub(crate) coordinator: Vec<String>,
    /// How to reach the back-up contact; may be repeated. Without it the step is left out.
    #[arg(long, value_name = "URI")]
    pub(crate) backup: Vec<String>,
    /// Public forum for the last step. Without it the step is left out.
    #[arg(long, value_name = "HTTPS-URL")]
    pub(crate) forum: Option<String>,
    /// Where the policy stands as prose.
    #[arg(long, value_name = "HTTPS-URL")]
    pub(crate) policy_url: Option<String>,
    /// Years until the policy must be renewed.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=5))]
    pub(crate) expires_years: u32,
    /// Existing certificate whose secret key is in gpg; may be repeated, the first one signs. With --key-file the new key signs.
    #[arg(long, value_name = "FILE")]
    pub(crate) cert: Vec<PathBuf>,
    /// Make the key without gpg, in keys/SLUG.sec.asc of the home folder (mode 0600, no passphrase).
    #[arg(long)]
    pub(crate) key_file: bool,
    /// Give the key in the file a second subkey that also withstands quantum computers (ML-KEM-768+X25519, RFC 9980). Reports are
    /// then sealed to that one, and `sealpost` opens them; gpg cannot.
    #[arg(long, requires = "key_file")]
    pub(crate) post_quantum: bool,
    /// Make the gpg key without a passphrase: for demonstrations and tests.
    #[arg(long, conflicts_with_all = ["key_file", "cert"])]
    pub(crate) no_passphrase: bool,
}
