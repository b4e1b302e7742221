//! A checked advisory. Made only by [`crate::parse`].

use sealpost_shared::Timestamp;
use sealpost_shared::id::Slug;
use sealpost_shared::letter::Severity;

use crate::id::AdvisoryId;
use crate::score::Score;

/// A checked advisory. **Rule:** docs/ADVISORY.md.
#[derive(Debug, Clone, PartialEq)]
pub struct Advisory {
    /// Its id.
    pub id: AdvisoryId,
    /// The team that publishes it.
    pub team: Slug,
    /// One line.
    pub title: String,
    /// One to three sentences on one line: what can happen to whom.
    pub summary: String,
    /// When the embargo lifts. Nothing is published before.
    pub published: Timestamp,
    /// When it was last changed; equal to `published` for the first version.
    pub modified: Timestamp,
    /// Since when it no longer holds.
    pub withdrawn: Option<Timestamp>,
    /// BCP 47 tag of the body's language.
    pub language: String,
    /// Other ids of the same problem, such as `CVE-2026-12345`.
    pub aliases: Vec<String>,
    /// Ids of other problems that have to do with this one.
    pub related: Vec<String>,
    /// How bad it is, by the team's word or the first score.
    pub severity: Option<Severity>,
    /// CVSS vectors, at most one of each version.
    pub scores: Vec<Score>,
    /// What kind of mistake it is.
    pub weaknesses: Vec<Weakness>,
    /// Attacks are known.
    pub exploited: bool,
    /// What is affected, and from which version on no longer.
    pub affected: Vec<Affected>,
    /// Who is thanked.
    pub credits: Vec<Credit>,
    /// Where more stands.
    pub references: Vec<Reference>,
    /// What happened when.
    pub timeline: Vec<Moment>,
    /// What to do without updating, on one line.
    pub workaround: Option<String>,
    /// Who publishes it.
    pub publisher: Publisher,
    /// Where people read it.
    pub url: Option<String>,
    /// The UUID of the CVE numbering authority that assigned the CVE id.
    pub cna: Option<String>,
    /// RustSec's categories, such as `memory-corruption`.
    pub categories: Vec<String>,
    /// Words to be found by.
    pub keywords: Vec<String>,
    /// The body, in Markdown.
    pub body: String,
}

impl Advisory {
    /// The first alias that begins like this.
    #[must_use]
    pub fn alias(&self, prefix: &str) -> Option<&str> {
        self.aliases.iter().map(String::as_str).find(|alias| alias.starts_with(prefix))
    }

    /// The advisory's CVE id: its own id or an alias.
    #[must_use]
    pub fn cve(&self) -> Option<&str> {
        Some(self.id.as_str()).filter(|id| id.starts_with("CVE-")).or_else(|| self.alias("CVE-"))
    }

    /// Where people read it: `url`, else the publisher's page.
    #[must_use]
    pub fn page(&self) -> &str {
        self.url.as_deref().unwrap_or(&self.publisher.url)
    }
}

/// A kind of mistake by its CWE number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weakness {
    /// The number behind `CWE-`.
    pub number: u32,
    /// Its name in the CWE list.
    pub name: String,
}

impl Weakness {
    /// `CWE-416`
    #[must_use]
    pub fn id(&self) -> String {
        format!("CWE-{}", self.number)
    }
}

/// One affected package or product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Affected {
    /// The package's or product's name.
    pub package: String,
    /// OSV's name of its registry, such as `crates.io`; `None` for what is in none.
    pub ecosystem: Option<String>,
    /// Its package URL, without a version.
    pub purl: Option<String>,
    /// Affected ranges in ascending order.
    pub ranges: Vec<Range>,
    /// Affected versions one by one.
    pub versions: Vec<String>,
    /// Affected functions by their full paths.
    pub functions: Vec<String>,
}

impl Affected {
    /// The versions that hold a fix, in ascending order.
    pub fn fixes(&self) -> impl Iterator<Item = &str> {
        self.ranges.iter().filter_map(|range| match &range.end {
            RangeEnd::Fixed(version) => Some(version.as_str()),
            RangeEnd::LastAffected(_) | RangeEnd::Open => None,
        })
    }
}

/// Versions from one on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// The first affected version; `0` is "from the beginning".
    pub introduced: String,
    /// Where it ends.
    pub end: RangeEnd,
}

impl Range {
    /// In words: `1.2.0 or later, before 1.4.3`.
    #[must_use]
    pub fn words(&self) -> String {
        let from = if self.introduced == "0" { None } else { Some(format!("{} or later", self.introduced)) };
        let to = match &self.end {
            RangeEnd::Fixed(version) => Some(format!("before {version}")),
            RangeEnd::LastAffected(version) => Some(format!("up to and including {version}")),
            RangeEnd::Open => None,
        };
        match (from, to) {
            (Some(from), Some(to)) => format!("{from}, {to}"),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => "all versions".to_owned(),
        }
    }
}

/// Where a range ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RangeEnd {
    /// Before this version, which holds the fix.
    Fixed(String),
    /// With this version.
    LastAffected(String),
    /// Nowhere yet: there is no fix.
    Open,
}

/// Somebody who is thanked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credit {
    /// The name as that person wants it.
    pub name: String,
    /// What for.
    pub kind: CreditKind,
    /// Addresses that person wants published.
    pub contact: Vec<String>,
}

/// Somewhere more stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// What stands there.
    pub kind: ReferenceKind,
    /// Where.
    pub url: String,
}

/// One line of the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub what: String,
}

/// Who publishes an advisory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publisher {
    /// The name for people.
    pub name: String,
    /// A page that is theirs.
    pub url: String,
    /// A mail address for questions.
    pub contact: Option<String>,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[$about])* $variant,)*
        }

        impl $name {
            /// Every word, for saying which there are.
            pub const WORDS: &'static [&'static str] = &[$($word),*];

            /// The word as it stands in a document.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// Reads a word.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

words! {
    /// What somebody is thanked for. **Rule:** OSV schema, `credits[].type`.
    CreditKind {
        /// Found it.
        Finder = "finder",
        /// Told the team.
        Reporter = "reporter",
        /// Found out what it means.
        Analyst = "analyst",
        /// Brought people together.
        Coordinator = "coordinator",
        /// Wrote the fix.
        RemediationDeveloper = "remediation-developer",
        /// Reviewed the fix.
        RemediationReviewer = "remediation-reviewer",
        /// Tested the fix.
        RemediationVerifier = "remediation-verifier",
        /// A program that found it.
        Tool = "tool",
        /// Paid for it.
        Sponsor = "sponsor",
        /// Something else.
        Other = "other",
    }
}

words! {
    /// What stands behind a reference. **Rule:** OSV schema, `references[].type`.
    ReferenceKind {
        /// An advisory.
        Advisory = "advisory",
        /// An article.
        Article = "article",
        /// A way to find out whether one is affected.
        Detection = "detection",
        /// A discussion.
        Discussion = "discussion",
        /// The report.
        Report = "report",
        /// The fix.
        Fix = "fix",
        /// The change that brought the problem.
        Introduced = "introduced",
        /// The package's page.
        Package = "package",
        /// Proof.
        Evidence = "evidence",
        /// Anything else.
        Web = "web",
    }
}
