//! The rules of a policy: from the file's tables to a [`Policy`] without contradictions.
//!
//! Every rule is looked at, also after one was broken: whoever writes a policy wants to mend it in one go. What breaks a rule is
//! noted in [`Faults`], and something harmless stands in for it until the end.

mod disclosure;

use std::collections::HashSet;

use jiff::civil::Weekday;

use super::calendar;
use super::parse::{
    CalendarTable, ClocksTable, DeskTable, DisclosureTable, EscalationTable, IdentityTable, OverrideTable,
    PolicyError, PolicyFile, ReportsTable, StepTable,
};
use super::{
    Calendar, Carries, Clocks, Desk, Escalation, Holiday, Identity, Length, LengthError, Override, Place,
    Policy, Reports, Role, Step, When,
};
use crate::id::Slug;
use crate::limits::MAX_ENCLOSURES_MIB;

/// The address schemes a contact may use.
const SCHEMES: [&str; 6] = ["mailto:", "https:", "tel:", "matrix:", "irc:", "ircs:"];

/// The rules broken so far.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<PolicyError>);

impl Faults {
    fn broken(&mut self, key: impl Into<String>, rule: impl Into<String>) {
        self.0.push(PolicyError::rule(key, rule));
    }

    /// Notes a broken rule unless `holds`.
    fn wants(&mut self, holds: bool, key: impl Into<String>, rule: impl Into<String>) {
        if !holds {
            self.broken(key, rule);
        }
    }
}

/// The tables of a policy file; `None` for one that could not be read.
#[derive(Debug)]
pub(super) struct Tables {
    pub(super) identity: Option<IdentityTable>,
    pub(super) calendar: Option<CalendarTable>,
    pub(super) clocks: Option<ClocksTable>,
    pub(super) escalation: Option<EscalationTable>,
    pub(super) desks: Option<Vec<DeskTable>>,
    pub(super) disclosure: Option<DisclosureTable>,
    pub(super) reports: Option<ReportsTable>,
}

impl From<PolicyFile> for Tables {
    fn from(file: PolicyFile) -> Self {
        Self {
            identity: Some(file.identity),
            calendar: file.calendar,
            clocks: Some(file.clocks),
            escalation: Some(file.escalation),
            desks: Some(file.desks),
            disclosure: file.disclosure,
            reports: file.reports,
        }
    }
}

/// Checks every table that is there. A policy comes out only if all are, and every rule holds.
pub(super) fn check(tables: Tables) -> Result<Policy, Vec<PolicyError>> {
    let mut faults = Faults::default();
    let found = &mut faults;
    let identity = tables.identity.map(|table| check_identity(found, table));
    let calendar = tables.calendar.map_or_else(Calendar::default, |table| check_calendar(found, table));
    let overrides = tables.clocks.iter().flat_map(|table| check_overrides(found, &table.overrides)).collect();
    let clocks = tables.clocks.map(|table| check_clocks(found, &table));
    let desks = tables.desks.map(|tables| check_desks(found, tables));
    let escalation = tables.escalation.map(|table| check_escalation(found, table, desks.as_deref()));
    let disclosure = disclosure::check(found, tables.disclosure.unwrap_or_default());
    let reports = check_reports(found, &tables.reports.unwrap_or_default());
    match (identity, clocks, escalation, desks) {
        (Some(identity), Some(clocks), Some(escalation), Some(desks)) if faults.0.is_empty() => {
            Ok(Policy { identity, desks, calendar, clocks, overrides, escalation, disclosure, reports })
        }
        _ => Err(faults.0),
    }
}

fn check_identity(faults: &mut Faults, table: IdentityTable) -> Identity {
    faults.wants(table.version > 0, "identity.version", "versions count from 1");
    let later = table.expires > table.effective;
    faults.wants(later, "identity.expires", "must lie after identity.effective");
    let older = table.supersedes.is_none_or(|version| version < table.version);
    faults.wants(older, "identity.supersedes", "must be an earlier version than identity.version");
    let mail = is_mail_address(&table.contact);
    faults.wants(mail, "identity.contact", "must be a mail address, as in security@example.org");
    let https = table.policy_url.as_ref().is_none_or(|url| url.starts_with("https://"));
    faults.wants(https, "identity.policy_url", "must begin with https://");
    let reachable = table.comments.as_ref().is_none_or(|uri| is_contact_uri(uri));
    faults.wants(reachable, "identity.comments", format!("must begin with one of {}", SCHEMES.join(" ")));
    for (key, text) in [("identity.name", &table.name), ("identity.project", &table.project)] {
        check_line(faults, key, text);
    }
    Identity {
        slug: table.slug,
        name: table.name,
        project: table.project,
        version: table.version,
        supersedes: table.supersedes,
        effective: table.effective,
        expires: table.expires,
        languages: table.languages,
        policy_url: table.policy_url,
        comments: table.comments,
        contact: table.contact,
        signed_by: table.signed_by,
        safe_harbour: table.safe_harbour,
    }
}

fn is_mail_address(text: &str) -> bool {
    let mut parts = text.split('@');
    let (local, domain, rest) = (parts.next(), parts.next(), parts.next());
    let clean = text.chars().all(|c| c.is_ascii_graphic() && !"<>()[],;:\\\"?&%".contains(c));
    clean && rest.is_none() && local.is_some_and(|l| !l.is_empty()) && domain.is_some_and(|d| !d.is_empty())
}

fn check_line(faults: &mut Faults, key: &str, text: &str) {
    let line = !text.trim().is_empty() && !text.chars().any(char::is_control) && text.chars().count() <= 200;
    faults.wants(line, key, "must be one line of 1 to 200 characters");
}

fn check_calendar(faults: &mut Faults, table: CalendarTable) -> Calendar {
    let zone = calendar::zone(&table.zone, table.zone_rule.as_deref()).unwrap_or_else(|rule| {
        faults.broken("calendar.zone_rule", rule.to_string());
        Calendar::default().zone
    });
    let weekend = match table.weekend {
        Some(names) => names.iter().filter_map(|name| weekday(faults, name)).collect(),
        None => Calendar::default().weekend,
    };
    let left = !WEEK.iter().all(|(_, day)| weekend.contains(day));
    faults.wants(left, "calendar.weekend", "leaves no day for business");
    let few = table.holidays.len() <= calendar::MAX_HOLIDAYS;
    faults.wants(few, "calendar.holidays", "at most 100 holidays");
    let holidays = table.holidays.iter().take(calendar::MAX_HOLIDAYS);
    let holidays = holidays.filter_map(|text| holiday(faults, text)).collect();
    Calendar { zone_name: table.zone, zone, weekend, holidays, shift: table.shift }
}

fn holiday(faults: &mut Faults, text: &str) -> Option<Holiday> {
    let holiday = text.parse::<Holiday>();
    holiday.map_err(|rule| faults.broken("calendar.holidays", format!("“{text}”: {rule}"))).ok()
}

const WEEK: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

fn weekday(faults: &mut Faults, name: &str) -> Option<Weekday> {
    let found = WEEK.iter().find(|(short, _)| *short == name).map(|(_, day)| *day);
    let rule = || format!("“{name}” is not one of mon tue wed thu fri sat sun");
    faults.wants(found.is_some(), "calendar.weekend", rule());
    found
}

fn check_overrides(faults: &mut Faults, tables: &[OverrideTable]) -> Vec<Override> {
    tables.iter().enumerate().filter_map(|(n, table)| check_override(faults, n, table)).collect()
}

fn check_override(faults: &mut Faults, n: usize, table: &OverrideTable) -> Option<Override> {
    let key = |field: &str| format!("clocks.overrides[{n}].{field}");
    let mut length = |field: &str, text: &Option<String>| positive(faults, &key(field), text.as_ref()?);
    let acknowledge = length("acknowledge", &table.acknowledge);
    let answer = length("answer", &table.answer);
    let update = length("update", &table.update);
    let when = match (table.severity, table.exploited) {
        (Some(severity), false) => When::AtLeast(severity),
        (None, true) => When::Exploited,
        _ => {
            faults.broken(key("severity"), "an override has either severity = … or exploited = true");
            return None;
        }
    };
    Some(Override { when, acknowledge, answer, update })
}

fn check_clocks(faults: &mut Faults, table: &ClocksTable) -> Clocks {
    let acknowledge = positive(faults, "clocks.acknowledge", &table.acknowledge);
    let answer = positive(faults, "clocks.answer", &table.answer);
    let update = positive(faults, "clocks.update", &table.update);
    let warn_before = table.warn_before.as_ref();
    let warn_before = warn_before.and_then(|text| length(faults, "clocks.warn_before", text));
    in_order(faults, "clocks.answer", acknowledge, answer, "clocks.acknowledge");
    Clocks {
        acknowledge: acknowledge.unwrap_or(Length::ZERO),
        answer: answer.unwrap_or(Length::ZERO),
        update: update.unwrap_or(Length::ZERO),
        warn_before: warn_before.unwrap_or(Length::Hours(6)),
    }
}

/// A length; `None` for a malformed one, which is noted.
fn length(faults: &mut Faults, key: &str, text: &str) -> Option<Length> {
    text.parse().map_err(|rule: LengthError| faults.broken(key, rule.to_string())).ok()
}

fn positive(faults: &mut Faults, key: &str, text: &str) -> Option<Length> {
    let length = length(faults, key, text)?;
    faults.wants(!length.is_zero(), key, "must be longer than nothing");
    (!length.is_zero()).then_some(length)
}

fn check_desks(faults: &mut Faults, tables: Vec<DeskTable>) -> Vec<Desk> {
    let mut seen = HashSet::new();
    for (n, desk) in tables.iter().enumerate() {
        faults.wants(seen.insert(&desk.id), format!("desks[{n}].id"), "another desk has this id");
        check_desk(faults, n, desk);
    }
    let teams = tables.iter().filter(|desk| desk.role == Role::Team).count();
    faults.wants(teams == 1, "desks", "exactly one desk has the role \"team\"");
    tables.into_iter().map(desk).collect()
}

fn check_desk(faults: &mut Faults, n: usize, desk: &DeskTable) {
    let key = |field: &str| format!("desks[{n}].{field}");
    check_line(faults, &key("name"), &desk.name);
    let few = desk.fingerprints.len() <= crate::limits::MAX_DESK_CERTS;
    faults.wants(few, key("fingerprints"), "a desk has at most 16 certificates");
    if desk.role == Role::Team {
        let rule = "the team needs a certificate: without one nothing can be sealed";
        faults.wants(!desk.fingerprints.is_empty(), key("fingerprints"), rule);
    } else {
        let reachable = !desk.fingerprints.is_empty() || !desk.uris.is_empty();
        faults.wants(reachable, key("uris"), "a desk without a certificate needs at least one address");
    }
    for uri in desk.uris.iter().filter(|uri| !is_contact_uri(uri)) {
        faults.broken(key("uris"), format!("“{uri}” must begin with one of {}", SCHEMES.join(" ")));
    }
}

fn is_contact_uri(uri: &str) -> bool {
    uri.chars().all(|c| c.is_ascii_graphic()) && SCHEMES.iter().any(|scheme| uri.starts_with(scheme))
}

fn desk(table: DeskTable) -> Desk {
    let members = if table.members.is_empty() { table.fingerprints.clone() } else { table.members };
    Desk {
        id: table.id,
        role: table.role,
        name: table.name,
        fingerprints: table.fingerprints,
        members,
        uris: table.uris,
    }
}

fn check_escalation(faults: &mut Faults, table: EscalationTable, desks: Option<&[Desk]>) -> Escalation {
    let no_reply = positive(faults, "escalation.no_reply", &table.no_reply);
    let silence = positive(faults, "escalation.silence", &table.silence);
    let mut seen = HashSet::new();
    let mut steps = Vec::with_capacity(table.steps.len());
    for (n, step) in table.steps.into_iter().enumerate() {
        let first = seen.insert(step.id.clone());
        faults.wants(first, format!("escalation.steps[{n}].id"), "another step has this id");
        steps.extend(check_step(faults, n, step, desks));
    }
    let or_zero = |length: Option<Length>| length.unwrap_or(Length::ZERO);
    Escalation { no_reply: or_zero(no_reply), silence: or_zero(silence), steps }
}

fn check_step(faults: &mut Faults, n: usize, table: StepTable, desks: Option<&[Desk]>) -> Option<Step> {
    let key = |field: &str| format!("escalation.steps[{n}].{field}");
    let wait = table.wait.as_ref().and_then(|text| length(faults, &key("wait"), text));
    let place = match (table.to, table.public) {
        (Some(to), None) => {
            check_target(faults, &key("to"), &to, table.carries, desks);
            Place::Desk(to)
        }
        (None, Some(url)) => {
            faults.wants(url.starts_with("https://"), key("public"), "must begin with https://");
            let rule = "a public step carries \"nothing\": not a word about the problem";
            faults.wants(table.carries == Carries::Nothing, key("carries"), rule);
            Place::Public(url)
        }
        _ => {
            faults.broken(key("to"), "a step has either \"to\" (a desk) or \"public\" (an address)");
            return None;
        }
    };
    Some(Step { id: table.id, place, wait: wait.unwrap_or(Length::ZERO), carries: table.carries })
}

fn check_target(faults: &mut Faults, key: &str, to: &Slug, carries: Carries, desks: Option<&[Desk]>) {
    // Where the desks themselves could not be read, nothing can be said of them.
    let Some(desks) = desks else { return };
    match desks.iter().find(|desk| desk.id == *to) {
        None => faults.broken(key, format!("there is no desk “{to}”")),
        Some(desk) if desk.role == Role::Team => {
            faults.broken(key, "the ladder leads past the team, not to it");
        }
        Some(desk) if carries == Carries::Full && desk.fingerprints.is_empty() => {
            let rule = format!("“{to}” has no certificate, so it can carry a \"pointer\" but not \"full\"");
            faults.broken(key, rule);
        }
        Some(_) => {}
    }
}

fn in_order(faults: &mut Faults, key: &str, less: Option<Length>, more: Option<Length>, name: &str) {
    let (Some(less), Some(more)) = (less, more) else { return };
    let holds = more.nominal_hours() >= less.nominal_hours();
    faults.wants(holds, key, format!("must not be shorter than {name}"));
}

fn check_reports(faults: &mut Faults, table: &ReportsTable) -> Reports {
    let retention = table.retention.as_ref();
    let retention = retention.and_then(|text| positive(faults, "reports.retention", text));
    let enclosures_mib = table.enclosures_mib;
    let fits = enclosures_mib.is_none_or(|mib| mib <= MAX_ENCLOSURES_MIB);
    faults.wants(fits, "reports.enclosures_mib", format!("at most {MAX_ENCLOSURES_MIB}"));
    Reports { anonymous: table.anonymous, credit: table.credit, retention, enclosures_mib }
}
