//! OSV. **Rule:** ossf.github.io/osv-schema, version 1.7.

use serde_json::{Value, json};

use super::without_empty;
use crate::model::{Advisory, Affected, Range, RangeEnd};
use crate::purl;
use crate::score::ScoreVersion;

const VERSION: &str = "1.7.5";

/// Prefixes of databases that OSV knows and that teams get ids from.
const KNOWN: [&str; 4] = ["RUSTSEC-", "GHSA-", "CVE-", "OSV-"];

pub(super) fn write(advisory: &Advisory) -> Value {
    let (id, aliases) = ids(advisory);
    without_empty(json!({
        "schema_version": VERSION,
        "id": id,
        "modified": advisory.modified,
        "published": advisory.published,
        "withdrawn": advisory.withdrawn,
        "aliases": aliases,
        "related": advisory.related,
        "summary": advisory.title,
        "details": format!("{}\n\n{}", advisory.summary, advisory.body),
        "severity": advisory.scores.iter().map(|score| json!({
            "type": match score.version { ScoreVersion::V31 => "CVSS_V3", ScoreVersion::V40 => "CVSS_V4" },
            "score": score.vector,
        })).collect::<Vec<_>>(),
        "affected": advisory.affected.iter().map(affected).collect::<Vec<_>>(),
        "references": references(advisory),
        "credits": advisory.credits.iter().map(|credit| json!({
            "name": credit.name, "contact": credit.contact, "type": credit.kind.word().replace('-', "_").to_uppercase(),
        })).collect::<Vec<_>>(),
        "database_specific": {
            "advisory": advisory.id,
            "severity": advisory.severity,
            "cwe_ids": advisory.weaknesses.iter().map(crate::model::Weakness::id).collect::<Vec<_>>(),
            "exploited": advisory.exploited.then_some(true),
        },
    }))
}

/// OSV takes only ids of databases it knows: the advisory's own if it is one, else the best alias. Our own id then stands under
/// `database_specific`.
fn ids(advisory: &Advisory) -> (&str, Vec<&str>) {
    let own = advisory.id.as_str();
    let known = |id: &&str| KNOWN.iter().any(|prefix| id.starts_with(prefix));
    let best = KNOWN.iter().find_map(|prefix| advisory.alias(prefix));
    let id = Some(own).filter(|own| known(own)).or(best).unwrap_or(own);
    let aliases = advisory.aliases.iter().map(String::as_str).filter(|alias| *alias != id).collect();
    (id, aliases)
}

fn affected(affected: &Affected) -> Value {
    let semver = purl::is_semver(affected.ecosystem.as_deref());
    let package = affected
        .ecosystem
        .as_ref()
        .map(|ecosystem| json!({ "ecosystem": ecosystem, "name": affected.package, "purl": affected.purl }));
    let ranges: Vec<Value> = match affected.ecosystem {
        // Without a registry nobody knows how its versions compare, so only the listed ones can be told.
        None => Vec::new(),
        Some(_) => affected.ranges.iter().map(|each| range(each, semver)).collect(),
    };
    json!({
        "package": package,
        "ranges": ranges,
        "versions": affected.versions,
        "ecosystem_specific": {
            "product": affected.ecosystem.is_none().then_some(&affected.package),
            "ranges": affected.ecosystem.is_none().then(|| affected.ranges.iter().map(Range::words).collect::<Vec<_>>()),
            "affected_functions": affected.functions,
        },
    })
}

fn range(range: &Range, semver: bool) -> Value {
    // SemVer ranges begin with 0.0.0-0, the least of all versions; other ecosystems with "0".
    let first = if range.introduced == "0" && semver { "0.0.0-0" } else { &range.introduced };
    let mut events = vec![json!({ "introduced": first })];
    match &range.end {
        RangeEnd::Fixed(version) => events.push(json!({ "fixed": version })),
        RangeEnd::LastAffected(version) => events.push(json!({ "last_affected": version })),
        RangeEnd::Open => {}
    }
    json!({ "type": if semver { "SEMVER" } else { "ECOSYSTEM" }, "events": events })
}

fn references(advisory: &Advisory) -> Vec<Value> {
    let own = advisory.url.iter().map(|url| json!({ "type": "ADVISORY", "url": url }));
    let others = advisory.references.iter();
    own.chain(others.map(|each| json!({ "type": each.kind.word().to_uppercase(), "url": each.url })))
        .collect()
}
