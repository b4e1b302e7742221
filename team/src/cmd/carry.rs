//! `sealpost export` and `import`: sealed entries on a stick, to a machine without a network and back. Nothing is opened on the way.

mod stick;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use sealpost_keys::{RelayKeys, SealedLetter};
use sealpost_shared::wire::v1::FeedRow;
use serde_json::json;

use self::stick::{CarriedSent, Stick};
use super::pull::believe;
use crate::args::TeamArgs;
use crate::config::{self, Context};
use crate::local::{Arrival, SentEntry, Store};
use crate::{files, receipts, ui};

/// `sealpost export`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealpost pull && sealpost export /media/stick     # with a network: everything sealed that is here\n  sealpost export /media/stick                      # without one: your sealed answers"
)]
pub(crate) struct ExportArgs {
    /// Folder to write into; what lies there already from an earlier export is completed.
    pub(crate) dir: PathBuf,
    #[command(flatten)]
    pub(crate) team: TeamArgs,
}

/// `sealpost import`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealpost import /media/stick && sealpost list     # without a network: read and answer\n  sealpost import /media/stick && sealpost pull     # with one: what was answered goes out"
)]
pub(crate) struct ImportArgs {
    /// Folder that `sealpost export` wrote.
    pub(crate) dir: PathBuf,
    /// Believe a policy that is older than one seen before: for when the team took a version back.
    #[arg(long)]
    pub(crate) accept_older_policy: bool,
    #[command(flatten)]
    pub(crate) team: TeamArgs,
}

/// Writes everything sealed onto the stick.
///
/// # Errors
/// When nothing was pulled yet, or a disk refuses.
pub(crate) fn export(context: &Context, args: &ExportArgs) -> Result<()> {
    let settings = config::team(&context.home, &args.team)?;
    let store = Store::open(&context.home, &settings.team, &settings.desk)?;
    let _lock = store.lock()?;
    let bundle = store.bundle()?.context("nothing was pulled yet; run `sealpost pull` first")?;
    let mut stick = Stick::empty(&settings.team, &settings.desk, bundle);
    files::sweep(&args.dir)?;
    for case in store.cases()? {
        files::sweep(&args.dir.join(case.to_string()))?;
        for known in store.entries(case)? {
            let sealed = store.letter(case, &known)?;
            stick::put(&args.dir, case, known.entry, sealed.as_bytes())?;
            stick.rows.push(known.row(case));
        }
        for sent in store.sent(case)? {
            let Some(sealed) = store.sent_letter(&sent)? else { continue };
            stick::put(&args.dir, case, sent.entry, sealed.as_bytes())?;
            let receipt = store.sent_receipt(&sent)?;
            stick.sent.push(CarriedSent { case, entry: sent.entry, sha256: sealed.sha256(), receipt });
        }
    }
    stick.keep(&args.dir)?;
    context.ui.json(&json!({ "folder": args.dir, "entries": stick.rows.len(), "answers": stick.sent.len() }));
    context.ui.heading(&format!(
        "{} and {} of yours are in {}.",
        ui::count(stick.rows.len(), "sealed entry", "sealed entries"),
        ui::count(stick.sent.len(), "answer", "answers"),
        args.dir.display()
    ));
    context.ui.say("On the other machine: sealpost import, with the same folder.");
    Ok(())
}

/// Takes everything from the stick that is not here yet. The policy is believed as `pull` believes it.
///
/// # Errors
/// When the folder is of another desk, a file was changed, or another signer signed the policy; what was taken stays.
pub(crate) fn import(context: &Context, args: &ImportArgs) -> Result<()> {
    let settings = config::team(&context.home, &args.team)?;
    let store = Store::open(&context.home, &settings.team, &settings.desk)?;
    let _lock = store.lock()?;
    let stick = Stick::read(&args.dir)?;
    ensure!(
        (&stick.team, &stick.desk) == (&settings.team, &settings.desk),
        "{} is of the desk “{}” of “{}”, and this is “{}” of “{}”",
        args.dir.display(),
        stick.desk,
        stick.team,
        settings.desk,
        settings.team
    );
    let bundle = believe(context, &settings, &store, stick.bundle.clone(), args.accept_older_policy)?;
    let mut damaged = Vec::new();
    let new = take_entries(&store, &stick.rows, &args.dir, &mut damaged)?;
    let mut answers = 0;
    for carried in &stick.sent {
        match take_answer(context, &store, &stick.rows, carried, bundle.relay_keys(), &args.dir) {
            Ok(is_waiting) => answers += usize::from(is_waiting),
            Err(why) => damaged.push(format!("{why:#}")),
        }
    }
    damaged.iter().for_each(|why| context.ui.warn(why));
    context
        .ui
        .json(&json!({ "entries": new, "answers": answers, "damaged": damaged, "store": store.path() }));
    context.ui.heading(&format!(
        "New here: {} and {}.",
        ui::count(new, "entry", "entries"),
        ui::count(answers, "answer", "answers")
    ));
    if answers > 0 {
        context.ui.say("`sealpost pull` sends the answers.");
    }
    ensure!(
        damaged.is_empty(),
        "{} on the stick could not be taken, everything else was; export again on the other machine, and import that",
        ui::count(damaged.len(), "file", "files")
    );
    Ok(())
}

/// So many entries are brought to the disk at once.
const ENTRIES_AT_ONCE: usize = 256;

/// Stores what is not here yet; says how many there were. A file that was changed is named, and holds up no other.
fn take_entries(store: &Store, rows: &[FeedRow], dir: &Path, damaged: &mut Vec<String>) -> Result<usize> {
    let mut new = 0;
    for rows in rows.chunks(ENTRIES_AT_ONCE) {
        let mut arrivals: Vec<Arrival> = Vec::new();
        for row in rows {
            let is_listed =
                |known: &Arrival| (known.row.case, known.row.entry.entry) == (row.case, row.entry.entry);
            if arrivals.iter().any(is_listed) || store.has(row)? {
                continue;
            }
            let sealed = stick::get(dir, row.case, row.entry.entry, &row.entry.sha256);
            match sealed.and_then(|sealed| Arrival::check(row, sealed)) {
                Ok(arrival) => arrivals.push(arrival),
                Err(why) => damaged.push(format!("{why:#}")),
            }
        }
        store.put(&arrivals)?;
        new += arrivals.len();
    }
    Ok(new)
}

/// An answer that was sealed on the other machine stands here like one of our own, and waits to be sent unless the relay signed for it.
/// Says whether it waits.
fn take_answer(
    context: &Context,
    store: &Store,
    rows: &[FeedRow],
    carried: &CarriedSent,
    relay: &RelayKeys,
    dir: &Path,
) -> Result<bool> {
    let sent = SentEntry { case: carried.case, entry: carried.entry };
    let is_listed = rows.iter().any(|row| row.entry.entry == carried.entry);
    let is_stored = store.entries(carried.case)?.iter().any(|known| known.entry == carried.entry);
    if is_listed || is_stored || store.sent_letter(&sent)?.is_some() {
        return Ok(false);
    }
    let sealed = stick::get(dir, carried.case, carried.entry, &carried.sha256)?;
    let sealed = SealedLetter::from_bytes_unchecked(sealed);
    if let Some(receipt) = &carried.receipt {
        receipts::check(receipt, relay, &sent, &sealed, context.now())?;
    }
    store.put_sent(&sent, sealed.as_bytes())?;
    match &carried.receipt {
        Some(receipt) => store.put_receipt(&sent, receipt).map(|()| false),
        None => Ok(true),
    }
}
