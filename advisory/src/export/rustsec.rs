//! An advisory of RustSec's database: TOML in a fence, then Markdown; one file for each crate. **Rule:** the advisory-db's
//! format, version 4.

use super::{ExportError, Exported, Format, missing};
use crate::draft::quoted;
use crate::model::{Advisory, Affected, RangeEnd};

pub(super) fn write(advisory: &Advisory) -> Result<Vec<Exported>, ExportError> {
    let crates: Vec<&Affected> =
        advisory.affected.iter().filter(|each| each.ecosystem.as_deref() == Some("crates.io")).collect();
    if crates.is_empty() {
        return missing(Format::Rustsec, "an affected package of the ecosystem crates.io");
    }
    let id = rustsec_id(advisory);
    // The database gives an id to a new advisory: until then it is this one, and several crates get files of their own.
    let id = id.unwrap_or("RUSTSEC-0000-0000");
    let file = |affected: &&Affected| Exported {
        file_name: format!("{id}.{}.md", affected.package),
        text: one(advisory, affected, id),
    };
    Ok(crates.iter().map(file).collect())
}

fn rustsec_id(advisory: &Advisory) -> Option<&str> {
    Some(advisory.id.as_str()).filter(|id| id.starts_with("RUSTSEC-")).or_else(|| advisory.alias("RUSTSEC-"))
}

fn one(advisory: &Advisory, affected: &Affected, id: &str) -> String {
    let mut toml = vec!["[advisory]".to_owned()];
    let mut add = |key: &str, value: String| toml.push(format!("{key} = {value}"));
    add("id", quoted(id));
    add("package", quoted(&affected.package));
    add("date", quoted(advisory.published.to_string().get(..10).unwrap_or_default()));
    if let Some(withdrawn) = advisory.withdrawn {
        add("withdrawn", quoted(withdrawn.to_string().get(..10).unwrap_or_default()));
    }
    if let Some(url) = &advisory.url {
        add("url", quoted(url));
    }
    add("references", list(advisory.references.iter().map(|each| each.url.as_str())));
    add("categories", list(advisory.categories.iter().map(String::as_str)));
    add("keywords", list(advisory.keywords.iter().map(String::as_str)));
    let aliases = advisory.aliases.iter().map(String::as_str);
    add("aliases", list(aliases.filter(|alias| *alias != id)));
    add("related", list(advisory.related.iter().map(String::as_str)));
    if let Some(score) = advisory.scores.last() {
        add("cvss", quoted(&score.vector));
    }
    if !affected.functions.is_empty() {
        toml.push("\n[affected.functions]".to_owned());
        let bad = list(affected_requirements(affected).iter().map(String::as_str));
        toml.extend(affected.functions.iter().map(|name| format!("{} = {bad}", quoted(name))));
    }
    toml.push("\n[versions]".to_owned());
    let (patched, unaffected) = requirements(affected);
    toml.push(format!("patched = {}", list(patched.iter().map(String::as_str))));
    toml.push(format!("unaffected = {}", list(unaffected.iter().map(String::as_str))));
    let Advisory { title, summary, body, .. } = advisory;
    format!("```toml\n{}\n```\n\n# {title}\n\n{summary}\n\n{body}\n", toml.join("\n"))
}

fn list<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    format!("[{}]", texts.map(quoted).collect::<Vec<_>>().join(", "))
}

/// RustSec says what is *not* affected: before the first range, and from each end to the beginning of the next.
fn requirements(affected: &Affected) -> (Vec<String>, Vec<String>) {
    let mut patched = Vec::new();
    let first = affected.ranges.first().map(|range| range.introduced.as_str()).filter(|first| *first != "0");
    let unaffected = first.map(|first| format!("< {first}")).into_iter().collect();
    for (n, range) in affected.ranges.iter().enumerate() {
        let from = match &range.end {
            RangeEnd::Fixed(version) => format!(">= {version}"),
            RangeEnd::LastAffected(version) => format!("> {version}"),
            RangeEnd::Open => continue,
        };
        let next = affected.ranges.get(n + 1).map(|next| format!(", < {}", next.introduced));
        patched.push(format!("{from}{}", next.unwrap_or_default()));
    }
    (patched, unaffected)
}

fn affected_requirements(affected: &Affected) -> Vec<String> {
    let range = |range: &crate::model::Range| {
        let from = (range.introduced != "0").then(|| format!(">= {}", range.introduced));
        let to = match &range.end {
            RangeEnd::Fixed(version) => Some(format!("< {version}")),
            RangeEnd::LastAffected(version) => Some(format!("<= {version}")),
            RangeEnd::Open => None,
        };
        let parts: Vec<String> = from.into_iter().chain(to).collect();
        if parts.is_empty() { "*".to_owned() } else { parts.join(", ") }
    };
    let listed = affected.versions.iter().map(|version| format!("= {version}"));
    affected.ranges.iter().map(range).chain(listed).collect()
}
