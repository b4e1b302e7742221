//! `sealpost advisory draft`: a document with everything that the case knows.

use std::path::PathBuf;

use anyhow::Result;
use sealpost_advisory::{Draft, DraftPackage, open_contradicted, ranges_said};
use sealpost_shared::policy::Policy;
use serde_json::json;

use super::{DraftArgs, check};
use crate::cmd::Desk;
use crate::cmd::write::run_editor;
use crate::config::Context;
use crate::dossier::Dossier;
use crate::times::utc;
use crate::{files, keyring, ui};

/// Writes a new document; nothing is overwritten.
///
/// # Errors
/// When the case cannot be opened, or the file is there already.
pub(crate) fn run(context: &Context, args: &DraftArgs) -> Result<()> {
    let mut draft = match &args.case {
        Some(case) => of_case(context, args, case)?,
        // A document can be begun before anything was pulled; then the team's names are left to fill in.
        None => Desk::open(context, &args.team)
            .map_or_else(|_| Draft::default(), |desk| of_team(desk.bundle.policy())),
    };
    draft.id = args.id.as_ref().map(ToString::to_string);
    if let Some(ecosystem) = &args.ecosystem {
        if draft.packages.is_empty() {
            draft.packages.push(DraftPackage::default());
        }
        draft.packages.iter_mut().for_each(|package| package.ecosystem = Some(ecosystem.clone()));
    }
    let path = path(args);
    files::create(&path, draft.to_document().as_bytes(), 0o600)?;
    if args.edit {
        run_editor(&args.editor, &path)?;
        return check::run(context, &path);
    }
    context.ui.json(&json!({ "file": path, "embargo": draft.published }));
    context.ui.say(&format!("Wrote {}. Every TODO in it is yours; then:", path.display()));
    context.ui.say(&format!("  sealpost advisory check {}", path.display()));
    Ok(())
}

fn path(args: &DraftArgs) -> PathBuf {
    let named = || match (&args.id, &args.case) {
        (Some(id), _) => format!("{id}.md"),
        (None, Some(case)) => format!("advisory-{case}.md"),
        (None, None) => "advisory.md".to_owned(),
    };
    args.out.clone().unwrap_or_else(|| named().into())
}

fn of_team(policy: &Policy) -> Draft {
    let identity = &policy.identity;
    Draft {
        team: Some(identity.slug.clone()),
        publisher: identity.name.clone(),
        publisher_url: identity.policy_url.clone().unwrap_or_default(),
        contact: identity.contact.clone(),
        ..Draft::default()
    }
}

fn of_case(context: &Context, args: &DraftArgs, case: &str) -> Result<Draft> {
    let desk = Desk::open(context, &args.team)?;
    let keyring = keyring::find(&desk.settings.key)?;
    let now = context.now();
    let dossier = desk.reader(keyring.as_ref(), now).read(desk.store.find(case)?)?;
    if !dossier.is_verified() {
        context.ui.warn(
            "the report is not verified; `sealpost show` says why. What it says is filled in all the same",
        );
    }
    let mut draft = of_team(desk.bundle.policy());
    if draft.publisher_url.is_empty() {
        draft.publisher_url = format!("{}/", desk.bundle.origin());
    }
    fill(&mut draft, &dossier);
    fill_versions(&mut draft, &dossier, args.ecosystem.as_deref());
    if let Some(embargo) = dossier.view(now).and_then(|view| view.embargo) {
        draft.published = embargo.ended_at.or_else(|| embargo.agreed.and(embargo.lifts_at));
        if let (None, Some(until)) = (draft.published, embargo.lifts_at) {
            context.ui.warn(&format!(
                "the embargo until {} is proposed and not agreed, so the day of publication is left to you",
                utc(until)
            ));
        }
    }
    Ok(draft)
}

/// What the reporter said. It is what somebody else wrote: bounded, on one line, quoted.
fn fill(draft: &mut Draft, dossier: &Dossier) {
    let Some(data) = &dossier.data else { return };
    draft.title = ui::title(&data.title);
    draft.severity = data.severity;
    draft.exploited = data.exploited;
    draft.credit = ui::title(&data.credit);
    draft.versions_said = ui::title(&data.versions);
    draft.timeline = vec![(data.written_at, "Reported".to_owned())];
    if !data.product.trim().is_empty() {
        draft.packages = vec![DraftPackage { package: ui::title(&data.product), ..DraftPackage::default() }];
    }
}

/// What the desk put on record at its stages: ranges where they are plain enough and its releases fit them, and the words in any case.
fn fill_versions(draft: &mut Draft, dossier: &Dossier, ecosystem: Option<&str>) {
    let records: Vec<_> = dossier.desk.stages.values().flat_map(|stage| &stage.records).collect();
    let said = |wanted: &'static str| {
        records.iter().filter(move |(name, _)| name.as_str() == wanted).map(|(_, value)| value.as_str())
    };
    for (name, value) in records.iter().filter(|(name, _)| matches!(name.as_str(), "affected" | "releases")) {
        draft.recorded.push(format!("{name}: {}", ui::title(value)));
    }
    let ranges = said("affected").filter_map(|value| ranges_said(value, ecosystem)).next_back();
    let Some(mut ranges) = ranges else { return };
    if let Some(releases) = said("releases").next_back() {
        open_contradicted(&mut ranges, releases, ecosystem);
    }
    if draft.packages.is_empty() {
        draft.packages.push(DraftPackage::default());
    }
    draft.packages.iter_mut().for_each(|package| package.ranges.clone_from(&ranges));
}
