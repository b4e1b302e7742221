//! Cases that no relay holds: a report that was sent another way, or sealed here into a file that the reporter carries. The clock is
//! the same; the policy is a preset or a file of the reporter's, with the names and addresses the reporter knows.

use sealpost_shared::id::Slug;
use sealpost_shared::policy::{PolicyError, PolicyFile, Role};
use sealpost_shared::timeline::EventKind;
use sealpost_shared::words::is_hidden;
use sealpost_shared::{Fingerprint, Timestamp};

use crate::case_record::{CaseRecord, RecordError, Route};
use crate::gravity::Gravity;
use crate::hand_on::is_placeholder;
use crate::public_note::ReportWords;
use crate::vault::{MemberCertificate, ReadPolicy, ReportDraft, SealedReport, Secret};

/// The presets that the app brings along, by the names of their files.
pub const PRESETS: [&str; 7] =
    ["rust-classic", "rust-2025", "node", "kernel", "cert-45", "project-zero-90-30", "cra"];

/// How long a preset's promises are taken to hold for a case that nobody renews: its own dates are only an example's.
const PRESET_SECONDS: i64 = 10 * 366 * 24 * 3600;

/// What the reporter knows of the team.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// The project's name.
    pub project: String,
    /// The team's mail address; empty if it has none or the reporter does not know it.
    pub contact: String,
    /// Addresses of the ladder's steps, as far as they are known.
    pub addresses: Vec<(Slug, String)>,
    /// The team's certificate, where a report was sealed to one.
    pub certificate: Option<Fingerprint>,
}

/// What of [`Facts`] must be mended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FactsError {
    /// The project has no name.
    #[error("the project has no name")]
    Project,
    /// The team's address is no mail address.
    #[error("this is no mail address")]
    Contact,
    /// A step's address leads nowhere.
    #[error("this is no address")]
    Address(Slug),
    /// The policy itself breaks a rule.
    #[error(transparent)]
    Policy(PolicyError),
}

/// Writes names and addresses into a policy. `starts` is when the case begins, for presets, whose own dates mean nothing.
///
/// # Errors
/// The first fact that cannot be used.
pub fn adapt(
    mut file: PolicyFile,
    facts: &Facts,
    is_preset: bool,
    starts: Timestamp,
) -> Result<PolicyFile, FactsError> {
    let project = facts.project.trim();
    if project.is_empty() || project.chars().any(is_hidden) || project.chars().count() > 100 {
        return Err(FactsError::Project);
    }
    if is_preset || file.identity.project != project {
        file.identity.name = format!("{project} security team");
    }
    project.clone_into(&mut file.identity.project);
    file.identity.slug = slug(project);
    if is_preset {
        file.identity.effective = starts;
        file.identity.expires = Timestamp::from_seconds(starts.seconds() + PRESET_SECONDS);
    }
    write_contact(&mut file, facts.contact.trim())?;
    for (step, address) in &facts.addresses {
        write_address(&mut file, step, address.trim())?;
    }
    if let Some(certificate) = &facts.certificate {
        file.identity.signed_by = certificate.clone();
        for desk in file.desks.iter_mut().filter(|desk| desk.role == Role::Team) {
            desk.fingerprints = vec![certificate.clone()];
            desk.members = Vec::new();
        }
    }
    file.clone().check().map_err(FactsError::Policy)?;
    Ok(file)
}

fn write_contact(file: &mut PolicyFile, contact: &str) -> Result<(), FactsError> {
    if contact.is_empty() {
        return Ok(());
    }
    contact.clone_into(&mut file.identity.contact);
    for desk in file.desks.iter_mut().filter(|desk| desk.role == Role::Team) {
        desk.uris = vec![format!("mailto:{contact}")];
    }
    match file.clone().check() {
        Err(PolicyError::Rule { key, .. }) if key == "identity.contact" || key.contains("uris") => {
            Err(FactsError::Contact)
        }
        _ => Ok(()),
    }
}

fn write_address(file: &mut PolicyFile, step: &Slug, address: &str) -> Result<(), FactsError> {
    let found = file.escalation.steps.iter_mut().find(|found| found.id == *step);
    let (Some(step), false) = (found, address.is_empty()) else { return Ok(()) };
    let uri = as_uri(address);
    if let Some(public) = &mut step.public {
        *public = uri;
    } else if let Some(desk) = file.desks.iter_mut().find(|desk| step.to.as_ref() == Some(&desk.id)) {
        desk.uris = vec![uri];
    }
    let id = step.id.clone();
    match file.clone().check() {
        Err(PolicyError::Rule { key, .. }) if key.contains("uris") || key.ends_with("public") => {
            Err(FactsError::Address(id))
        }
        _ => Ok(()),
    }
}

/// An address as people write it, as an address of a policy.
fn as_uri(text: &str) -> String {
    let has_scheme = ["mailto:", "https:", "tel:", "matrix:", "irc:", "ircs:"];
    if has_scheme.iter().any(|scheme| text.starts_with(scheme)) {
        text.to_owned()
    } else if text.contains('@') {
        format!("mailto:{text}")
    } else {
        format!("https://{}", text.trim_start_matches("http://"))
    }
}

/// A name for paths and files that reminds of the project.
fn slug(project: &str) -> Slug {
    let plain: String = project
        .to_ascii_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let short: String = plain.trim_matches('-').chars().take(40).collect();
    short.parse().unwrap_or_else(|_| "team".parse().expect("letters only"))
}

/// The team's mail address, unless nobody filled it in.
#[must_use]
pub fn contact(record: &CaseRecord) -> Option<&str> {
    let contact = record.policy.identity.contact.as_str();
    (!is_placeholder(contact)).then_some(contact)
}

impl CaseRecord {
    /// The record of a report that was sent without this app, at `sent`.
    ///
    /// # Errors
    /// Only when the policy was changed since it was checked.
    pub fn tracked(
        title: &str,
        route: Route,
        told: Gravity,
        policy: ReadPolicy,
        secret: Secret,
        sent: Timestamp,
        now: Timestamp,
    ) -> Result<Self, RecordError> {
        let mut record = Self {
            severity: told.severity,
            exploited: told.exploited,
            ..Self::without_relay(title, route, policy, secret, now)
        };
        record.by_hand(EventKind::Sent, sent)?;
        Ok(record)
    }

    /// The record of a report that was just sealed into a file. No clock runs before the reporter has sent it.
    #[must_use]
    pub fn in_file(
        report: &ReportDraft,
        policy: ReadPolicy,
        secret: Secret,
        sealed: &SealedReport,
        certificate: MemberCertificate,
        now: Timestamp,
    ) -> Self {
        let words = policy.policy.clone().check().ok().map(|policy| ReportWords::of(report, &policy));
        Self {
            report_words: words,
            severity: report.severity,
            exploited: report.exploited,
            sha256: sealed.sha256.clone(),
            own_copy: sealed.own_copy.is_some(),
            members: vec![certificate],
            ..Self::without_relay(&report.title, Route::File, policy, secret, now)
        }
    }

    fn without_relay(title: &str, route: Route, policy: ReadPolicy, secret: Secret, now: Timestamp) -> Self {
        let team_desk = policy.policy.desks.iter().find(|desk| desk.role == Role::Team);
        let desk = team_desk.map(|desk| desk.id.clone());
        let desk = desk.unwrap_or_else(|| "team".parse().expect("letters only"));
        // Without a relay there is nothing that the words could fetch, so they count as kept.
        Self {
            title: title.trim().to_owned(),
            route,
            is_measure: policy.is_measure,
            ..Self::blank(policy.policy, policy.sha256, desk, secret, now)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case_record::How;
    use crate::case_record::tests::record;
    use crate::hand_on::addresses;
    use crate::pointer::pointer_text;
    use crate::public_note::{Basis, PublicNote};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn preset(name: &str) -> PolicyFile {
        let file = format!("{}/../../policies/{name}.toml", env!("CARGO_MANIFEST_DIR"));
        PolicyFile::from_toml(&std::fs::read_to_string(file).unwrap()).unwrap()
    }

    fn facts() -> Facts {
        Facts { project: " Ferris Ware ".to_owned(), ..Facts::default() }
    }

    #[test]
    fn every_preset_of_the_repository_is_offered_and_can_be_used() {
        let folder = format!("{}/../../policies", env!("CARGO_MANIFEST_DIR"));
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".toml").map(str::to_owned))
            .collect();
        let mut offered = PRESETS.map(str::to_owned);
        files.sort();
        offered.sort();
        assert_eq!(files, offered);
        let starts = at("2031-02-03T04:05:06Z");
        for name in PRESETS {
            let policy = adapt(preset(name), &facts(), true, starts).unwrap().check().unwrap();
            assert_eq!(policy.identity.name, "Ferris Ware security team");
            assert_eq!(policy.identity.slug.as_str(), "ferris-ware");
            assert!(policy.identity.expires > starts, "{name} has expired");
            for step in &policy.escalation.steps {
                assert!(addresses(&policy, step).is_empty(), "{name} leads to an example's address");
            }
        }
    }

    #[test]
    fn addresses_are_taken_as_people_write_them() {
        let known = |address: &str| Facts {
            contact: "security@ferris.example".to_owned(),
            addresses: vec![
                ("coordinator".parse().unwrap(), address.to_owned()),
                ("forum".parse().unwrap(), "forum.ferris.example/t".to_owned()),
            ],
            ..facts()
        };
        let starts = at("2026-11-23T12:00:00Z");
        let file = adapt(preset("rust-classic"), &known("jo@ferris.example"), true, starts).unwrap();
        let policy = file.check().unwrap();
        assert_eq!(policy.identity.contact, "security@ferris.example");
        let found: Vec<Vec<String>> =
            policy.escalation.steps.iter().map(|step| addresses(&policy, step)).collect();
        let expected: [&[&str]; 3] =
            [&["mailto:jo@ferris.example"], &[], &["https://forum.ferris.example/t"]];
        assert_eq!(found, expected);
        let broken = adapt(preset("rust-classic"), &known("a b@c"), true, starts);
        assert_eq!(broken, Err(FactsError::Address("coordinator".parse().unwrap())));
        let unnamed = adapt(preset("node"), &Facts::default(), true, starts);
        assert_eq!(unnamed, Err(FactsError::Project));
        let unreachable = Facts { contact: "ferris".to_owned(), ..facts() };
        assert_eq!(adapt(preset("node"), &unreachable, true, starts), Err(FactsError::Contact));
    }

    #[test]
    fn a_tracked_case_has_a_clock_a_pointer_and_a_note() {
        let (sent, now) = (at("2026-11-20T12:00:00Z"), at("2026-11-23T12:00:00Z"));
        let file = adapt(preset("rust-classic"), &facts(), true, sent).unwrap();
        let policy = ReadPolicy { policy: file, sha256: "aa".repeat(32), is_measure: true };
        let route = Route::Elsewhere { how: How::Mail };
        let told = Gravity::default();
        let case = CaseRecord::tracked(" Frames ", route, told, policy, record().secret, sent, now).unwrap();
        let policy = case.policy().unwrap();
        let seen = sealpost_shared::timeline::view(&case.events, &policy, now);
        assert!(seen.ladder.open, "three days of silence open the classic ladder");
        let pointer = pointer_text(&case, &policy).unwrap();
        assert!(!pointer.contains(&case.case.to_string()), "nobody else knows this number: {pointer}");
        assert!(pointer.contains("by mail"), "{pointer}");
        let note = PublicNote::prepare(&case, &policy).unwrap();
        assert!(
            ![&note.text, &pointer].iter().any(|text| text.contains("promised")),
            "{} {pointer}",
            note.text
        );
        assert_eq!(note.basis, Basis::TitleOnly);
        assert!(note.text.contains("Ferris Ware"), "{}", note.text);
        assert_eq!(contact(&case), None);
    }
}
