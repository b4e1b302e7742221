//! A policy in plain English sentences: the one source of what the page, the command line and the printed sheet say of it.
//!
//! The page takes whole explanations from the vault, which has the policy in its hands anyway, and links only the few sentences it
//! needs without one: its first load is weighed.

mod disclosure;

use jiff::civil::Weekday;
use serde::{Deserialize, Serialize};

use super::{
    Calendar, Carries, Clocks, Escalation, Holiday, Identity, Override, Place, Policy, Reports, Role, Shift,
    Step, When,
};
use crate::letter::Severity;
use crate::limits;
use crate::time::Timestamp;

/// Sentences about one matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// The matter's short name, which stays the same in every version.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// Whether the sentences come one after another in time.
    pub ordered: bool,
    /// The sentences. Never empty.
    pub sentences: Vec<String>,
}

impl Section {
    fn new(id: &str, title: &str, sentences: Vec<String>) -> Self {
        Self { id: id.to_owned(), title: title.to_owned(), ordered: false, sentences }
    }

    fn ordered(id: &str, title: &str, sentences: Vec<String>) -> Self {
        Self { ordered: true, ..Self::new(id, title, sentences) }
    }
}

/// The whole policy. A matter that the policy says nothing about is left out.
#[must_use]
pub fn explain(policy: &Policy) -> Vec<Section> {
    let mut sections = vec![
        Section::new("promises", "What the team promises", promised(policy)),
        Section::new("time", "How time is counted", counting(&policy.calendar, &policy.clocks)),
        Section::new("silence", "If the team stays silent", silence(&policy.escalation)),
        Section::ordered("ladder", "Whom you may turn to then, one after another", ladder(policy)),
    ];
    sections.extend(disclosure::explain(&policy.disclosure));
    sections.push(Section::new("reports", "Reports", reports(policy.reports)));
    sections.extend(policy.identity.safe_harbour.iter().map(|harbour| {
        Section::new("good-faith", "If you act in good faith", vec![harbour.trim().to_owned()])
    }));
    sections.push(Section::new("policy", "This policy", identity(&policy.identity)));
    sections.retain(|section| !section.sentences.is_empty());
    sections
}

/// The three promises, in order.
#[must_use]
pub fn promises(clocks: &Clocks) -> [String; 3] {
    [
        format!("A person confirms your report within {}.", clocks.acknowledge),
        format!("A detailed answer follows within {}.", clocks.answer),
        format!("After that, news at least every {}.", clocks.update),
    ]
}

/// What follows from silence.
#[must_use]
pub fn if_silent(escalation: &Escalation) -> String {
    let (no_reply, silence) = (escalation.no_reply, escalation.silence);
    let when = format!("No word from a person for {no_reply}, or silence for {silence} later on");
    if escalation.steps.is_empty() {
        format!("{when}, is a broken promise, and your case's page will say so.")
    } else {
        format!(
            "{when}, and you may turn to others. Your case's page keeps the clock and tells you whom, and when."
        )
    }
}

/// What a step may say.
#[must_use]
pub const fn carries(carries: Carries) -> &'static str {
    match carries {
        Carries::Full => "You may hand them the whole report, encrypted to their key.",
        Carries::Pointer => "You may give them the case number and the dates, nothing about the problem.",
        Carries::Nothing => "You may say that you are trying to reach the security team, and nothing else.",
    }
}

/// A contact's name with the role behind it, unless the name says it.
#[must_use]
pub fn contact_name(name: &str, role: Role) -> String {
    let (role, said) = match role {
        Role::Team => return name.to_owned(),
        Role::Coordinator => ("security coordinator", "coordinator"),
        Role::Backup => ("back-up contact", "back"),
    };
    if name.to_ascii_lowercase().contains(said) { name.to_owned() } else { format!("{name} ({role})") }
}

/// Where a step leads, for people.
#[must_use]
pub fn step_name(policy: &Policy, step: &Step) -> String {
    match &step.place {
        Place::Desk(id) => {
            policy.desk(id).map_or_else(|| id.to_string(), |desk| contact_name(&desk.name, desk.role))
        }
        Place::Public(url) => format!("In public: {url}"),
    }
}

fn promised(policy: &Policy) -> Vec<String> {
    let mut sentences = promises(&policy.clocks).to_vec();
    sentences.extend(policy.overrides.iter().map(overridden));
    sentences.push(
        "Only a person counts: an automatic answer keeps no promise. The clocks start when you send the report."
            .to_owned(),
    );
    sentences
}

fn overridden(rule: &Override) -> String {
    let which = match rule.when {
        When::AtLeast(Severity::Critical) => "If you call the problem critical".to_owned(),
        When::AtLeast(severity) => format!("If you call the problem {} or graver", severity_word(severity)),
        When::Exploited => "If you know of attacks".to_owned(),
    };
    let said = [
        rule.acknowledge.map(|length| format!("a person confirms it within {length}")),
        rule.answer.map(|length| format!("the detailed answer follows within {length}")),
        rule.update.map(|length| format!("there is news at least every {length}")),
    ];
    let said: Vec<String> = said.into_iter().flatten().collect();
    format!("{which}, {}.", and(&said))
}

const fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

fn counting(calendar: &Calendar, clocks: &Clocks) -> Vec<String> {
    let zone = &calendar.zone_name;
    let mut sentences = vec![
        format!(
            "Hours are counted on the clock. A day ends at the same time of day, in the time zone {zone}."
        ),
        business(calendar),
    ];
    if calendar.shift == Shift::NextBusinessDay {
        sentences.push(
            "A date in days that falls on a weekend or holiday moves to the next business day.".to_owned(),
        );
    }
    sentences.push(format!("You are warned {} before a promise falls due.", clocks.warn_before));
    sentences
}

fn business(calendar: &Calendar) -> String {
    let weekend: Vec<String> = calendar.weekend.iter().map(|day| weekday_word(*day).to_owned()).collect();
    let holidays: Vec<String> = calendar.holidays.iter().map(holiday_words).collect();
    let free = match (weekend.is_empty(), holidays.is_empty()) {
        (true, true) => return "Every day is a business day.".to_owned(),
        (false, true) => and(&weekend),
        (true, false) => and(&holidays),
        (false, false) => format!("{}, and the holidays {}", and(&weekend), and(&holidays)),
    };
    format!("Business days leave out {free}.")
}

const fn weekday_word(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

fn holiday_words(holiday: &Holiday) -> String {
    match holiday {
        Holiday::Once(date) => format!("{} {} {}", date.day(), month_word(date.month()), date.year()),
        Holiday::Yearly { month, day } => format!("{day} {}", month_word(*month)),
    }
}

fn month_word(month: i8) -> &'static str {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    usize::try_from(month - 1).ok().and_then(|n| MONTHS.get(n)).copied().unwrap_or_default()
}

fn silence(escalation: &Escalation) -> Vec<String> {
    let mut sentences = vec![if_silent(escalation)];
    if !escalation.steps.is_empty() {
        sentences.push(
            "A promise that is late does not let you turn to others sooner; silence does. A word from a person of the team closes \
             this way again, and silence is counted anew."
                .to_owned(),
        );
        sentences.push("Nothing is ever sent to others without you.".to_owned());
    }
    sentences
}

fn ladder(policy: &Policy) -> Vec<String> {
    let step = |step: &Step| {
        let wait = if step.wait.is_zero() {
            String::new()
        } else {
            format!(" At the earliest {} after the step before it.", step.wait)
        };
        format!("{}. {}{wait}", step_name(policy, step), carries(step.carries))
    };
    policy.escalation.steps.iter().map(step).collect()
}

fn reports(reports: Reports) -> Vec<String> {
    let mut sentences = Vec::new();
    let said = |flag: Option<bool>, yes: &str, no: &str| {
        flag.map(|flag| if flag { yes.to_owned() } else { no.to_owned() })
    };
    sentences.extend(said(
        reports.anonymous,
        "You may report without giving a name.",
        "The team asks you to give a name.",
    ));
    sentences.extend(said(
        reports.credit,
        "If you wish, the advisory names you.",
        "The advisory names nobody who reports.",
    ));
    sentences.extend(
        reports
            .retention
            .map(|length| format!("The team has sealed reports deleted {length} after the last word.")),
    );
    sentences.push(format!(
        "A letter holds a title of {} characters, {} KiB of text and {} files, {} KiB together.",
        limits::MAX_TITLE_CHARS,
        limits::MAX_REPORT_BYTES / 1024,
        limits::MAX_ATTACHMENTS,
        limits::MAX_LETTER_PLAIN_BYTES / 1024,
    ));
    sentences.push(match reports.enclosures_mib() {
        0 => "Nothing larger is taken.".to_owned(),
        mib => format!("Larger files travel beside it, sealed as well: {mib} MiB together."),
    });
    sentences
}

fn identity(identity: &Identity) -> Vec<String> {
    let mut sentences = vec![format!(
        "{} looks after {}. This is version {} of its policy, in force from {} until {}.",
        identity.name,
        identity.project,
        identity.version,
        utc(identity.effective),
        utc(identity.expires)
    )];
    let superseded = identity.supersedes.map(|version| format!("It takes the place of version {version}."));
    sentences.extend(superseded);
    sentences.push(
        "A case keeps the policy it was opened under: a later version changes none of its promises."
            .to_owned(),
    );
    if !identity.languages.is_empty() {
        sentences.push(format!("The team reads: {}.", identity.languages.join(", ")));
    }
    sentences.push(format!("The team's address is {}.", identity.contact));
    sentences
        .extend(identity.comments.iter().map(|uri| format!("Comments on this policy: {}.", address(uri))));
    sentences.extend(identity.policy_url.iter().map(|url| format!("The project publishes it at {url}.")));
    sentences.push(format!("It is signed by {}.", identity.signed_by.grouped()));
    sentences
}

fn address(uri: &str) -> &str {
    uri.strip_prefix("mailto:").unwrap_or(uri)
}

/// `2026-11-23 12:00 UTC`
fn utc(at: Timestamp) -> String {
    let text = at.to_string();
    format!("{} UTC", text.get(..16).unwrap_or(&text).replace('T', " "))
}

/// `a, b and c`
fn and(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(all(test, feature = "toml"))]
#[expect(clippy::unwrap_used, reason = "helpers of tests")]
mod tests {
    use super::*;
    use crate::policy::tests::CLASSIC;

    fn said(text: &str) -> String {
        let sections = explain(&Policy::from_toml(text).unwrap());
        sections.iter().flat_map(|section| &section.sentences).cloned().collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_a_policy_does_not_say_is_not_said() {
        let short = said(CLASSIC);
        for word in ["public until", "stage", "retention", "Europe", "If you call"] {
            assert!(!short.contains(word), "{word}: {short}");
        }
    }

    #[test]
    fn everything_a_policy_says_is_said() {
        let text = said(&crate::policy::tests::full());
        for words in [
            "If you call the problem critical, a person confirms it within 12 hours.",
            "If you know of attacks, a person confirms it within 4 hours and the detailed answer follows within 1 day.",
            "in the time zone Europe/Berlin",
            "Business days leave out Saturday and Sunday, and the holidays 25 December and 24 December 2026.",
            "moves to the next business day",
            "distros: at the earliest 3 days",
            "Blog, within 6 hours",
            "CVE and RUSTSEC",
            "CVSS 4.0",
            "takes the place of version 1",
            "Comments on this policy: policy@demo.example.",
            "deleted 365 days after the last word",
            "without giving a name",
        ] {
            assert!(text.contains(words), "{words}:\n{text}");
        }
    }

    #[test]
    fn a_list_reads_as_a_sentence() {
        let items = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(
            [and(&[]), and(&items[..1]), and(&items[..2]), and(&items)],
            ["", "a", "a and b", "a, b and c"]
        );
    }
}
