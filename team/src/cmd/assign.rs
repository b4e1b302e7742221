//! `sealpost assign`: whose case it is. The desk knows, the relay does not.

use anyhow::Result;
use clap::Args;
use sealpost_shared::desk::DeskWord;
use serde_json::json;

use super::send::Writing;
use super::send::look::AnywayArgs;
use super::tell::{self, TellArgs};
use crate::args::TeamArgs;
use crate::config::Context;

/// `sealpost assign`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealpost assign 7f3a-91c2                  # to yourself\n  sealpost assign 7f3a --to Bob --tell       # and the reporter is told who handles the case"
)]
pub(crate) struct AssignArgs {
    /// Case id, or the beginning of one.
    pub(crate) case: String,
    /// The member: a name, a mail address or a fingerprint [default: you].
    #[arg(long, value_name = "MEMBER")]
    pub(crate) to: Option<String>,
    /// The case is nobody's again.
    #[arg(long, conflicts_with_all = ["to", "tell"])]
    pub(crate) nobody: bool,
    #[command(flatten)]
    pub(crate) tell: TellArgs,
    #[command(flatten)]
    pub(crate) look: AnywayArgs,
    #[command(flatten)]
    pub(crate) team: TeamArgs,
}

/// Assigns a case.
///
/// # Errors
/// When there is no such case or member; else see [`Writing::send`].
pub(crate) fn run(context: &Context, args: &AssignArgs) -> Result<()> {
    let writing = Writing::open(context, &args.team, &args.case)?;
    writing.look_first(args.look)?;
    let members = writing.members()?;
    let to = match &args.to {
        _ if args.nobody => None,
        Some(who) => Some(members.find(who)?),
        None => Some(writing.own().clone()),
    };
    let name = to.as_ref().map(|to| members.name(to));
    let matter =
        sealpost_shared::letter::Matter { handler: name.clone(), ..tell::matter(&writing.dossier, &members) };
    let sentence = format!("{} handles your report.", name.as_deref().unwrap_or("Nobody"));
    let told = tell::tell(&writing, &args.tell, matter, sentence)?;
    let entry = writing.tell_desk(DeskWord::Assigned { to: to.clone() }, String::new())?;
    writing.send()?;
    context.ui.json(
        &json!({ "case": entry.case, "entry": entry.entry, "handler": to, "name": name, "told": told }),
    );
    let short = entry.case.short();
    match name {
        Some(name) => context.ui.heading(&format!("{short} is {name}'s.")),
        None => context.ui.heading(&format!("{short} is nobody's.")),
    }
    context.ui.say(if told.is_some() {
        "The reporter was told."
    } else {
        "The desk knows; the reporter was not told (--tell)."
    });
    Ok(())
}
