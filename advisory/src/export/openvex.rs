//! OpenVEX. **Rule:** the OpenVEX specification 0.2.0.

use serde_json::{Value, json};

use super::{ExportError, Format, missing, without_empty};
use crate::model::{Advisory, Affected, RangeEnd};
use crate::purl;

pub(super) fn write(advisory: &Advisory) -> Result<Value, ExportError> {
    let statements: Vec<Value> =
        advisory.affected.iter().flat_map(|affected| statements(advisory, affected)).collect();
    if statements.is_empty() {
        return missing(Format::Openvex, "a purl and a fixed or listed version of an affected package");
    }
    let base = advisory.publisher.url.trim_end_matches('/');
    Ok(without_empty(json!({
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": format!("{base}/openvex/{}", advisory.id),
        "author": advisory.publisher.name,
        "role": "vendor",
        "timestamp": advisory.published,
        "last_updated": (advisory.modified != advisory.published).then_some(advisory.modified),
        "version": if advisory.modified == advisory.published { 1 } else { 2 },
        "statements": statements,
    })))
}

/// OpenVEX names products, not ranges: every version that the advisory names gets its statement.
fn statements(advisory: &Advisory, affected: &Affected) -> Vec<Value> {
    let Some(purl) = &affected.purl else { return Vec::new() };
    let name = advisory.cve().unwrap_or(advisory.id.as_str());
    let all = std::iter::once(advisory.id.as_str()).chain(advisory.aliases.iter().map(String::as_str));
    let aliases: Vec<&str> = all.filter(|alias| *alias != name).collect();
    let vulnerability = json!({ "name": name, "aliases": aliases });
    let product = |version: &str| {
        let purl = purl::with_version(purl, version);
        json!({ "@id": purl, "identifiers": { "purl": purl } })
    };
    let fixed: Vec<Value> = affected.fixes().map(product).collect();
    let bad: Vec<Value> = named(affected).into_iter().map(product).collect();
    let mut statements = Vec::new();
    if !bad.is_empty() {
        statements.push(json!({
            "vulnerability": vulnerability, "products": bad, "status": "affected", "action_statement": action(advisory, affected),
        }));
    }
    if !fixed.is_empty() {
        statements.push(json!({ "vulnerability": vulnerability, "products": fixed, "status": "fixed" }));
    }
    statements
}

/// Affected versions that are named: listed ones, and the first and last of ranges.
fn named(affected: &Affected) -> Vec<&str> {
    let mut names: Vec<&str> = affected.versions.iter().map(String::as_str).collect();
    for range in &affected.ranges {
        let first = Some(range.introduced.as_str()).filter(|version| *version != "0");
        let last = match &range.end {
            RangeEnd::LastAffected(version) => Some(version.as_str()),
            RangeEnd::Fixed(_) | RangeEnd::Open => None,
        };
        names.extend(first.into_iter().chain(last));
    }
    names.sort_unstable();
    names.dedup();
    names
}

fn action(advisory: &Advisory, affected: &Affected) -> String {
    let fixes: Vec<&str> = affected.fixes().collect();
    match (&advisory.workaround, fixes.is_empty()) {
        (_, false) => format!("Update to {}.", fixes.join(" or ")),
        (Some(workaround), true) => workaround.clone(),
        (None, true) => "There is no fix yet; see the advisory.".to_owned(),
    }
}
