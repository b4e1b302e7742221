//! A new document: what is known filled in, what is missing marked `TODO`, every field explained where it stands.

use sealpost_shared::Timestamp;
use sealpost_shared::id::Slug;
use sealpost_shared::letter::Severity;

use crate::affected::UNDECIDED;
use crate::model::{Range, RangeEnd};
use crate::purl;

/// What is known when a document is begun. Empty fields become `TODO`s or are left as commented examples.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// The advisory's id, if one was chosen.
    pub id: Option<String>,
    /// The team.
    pub team: Option<Slug>,
    /// One line.
    pub title: String,
    /// When the embargo lifts, if that is agreed.
    pub published: Option<Timestamp>,
    /// Other ids that were assigned.
    pub aliases: Vec<String>,
    /// How bad it is, by the reporter's or the team's word.
    pub severity: Option<Severity>,
    /// CVSS vectors.
    pub cvss: Vec<String>,
    /// Weaknesses.
    pub cwe: Vec<String>,
    /// Attacks are known.
    pub exploited: bool,
    /// Affected packages.
    pub packages: Vec<DraftPackage>,
    /// Affected versions in the reporter's words, for the person who writes.
    pub versions_said: String,
    /// What the team has on record about versions, for the person who writes.
    pub recorded: Vec<String>,
    /// How the reporter wants to be named; empty for not at all.
    pub credit: String,
    /// The team's name for people.
    pub publisher: String,
    /// A page of the team.
    pub publisher_url: String,
    /// The team's mail address.
    pub contact: String,
    /// What happened when.
    pub timeline: Vec<(Timestamp, String)>,
}

/// One affected package as far as it is known.
#[derive(Debug, Clone, Default)]
pub struct DraftPackage {
    /// Its name.
    pub package: String,
    /// OSV's name of its registry, if known.
    pub ecosystem: Option<String>,
    /// Its package URL, if known.
    pub purl: Option<String>,
    /// Affected ranges, if known.
    pub ranges: Vec<Range>,
}

impl Draft {
    /// Writes the document. What is filled in passes [`crate::parse`]; each `TODO` is a finding until it is gone.
    #[must_use]
    pub fn to_document(&self) -> String {
        let mut lines = vec!["+++".to_owned(), "advisory = 1".to_owned()];
        self.names(&mut lines);
        self.rating(&mut lines);
        self.tables(&mut lines);
        lines.push("+++".to_owned());
        lines.push(BODY.to_owned());
        lines.join("\n")
    }

    fn names(&self, lines: &mut Vec<String>) {
        let todo = |text: &str, what: &str| quoted(if text.trim().is_empty() { what } else { text.trim() });
        lines.push(format!("id = {}", todo(self.id.as_deref().unwrap_or_default(), "TODO-2026-0001")));
        lines.push(format!("team = {}", todo(self.team.as_ref().map_or("", Slug::as_str), "TODO")));
        lines.push(format!("title = {}", todo(&self.title, "TODO: one line that tells it from others")));
        lines.push("# One to three sentences on one line: what can happen to whom.".to_owned());
        lines.push("summary = \"TODO\"".to_owned());
        lines.push("# The embargo lifts then; nothing is published before.".to_owned());
        let published = self.published.map(|at| at.to_string());
        lines.push(format!(
            "published = {}",
            todo(published.as_deref().unwrap_or_default(), "TODO: 2026-12-01T15:00:00Z")
        ));
        lines.push("# modified = \"…\"        for a correction, with its own moment; withdrawn = \"…\" takes it back".to_owned());
        lines.push(format!("aliases = {}", list(&self.aliases)));
        lines.push(
            "# cna = \"…\"             UUID of the authority that assigned the CVE id, for a CVE record"
                .to_owned(),
        );
        lines.push("# url = \"https://…\"     where people will read it: the blog".to_owned());
    }

    fn rating(&self, lines: &mut Vec<String>) {
        lines.push(String::new());
        match self.severity {
            Some(severity) => lines.push(format!("severity = {}", quoted(severity_word(severity)))),
            None => lines
                .push("# severity = \"high\"     low, medium, high, critical; or by a vector:".to_owned()),
        }
        lines.push(format!("cvss = {}", list(&self.cvss)));
        lines.push(format!("cwe = {}", list(&self.cwe)));
        lines.push(format!("exploited = {}", self.exploited));
        lines.push("# workaround = \"…\"      what to do without updating".to_owned());
        lines.push("# categories = [\"memory-corruption\"]   for RustSec; keywords = [\"…\"]".to_owned());
    }

    fn tables(&self, lines: &mut Vec<String>) {
        let Self { publisher, publisher_url, contact, .. } = self;
        let or_todo = |text: &str| quoted(if text.trim().is_empty() { "TODO" } else { text.trim() });
        lines.push(format!("\n[publisher]\nname = {}\nurl = {}", or_todo(publisher), or_todo(publisher_url)));
        if !contact.is_empty() {
            lines.push(format!("contact = {}", quoted(contact)));
        }
        let unknown = [DraftPackage::default()];
        let packages = if self.packages.is_empty() { &unknown[..] } else { &self.packages };
        packages.iter().for_each(|package| self.affected(package, lines));
        if !self.credit.trim().is_empty() {
            lines.push(format!("\n[[credits]]\nname = {}\nkind = \"finder\"", quoted(self.credit.trim())));
        }
        lines.push("\n# [[references]]\n# kind = \"fix\"          advisory, article, fix, report, web, …\n# url = \"https://…\"".to_owned());
        for (at, what) in &self.timeline {
            lines.push(format!("\n[[timeline]]\nat = {}\nwhat = {}", quoted(&at.to_string()), quoted(what)));
        }
    }

    fn affected(&self, package: &DraftPackage, lines: &mut Vec<String>) {
        lines.push("\n[[affected]]".to_owned());
        let name = if package.package.trim().is_empty() { "TODO" } else { package.package.trim() };
        lines.push(format!("package = {}", quoted(name)));
        match &package.ecosystem {
            Some(ecosystem) => lines.push(format!("ecosystem = {}", quoted(ecosystem))),
            None => lines.push(
                "# ecosystem = \"crates.io\" or npm, PyPI, Go, Maven, …; nothing for what is in no registry"
                    .to_owned(),
            ),
        }
        let derived = || purl::of_package(package.ecosystem.as_deref()?, name);
        match package.purl.clone().or_else(derived) {
            Some(purl) => lines.push(format!("purl = {}", quoted(&purl))),
            None => lines.push("# purl = \"pkg:cargo/…\"".to_owned()),
        }
        if !self.versions_said.trim().is_empty() {
            lines.push(format!("# The reporter says: {}", one_line(&self.versions_said)));
        }
        lines.extend(self.recorded.iter().map(|said| format!("# On record: {}", one_line(said))));
        if package.ranges.iter().any(|range| matches!(&range.end, RangeEnd::Fixed(end) if end == UNDECIDED)) {
            lines.push(
                "# The releases on record do not end the affected versions on record: write what is true."
                    .to_owned(),
            );
        }
        lines.push(format!("ranges = {}", ranges(&package.ranges)));
    }
}

const BODY: &str = "
## Description

TODO: what is wrong, since when, and what somebody can do with it.

## Who is affected

TODO: what has to be the case for it to matter.

## What to do

TODO: update to which version; what to do until then.
";

fn ranges(ranges: &[Range]) -> String {
    if ranges.is_empty() {
        return "[{ introduced = \"0\", fixed = \"TODO\" }]".to_owned();
    }
    let range = |range: &Range| {
        let end = match &range.end {
            RangeEnd::Fixed(version) => format!(", fixed = {}", quoted(version)),
            RangeEnd::LastAffected(version) => format!(", last_affected = {}", quoted(version)),
            RangeEnd::Open => String::new(),
        };
        format!("{{ introduced = {}{end} }}", quoted(&range.introduced))
    };
    format!("[{}]", ranges.iter().map(range).collect::<Vec<_>>().join(", "))
}

fn list(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", "))
}

/// A TOML basic string. What a reporter wrote may hold anything; hidden characters become visible.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in one_line(text).chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn one_line(text: &str) -> String {
    let shown: String =
        text.chars().map(|c| if crate::words::is_hidden(c) { '\u{fffd}' } else { c }).collect();
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(crate) const fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}
