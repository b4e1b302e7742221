//! Reading the front part: every key with its line, every error kept, unknown keys named.

use std::cell::RefCell;

use sealpost_shared::Timestamp;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use crate::finding::Finding;
use crate::words;

/// The most members of a list. The longest advisories name dozens of packages.
const MAX_LIST: usize = 200;

/// A value and the line it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spot<T> {
    pub(crate) value: T,
    pub(crate) line: usize,
}

/// What was found so far, and where lines begin.
pub(crate) struct Reader<'a> {
    front: &'a str,
    first_line: usize,
    findings: RefCell<Vec<Finding>>,
}

impl<'a> Reader<'a> {
    /// Takes the front part, whose first line is the document's `first_line`th.
    pub(crate) const fn new(front: &'a str, first_line: usize) -> Self {
        Self { front, first_line, findings: RefCell::new(Vec::new()) }
    }

    pub(crate) fn find(&self, line: usize, rule: &'static str, message: impl Into<String>) {
        self.findings.borrow_mut().push(Finding { line, rule, message: message.into() });
    }

    /// The line of a place in the front part.
    pub(crate) fn line(&self, offset: usize) -> usize {
        self.first_line + self.front.bytes().take(offset).filter(|byte| *byte == b'\n').count()
    }

    pub(crate) fn into_findings(self) -> Vec<Finding> {
        self.findings.into_inner()
    }

    /// Takes what a rule says of a value: the good ones, with the others on record.
    pub(crate) fn check<T, U>(
        &self,
        rule: &'static str,
        spot: &Spot<T>,
        judge: impl FnOnce(&T) -> Result<U, String>,
    ) -> Option<U> {
        judge(&spot.value).map_err(|message| self.find(spot.line, rule, message)).ok()
    }

    /// Like [`Self::check`], for each of several values.
    pub(crate) fn check_all<T, U>(
        &self,
        rule: &'static str,
        spots: &[Spot<T>],
        judge: impl Fn(&T) -> Result<U, String>,
    ) -> Vec<U> {
        spots.iter().filter_map(|spot| self.check(rule, spot, &judge)).collect()
    }
}

/// One table of the front part. Keys that were asked for are known; the others are errors at the end.
pub(crate) struct Section<'r> {
    reader: &'r Reader<'r>,
    table: &'r DeTable<'r>,
    name: String,
    /// Where the table begins.
    pub(crate) line: usize,
    asked: RefCell<Vec<&'static str>>,
}

impl<'r> Section<'r> {
    pub(crate) fn new(
        reader: &'r Reader<'r>,
        table: &'r DeTable<'r>,
        name: impl Into<String>,
        line: usize,
    ) -> Self {
        Self { reader, table, name: name.into(), line, asked: RefCell::new(Vec::new()) }
    }

    fn value(&self, key: &'static str) -> Option<(&'r DeValue<'r>, usize)> {
        self.asked.borrow_mut().push(key);
        let (_, value) = self.table.iter().find(|(name, _)| AsRef::<str>::as_ref(name.get_ref()) == key)?;
        Some((value.get_ref(), self.reader.line(value.span().start)))
    }

    fn path(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    fn wrong_type(&self, key: &str, line: usize, wanted: &str) {
        self.reader.find(line, "type", format!("{} must be {wanted}", self.path(key)));
    }

    /// One line of text, if the key is there.
    pub(crate) fn text(&self, key: &'static str) -> Option<Spot<String>> {
        let (value, line) = self.value(key)?;
        let Some(text) = value.as_str() else {
            self.wrong_type(key, line, "text between quotation marks");
            return None;
        };
        let spot = Spot { value: text.trim().to_owned(), line };
        self.reader.check("line", &spot, |text| words::check_line(&self.path(key), text))?;
        Some(spot)
    }

    /// One line of text that must be there.
    pub(crate) fn required(&self, key: &'static str) -> Option<Spot<String>> {
        self.want(key);
        self.text(key)
    }

    /// An instant that must be there.
    pub(crate) fn required_time(&self, key: &'static str) -> Option<Spot<Timestamp>> {
        self.want(key);
        self.time(key)
    }

    /// Whether the key is there with anything but an empty list.
    pub(crate) fn has(&self, key: &str) -> bool {
        let mut pairs = self.table.iter();
        let found = pairs.find(|(name, _)| AsRef::<str>::as_ref(name.get_ref()) == key);
        found.is_some_and(|(_, value)| value.get_ref().as_array().is_none_or(|list| !list.is_empty()))
    }

    fn want(&self, key: &str) {
        if !self.table.keys().any(|name| AsRef::<str>::as_ref(name.get_ref()) == key) {
            self.reader.find(self.line, "missing", format!("{} is missing", self.path(key)));
        }
    }

    /// A list of lines; none when the key is not there.
    pub(crate) fn list(&self, key: &'static str) -> Vec<Spot<String>> {
        let mut spots = Vec::new();
        for (value, line) in self.members(key, "a list of texts, as in [\"a\", \"b\"]") {
            match value.as_str() {
                Some(text) => {
                    let spot = Spot { value: text.trim().to_owned(), line };
                    let good =
                        self.reader.check("line", &spot, |text| words::check_line(&self.path(key), text));
                    if good.is_some() {
                        spots.push(spot);
                    }
                }
                None => self.wrong_type(key, line, "a list of texts between quotation marks"),
            }
        }
        spots
    }

    /// `true` or `false`; the latter when the key is not there.
    pub(crate) fn flag(&self, key: &'static str) -> bool {
        let Some((value, line)) = self.value(key) else { return false };
        value.as_bool().unwrap_or_else(|| {
            self.wrong_type(key, line, "true or false");
            false
        })
    }

    /// A whole number.
    pub(crate) fn number(&self, key: &'static str) -> Option<Spot<u32>> {
        let (value, line) = self.value(key)?;
        let number = value.as_integer().and_then(|number| number.as_str().parse().ok());
        if number.is_none() {
            self.wrong_type(key, line, "a whole number");
        }
        Some(Spot { value: number?, line })
    }

    /// An instant, as text or as TOML's own date.
    pub(crate) fn time(&self, key: &'static str) -> Option<Spot<Timestamp>> {
        let (value, line) = self.value(key)?;
        let text = match value {
            DeValue::String(text) => text.to_string(),
            DeValue::Datetime(date) => date.to_string(),
            _ => String::new(),
        };
        let spot = Spot { value: text, line };
        let at = self.reader.check("time", &spot, |text| {
            text.parse().map_err(|_| {
                format!("{} is a moment with its zone, as in \"2026-12-01T15:00:00Z\"", self.path(key))
            })
        })?;
        Some(Spot { value: at, line })
    }

    /// A table below this one.
    pub(crate) fn section(&self, key: &'static str) -> Option<Section<'r>> {
        let (value, line) = self.value(key)?;
        let Some(table) = value.as_table() else {
            self.wrong_type(key, line, "a table");
            return None;
        };
        Some(Section::new(self.reader, table, self.path(key), line))
    }

    /// A list of tables.
    pub(crate) fn sections(&self, key: &'static str) -> Vec<Section<'r>> {
        let mut sections = Vec::new();
        for (n, (value, line)) in self.members(key, "a list of tables").into_iter().enumerate() {
            match value.as_table() {
                Some(table) => {
                    sections.push(Section::new(self.reader, table, format!("{}[{n}]", self.path(key)), line));
                }
                None => self.wrong_type(key, line, "a list of tables"),
            }
        }
        sections
    }

    fn members(&self, key: &'static str, wanted: &str) -> Vec<(&'r DeValue<'r>, usize)> {
        let Some((value, line)) = self.value(key) else { return Vec::new() };
        let Some(array) = value.as_array() else {
            self.wrong_type(key, line, wanted);
            return Vec::new();
        };
        if array.len() > MAX_LIST {
            self.reader.find(
                line,
                "too-many",
                format!("{} has more than {MAX_LIST} members; split the advisory", self.path(key)),
            );
        }
        let member = |each: &'r Spanned<DeValue<'r>>| (each.get_ref(), self.reader.line(each.span().start));
        array.iter().take(MAX_LIST).map(member).collect()
    }

    /// Names the keys that nobody asked for.
    pub(crate) fn finish(self) {
        let asked = self.asked.into_inner();
        for (name, _) in self.table {
            let key: &DeString<'_> = name.get_ref();
            if !asked.contains(&key.as_ref()) {
                let path =
                    if self.name.is_empty() { key.to_string() } else { format!("{}.{key}", self.name) };
                self.reader.find(
                    self.reader.line(name.span().start),
                    "unknown-key",
                    format!("there is no field {path}; docs/ADVISORY.md lists them"),
                );
            }
        }
    }
}
