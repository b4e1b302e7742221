//! `sealpost save`: the files of a case, fetched, verified, and only then put into a folder.

mod download;
mod unpack;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use sealpost_keys::names::distinct_names;
use sealpost_keys::{Attachment, UncheckedCert};
use sealpost_shared::letter::{Enclosures, LetterData};
use sealpost_shared::{CaseId, Timestamp};
use serde_json::json;

use super::Desk;
use crate::args::TeamArgs;
use crate::config::Context;
use crate::dossier::{Dossier, Letter};
use crate::files;
use crate::keyring::{self, Keyring};
use crate::relay_api::RelayApi;
use crate::session::Session;

/// `sealpost save`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealpost save 7f3a-91c2 ./files\n\nA download that breaks off goes on where it stopped: run it again. Nothing in the folder is overwritten, and\nnothing is written into it before size, SHA-256 and signature were found to be what the letter says."
)]
pub(crate) struct SaveArgs {
    /// Case id, or the beginning of one (with or without dashes).
    pub(crate) case: String,
    /// Folder for the files; made if it is not there.
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    #[command(flatten)]
    pub(crate) team: TeamArgs,
}

/// A file that was verified and waits in the temporary folder.
struct Unpacked {
    name: String,
    file: tempfile::NamedTempFile,
}

/// Writes the files of a case that carry the reporter's signature.
///
/// # Errors
/// When a file is not at the relay yet, or is not what the letter says. What was fetched stays for the next time.
pub(crate) fn run(context: &Context, args: &SaveArgs) -> Result<()> {
    let desk = Desk::open(context, &args.team)?;
    let case = desk.store.find(&args.case)?;
    let keyring = keyring::find(&desk.settings.key)?;
    let now = context.now();
    let dossier = desk.reader(keyring.as_ref(), now).read(case)?;
    if let Some(why) = dossier.why_closed() {
        anyhow::bail!("nothing of case {} could be opened: {why:#}", case.short());
    }
    let (attachments, enclosures) = verified(&dossier);
    ensure!(
        !attachments.is_empty() || !enclosures.is_empty(),
        "case {} has no files that its reporter signed; `sealpost show {}` shows its letters",
        case.short(),
        case.short()
    );
    files::private_folder(&args.folder)?;
    // On the same disk as the target, so that what is verified can be moved into place at once.
    let waiting = tempfile::Builder::new().prefix(".sealpost-").tempdir_in(&args.folder);
    let waiting = waiting
        .with_context(|| format!("cannot write into {}; choose another folder", args.folder.display()))?;
    let mut unpacked = attached(&attachments, waiting.path())?;
    if !enclosures.is_empty() {
        let reporter = dossier.reporter.clone().context("the case has no verified first letter")?;
        let fetch = Fetch { context, desk: &desk, keyring: keyring.as_ref(), case, reporter, now };
        unpacked.extend(fetch.all(&enclosures, waiting.path())?);
    }
    let saved = move_into_place(unpacked, &args.folder)?;
    context.ui.json(&json!({ "case": case, "short": case.short(), "saved": saved }));
    for path in &saved {
        context.ui.say(&format!("saved {path}"));
    }
    Ok(())
}

/// The attachments and enclosures of letters whose signature is good.
fn verified(dossier: &Dossier) -> (Vec<&Attachment>, Vec<&Enclosures>) {
    let contents: Vec<_> = dossier
        .items
        .iter()
        .filter_map(|item| match &item.letter {
            Ok(Letter::FromReporter { contents, .. } | Letter::FromTeam { contents, .. }) => Some(contents),
            _ => None,
        })
        .collect();
    let attachments = contents.iter().flat_map(|contents| &contents.attachments).collect();
    let enclosures =
        contents.iter().filter_map(|contents| contents.data.as_ref().and_then(LetterData::enclosures));
    (attachments, enclosures.collect())
}

fn attached(attachments: &[&Attachment], folder: &Path) -> Result<Vec<Unpacked>> {
    let write = |attachment: &&Attachment| {
        let mut file = unpack::private_file(folder)?;
        std::io::Write::write_all(&mut file, &attachment.bytes)?;
        Ok(Unpacked { name: attachment.name().to_owned(), file })
    };
    attachments.iter().map(write).collect()
}

/// What fetching needs.
struct Fetch<'a> {
    context: &'a Context,
    desk: &'a Desk,
    keyring: &'a dyn Keyring,
    case: CaseId,
    reporter: UncheckedCert,
    now: Timestamp,
}

impl Fetch<'_> {
    fn all(&self, enclosures: &[&Enclosures], folder: &Path) -> Result<Vec<Unpacked>> {
        let settings = &self.desk.settings;
        let api = RelayApi::new(&settings.relay)?;
        let mut session = Session::start(self.context, settings, &self.desk.bundle, self.keyring, &api)?;
        let mut unpacked = Vec::new();
        for each in enclosures {
            let sealed = self.desk.store.download_path(self.case, each.blob)?;
            download::download(self.context, &api, &mut session, self.case, each, &sealed)?;
            let mut opened = self.keyring.open_enclosures(&sealed)?;
            let signer = std::slice::from_ref(&self.reporter);
            unpacked.extend(unpack::unpack(self.context.ui, &mut opened, each, signer, self.now, folder)?);
            // It can be had again; kept twice it would fill the disk.
            std::fs::remove_file(&sealed)?;
        }
        Ok(unpacked)
    }
}

/// Gives every file its name in the folder. A name that is taken gets a number; nothing is overwritten.
fn move_into_place(unpacked: Vec<Unpacked>, folder: &Path) -> Result<Vec<String>> {
    let there: Vec<String> = std::fs::read_dir(folder)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<std::io::Result<_>>()?;
    let wanted = there.iter().map(String::as_str).chain(unpacked.iter().map(|file| file.name.as_str()));
    let names: Vec<String> = distinct_names(wanted).split_off(there.len());
    let mut saved = Vec::new();
    for (name, Unpacked { file, .. }) in names.into_iter().zip(unpacked) {
        let path = folder.join(name);
        file.persist_noclobber(&path).with_context(|| {
            format!("cannot write {}; nothing is ever overwritten, choose another folder", path.display())
        })?;
        saved.push(path.display().to_string());
    }
    Ok(saved)
}
