//! `sealpost stats`: how the team kept its promises, quarter by quarter, without a word of any case.

mod chart;
mod quarter;

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::Args;
use serde_json::json;

use self::quarter::{Quarter, quarters};
use super::Desk;
use crate::args::TeamArgs;
use crate::config::Context;
use crate::{files, keyring, ui};

/// `sealpost stats`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealpost stats\n  sealpost stats --svg promises.svg\n  sealpost stats --sign stats.txt.asc      # a signed file that the team may publish\n\nCounted from signed letters: reports by the reporters' keys, answers by the members' keys."
)]
pub(crate) struct StatsArgs {
    /// Draw a chart into this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
    /// Write the figures as a text that is signed with your key.
    #[arg(long, value_name = "FILE")]
    pub(crate) sign: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) team: TeamArgs,
}

/// Counts.
///
/// # Errors
/// When nothing was pulled yet, no case could be read, or a file is there already.
pub(crate) fn run(context: &Context, args: &StatsArgs) -> Result<()> {
    let desk = Desk::open(context, &args.team)?;
    let keyring = keyring::find(&desk.settings.key)?;
    let now = context.now();
    let reader = desk.reader(keyring.as_ref(), now);
    let (mut views, mut unread) = (Vec::new(), 0);
    for case in desk.store.cases()? {
        match reader
            .read(case)
            .ok()
            .filter(crate::dossier::Dossier::is_verified)
            .and_then(|dossier| dossier.view(now))
        {
            Some(view) => views.push(view),
            None => unread += 1,
        }
    }
    ensure!(
        !views.is_empty() || unread == 0,
        "no case could be read, so nothing can be counted; `sealpost list` says why"
    );
    let quarters = quarters(&views);
    if let Some(path) = &args.svg {
        files::create(path, chart::svg(&desk.bundle.policy().identity.name, &quarters).as_bytes(), 0o644)?;
        context.ui.note(&format!("the chart is in {}", path.display()));
    }
    if let Some(path) = &args.sign {
        let text = text(&desk, &quarters, now);
        files::create(path, keyring.sign_cleartext(&text, now)?.as_bytes(), 0o644)?;
        context.ui.note(&format!("signed by {}: {}", keyring.fingerprint(), path.display()));
    }
    context.ui.json(&json!({ "quarters": quarters, "unread": unread }));
    if quarters.is_empty() {
        context.ui.say("No cases yet, so there is nothing to count.");
        return Ok(());
    }
    let cells: Vec<Vec<String>> = quarters.iter().map(Quarter::cells).collect();
    context.ui.table(&Quarter::HEADINGS, &cells);
    if unread > 0 {
        context.ui.warn(&format!(
            "not counted, because not read or not verified: {}",
            ui::count(unread, "case", "cases")
        ));
    }
    Ok(())
}

/// The figures as a text that people read and programs split at colons.
fn text(desk: &Desk, quarters: &[Quarter], now: sealpost_shared::Timestamp) -> String {
    let identity = &desk.bundle.policy().identity;
    let mut text = format!(
        "Sealpost promises 1\nteam: {}\nproject: {}\ncounted: {now}\n",
        crate::ui::line(&identity.name),
        crate::ui::line(&identity.project)
    );
    for quarter in quarters {
        text.push_str(&quarter.line());
    }
    text
}
