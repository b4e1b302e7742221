//! Filling a preset in, so that its comments stay.

use anyhow::{Context as _, Result};
use sealpost_shared::{Duration, Fingerprint, Timestamp};
use toml_edit::{Array, ArrayOfTables, DocumentMut, Table, value};

use super::args::{InitArgs, Preset};

/// A calendar year; the leap day makes it no shorter.
const YEAR: Duration = Duration::from_hours(365 * 24);

/// A policy that was filled in.
pub(super) struct Filled {
    /// The file's text.
    pub(super) text: String,
    /// Steps of the ladder that no contact was given for.
    pub(super) left_out: Vec<String>,
}

const fn source(preset: Preset) -> &'static str {
    match preset {
        Preset::RustClassic => include_str!("../../../../policies/rust-classic.toml"),
        Preset::Rust2025 => include_str!("../../../../policies/rust-2025.toml"),
        Preset::Node => include_str!("../../../../policies/node.toml"),
        Preset::Kernel => include_str!("../../../../policies/kernel.toml"),
        Preset::Cert45 => include_str!("../../../../policies/cert-45.toml"),
        Preset::ProjectZero => include_str!("../../../../policies/project-zero-90-30.toml"),
        Preset::Cra => include_str!("../../../../policies/cra.toml"),
    }
}

/// Stands for a fingerprint while no key is made yet.
pub(super) fn placeholder() -> Fingerprint {
    "0".repeat(40).parse().expect("40 digits are a fingerprint")
}

/// Fills a preset in. The first fingerprint signs; letters are sealed to all.
///
/// # Errors
/// Only when the preset is not what this function knows.
pub(super) fn fill(args: &InitArgs, fingerprints: &[Fingerprint], now: Timestamp) -> Result<Filled> {
    let mut policy: DocumentMut = source(args.preset).parse().context("the preset")?;
    let identity = policy["identity"].as_table_mut().context("the preset has an [identity]")?;
    fill_identity(identity, args, fingerprints, now)?;
    let desks = policy["desks"].as_array_of_tables_mut().context("the preset has desks")?;
    fill_desks(desks, args, fingerprints);
    let known: Vec<String> = desks.iter().map(|desk| text(desk, "id").to_owned()).collect();
    let steps = policy["escalation"]["steps"].as_array_of_tables_mut().context("the preset has steps")?;
    let left_out = fill_steps(steps, args.forum.as_deref(), &known);
    Ok(Filled { text: policy.to_string(), left_out })
}

fn fill_identity(
    identity: &mut Table,
    args: &InitArgs,
    fingerprints: &[Fingerprint],
    now: Timestamp,
) -> Result<()> {
    let signer = fingerprints.first().context("a team has at least one certificate")?;
    let expires = (0..args.expires_years).fold(now, |at, _| at + YEAR);
    for (key, text) in [
        ("slug", args.slug.as_str()),
        ("name", &args.name),
        ("project", &args.project),
        ("effective", &now.to_string()),
        ("expires", &expires.to_string()),
        ("contact", &args.email),
        ("signed_by", signer.as_str()),
    ] {
        identity[key] = value(text);
    }
    if let Some(url) = &args.policy_url {
        identity["policy_url"] = value(url);
    }
    Ok(())
}

/// Fills the team and the contacts that were given; the others go.
fn fill_desks(desks: &mut ArrayOfTables, args: &InitArgs, fingerprints: &[Fingerprint]) {
    let mailto = [format!("mailto:{}", args.email)];
    let contacts = |desk: &Table| match text(desk, "role") {
        "team" => mailto.as_slice(),
        "coordinator" => &args.coordinator,
        _ => &args.backup,
    };
    desks.retain(|desk| !contacts(desk).is_empty());
    for desk in desks.iter_mut() {
        desk["uris"] = value(contacts(desk).iter().map(String::as_str).collect::<Array>());
        if text(desk, "role") == "team" {
            desk["name"] = value(&args.name);
            desk["fingerprints"] = value(fingerprints.iter().map(Fingerprint::as_str).collect::<Array>());
        }
    }
}

/// Keeps the steps that lead somewhere; names the others.
fn fill_steps(steps: &mut ArrayOfTables, forum: Option<&str>, desks: &[String]) -> Vec<String> {
    let leads = |step: &Table| match step.get("to") {
        Some(_) => desks.iter().any(|desk| desk == text(step, "to")),
        None => forum.is_some(),
    };
    let left_out = steps.iter().filter(|step| !leads(step)).map(|step| text(step, "id").to_owned()).collect();
    steps.retain(leads);
    for step in steps.iter_mut().filter(|step| step.contains_key("public")) {
        step["public"] = value(forum.unwrap_or_default());
    }
    left_out
}

fn text<'a>(table: &'a Table, key: &str) -> &'a str {
    table.get(key).and_then(|item| item.as_str()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use clap::{Parser as _, ValueEnum as _};
    use sealpost_shared::policy::{Length, Place, Policy};

    use super::*;
    use crate::args::{Cli, Command};

    const CONTACTS: [&str; 6] = [
        "--coordinator",
        "mailto:c@demo.example",
        "--backup",
        "tel:+15550100",
        "--forum",
        "https://forum.demo.example",
    ];

    fn args(more: &[&str]) -> InitArgs {
        let line = ["sealpost", "init", "teams", "--slug", "demo", "--name", "Demo \"Team\""];
        let line = line.iter().chain(&["--project", "Ferrisware", "--email", "security@demo.example"]);
        let line = line.chain(&["--relay", "https://relay.example"]).chain(more);
        match Cli::try_parse_from(line).unwrap().command {
            Command::Init(args) => *args,
            other => panic!("{other:?}"),
        }
    }

    fn filled(more: &[&str]) -> (Filled, Policy) {
        let now = "2026-11-23T12:00:00Z".parse().unwrap();
        let filled = fill(&args(more), &[placeholder()], now).unwrap();
        let policy = Policy::from_toml(&filled.text).unwrap();
        (filled, policy)
    }

    #[test]
    fn the_classic_preset_says_what_the_classic_policy_said() {
        let policy = Policy::from_toml(source(Preset::RustClassic)).unwrap();
        let clocks = policy.clocks;
        assert_eq!(
            [clocks.acknowledge, clocks.answer, clocks.update].map(Length::nominal_hours),
            [24, 48, 120]
        );
        let ladder = &policy.escalation;
        assert_eq!([ladder.no_reply, ladder.silence].map(Length::nominal_hours), [48, 120]);
        let steps: Vec<_> = ladder.steps.iter().map(|step| step.id.as_str()).collect();
        assert_eq!(steps, ["coordinator", "backup", "forum"]);
    }

    #[test]
    fn comments_survive_and_names_are_filled_in_every_preset() {
        for preset in Preset::value_variants() {
            let name = preset.to_possible_value().unwrap();
            let (filled, policy) = filled(&[CONTACTS.as_slice(), &["--preset", name.get_name()]].concat());
            for comment in source(*preset).lines().filter(|line| line.starts_with('#')) {
                assert!(filled.text.contains(comment), "{preset:?} lost: {comment}");
            }
            assert!(!filled.text.contains("example.org"), "{}", filled.text);
            assert!(filled.left_out.is_empty());
            assert_eq!(policy.identity.name, "Demo \"Team\"");
            assert_eq!(policy.identity.expires.to_string(), "2027-11-23T12:00:00Z");
        }
    }

    #[test]
    fn a_step_without_a_contact_is_left_out_with_its_desk() {
        let (filled, policy) = filled(&["--backup", "mailto:b@demo.example", "--backup", "tel:+1"]);
        assert_eq!(filled.left_out, ["coordinator", "forum"]);
        assert_eq!((policy.desks.len(), policy.escalation.steps.len()), (2, 1));
        assert_eq!(policy.desks[1].uris, ["mailto:b@demo.example", "tel:+1"]);
        assert!(!filled.text.contains("coordinator@"), "{}", filled.text);
    }

    #[test]
    fn the_forum_is_the_one_that_was_named() {
        let (_, policy) = filled(&["--forum", "https://forum.demo.example"]);
        assert!(
            matches!(&policy.escalation.steps[0].place, Place::Public(url) if url == "https://forum.demo.example")
        );
    }
}
