//! The advisory for a blog: a heading, the facts, the body.

use crate::draft::severity_word;
use crate::model::{Advisory, Affected, Range};

pub(super) fn write(advisory: &Advisory) -> String {
    let mut out = format!("# {}\n\n{}\n\n", advisory.title, advisory.summary);
    for (name, value) in facts(advisory) {
        out.push_str(&format!("- **{name}:** {value}\n"));
    }
    out.push_str(&format!("\n{}\n", advisory.body));
    if let Some(workaround) = &advisory.workaround {
        out.push_str(&format!("\n## Workaround\n\n{workaround}\n"));
    }
    if !advisory.references.is_empty() {
        out.push_str("\n## References\n\n");
        for each in &advisory.references {
            out.push_str(&format!("- {}: <{}>\n", each.kind.word(), each.url));
        }
    }
    if !advisory.timeline.is_empty() {
        out.push_str("\n## Timeline\n\n");
        for each in &advisory.timeline {
            out.push_str(&format!("- {}: {}\n", each.at, each.what));
        }
    }
    if !advisory.credits.is_empty() {
        out.push_str("\n## Thanks\n\n");
        for each in &advisory.credits {
            out.push_str(&format!("- {} ({})\n", each.name, each.kind.word().replace('-', " ")));
        }
    }
    out
}

/// What stands above the text of every form for people: name and value, in order.
#[must_use]
pub fn facts(advisory: &Advisory) -> Vec<(&'static str, String)> {
    let mut facts = vec![("Advisory", advisory.id.to_string())];
    if !advisory.aliases.is_empty() {
        facts.push(("Also known as", advisory.aliases.join(", ")));
    }
    facts.push(("Published", advisory.published.to_string()));
    if advisory.modified != advisory.published {
        facts.push(("Changed", advisory.modified.to_string()));
    }
    if let Some(withdrawn) = advisory.withdrawn {
        facts.push(("Withdrawn", withdrawn.to_string()));
    }
    if let Some(severity) = advisory.severity {
        facts.push(("Severity", severity_word(severity).to_owned()));
    }
    for score in &advisory.scores {
        facts.push(("CVSS", format!("{:.1}, {}", score.value, score.vector)));
    }
    for cwe in &advisory.weaknesses {
        facts.push(("Weakness", format!("{}, {}", cwe.id(), cwe.name)));
    }
    if advisory.exploited {
        facts.push(("Exploited", "attacks are known".to_owned()));
    }
    for affected in &advisory.affected {
        facts.push(("Affected", format!("{} {}", name(affected), versions(affected))));
        let fixes: Vec<&str> = affected.fixes().collect();
        let fixed = if fixes.is_empty() { "not yet".to_owned() } else { fixes.join(", ") };
        facts.push(("Fixed in", format!("{} {fixed}", affected.package)));
    }
    facts
}

fn name(affected: &Affected) -> String {
    let registry = affected.ecosystem.as_ref().map(|registry| format!(" ({registry})"));
    format!("{}{}", affected.package, registry.unwrap_or_default())
}

fn versions(affected: &Affected) -> String {
    let ranges = affected.ranges.iter().map(Range::words);
    ranges.chain(affected.versions.iter().cloned()).collect::<Vec<_>>().join("; ")
}
