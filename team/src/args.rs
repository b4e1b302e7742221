//! The command line: every flag, variable and example. What they mean is decided in `config` and `cmd`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use sealpost_shared::id::Slug;
use sealpost_shared::letter::{ReplyKind, Severity};
use sealpost_shared::{Fingerprint, Timestamp};

const AFTER: &str = "\
Exit codes: 0 done, 1 failed or found wrong, 2 wrong usage or settings.
Settings: a flag beats its SEALPOST_… variable, which beats config.toml in the home folder.
With --json one JSON document goes to standard output (team/JSON.md describes each); errors go to standard error as {\"error\": \"…\"}.";

/// Receive, read and answer sealed vulnerability reports; or send one.
#[derive(Debug, Parser)]
#[command(name = "sealpost", version, after_help = AFTER, max_term_width = 110)]
pub(crate) struct Cli {
    /// Folder of settings, keys and pulled ciphertext [default: sealpost in the XDG data folder].
    #[arg(long, global = true, env = "SEALPOST_HOME", value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,
    /// Print one JSON document instead of text.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// The base folder of XDG programs, for the default of `--home`.
    #[arg(long, global = true, env = "XDG_DATA_HOME", hide = true)]
    pub(crate) xdg_data_home: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a team: policy, certificates, signatures, security.txt and this machine's settings.
    Init(Box<InitArgs>),
    /// Fetch what came in, as ciphertext; nothing is opened.
    Pull(PullArgs),
    /// List cases: what is due, late first.
    List(ListArgs),
    /// Open one case: report, letters, promises.
    Show(ShowArgs),
    /// Acknowledge a report: the reporter's first promise is kept.
    Ack(AckArgs),
    /// Answer a reporter.
    Reply(ReplyArgs),
    /// Send a report without a browser.
    Report(Box<ReportArgs>),
    /// See a case as its reporter, with the twelve words.
    Case(CaseArgs),
    /// Check a relay's signed receipt.
    VerifyReceipt(VerifyReceiptArgs),
    /// Judge certificates as a sealing client does.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Check or sign a policy file.
    #[command(subcommand)]
    Policy(PolicyCommand),
}

/// Which team, which relay, which key; left out, config.toml says so.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Team (default: config.toml)")]
pub(crate) struct TeamArgs {
    /// Address of the relay, as in <https://relay.example>.
    #[arg(long, env = "SEALPOST_RELAY", value_name = "URL")]
    pub(crate) relay: Option<String>,
    /// The team's short name.
    #[arg(long, env = "SEALPOST_TEAM", value_name = "SLUG")]
    pub(crate) team: Option<Slug>,
    /// The desk [default: team].
    #[arg(long, env = "SEALPOST_DESK", value_name = "SLUG")]
    pub(crate) desk: Option<Slug>,
    /// Fingerprint of your key.
    #[arg(long, env = "SEALPOST_KEY", value_name = "FPR")]
    pub(crate) key: Option<Fingerprint>,
    /// Where your key lives.
    #[arg(long, env = "SEALPOST_KEYRING", value_enum)]
    pub(crate) keyring: Option<KeyringKind>,
    /// Secret key file, for `--keyring file` [default: keys/SLUG.sec.asc in the home folder].
    #[arg(long, env = "SEALPOST_KEY_FILE", value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// File whose first line is the passphrase of the key file.
    #[arg(long, env = "SEALPOST_PASSPHRASE_FILE", value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Fingerprint that the policy must be signed by [default: the one seen first].
    #[arg(long, env = "SEALPOST_SIGNER", value_name = "FPR")]
    pub(crate) signer: Option<Fingerprint>,
}

/// Where a secret key lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum KeyringKind {
    /// In gpg: agent, smartcards.
    Gpg,
    /// In a file that only you can read.
    File,
}

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
pub(crate) const EMAIL_TO_CHANGE: &str = "security@localhost";

/// Where a relay listens that was started for a first look.
pub(crate) const RELAY_TO_CHANGE: &str = "http://127.0.0.1:8080";

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
    /// Existing certificate whose secret key is in gpg; may be repeated, the first one signs.
    #[arg(long, value_name = "FILE", conflicts_with = "key_file")]
    pub(crate) cert: Vec<PathBuf>,
    /// Make the key without gpg, in keys/SLUG.sec.asc of the home folder (mode 0600, no passphrase).
    #[arg(long)]
    pub(crate) key_file: bool,
    /// Make the gpg key without a passphrase: for demonstrations and tests.
    #[arg(long, conflicts_with_all = ["key_file", "cert"])]
    pub(crate) no_passphrase: bool,
}

const PULL_EXAMPLES: &str = "\
Examples:
  sealpost pull
  sealpost pull --json | jq .new
  SEALPOST_HOME=/srv/triage sealpost pull --relay https://reports.rust.example --team rust --key 0123…CDEF";

/// `sealpost pull`
#[derive(Debug, Args)]
#[command(after_help = PULL_EXAMPLES)]
pub(crate) struct PullArgs {
    /// Do not open new reports to say when they are due.
    #[arg(long)]
    pub(crate) no_open: bool,
    /// Believe a policy that is older than one seen before: for when the team took a version back.
    #[arg(long)]
    pub(crate) accept_older_policy: bool,
    #[command(flatten)]
    pub(crate) team: TeamArgs,
}

/// `sealpost list`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealpost list\n  sealpost list --no-open      # no key needed: no titles, no due dates"
)]
pub(crate) struct ListArgs {
    /// Open nothing: no titles, and no due dates, because both stand inside the encryption.
    #[arg(long)]
    pub(crate) no_open: bool,
    #[command(flatten)]
    pub(crate) team: TeamArgs,
}

/// `sealpost show`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealpost show 7f3a-91c2\n  sealpost show 7f3a --save ./attachments\n\nPlaintext is shown, never kept; only --save writes, and only attachments."
)]
pub(crate) struct ShowArgs {
    /// Case id, or the beginning of one (with or without dashes).
    pub(crate) case: String,
    /// Write attachments into this folder; nothing there is overwritten.
    #[arg(long, value_name = "DIR")]
    pub(crate) save: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) team: TeamArgs,
}

/// `sealpost ack`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealpost ack 7f3a-91c2\n  sealpost ack 7f3a -m \"We have it; Alice is looking at it.\""
)]
pub(crate) struct AckArgs {
    /// Case id, or the beginning of one.
    pub(crate) case: String,
    /// What to say; left out, one plain sentence.
    #[arg(short, long, value_name = "TEXT")]
    pub(crate) message: Option<String>,
    #[command(flatten)]
    pub(crate) team: TeamArgs,
}

/// What a reply means for the reporter's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// The detailed answer: what happens next.
    Answer,
    /// Progress.
    Update,
    /// The team regards the case as closed.
    Closing,
}

impl From<Kind> for ReplyKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Answer => Self::Answer,
            Kind::Update => Self::Update,
            Kind::Closing => Self::Closing,
        }
    }
}

/// `sealpost reply`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealpost reply 7f3a --kind answer --file answer.md\n  sealpost reply 7f3a -m \"The fix is in review.\"\n  sealpost reply 7f3a            # opens $EDITOR on a file in memory where there is one"
)]
pub(crate) struct ReplyArgs {
    /// Case id, or the beginning of one.
    pub(crate) case: String,
    /// What the reply means for the reporter's clock.
    #[arg(long, value_enum, default_value = "update")]
    pub(crate) kind: Kind,
    /// What to say.
    #[arg(short, long, value_name = "TEXT", conflicts_with = "file")]
    pub(crate) message: Option<String>,
    /// File with what to say, in Markdown; - is standard input.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Editor to write in when neither is given.
    #[arg(long, env = "EDITOR", default_value = "vi", hide_env_values = true)]
    pub(crate) editor: String,
    #[command(flatten)]
    pub(crate) team: TeamArgs,
}

const REPORT_EXAMPLES: &str = "\
Examples:
  sealpost report --relay https://reports.rust.example --team rust \\
    --title \"Use after free in the parser\" --text report.md --attach poc.rs
  Seal only, and send report.pgp by other means:
    sealpost report --bundle bundle.json --team rust --title … --text report.md --out ./sealed

The twelve words are shown once. They, and nothing else, open the case again: write them down.
Compare the fingerprint with what the project publishes elsewhere, then pass it with --fingerprint or say yes.";

/// `sealpost report`
#[derive(Debug, Args)]
#[command(after_help = REPORT_EXAMPLES)]
pub(crate) struct ReportArgs {
    /// Address of the relay.
    #[arg(long, env = "SEALPOST_RELAY", value_name = "URL", required_unless_present = "bundle")]
    pub(crate) relay: Option<String>,
    /// The team's short name.
    #[arg(long, env = "SEALPOST_TEAM", value_name = "SLUG")]
    pub(crate) team: Slug,
    /// Use this bundle (as GET /v1/teams/SLUG/bundle gave it) instead of fetching one.
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Option<PathBuf>,
    /// One line that tells the problem from others.
    #[arg(long)]
    pub(crate) title: String,
    /// The report in Markdown; - is standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) text: PathBuf,
    /// Product or component.
    #[arg(long, default_value = "")]
    pub(crate) product: String,
    /// Affected versions.
    #[arg(long, default_value = "")]
    pub(crate) versions: String,
    /// How bad you think it is.
    #[arg(long, value_parser = severity, value_name = "low|medium|high|critical")]
    pub(crate) severity: Option<Severity>,
    /// How you want to be credited.
    #[arg(long, default_value = "")]
    pub(crate) credit: String,
    /// You know of attacks.
    #[arg(long)]
    pub(crate) exploited: bool,
    /// The problem is public already.
    #[arg(long)]
    pub(crate) public: bool,
    /// Attach a file; may be repeated.
    #[arg(long, value_name = "FILE")]
    pub(crate) attach: Vec<PathBuf>,
    /// Seal into this folder and send nothing.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// The fingerprint that must have signed the policy, from the project's own pages.
    #[arg(long, value_name = "FPR")]
    pub(crate) fingerprint: Option<Fingerprint>,
    /// Believe the relay about the fingerprint: for when the project publishes it nowhere else.
    #[arg(long, conflicts_with = "fingerprint")]
    pub(crate) trust_first_use: bool,
}

fn severity(text: &str) -> Result<Severity, &'static str> {
    match text {
        "low" => Ok(Severity::Low),
        "medium" => Ok(Severity::Medium),
        "high" => Ok(Severity::High),
        "critical" => Ok(Severity::Critical),
        _ => Err("one of low, medium, high, critical"),
    }
}

/// `sealpost case`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealpost case ./sealpost-case-7f3a-91c2 --words-file words.txt\n  sealpost case --words-file - --relay https://reports.rust.example --team rust --fingerprint 0123…\n\nThe words are never an argument: other users of a machine can read arguments."
)]
pub(crate) struct CaseArgs {
    /// Folder that `sealpost report` made.
    pub(crate) folder: Option<PathBuf>,
    /// File with the twelve words; - is standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) words_file: PathBuf,
    /// Address of the relay [default: case.json in the folder].
    #[arg(long, env = "SEALPOST_RELAY", value_name = "URL", required_unless_present = "folder")]
    pub(crate) relay: Option<String>,
    /// The team's short name [default: case.json in the folder].
    #[arg(long, env = "SEALPOST_TEAM", value_name = "SLUG", required_unless_present = "folder")]
    pub(crate) team: Option<Slug>,
    /// The fingerprint that must have signed the policy [default: case.json in the folder].
    #[arg(long, value_name = "FPR")]
    pub(crate) fingerprint: Option<Fingerprint>,
    /// Believe the relay about the fingerprint.
    #[arg(long, conflicts_with = "fingerprint")]
    pub(crate) trust_first_use: bool,
    /// Believe a policy that is older than the one the case was opened under.
    #[arg(long)]
    pub(crate) accept_older_policy: bool,
}

/// `sealpost verify-receipt`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealpost verify-receipt receipt.asc --relay-cert relay.asc --letter report.pgp\n  sealpost verify-receipt receipt.asc --relay https://reports.rust.example"
)]
pub(crate) struct VerifyReceiptArgs {
    /// The receipt.
    pub(crate) receipt: PathBuf,
    /// The relay's certificate.
    #[arg(long, value_name = "FILE", required_unless_present = "relay", conflicts_with = "relay")]
    pub(crate) relay_cert: Option<PathBuf>,
    /// Fetch the relay's certificate from here; it proves less than a certificate you kept.
    #[arg(long, value_name = "URL")]
    pub(crate) relay: Option<String>,
    /// The sealed letter that the receipt is for.
    #[arg(long, value_name = "FILE")]
    pub(crate) letter: Option<PathBuf>,
}

/// `sealpost key`
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Judge every certificate in a file.
    #[command(after_help = "Example:\n  gpg --armor --export security@rust.example | sealpost key check -")]
    Check {
        /// Certificates, armored or binary; - is standard input.
        file: PathBuf,
        /// Judge for this moment instead of now.
        #[arg(long, value_name = "RFC3339")]
        at: Option<Timestamp>,
    },
}

/// `sealpost policy`
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Check a policy file: syntax, rules, and signature and certificates where they lie beside it.
    #[command(after_help = "Example:\n  sealpost policy check teams/rust/policy.toml")]
    Check {
        /// The policy file.
        file: PathBuf,
    },
    /// Say what a policy promises at a moment, for a case with these events.
    #[command(
        after_help = "Example:\n  echo '[{\"at\":\"2026-11-23T12:00:00Z\",\"event\":\"sent\"}]' |\n    sealpost policy simulate teams/rust/policy.toml --events - --at 2026-11-25T12:00:00Z"
    )]
    Simulate {
        /// The policy file.
        file: PathBuf,
        /// JSON list of events, as docs/PROTOCOL.md spells them; - is standard input.
        #[arg(long, value_name = "FILE")]
        events: PathBuf,
        /// The moment [default: now].
        #[arg(long, value_name = "RFC3339")]
        at: Option<Timestamp>,
        /// The reported severity, for policies that answer graver cases sooner.
        #[arg(long, value_parser = severity, value_name = "low|medium|high|critical")]
        severity: Option<Severity>,
        /// The reporter knows of attacks.
        #[arg(long)]
        exploited: bool,
    },
    /// Sign a policy file again after a change: writes FILE.asc.
    #[command(
        after_help = "Example:\n  $EDITOR teams/rust/policy.toml      # count identity.version up\n  sealpost policy sign teams/rust/policy.toml"
    )]
    Sign {
        /// The policy file.
        file: PathBuf,
        #[command(flatten)]
        team: TeamArgs,
    },
}
