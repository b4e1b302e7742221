//! One command per file; this one is the table, and what several commands need from a desk.

pub(crate) mod ack;
pub(crate) mod advisory;
pub(crate) mod assign;
pub(crate) mod carry;
pub(crate) mod case;
pub(crate) mod client;
pub(crate) mod delete;
pub(crate) mod doctor;
pub(crate) mod embargo;
pub(crate) mod generate;
pub(crate) mod init;
pub(crate) mod key_check;
pub(crate) mod list;
pub(crate) mod note;
pub(crate) mod policy;
pub(crate) mod prenotify;
pub(crate) mod pull;
pub(crate) mod reply;
pub(crate) mod report;
pub(crate) mod save;
mod send;
pub(crate) mod show;
pub(crate) mod stage;
pub(crate) mod stats;
mod tell;
pub(crate) mod verify_evidence;
pub(crate) mod verify_receipt;
mod write;

use anyhow::{Context as _, Result};
use sealpost_shared::Timestamp;

use self::client::ClientCommand;
use self::key_check::KeyCommand;
use self::policy::PolicyCommand;
use crate::args::{Command, TeamArgs};
use crate::bundle::{Bundle, SignerOption};
use crate::config::{self, Context, TeamSettings};
use crate::dossier::Reader;
use crate::keyring::Keyring;
use crate::local::Store;

/// Does what the command line asks.
///
/// # Errors
/// Why it could not, in a sentence for the person who asked.
pub(crate) fn run(context: &Context, command: Command) -> Result<()> {
    match command {
        Command::Init(args) => init::run(context, &args),
        Command::Pull(args) => pull::run(context, &args),
        Command::List(args) => list::run(context, &args),
        Command::Show(args) => show::run(context, &args),
        Command::Save(args) => save::run(context, &args),
        Command::Ack(args) => ack::run(context, &args),
        Command::Reply(args) => reply::run(context, &args),
        Command::Advisory(command) => advisory::run(context, &command),
        Command::Assign(args) => assign::run(context, &args),
        Command::Note(args) => note::run(context, &args),
        Command::Stage(args) => stage::run(context, &args),
        Command::Embargo(args) => embargo::run(context, &args),
        Command::Prenotify(args) => prenotify::run(context, &args),
        Command::Delete(args) => delete::run(context, &args),
        Command::Doctor(args) => doctor::run(context, &args),
        Command::Stats(args) => stats::run(context, &args),
        Command::Export(args) => carry::export(context, &args),
        Command::Import(args) => carry::import(context, &args),
        Command::Generate(command) => generate::run(context, &command),
        Command::Report(args) => report::run(context, &args),
        Command::Case(args) => case::run(context, &args),
        Command::Client(ClientCommand::Verify(args)) => client::run(context, &args),
        Command::Client(ClientCommand::Offline(args)) => client::offline(context, &args),
        Command::VerifyEvidence(args) => verify_evidence::run(context, &args),
        Command::VerifyReceipt(args) => verify_receipt::run(context, &args),
        Command::Key(KeyCommand::Check { file, at }) => key_check::run(context, &file, at),
        Command::Policy(PolicyCommand::Check { file }) => policy::check(context, &file),
        Command::Policy(PolicyCommand::Explain { file }) => policy::explain::run(context, &file),
        Command::Policy(PolicyCommand::Simulate(args)) => policy::simulate::run(context, &args),
        Command::Policy(PolicyCommand::Sign { file, team }) => policy::sign(context, &file, &team),
    }
}

/// A desk as the last pull left it: works without a network.
struct Desk {
    settings: TeamSettings,
    store: Store,
    bundle: Bundle,
}

impl Desk {
    /// Reads settings, store and the kept bundle, and checks the bundle again.
    fn open(context: &Context, args: &TeamArgs) -> Result<Self> {
        let settings = config::team(&context.home, args)?;
        let store = Store::open(&context.home, &settings.team, &settings.desk)?;
        let kept = store.bundle()?.context("nothing was pulled yet; run `sealpost pull` first")?;
        let signer = settings.signer.clone().map_or_else(|| store.signer(), |signer| Ok(Some(signer)))?;
        let signer = signer.context("no signer of the policy is known; run `sealpost pull` first")?;
        let bundle = Bundle::check(kept, &settings.team, &signer, SignerOption::Signer, context.now())?;
        Ok(Self { settings, store, bundle })
    }

    /// What opens and judges this desk's letters at `now`.
    fn reader<'a>(&'a self, keyring: &'a dyn Keyring, now: Timestamp) -> Reader<'a> {
        Reader { store: &self.store, bundle: &self.bundle, keyring, settings: &self.settings, now }
    }
}
