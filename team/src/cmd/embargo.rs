//! `sealpost embargo`: until when nobody speaks, as both sides see it.

mod rules;

use anyhow::{Result, ensure};
use clap::{Args, ValueEnum};
use sealpost_shared::letter::{EmbargoWord, Matter, ReplyKind};
use sealpost_shared::timeline::EmbargoView;
use sealpost_shared::{Duration, Timestamp};
use serde_json::json;

use self::rules::Talks;
use super::send::look::AnywayArgs;
use super::send::{Outgoing, Writing};
use crate::args::TeamArgs;
use crate::config::{Context, usage};
use crate::moment;
use crate::times::{relative, utc};

const EXAMPLES: &str = "\
Examples:
  sealpost embargo 7f3a                                             # what was proposed and agreed
  sealpost embargo 7f3a propose '2026-12-01 14:00 Europe/Berlin'
  sealpost embargo 7f3a counter 2026-11-28T14:00Z -m 'The fix is ready earlier.'
  sealpost embargo 7f3a agree                                       # to what the reporter proposed
  sealpost embargo 7f3a lift -m 'Attacks were seen today.'          # ends it at once
The shortest proposal wins until both sides named the same moment. Nothing outlasts the reporter's own deadline.";

/// No policy that we know holds anything back for longer.
const UNUSUAL: Duration = Duration::from_hours(366 * 24);

/// What is to be said about the embargo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Action {
    /// Name a moment.
    Propose,
    /// Name another moment than the reporter did.
    Counter,
    /// Take the moment that the reporter proposed.
    Agree,
    /// End it now: it is exploited in the wild, or public already.
    Lift,
}

/// `sealpost embargo`
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct EmbargoArgs {
    /// Case id, or the beginning of one.
    pub(crate) case: String,
    /// What to say; left out, what was said is shown.
    #[arg(value_enum)]
    pub(crate) action: Option<Action>,
    /// The moment at which it lifts, with hour and zone.
    #[arg(value_parser = moment::parse)]
    pub(crate) date: Option<Timestamp>,
    /// What to say beside the date; left out, one plain sentence.
    #[arg(short, long, value_name = "TEXT", requires = "action")]
    pub(crate) message: Option<String>,
    /// Propose it although it is more than a year away.
    #[arg(long)]
    pub(crate) long: bool,
    #[command(flatten)]
    pub(crate) look: AnywayArgs,
    #[command(flatten)]
    pub(crate) team: TeamArgs,
}

/// Shows the embargo, or says a word about it to the reporter.
///
/// # Errors
/// When the word goes against policy, deadline or what was said before; else see [`Writing::reply`].
pub(crate) fn run(context: &Context, args: &EmbargoArgs) -> Result<()> {
    let writing = Writing::open(context, &args.team, &args.case)?;
    if args.action.is_some() {
        writing.look_first(args.look)?;
    }
    let talks = Talks::of(&writing.dossier, writing.now)?;
    let Some(action) = args.action else { return show(context, &writing, &talks, None) };
    let word = word(action, args.date, &talks)?;
    for warning in talks.check(word, writing.now)? {
        context.ui.warn(&warning);
    }
    not_by_a_slip(context, args, word, writing.now)?;
    if action == Action::Lift && args.message.is_none() {
        return usage("say with -m why the embargo ends now: the reporter is told");
    }
    let matter = Matter { embargo: Some(word), ..Matter::default() };
    let text = args.message.clone().unwrap_or_else(|| sentence(word));
    let sent = writing.reply(&Outgoing { kind: ReplyKind::Embargo, text, matter })?;
    writing.send()?;
    let talks = talks.with(&sent.reply)?;
    show(context, &writing, &talks, Some(word))
}

fn word(action: Action, date: Option<Timestamp>, talks: &Talks<'_>) -> Result<EmbargoWord> {
    match (action, date) {
        (Action::Lift, Some(_)) => {
            usage("it is lifted now, so leave the date out; to shorten it, propose another one")
        }
        (Action::Lift, None) => Ok(EmbargoWord::Lifted),
        (Action::Agree, date) => Ok(EmbargoWord::Agreed { until: talks.to_agree(date)? }),
        (Action::Propose | Action::Counter, None) => usage(
            "name the moment with hour and zone, as in 2026-12-01T14:00Z or '2026-12-01 14:00 Europe/Berlin'",
        ),
        (Action::Counter, Some(_)) if talks.by_reporter.is_empty() => {
            usage("the reporter has proposed nothing that could be countered; use propose")
        }
        (Action::Propose | Action::Counter, Some(until)) => Ok(EmbargoWord::Proposed { until }),
    }
}

fn sentence(word: EmbargoWord) -> String {
    match word {
        EmbargoWord::Proposed { until } => {
            format!("We propose that nothing becomes public before {}.", utc(until))
        }
        EmbargoWord::Agreed { until } => format!("We agree: nothing becomes public before {}.", utc(until)),
        EmbargoWord::Lifted => "The embargo ends now.".to_owned(),
    }
}

fn show(
    context: &Context,
    writing: &Writing<'_>,
    talks: &Talks<'_>,
    sent: Option<EmbargoWord>,
) -> Result<()> {
    let view = talks.view(writing.now);
    context.ui.json(&json!({
        "case": writing.dossier.case, "sent": sent, "embargo": view,
        "proposed_by_reporter": talks.by_reporter, "proposed_by_team": talks.by_team,
    }));
    let short = writing.dossier.case.short();
    let Some(view) = view else {
        context
            .ui
            .say(&format!("{short}: the policy has no rule for an embargo, and nobody proposed a date."));
        return Ok(());
    };
    context.ui.heading(&format!("{short}: {}", standing(&view, writing.now)));
    for (who, dates) in [("the reporter", &talks.by_reporter), ("the team", &talks.by_team)] {
        for until in dates {
            context.ui.say(&format!("proposed by {who}: {}", utc(*until)));
        }
    }
    for (what, at) in [
        ("not earlier without agreement", view.earliest),
        ("the policy's latest", view.latest),
        ("the reporter's own deadline", view.hard_deadline),
    ] {
        if let Some(at) = at {
            context.ui.say(&format!("{what}: {} ({})", utc(at), relative(at, writing.now)));
        }
    }
    if sent.is_some() {
        context.ui.say("The reporter was told.");
    }
    Ok(())
}

/// A slip in the year would hold everybody for decades.
fn not_by_a_slip(context: &Context, args: &EmbargoArgs, word: EmbargoWord, now: Timestamp) -> Result<()> {
    let EmbargoWord::Proposed { until } = word else { return Ok(()) };
    if args.long || until - now <= UNUSUAL {
        return Ok(());
    }
    let what = format!("{} is more than a year away ({})", utc(until), relative(until, now));
    if !context.ui.can_ask() {
        return usage(format!("{what}. Nothing was sent; if you mean it pass --long"));
    }
    ensure!(context.ui.confirm(&format!("{what}. To propose it type yes: "))?, "nothing was sent");
    Ok(())
}

/// Where it stands, in one line.
fn standing(view: &EmbargoView, now: Timestamp) -> String {
    match (view.ended_at, view.lifts_at) {
        (Some(at), _) => format!("the embargo ended {}", utc(at)),
        (None, Some(at)) => {
            let how = if view.agreed.is_some() { "agreed" } else { "not agreed yet" };
            format!("nothing in public before {} ({}, {how})", utc(at), relative(at, now))
        }
        (None, None) => "no date yet".to_owned(),
    }
}
