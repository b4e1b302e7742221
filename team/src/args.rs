//! The command line: the commands, and what several of them are told. What one command alone is told stands beside it in `cmd`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use sealpost_shared::Fingerprint;
use sealpost_shared::id::Slug;
use sealpost_shared::letter::Severity;

use crate::cmd::ack::AckArgs;
use crate::cmd::advisory::AdvisoryCommand;
use crate::cmd::assign::AssignArgs;
use crate::cmd::carry::{ExportArgs, ImportArgs};
use crate::cmd::case::CaseArgs;
use crate::cmd::client::ClientCommand;
use crate::cmd::delete::DeleteArgs;
use crate::cmd::doctor::DoctorArgs;
use crate::cmd::embargo::EmbargoArgs;
use crate::cmd::generate::GenerateCommand;
use crate::cmd::init::InitArgs;
use crate::cmd::key_check::KeyCommand;
use crate::cmd::list::ListArgs;
use crate::cmd::note::NoteArgs;
use crate::cmd::policy::PolicyCommand;
use crate::cmd::prenotify::PrenotifyArgs;
use crate::cmd::pull::PullArgs;
use crate::cmd::reply::ReplyArgs;
use crate::cmd::report::ReportArgs;
use crate::cmd::save::SaveArgs;
use crate::cmd::show::ShowArgs;
use crate::cmd::stage::StageArgs;
use crate::cmd::stats::StatsArgs;
use crate::cmd::verify_evidence::VerifyEvidenceArgs;
use crate::cmd::verify_receipt::VerifyReceiptArgs;

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
    /// Fetch, verify and write the files of a case.
    Save(SaveArgs),
    /// Acknowledge a report: the reporter's first promise is kept.
    Ack(AckArgs),
    /// Answer a reporter.
    Reply(ReplyArgs),
    /// Write, check, export and publish an advisory.
    #[command(subcommand)]
    Advisory(AdvisoryCommand),
    /// Say whose case it is.
    Assign(AssignArgs),
    /// Tell the other members something; the reporter cannot read it.
    Note(NoteArgs),
    /// Record how far the disclosure is, with what the policy wants on record.
    Stage(StageArgs),
    /// Propose, counter, agree or lift: until when nobody speaks.
    Embargo(EmbargoArgs),
    /// Tell somebody before everybody, as the policy allows: sealed files for you to mail.
    Prenotify(PrenotifyArgs),
    /// Delete a case for good, at the relay and here.
    Delete(DeleteArgs),
    /// Look at keys, policy, relay, clock and store, and say what to do.
    Doctor(DoctorArgs),
    /// Count promises kept and missed, quarter by quarter.
    Stats(StatsArgs),
    /// Write everything sealed onto a stick, for a machine without a network.
    Export(ExportArgs),
    /// Take everything sealed from a stick.
    Import(ImportArgs),
    /// Write man pages or shell completions.
    #[command(subcommand)]
    Generate(GenerateCommand),
    /// Send a report without a browser.
    Report(Box<ReportArgs>),
    /// See a case as its reporter, with the twelve words.
    Case(Box<CaseArgs>),
    /// Check a relay's signed receipt.
    VerifyReceipt(VerifyReceiptArgs),
    /// Check an evidence file: what it proves, and what is its reporter's word.
    VerifyEvidence(VerifyEvidenceArgs),
    /// Check the browser app that a relay serves.
    #[command(subcommand)]
    Client(ClientCommand),
    /// Judge certificates as a sealing client does.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Check, explain, try out or sign a policy file.
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

/// Reads a severity as people spell it.
///
/// # Errors
/// The words that are known.
pub(crate) fn severity(text: &str) -> Result<Severity, &'static str> {
    match text {
        "low" => Ok(Severity::Low),
        "medium" => Ok(Severity::Medium),
        "high" => Ok(Severity::High),
        "critical" => Ok(Severity::Critical),
        _ => Err("one of low, medium, high, critical"),
    }
}
