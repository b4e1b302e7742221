//! `sealpost delete`: a case goes, at the relay and on this machine.

use anyhow::{Context as _, Result};
use clap::Args;
use sealpost_shared::CaseId;
use sealpost_shared::wire::v1::{Deleter, Deletion};
use serde_json::json;

use super::Desk;
use crate::args::TeamArgs;
use crate::config::{Context, usage};
use crate::keyring;
use crate::relay_api::RelayApi;
use crate::session::Session;

/// As many as a case id has in its short form.
const SHORT_DIGITS: usize = 8;

/// `sealpost delete`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealpost delete 7f3a-91c2 --yes\n\nLetters, files and receipts of the case are removed at the relay, and what this machine pulled of it. Nobody can bring them back.\nThe reporter's page says that the team deleted the case, and when. What other members pulled stays on their machines."
)]
pub(crate) struct DeleteArgs {
    /// Case id, or at least its first eight digits, as in 7f3a-91c2.
    pub(crate) case: String,
    /// Do it: without this, nothing is deleted.
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) team: TeamArgs,
}

/// Deletes a case at the relay, then here.
///
/// # Errors
/// A usage error without `--yes`; when there is no such case, or the relay does not do it: then it stays here too.
pub(crate) fn run(context: &Context, args: &DeleteArgs) -> Result<()> {
    let desk = Desk::open(context, &args.team)?;
    let _lock = desk.store.lock()?;
    let case = desk.store.find(&args.case)?;
    let title = title(context, &desk, case);
    if args.case.chars().filter(|c| *c != '-').count() < SHORT_DIGITS {
        return usage(format!(
            "“{}” is short for what nobody can bring back. Nothing was deleted. It would be case {}{title}: write that",
            args.case,
            case.short()
        ));
    }
    if !args.yes {
        let short = case.short();
        let letters = match desk.store.entries(case)?.len() {
            1 => "1 letter".to_owned(),
            n => format!("{n} letters"),
        };
        return usage(format!(
            "case {short}{title} has {letters} here. Nothing was deleted. To delete it for good, at the relay and here: sealpost delete {short} --yes"
        ));
    }
    let deletion = delete_at_relay(context, &desk, case)?;
    desk.store.remove(case).with_context(|| {
        format!("the relay deleted {}, but its folder here cannot be removed", case.short())
    })?;
    context.ui.json(&json!({ "case": case, "by": deletion.by, "at": deletion.at }));
    context.ui.heading(&match deletion.by {
        Deleter::Team => format!("Case {}{title} is deleted.", case.short()),
        Deleter::Policy => {
            format!("Case {}{title} was deleted before, as the policy says; now here too.", case.short())
        }
    });
    context.ui.say("Its reporter can see that and when. What other members pulled stays with them.");
    Ok(())
}

/// ` “TITLE”`, or nothing where the report cannot be opened.
fn title(context: &Context, desk: &Desk, case: CaseId) -> String {
    let keyring = keyring::find(&desk.settings.key).ok();
    let dossier = keyring.and_then(|keyring| desk.reader(keyring.as_ref(), context.now()).read(case).ok());
    dossier.and_then(|dossier| dossier.title()).map(|title| format!(" “{title}”")).unwrap_or_default()
}

fn delete_at_relay(context: &Context, desk: &Desk, case: CaseId) -> Result<Deletion> {
    let api = RelayApi::new(&desk.settings.relay)?;
    let keyring = keyring::find(&desk.settings.key)?;
    let mut session = Session::start(context, &desk.settings, &desk.bundle, keyring.as_ref(), &api)?;
    session.call(|token| api.delete_case(case, token))
}
