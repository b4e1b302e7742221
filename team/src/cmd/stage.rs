//! `sealpost stage`: how far a disclosure is, with what the policy wants on record for it.

use std::collections::BTreeMap;

use anyhow::{Result, bail, ensure};
use clap::Args;
use sealpost_shared::desk::{DeskEntry, DeskWord};
use sealpost_shared::id::Slug;
use sealpost_shared::letter::{Matter, StageMark};
use sealpost_shared::policy::Stage;
use serde_json::json;

use super::send::Writing;
use super::send::look::AnywayArgs;
use super::tell::{self, TellArgs};
use crate::args::TeamArgs;
use crate::config::{Context, usage};
use crate::members::Members;
use crate::moment;

const EXAMPLES: &str = "\
Examples:
  sealpost stage 7f3a received                     # the handler on record is who it was assigned to
  sealpost stage 7f3a confirmed --affected '>=1.2,<1.4.3' --tell
  sealpost stage 7f3a audited --note 'The two other parsers free once.'
  sealpost stage 7f3a fixes-ready --releases '1.4.4, 1.3.9' --tell -m 'Fixes are ready for 1.4 and 1.3.'
Which stages there are, and what each must have on record, stands in the policy under [[disclosure.stages]].";

/// The most bytes of one record: a page of versions.
const MAX_RECORD_BYTES: usize = 8 * 1024;

/// `sealpost stage`
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct StageArgs {
    /// Case id, or the beginning of one.
    pub(crate) case: String,
    /// The stage, as the policy names it: in the classic one received, confirmed, audited, fixes-ready, published.
    pub(crate) stage: Slug,
    /// Every affected version.
    #[arg(long, value_name = "VERSIONS")]
    pub(crate) affected: Option<String>,
    /// What the audit for similar problems found.
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: Option<String>,
    /// Every release that has a fix prepared.
    #[arg(long, value_name = "VERSIONS")]
    pub(crate) releases: Option<String>,
    /// When it was announced.
    #[arg(long, value_name = "DATE", value_parser = announced)]
    pub(crate) date: Option<String>,
    /// Anything else that the policy wants on record; may be repeated.
    #[arg(long, value_name = "NAME=TEXT", value_parser = record)]
    pub(crate) record: Vec<(String, String)>,
    /// Record it although stages before it are not on record.
    #[arg(long)]
    pub(crate) skip: bool,
    #[command(flatten)]
    pub(crate) tell: TellArgs,
    #[command(flatten)]
    pub(crate) look: AnywayArgs,
    #[command(flatten)]
    pub(crate) team: TeamArgs,
}

fn record(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once('=').ok_or("as in name=text")?;
    if name.trim().is_empty() {
        Err("the name is empty")
    } else {
        Ok((name.trim().to_owned(), value.to_owned()))
    }
}

/// A day, or a moment with hour and zone; kept as it was typed.
fn announced(text: &str) -> Result<String, String> {
    let is_day = text.trim().parse::<jiff::civil::Date>().is_ok();
    if is_day || moment::parse(text).is_ok() {
        Ok(text.trim().to_owned())
    } else {
        Err("write the day as in 2026-12-01, or the moment as in 2026-12-01T14:00Z".to_owned())
    }
}

/// Records a stage.
///
/// # Errors
/// When the policy has no such stage, wants more on record for it, or a stage before it is skipped without a word; else see [`Writing::send`].
pub(crate) fn run(context: &Context, args: &StageArgs) -> Result<()> {
    let writing = Writing::open(context, &args.team, &args.case)?;
    let stages = &writing.dossier.policy.disclosure.stages;
    let Some((n, stage)) = stages.iter().enumerate().find(|(_, stage)| stage.id == args.stage) else {
        let known: Vec<_> = stages.iter().map(|stage| stage.id.as_str()).collect();
        bail!("the policy has no stage “{}”; it has {}", args.stage, known.join(", "));
    };
    writing.look_first(args.look)?;
    let records = records(args, &writing, stage)?;
    let known = &writing.dossier.desk.stages;
    let earlier = stages.get(..n).unwrap_or_default().iter().map(|stage| &stage.id);
    let skipped: Vec<_> = earlier.filter(|id| !known.contains_key(*id)).map(Slug::as_str).collect();
    if !skipped.is_empty() && !known.contains_key(&stage.id) {
        may_skip(context, args, &skipped.join(", "))?;
    }
    let says = DeskWord::Stage { stage: stage.id.clone(), records: records.clone() };
    let members = writing.members()?;
    let told =
        tell::tell(&writing, &args.tell, matter(&writing, &members, stage), sentence(stage, &records))?;
    let entry = writing.tell_desk(says, String::new())?;
    writing.send()?;
    context.ui.json(
        &json!({ "case": entry.case, "entry": entry.entry, "stage": stage.id, "records": records, "told": told }),
    );
    say(context, &entry, stage, &records, told.is_some());
    Ok(())
}

fn may_skip(context: &Context, args: &StageArgs, skipped: &str) -> Result<()> {
    let what = format!("what comes before “{}” is not on record: {skipped}", args.stage);
    if args.skip {
        context.ui.warn(&what);
        return Ok(());
    }
    if !context.ui.can_ask() {
        return usage(format!("{what}. Nothing was recorded; record that first, or pass --skip"));
    }
    ensure!(context.ui.confirm(&format!("{what}. To skip it type yes: "))?, "nothing was recorded");
    Ok(())
}

fn say(context: &Context, entry: &DeskEntry, stage: &Stage, records: &BTreeMap<String, String>, told: bool) {
    context.ui.heading(&format!("{}: {}", entry.case.short(), stage.title));
    for (name, value) in records {
        context.ui.say(&format!("{name:<10} {value}"));
    }
    context.ui.say(if told {
        "The reporter was told."
    } else {
        "The desk knows; the reporter was not told (--tell)."
    });
}

/// What was given, and from before whatever the desk had on record for this stage.
fn records(args: &StageArgs, writing: &Writing<'_>, stage: &Stage) -> Result<BTreeMap<String, String>> {
    let mut records: BTreeMap<String, String> = args.record.iter().cloned().collect();
    let named = [
        ("affected", &args.affected),
        ("note", &args.note),
        ("releases", &args.releases),
        ("date", &args.date),
    ];
    for (name, value) in named {
        records.extend(value.iter().map(|value| (name.to_owned(), value.clone())));
    }
    let desk = &writing.dossier.desk;
    if let Some(handler) = desk.handler().filter(|_| stage.records.iter().any(|name| name == "handler")) {
        records.entry("handler".to_owned()).or_insert_with(|| handler.to_string());
    }
    for (name, value) in &records {
        ensure!(!value.trim().is_empty(), "what is on record as “{name}” must not be empty");
        ensure!(value.len() <= MAX_RECORD_BYTES, "“{name}” is longer than 8 KiB; write a note instead");
    }
    let known = desk.stages.get(&stage.id).map(|known| &known.records);
    let lacks = |name: &&String| {
        !records.contains_key(*name) && !known.is_some_and(|known| known.contains_key(*name))
    };
    let missing: Vec<String> = stage.records.iter().filter(lacks).map(|name| how_to_give(name)).collect();
    if !missing.is_empty() {
        return usage(format!(
            "the policy wants more on record for “{}”: give {}",
            stage.id,
            missing.join(" and ")
        ));
    }
    Ok(records)
}

fn how_to_give(name: &str) -> String {
    match name {
        "handler" => "a handler first, with `sealpost assign CASE`".to_owned(),
        "affected" | "note" | "releases" | "date" => format!("--{name}"),
        other => format!("--record {other}=…"),
    }
}

fn matter(writing: &Writing<'_>, members: &Members, stage: &Stage) -> Matter {
    let mut matter = tell::matter(&writing.dossier, members);
    if !matter.stages.iter().any(|mark| mark.stage == stage.id) {
        matter.stages.push(StageMark { stage: stage.id.clone(), at: writing.now });
    }
    matter
}

/// What the reporter is told in plain words; notes stay at the desk.
fn sentence(stage: &Stage, records: &BTreeMap<String, String>) -> String {
    let mut text = format!("Your report has reached a stage: {}.", stage.title);
    for (name, label) in
        [("affected", "Affected versions"), ("releases", "Releases with a fix"), ("date", "Date")]
    {
        if let Some(value) = records.get(name) {
            text.push_str(&format!("\n\n{label}: {value}"));
        }
    }
    text
}
