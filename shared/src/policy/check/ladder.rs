//! The rules of `[[desks]]` and `[escalation]`.

use std::collections::HashSet;

use super::{Faults, in_order, length, positive, words};
use crate::id::Slug;
use crate::policy::parse::{DeskTable, EscalationTable, StepTable};
use crate::policy::{Carries, Clocks, Desk, Escalation, Length, Place, Role, Step};

pub(super) fn desks(faults: &mut Faults, tables: Vec<DeskTable>) -> Vec<Desk> {
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
    words::line(faults, &key("name"), &desk.name);
    let few = desk.fingerprints.len() <= crate::limits::MAX_DESK_CERTS;
    faults.wants(few, key("fingerprints"), "a desk has at most 16 certificates");
    if desk.role == Role::Team {
        let rule = "the team needs a certificate: without one nothing can be sealed";
        faults.wants(!desk.fingerprints.is_empty(), key("fingerprints"), rule);
    } else {
        let reachable = !desk.fingerprints.is_empty() || !desk.uris.is_empty();
        faults.wants(reachable, key("uris"), "a desk without a certificate needs at least one address");
    }
    for (m, uri) in desk.uris.iter().enumerate() {
        words::contact(faults, &format!("desks[{n}].uris[{m}]"), uri);
    }
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

pub(super) fn check(
    faults: &mut Faults,
    table: EscalationTable,
    desks: Option<&[Desk]>,
    promised: Option<&Clocks>,
) -> Escalation {
    let no_reply = positive(faults, "escalation.no_reply", &table.no_reply);
    let silence = positive(faults, "escalation.silence", &table.silence);
    // The ladder is for promises that were not kept, so none opens before the promise is due.
    let due = |promise: fn(&Clocks) -> Length| promised.map(promise).filter(|length| !length.is_zero());
    in_order(faults, "escalation.no_reply", due(|clocks| clocks.acknowledge), no_reply, "clocks.acknowledge");
    in_order(faults, "escalation.silence", due(|clocks| clocks.update), silence, "clocks.update");
    let mut seen = HashSet::new();
    let mut steps = Vec::with_capacity(table.steps.len());
    for (n, step) in table.steps.into_iter().enumerate() {
        let first = seen.insert(step.id.clone());
        faults.wants(first, format!("escalation.steps[{n}].id"), "another step has this id");
        steps.extend(check_step(faults, n, step, desks));
    }
    check_order(faults, &steps);
    let or_zero = |length: Option<Length>| length.unwrap_or(Length::ZERO);
    Escalation { no_reply: or_zero(no_reply), silence: or_zero(silence), steps }
}

/// What a ladder may say, but hardly means.
fn check_order(faults: &mut Faults, steps: &[Step]) {
    let waits = steps.first().is_some_and(|step| !step.wait.is_zero());
    let rule = "has no effect: the first step opens with the ladder";
    faults.expects(!waits, "escalation.steps[0].wait", rule);
    for (n, step) in steps.iter().enumerate() {
        let again = steps.iter().take(n).any(|before| before.place == step.place);
        let rule = "leads to the same place as a step before it";
        faults.expects(!again, format!("escalation.steps[{n}]"), rule);
    }
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
            words::https(faults, &key("public"), &url);
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
