//! CSAF 2.0, profile "security advisory". **Rule:** OASIS CSAF 2.0 (ISO/IEC 20153).

use serde_json::{Value, json};

use super::{ExportError, without_empty};
use crate::draft::severity_word;
use crate::model::{Advisory, Affected, Credit, CreditKind, Range, RangeEnd, ReferenceKind};
use crate::purl;
use crate::score::ScoreVersion;

/// One product of the tree: what it is called there, and whether it is affected.
struct Product {
    id: String,
    name: String,
    category: &'static str,
    version: String,
    purl: Option<String>,
    is_fixed: bool,
}

pub(super) fn write(advisory: &Advisory) -> Result<Value, ExportError> {
    let products: Vec<Vec<Product>> =
        advisory.affected.iter().enumerate().map(|(n, each)| products(n + 1, each)).collect();
    Ok(without_empty(json!({
        "document": document(advisory),
        "product_tree": { "branches": [{
            "category": "vendor",
            "name": advisory.publisher.name,
            "branches": advisory.affected.iter().zip(&products).map(|(affected, products)| json!({
                "category": "product_name",
                "name": affected.package,
                "branches": products.iter().map(branch).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
        }] },
        "vulnerabilities": [vulnerability(advisory, &products.into_iter().flatten().collect::<Vec<_>>())],
    })))
}

fn document(advisory: &Advisory) -> Value {
    let revised = advisory.modified != advisory.published;
    let mut history = vec![json!({ "number": "1", "date": advisory.published, "summary": "First version" })];
    if revised {
        history.push(json!({ "number": "2", "date": advisory.modified, "summary": "Correction" }));
    }
    json!({
        "category": "csaf_security_advisory",
        "csaf_version": "2.0",
        "title": advisory.title,
        "lang": advisory.language,
        "aggregate_severity": advisory.severity.map(|severity| json!({ "text": severity_word(severity) })),
        "distribution": { "tlp": { "label": "WHITE" } },
        "publisher": {
            "category": "vendor",
            "name": advisory.publisher.name,
            "namespace": advisory.publisher.url,
            "contact_details": advisory.publisher.contact,
        },
        "notes": [{ "category": "summary", "text": advisory.summary }, { "category": "description", "text": advisory.body }],
        "acknowledgments": advisory.credits.iter().map(thanks).collect::<Vec<_>>(),
        "references": advisory.url.iter().map(|url| json!({ "category": "self", "summary": "The advisory", "url": url })).collect::<Vec<_>>(),
        "tracking": {
            "id": advisory.id,
            "aliases": aliases(advisory),
            "status": "final",
            "version": if revised { "2" } else { "1" },
            "initial_release_date": advisory.published,
            "current_release_date": advisory.modified,
            "revision_history": history,
        },
    })
}

/// The tracking id must not be among its own aliases.
fn aliases(advisory: &Advisory) -> Vec<&String> {
    advisory.aliases.iter().filter(|alias| *alias != advisory.id.as_str()).collect()
}

fn thanks(credit: &Credit) -> Value {
    let what = match credit.kind {
        CreditKind::Finder => "finding it",
        CreditKind::Reporter => "reporting it",
        CreditKind::Analyst => "analysing it",
        CreditKind::Coordinator => "coordinating the disclosure",
        CreditKind::RemediationDeveloper => "writing the fix",
        CreditKind::RemediationReviewer => "reviewing the fix",
        CreditKind::RemediationVerifier => "testing the fix",
        CreditKind::Tool | CreditKind::Sponsor | CreditKind::Other => credit.kind.word(),
    };
    json!({ "names": [credit.name], "summary": what })
}

fn products(n: usize, affected: &Affected) -> Vec<Product> {
    let mut products = Vec::new();
    let mut add = |category, version: String, purl: Option<String>, is_fixed| {
        let id = format!("P{n}-{}", products.len() + 1);
        let name = format!("{} {version}", affected.package);
        products.push(Product { id, name, category, version, purl, is_fixed });
    };
    let exact = |version: &str| affected.purl.as_deref().map(|purl| purl::with_version(purl, version));
    for range in &affected.ranges {
        add("product_version_range", vers(range, affected.purl.as_deref()), affected.purl.clone(), false);
    }
    for version in &affected.versions {
        add("product_version", version.clone(), exact(version), false);
    }
    for version in affected.fixes() {
        add("product_version", version.to_owned(), exact(version), true);
    }
    products
}

/// `vers:cargo/>=1.2.0|<1.4.3` where the scheme is known; else in words, as the standard permits.
fn vers(range: &Range, purl: Option<&str>) -> String {
    let Some(scheme) = purl.and_then(purl::kind) else { return range.words() };
    let from = (range.introduced != "0").then(|| format!(">={}", range.introduced));
    let to = match &range.end {
        RangeEnd::Fixed(version) => Some(format!("<{version}")),
        RangeEnd::LastAffected(version) => Some(format!("<={version}")),
        RangeEnd::Open => None,
    };
    let parts: Vec<String> = from.into_iter().chain(to).collect();
    if parts.is_empty() { format!("vers:{scheme}/*") } else { format!("vers:{scheme}/{}", parts.join("|")) }
}

fn branch(product: &Product) -> Value {
    json!({
        "category": product.category,
        "name": product.version,
        "product": {
            "product_id": product.id,
            "name": product.name,
            "product_identification_helper": product.purl.as_ref().map(|purl| json!({ "purl": purl })),
        },
    })
}

fn vulnerability(advisory: &Advisory, products: &[Product]) -> Value {
    let ids =
        |fixed: bool| products.iter().filter(|p| p.is_fixed == fixed).map(|p| &p.id).collect::<Vec<_>>();
    let (affected, fixed) = (ids(false), ids(true));
    let weakness = advisory.weaknesses.first().map(|cwe| json!({ "id": cwe.id(), "name": cwe.name }));
    let others = aliases(advisory).into_iter().filter(|id| !id.starts_with("CVE-"));
    let named = std::iter::once(advisory.id.as_str()).chain(others.map(String::as_str));
    json!({
        "cve": advisory.cve(),
        "ids": named.map(|id| json!({ "system_name": system(id, advisory), "text": id })).collect::<Vec<_>>(),
        "title": advisory.title,
        "cwe": weakness,
        "release_date": advisory.published,
        "notes": notes(advisory),
        "product_status": { "known_affected": affected, "fixed": fixed },
        "remediations": remediations(advisory, &affected),
        "scores": advisory.scores.iter().filter(|score| score.version == ScoreVersion::V31).map(|score| json!({
            "products": affected,
            "cvss_v3": { "version": "3.1", "vectorString": score.vector, "baseScore": score.value, "baseSeverity": score.rating() },
        })).collect::<Vec<_>>(),
        "threats": advisory.exploited.then(|| json!([{ "category": "exploit_status", "details": "Attacks are known." }])),
        "references": advisory.references.iter().map(|each| json!({
            "category": "external",
            "summary": if each.kind == ReferenceKind::Web { "More" } else { each.kind.word() },
            "url": each.url,
        })).collect::<Vec<_>>(),
    })
}

/// Whose id it is.
fn system<'a>(id: &str, advisory: &'a Advisory) -> &'a str {
    match id.split('-').next() {
        Some("GHSA") => "GitHub Security Advisories",
        Some("RUSTSEC") => "RustSec Advisory Database",
        _ if id == advisory.id.as_str() => &advisory.publisher.name,
        _ => "other",
    }
}

/// CSAF 2.0 has no field for CVSS 4.0, nor for a second weakness.
fn notes(advisory: &Advisory) -> Vec<Value> {
    let mut notes = vec![json!({ "category": "description", "text": advisory.body })];
    let modern = advisory.scores.iter().filter(|score| score.version == ScoreVersion::V40);
    notes.extend(modern.map(|score| {
        let text = format!("{} ({:.1}, {})", score.vector, score.value, score.rating().to_lowercase());
        json!({ "category": "other", "title": "CVSS 4.0", "text": text })
    }));
    notes.extend(advisory.weaknesses.iter().skip(1).map(|cwe| {
        json!({ "category": "other", "title": "Further weakness", "text": format!("{}: {}", cwe.id(), cwe.name) })
    }));
    notes
}

fn remediations(advisory: &Advisory, affected: &[&String]) -> Vec<Value> {
    let fixes: Vec<String> = advisory
        .affected
        .iter()
        .flat_map(|each| each.fixes().map(move |version| format!("{} {version}", each.package)))
        .collect();
    let mut remediations = Vec::new();
    if fixes.is_empty() {
        remediations.push(json!({ "category": "none_available", "details": "There is no fix yet.", "product_ids": affected }));
    } else {
        let details = format!("Update to {}.", fixes.join(" or "));
        remediations.push(json!({ "category": "vendor_fix", "details": details, "url": advisory.url, "product_ids": affected }));
    }
    if let Some(workaround) = &advisory.workaround {
        remediations
            .push(json!({ "category": "workaround", "details": workaround, "product_ids": affected }));
    }
    remediations
}
