//! Everything that is wrong with a policy file, in one go: for whoever writes one.
//!
//! Reading a policy stops at the first error. Here every table is held against [`TABLES`] key by key, and the rules are checked
//! for whatever could be read.

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Error, ValueDeserializer};

use super::check::{Tables, check};
use super::locate::{in_file, line_of};
use super::{Carries, Doer, EmbargoStart, Policy, PolicyError, PolicyFile, Role, SeverityScheme, Shift};
use crate::id::{Fingerprint, Slug};
use crate::letter::Severity;
use crate::time::Timestamp;

type Value<'a> = Spanned<DeValue<'a>>;

/// Whether a value is of a type, and what is wrong if not.
type Reads = fn(&Value<'_>) -> Result<(), Error>;

/// One key of a table.
struct Key {
    name: &'static str,
    must: bool,
    form: Form,
}

enum Form {
    Leaf(Reads),
    /// A table.
    Table(&'static [Key]),
    /// A list of tables.
    Tables(&'static [Key]),
}

const fn must(name: &'static str, reads: Reads) -> Key {
    Key { name, must: true, form: Form::Leaf(reads) }
}

const fn may(name: &'static str, reads: Reads) -> Key {
    Key { name, must: false, form: Form::Leaf(reads) }
}

const fn table(name: &'static str, must: bool, keys: &'static [Key]) -> Key {
    Key { name, must, form: Form::Table(keys) }
}

const fn tables(name: &'static str, must: bool, keys: &'static [Key]) -> Key {
    Key { name, must, form: Form::Tables(keys) }
}

fn is<T: DeserializeOwned>(value: &Value<'_>) -> Result<(), Error> {
    T::deserialize(ValueDeserializer::from(value.clone())).map(drop)
}

const TEXT: Reads = is::<String>;
const TEXTS: Reads = is::<Vec<String>>;

/// Every table of a policy file, as `parse` declares them.
const TABLES: &[Key] = &[
    table("identity", true, IDENTITY),
    table("calendar", false, CALENDAR),
    table("clocks", true, CLOCKS),
    table("escalation", true, ESCALATION),
    tables("desks", true, DESKS),
    table("disclosure", false, DISCLOSURE),
    table("reports", false, REPORTS),
];

const IDENTITY: &[Key] = &[
    must("slug", is::<Slug>),
    must("name", TEXT),
    must("project", TEXT),
    must("version", is::<u32>),
    may("supersedes", is::<u32>),
    must("effective", is::<Timestamp>),
    must("expires", is::<Timestamp>),
    may("languages", TEXTS),
    may("policy_url", TEXT),
    may("comments", TEXT),
    must("contact", TEXT),
    must("signed_by", is::<Fingerprint>),
    may("safe_harbour", TEXT),
];

const CALENDAR: &[Key] = &[
    may("zone", TEXT),
    may("zone_rule", TEXT),
    may("weekend", TEXTS),
    may("holidays", TEXTS),
    may("shift", is::<Shift>),
];

const CLOCKS: &[Key] = &[
    must("acknowledge", TEXT),
    must("answer", TEXT),
    must("update", TEXT),
    may("warn_before", TEXT),
    tables("overrides", false, OVERRIDES),
];

const OVERRIDES: &[Key] = &[
    may("severity", is::<Severity>),
    may("exploited", is::<bool>),
    may("acknowledge", TEXT),
    may("answer", TEXT),
    may("update", TEXT),
];

const ESCALATION: &[Key] = &[must("no_reply", TEXT), must("silence", TEXT), tables("steps", false, STEPS)];

const STEPS: &[Key] = &[
    must("id", is::<Slug>),
    may("to", is::<Slug>),
    may("public", TEXT),
    may("wait", TEXT),
    must("carries", is::<Carries>),
];

const DESKS: &[Key] = &[
    must("id", is::<Slug>),
    must("role", is::<Role>),
    must("name", TEXT),
    may("fingerprints", is::<Vec<Fingerprint>>),
    may("members", is::<Vec<Fingerprint>>),
    may("uris", TEXTS),
];

const DISCLOSURE: &[Key] = &[
    may("ids", TEXTS),
    may("severity", is::<SeverityScheme>),
    table("embargo", false, EMBARGO),
    tables("stages", false, STAGES),
    tables("prenotify", false, PRENOTIFY),
    tables("publish", false, PUBLISH),
];

const EMBARGO: &[Key] = &[
    must("starts", is::<EmbargoStart>),
    may("preferred", TEXT),
    may("minimum", TEXT),
    may("maximum", TEXT),
    may("grace", TEXT),
    may("hard_deadline", TEXT),
    may("after_fix", TEXT),
    may("exploited", TEXT),
];

const STAGES: &[Key] = &[must("id", is::<Slug>), must("title", TEXT), may("records", TEXTS)];

const PRENOTIFY: &[Key] =
    &[must("audience", TEXT), must("earliest", TEXT), may("latest", TEXT), may("condition", TEXT)];

const PUBLISH: &[Key] = &[must("action", TEXT), must("within", TEXT), may("by", is::<Doer>)];

const REPORTS: &[Key] = &[
    may("anonymous", is::<bool>),
    may("credit", is::<bool>),
    may("retention", TEXT),
    may("enclosures_mib", is::<u32>),
];

/// A policy in which every rule holds, and what is odd about it all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linted {
    /// The policy.
    pub policy: Policy,
    /// What can be meant but hardly is: rules that have no effect, or that hang on the day of the week.
    pub odd: Vec<PolicyError>,
}

impl Policy {
    /// The place in its file at which a rule about a key is broken.
    #[must_use]
    pub fn fault(text: &str, key: &str, rule: impl Into<String>) -> PolicyError {
        in_file(text, PolicyError::rule(key, rule))
    }

    /// Reads and checks a policy file, and goes on after an error as far as the file can be understood.
    ///
    /// # Errors
    /// Every error, in order of lines. Where the file is not TOML, the rules were not looked at.
    pub fn lint(text: &str) -> Result<Linted, Vec<PolicyError>> {
        let (document, syntax) = DeTable::parse_recoverable(text);
        let too_long = text.len() > crate::limits::MAX_POLICY_BYTES;
        if too_long || !syntax.is_empty() {
            let first = PolicyFile::from_toml(text).err().filter(|_| too_long);
            let all = syntax.iter().map(|error| PolicyError::syntax(text, error));
            return Err(first.into_iter().chain(all).collect());
        }
        let start = document.span().start;
        let mut faults = Lint { text, faults: Vec::new() };
        faults.table("", start, document.get_ref(), TABLES);
        let mut faults = faults.faults;
        let placed = |errors: Vec<PolicyError>| errors.into_iter().map(|error| in_file(text, error));
        let linted = match check(read(document.get_ref())) {
            Ok((policy, odd)) => Some(Linted { policy, odd: placed(odd).collect() }),
            Err(broken) => {
                faults.extend(placed(broken));
                None
            }
        };
        faults.sort_by_key(PolicyError::line);
        // What the tables above do not know is still an error.
        let unknown = PolicyFile::from_toml(text).err().filter(|_| faults.is_empty());
        faults.extend(unknown);
        linted.filter(|_| faults.is_empty()).ok_or(faults)
    }
}

/// What can be read of each table.
fn read(document: &DeTable<'_>) -> Tables {
    Tables {
        identity: section(document, "identity"),
        calendar: section(document, "calendar"),
        clocks: section(document, "clocks"),
        escalation: section(document, "escalation"),
        desks: section(document, "desks"),
        disclosure: section(document, "disclosure"),
        reports: section(document, "reports"),
    }
}

fn section<T: DeserializeOwned>(document: &DeTable<'_>, name: &str) -> Option<T> {
    T::deserialize(ValueDeserializer::from(document.get(name)?.clone())).ok()
}

struct Lint<'a> {
    text: &'a str,
    faults: Vec<PolicyError>,
}

impl Lint<'_> {
    fn fault(&mut self, offset: usize, key: String, rule: String) {
        let line = Some(line_of(self.text, offset));
        self.faults.push(PolicyError::Rule { line, key, rule });
    }

    fn table(&mut self, path: &str, start: usize, table: &DeTable<'_>, keys: &[Key]) {
        let full = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        for key in keys {
            match table.get(key.name) {
                Some(value) => self.value(&full(key.name), value, &key.form),
                None if key.must => self.fault(start, full(key.name), "is missing".to_owned()),
                None => {}
            }
        }
        for name in table.keys().filter(|name| !keys.iter().any(|key| key.name == name.get_ref())) {
            let known: Vec<&str> = keys.iter().map(|key| key.name).collect();
            let rule = format!("there is no such key; here stand {}", known.join(", "));
            self.fault(name.span().start, full(name.get_ref()), rule);
        }
    }

    fn value(&mut self, path: &str, value: &Value<'_>, form: &Form) {
        let start = value.span().start;
        match (form, value.get_ref()) {
            (Form::Leaf(reads), _) => {
                if let Err(error) = reads(value) {
                    let at = error.span().map_or(start, |span| span.start);
                    self.fault(at, path.to_owned(), error.message().to_owned());
                }
            }
            (Form::Table(keys), DeValue::Table(table)) => self.table(path, start, table, keys),
            (Form::Tables(keys), DeValue::Array(list)) => {
                for (n, item) in list.iter().enumerate() {
                    self.value(&format!("{path}[{n}]"), item, &Form::Table(keys));
                }
            }
            (Form::Table(_), _) => self.fault(start, path.to_owned(), "must be a table".to_owned()),
            (Form::Tables(_), _) => self.fault(start, path.to_owned(), "must be a list of tables".to_owned()),
        }
    }
}
