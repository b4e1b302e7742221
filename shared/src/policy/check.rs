//! The rules of a policy, one by one. **Rule:** DESIGN.md section 4: contradictions are errors that name the rule.
//!
//! Every table is looked at, also after one was broken: whoever writes a policy wants to mend it in one go. What breaks a rule is
//! noted in [`Faults`], and something harmless stands in for it until the end. What can be meant but hardly is, is only noted as odd.

mod calendar;
mod clocks;
mod disclosure;
mod identity;
mod ladder;
mod words;

use super::parse::{
    CalendarTable, ClocksTable, DeskTable, DisclosureTable, EscalationTable, IdentityTable, PolicyError,
    PolicyFile, ReportsTable,
};
use super::{Calendar, Length, LengthError, Policy};

/// The rules broken so far, and the calendar on which lengths are compared.
#[derive(Debug, Default)]
pub(super) struct Faults {
    broken: Vec<PolicyError>,
    odd: Vec<PolicyError>,
    /// The policy's week without its holidays, in UTC: there a day has 24 hours.
    week: Calendar,
}

impl Faults {
    fn broken(&mut self, key: impl Into<String>, rule: impl Into<String>) {
        self.broken.push(PolicyError::rule(key, rule));
    }

    /// Notes a broken rule unless `holds`.
    fn wants(&mut self, holds: bool, key: impl Into<String>, rule: impl Into<String>) {
        if !holds {
            self.broken(key, rule);
        }
    }

    /// Notes what is hardly meant unless `holds`.
    fn expects(&mut self, holds: bool, key: impl Into<String>, rule: impl Into<String>) {
        if !holds {
            self.odd.push(PolicyError::rule(key, rule));
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

/// Checks every table that is there. A policy comes out only if all are, and every rule holds; with it what is odd about it.
pub(super) fn check(tables: Tables) -> Result<(Policy, Vec<PolicyError>), Vec<PolicyError>> {
    let mut faults = Faults::default();
    let found = &mut faults;
    let identity = tables.identity.map(|table| identity::check(found, table));
    let calendar = tables.calendar.map_or_else(Calendar::default, |table| calendar::check(found, table));
    found.week = calendar.plain_week();
    let clocks = tables.clocks.map(|table| clocks::check(found, &table));
    let desks = tables.desks.map(|tables| ladder::desks(found, tables));
    let promised = clocks.as_ref().map(|(clocks, _)| clocks);
    let escalation = tables.escalation.map(|table| ladder::check(found, table, desks.as_deref(), promised));
    let disclosure = disclosure::check(found, tables.disclosure.unwrap_or_default());
    let reports = identity::reports(found, &tables.reports.unwrap_or_default());
    match (identity, clocks, escalation, desks) {
        (Some(identity), Some((clocks, overrides)), Some(escalation), Some(desks))
            if faults.broken.is_empty() =>
        {
            let policy =
                Policy { identity, desks, calendar, clocks, overrides, escalation, disclosure, reports };
            Ok((policy, faults.odd))
        }
        _ => Err(faults.broken),
    }
}

/// A length; `None` for a malformed one, which is noted.
fn length(faults: &mut Faults, key: &str, text: &str) -> Option<Length> {
    let length: Length =
        text.parse().map_err(|rule: LengthError| faults.broken(key, rule.to_string())).ok()?;
    // Ten years of business days are longer on a calendar with few of them.
    let fits = !faults.week.is_over_ten_years(length);
    faults.wants(fits, key, LengthError::Long.to_string());
    fits.then_some(length)
}

fn positive(faults: &mut Faults, key: &str, text: &str) -> Option<Length> {
    let length = length(faults, key, text)?;
    faults.wants(!length.is_zero(), key, "must be longer than nothing");
    (!length.is_zero()).then_some(length)
}

/// Wants `more` to be no shorter than `less`, whose key is `name`. Where that hangs on the day of the week it is only odd.
fn in_order(faults: &mut Faults, key: &str, less: Option<Length>, more: Option<Length>, name: &str) {
    let (Some(less), Some(more)) = (less, more) else { return };
    let holds = faults.week.nominal_hours(more) >= faults.week.nominal_hours(less);
    faults.wants(holds, key, format!("must not be shorter than {name}"));
    let holds_every_day = !holds || !faults.week.may_outlast(less, more);
    let rule = format!("counted from some days of the week it is shorter than {name}");
    faults.expects(holds_every_day, key, rule);
}
