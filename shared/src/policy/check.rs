//! The rules of a policy: from the file's tables to a [`Policy`] without contradictions.

use std::collections::HashSet;

use jiff::civil::Weekday;

use super::calendar;
use super::parse::{
    CalendarTable, ClocksTable, DeskTable, DisclosureTable, EmbargoTable, EscalationTable, IdentityTable,
    OverrideTable, PolicyError, PolicyFile, PrenotifyTable, PublicationTable, StageTable, StepTable,
};
use super::{
    Calendar, Carries, Clocks, Desk, Disclosure, EmbargoRule, Escalation, Holiday, Identity, Length,
    LengthError, Override, Place, Policy, Prenotify, Publication, Role, Stage, Step, When,
};
use crate::id::Slug;

/// The address schemes a contact may use.
const SCHEMES: [&str; 6] = ["mailto:", "https:", "tel:", "matrix:", "irc:", "ircs:"];

pub(super) fn check(file: PolicyFile) -> Result<Policy, PolicyError> {
    let identity = check_identity(file.identity)?;
    let calendar = check_calendar(file.calendar)?;
    let clocks = check_clocks(&file.clocks)?;
    let overrides = check_overrides(&file.clocks.overrides)?;
    let desks = check_desks(file.desks)?;
    let escalation = check_escalation(file.escalation, &desks)?;
    let disclosure = check_disclosure(file.disclosure.unwrap_or_default())?;
    Ok(Policy { identity, desks, calendar, clocks, overrides, escalation, disclosure })
}

fn broken<T>(key: impl Into<String>, rule: impl Into<String>) -> Result<T, PolicyError> {
    Err(PolicyError::rule(key, rule))
}

fn check_identity(table: IdentityTable) -> Result<Identity, PolicyError> {
    if table.version == 0 {
        return broken("identity.version", "versions count from 1");
    }
    if table.expires <= table.effective {
        return broken("identity.expires", "must lie after identity.effective");
    }
    if !is_mail_address(&table.contact) {
        return broken("identity.contact", "must be a mail address, as in security@example.org");
    }
    if table.policy_url.as_ref().is_some_and(|url| !url.starts_with("https://")) {
        return broken("identity.policy_url", "must begin with https://");
    }
    for (key, text) in [("identity.name", &table.name), ("identity.project", &table.project)] {
        check_line(key, text)?;
    }
    Ok(Identity {
        slug: table.slug,
        name: table.name,
        project: table.project,
        version: table.version,
        effective: table.effective,
        expires: table.expires,
        languages: table.languages,
        policy_url: table.policy_url,
        contact: table.contact,
        signed_by: table.signed_by,
        safe_harbour: table.safe_harbour,
    })
}

fn is_mail_address(text: &str) -> bool {
    let mut parts = text.split('@');
    let (local, domain, rest) = (parts.next(), parts.next(), parts.next());
    let clean = text.chars().all(|c| c.is_ascii_graphic() && !"<>()[],;:\\\"?&%".contains(c));
    clean && rest.is_none() && local.is_some_and(|l| !l.is_empty()) && domain.is_some_and(|d| !d.is_empty())
}

fn check_line(key: &str, text: &str) -> Result<(), PolicyError> {
    if text.trim().is_empty() || text.chars().any(char::is_control) || text.chars().count() > 200 {
        broken(key, "must be one line of 1 to 200 characters")
    } else {
        Ok(())
    }
}

fn check_calendar(table: Option<CalendarTable>) -> Result<Calendar, PolicyError> {
    let Some(table) = table else { return Ok(Calendar::default()) };
    let zone = calendar::zone(&table.zone, table.zone_rule.as_deref())
        .or_else(|rule| broken("calendar.zone_rule", rule.to_string()))?;
    let weekend = match table.weekend {
        Some(names) => names.iter().map(|name| weekday(name)).collect::<Result<Vec<_>, _>>()?,
        None => Calendar::default().weekend,
    };
    if WEEK.iter().all(|(_, day)| weekend.contains(day)) {
        return broken("calendar.weekend", "leaves no day for business");
    }
    if table.holidays.len() > calendar::MAX_HOLIDAYS {
        return broken("calendar.holidays", "at most 100 holidays");
    }
    let holiday = |text: &String| {
        text.parse::<Holiday>().or_else(|rule| broken("calendar.holidays", format!("“{text}”: {rule}")))
    };
    let holidays = table.holidays.iter().map(holiday).collect::<Result<_, _>>()?;
    Ok(Calendar { zone_name: table.zone, zone, weekend, holidays, shift: table.shift })
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

fn weekday(name: &str) -> Result<Weekday, PolicyError> {
    match WEEK.iter().find(|(short, _)| *short == name) {
        Some((_, day)) => Ok(*day),
        None => broken("calendar.weekend", format!("“{name}” is not one of mon tue wed thu fri sat sun")),
    }
}

fn check_overrides(tables: &[OverrideTable]) -> Result<Vec<Override>, PolicyError> {
    let checked = tables.iter().enumerate().map(|(n, table)| {
        let key = |field: &str| format!("clocks.overrides[{n}].{field}");
        let when = match (table.severity, table.exploited) {
            (Some(severity), false) => When::AtLeast(severity),
            (None, true) => When::Exploited,
            _ => return broken(key("severity"), "an override has either severity = … or exploited = true"),
        };
        let length =
            |field, text: &Option<String>| text.as_ref().map(|text| positive(&key(field), text)).transpose();
        let acknowledge = length("acknowledge", &table.acknowledge)?;
        let answer = length("answer", &table.answer)?;
        Ok(Override { when, acknowledge, answer, update: length("update", &table.update)? })
    });
    checked.collect()
}

fn check_clocks(table: &ClocksTable) -> Result<Clocks, PolicyError> {
    let clocks = Clocks {
        acknowledge: positive("clocks.acknowledge", &table.acknowledge)?,
        answer: positive("clocks.answer", &table.answer)?,
        update: positive("clocks.update", &table.update)?,
        warn_before: match &table.warn_before {
            Some(text) => length("clocks.warn_before", text)?,
            None => Length::Hours(6),
        },
    };
    if clocks.answer.nominal_hours() < clocks.acknowledge.nominal_hours() {
        return broken("clocks.answer", "must not be shorter than clocks.acknowledge");
    }
    Ok(clocks)
}

fn length(key: &str, text: &str) -> Result<Length, PolicyError> {
    text.parse().or_else(|rule: LengthError| broken(key, rule.to_string()))
}

fn positive(key: &str, text: &str) -> Result<Length, PolicyError> {
    match length(key, text)? {
        length if length.is_zero() => broken(key, "must be longer than nothing"),
        length => Ok(length),
    }
}

fn check_desks(tables: Vec<DeskTable>) -> Result<Vec<Desk>, PolicyError> {
    let mut seen = HashSet::new();
    for (n, desk) in tables.iter().enumerate() {
        let key = |field: &str| format!("desks[{n}].{field}");
        if !seen.insert(desk.id.clone()) {
            return broken(key("id"), "another desk has this id");
        }
        check_line(&key("name"), &desk.name)?;
        if desk.fingerprints.len() > crate::limits::MAX_DESK_CERTS {
            return broken(key("fingerprints"), "a desk has at most 16 certificates");
        }
        if desk.role == Role::Team && desk.fingerprints.is_empty() {
            return broken(
                key("fingerprints"),
                "the team needs a certificate: without one nothing can be sealed",
            );
        }
        if desk.fingerprints.is_empty() && desk.uris.is_empty() {
            return broken(key("uris"), "a desk without a certificate needs at least one address");
        }
        if let Some(uri) = desk.uris.iter().find(|uri| !is_contact_uri(uri)) {
            return broken(key("uris"), format!("“{uri}” must begin with one of {}", SCHEMES.join(" ")));
        }
    }
    match tables.iter().filter(|desk| desk.role == Role::Team).count() {
        1 => Ok(tables.into_iter().map(desk).collect()),
        _ => broken("desks", "exactly one desk has the role \"team\""),
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

fn check_escalation(table: EscalationTable, desks: &[Desk]) -> Result<Escalation, PolicyError> {
    let no_reply = positive("escalation.no_reply", &table.no_reply)?;
    let silence = positive("escalation.silence", &table.silence)?;
    let mut seen = HashSet::new();
    let mut steps = Vec::with_capacity(table.steps.len());
    for (n, step) in table.steps.into_iter().enumerate() {
        if !seen.insert(step.id.clone()) {
            return broken(format!("escalation.steps[{n}].id"), "another step has this id");
        }
        steps.push(check_step(n, step, desks)?);
    }
    Ok(Escalation { no_reply, silence, steps })
}

fn check_step(n: usize, table: StepTable, desks: &[Desk]) -> Result<Step, PolicyError> {
    let key = |field: &str| format!("escalation.steps[{n}].{field}");
    let place = match (table.to, table.public) {
        (Some(to), None) => Place::Desk(check_target(&key("to"), to, table.carries, desks)?),
        (None, Some(url)) if !url.starts_with("https://") => {
            return broken(key("public"), "must begin with https://");
        }
        (None, Some(_)) if table.carries != Carries::Nothing => {
            return broken(key("carries"), "a public step carries \"nothing\": not a word about the problem");
        }
        (None, Some(url)) => Place::Public(url),
        _ => {
            return broken(key("to"), "a step has either \"to\" (a desk) or \"public\" (an address)");
        }
    };
    let wait = match &table.wait {
        Some(text) => length(&key("wait"), text)?,
        None => Length::ZERO,
    };
    Ok(Step { id: table.id, place, wait, carries: table.carries })
}

fn check_target(key: &str, to: Slug, carries: Carries, desks: &[Desk]) -> Result<Slug, PolicyError> {
    match desks.iter().find(|desk| desk.id == to) {
        None => broken(key, format!("there is no desk “{to}”")),
        Some(desk) if desk.role == Role::Team => broken(key, "the ladder leads past the team, not to it"),
        Some(desk) if carries == Carries::Full && desk.fingerprints.is_empty() => {
            broken(key, format!("“{to}” has no certificate, so it can carry a \"pointer\" but not \"full\""))
        }
        Some(_) => Ok(to),
    }
}

fn check_disclosure(table: DisclosureTable) -> Result<Disclosure, PolicyError> {
    let mut seen = HashSet::new();
    for (n, stage) in table.stages.iter().enumerate() {
        if !seen.insert(stage.id.clone()) {
            return broken(format!("disclosure.stages[{n}].id"), "another stage has this id");
        }
        check_line(&format!("disclosure.stages[{n}].title"), &stage.title)?;
    }
    let embargo = table.embargo.map(|embargo| check_embargo(&embargo, &seen)).transpose()?;
    let prenotify = table.prenotify.into_iter().enumerate().map(check_prenotify).collect::<Result<_, _>>()?;
    let publish = table.publish.into_iter().enumerate().map(check_publication).collect::<Result<_, _>>()?;
    let stage = |table: StageTable| Stage { id: table.id, title: table.title, records: table.records };
    let stages = table.stages.into_iter().map(stage).collect();
    Ok(Disclosure { stages, embargo, prenotify, publish, ids: table.ids, severity: table.severity })
}

fn check_embargo(table: &EmbargoTable, stages: &HashSet<Slug>) -> Result<EmbargoRule, PolicyError> {
    let length = |field: &str, text: &Option<String>| {
        text.as_ref().map(|text| positive(&format!("disclosure.embargo.{field}"), text)).transpose()
    };
    if let Some(stage) = table.starts.stage()
        && !stages.iter().any(|id| id.as_str() == stage)
    {
        return broken("disclosure.embargo.starts", format!("needs a stage with the id “{stage}”"));
    }
    let rule = EmbargoRule {
        starts: table.starts,
        preferred: length("preferred", &table.preferred)?,
        minimum: length("minimum", &table.minimum)?,
        maximum: length("maximum", &table.maximum)?,
        grace: length("grace", &table.grace)?,
        hard_deadline: length("hard_deadline", &table.hard_deadline)?,
        after_fix: length("after_fix", &table.after_fix)?,
        exploited: length("exploited", &table.exploited)?,
    };
    in_order("disclosure.embargo.preferred", rule.minimum, rule.preferred, "minimum")?;
    in_order("disclosure.embargo.maximum", rule.preferred, rule.maximum, "preferred")?;
    in_order("disclosure.embargo.maximum", rule.minimum, rule.maximum, "minimum")?;
    in_order("disclosure.embargo.hard_deadline", rule.exploited, rule.hard_deadline, "exploited")?;
    Ok(rule)
}

fn in_order(key: &str, less: Option<Length>, more: Option<Length>, name: &str) -> Result<(), PolicyError> {
    match (less, more) {
        (Some(less), Some(more)) if more.nominal_hours() < less.nominal_hours() => {
            broken(key, format!("must not be shorter than {name}"))
        }
        _ => Ok(()),
    }
}

fn check_prenotify((n, table): (usize, PrenotifyTable)) -> Result<Prenotify, PolicyError> {
    let key = |field: &str| format!("disclosure.prenotify[{n}].{field}");
    check_line(&key("audience"), &table.audience)?;
    let earliest = positive(&key("earliest"), &table.earliest)?;
    let latest = table.latest.as_ref().map(|text| length(&key("latest"), text)).transpose()?;
    in_order(&key("earliest"), latest, Some(earliest), "latest")?;
    Ok(Prenotify { audience: table.audience, earliest, latest, condition: table.condition })
}

fn check_publication((n, table): (usize, PublicationTable)) -> Result<Publication, PolicyError> {
    let key = |field: &str| format!("disclosure.publish[{n}].{field}");
    check_line(&key("action"), &table.action)?;
    Ok(Publication { within: length(&key("within"), &table.within)?, action: table.action })
}
