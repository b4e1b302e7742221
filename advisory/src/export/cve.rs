//! A CVE record. **Rule:** the CVE record format 5.1.1; newer ones (5.2) add fields and take none away.

use serde_json::{Value, json};

use super::{ExportError, Format, missing, without_empty};
use crate::model::{Advisory, Affected, RangeEnd, ReferenceKind};
use crate::purl;
use crate::score::ScoreVersion;

pub(super) fn write(advisory: &Advisory) -> Result<Value, ExportError> {
    let Some(cve) = advisory.cve() else {
        return missing(Format::Cve, "a CVE id: put the one you were assigned among the aliases");
    };
    let Some(cna) = &advisory.cna else {
        return missing(Format::Cve, "cna: the UUID of the authority that assigned the CVE id");
    };
    if references(advisory).is_empty() {
        return missing(
            Format::Cve,
            "an address where people can read more: give url, or one of the references",
        );
    }
    Ok(without_empty(json!({
        "dataType": "CVE_RECORD",
        "dataVersion": "5.1.1",
        "cveMetadata": { "cveId": cve, "assignerOrgId": cna, "state": "PUBLISHED" },
        "containers": { "cna": container(advisory, cna) },
    })))
}

fn container(advisory: &Advisory, cna: &str) -> Value {
    let lang = &advisory.language;
    let prose = |text: &str| json!([{ "lang": lang, "value": text }]);
    json!({
        "providerMetadata": { "orgId": cna },
        "title": advisory.title,
        "datePublic": advisory.published,
        "descriptions": prose(&advisory.summary),
        "affected": advisory.affected.iter().map(|each| affected(advisory, each)).collect::<Vec<_>>(),
        "problemTypes": advisory.weaknesses.iter().map(|cwe| json!({ "descriptions": [{
            "lang": "en", "type": "CWE", "cweId": cwe.id(), "description": format!("{} {}", cwe.id(), cwe.name),
        }] })).collect::<Vec<_>>(),
        "metrics": advisory.scores.iter().map(metric).collect::<Vec<_>>(),
        "references": references(advisory),
        "credits": advisory.credits.iter().map(|credit| json!({
            "lang": lang, "value": credit.name, "type": credit.kind.word().replace('-', " "),
        })).collect::<Vec<_>>(),
        "timeline": advisory.timeline.iter().map(|moment| json!({
            "lang": lang, "time": moment.at, "value": moment.what,
        })).collect::<Vec<_>>(),
        "workarounds": advisory.workaround.as_deref().map(prose),
        "exploits": advisory.exploited.then(|| prose("Attacks are known.")),
        "source": { "advisory": advisory.id, "discovery": "UNKNOWN" },
    })
}

fn affected(advisory: &Advisory, affected: &Affected) -> Value {
    let kind = if purl::is_semver(affected.ecosystem.as_deref()) { "semver" } else { "custom" };
    let ranges = affected.ranges.iter().map(|range| {
        let (less, equal) = match &range.end {
            RangeEnd::Fixed(version) => (Some(version.as_str()), None),
            RangeEnd::LastAffected(version) => (None, Some(version.as_str())),
            RangeEnd::Open => (Some("*"), None),
        };
        json!({
            "version": range.introduced, "lessThan": less, "lessThanOrEqual": equal, "status": "affected", "versionType": kind,
        })
    });
    let versions =
        affected.versions.iter().map(|version| json!({ "version": version, "status": "affected" }));
    let registry = purl::address(affected.ecosystem.as_deref());
    json!({
        "vendor": advisory.publisher.name,
        "product": affected.package,
        "collectionURL": registry,
        "packageName": registry.map(|_| &affected.package),
        "defaultStatus": "unaffected",
        "versions": ranges.chain(versions).collect::<Vec<_>>(),
        "programRoutines": affected.functions.iter().map(|name| json!({ "name": name })).collect::<Vec<_>>(),
    })
}

fn metric(score: &crate::score::Score) -> Value {
    let name = match score.version {
        ScoreVersion::V31 => "cvssV3_1",
        ScoreVersion::V40 => "cvssV4_0",
    };
    let version = match score.version {
        ScoreVersion::V31 => "3.1",
        ScoreVersion::V40 => "4.0",
    };
    let data = json!({
        "version": version, "vectorString": score.vector, "baseScore": score.value, "baseSeverity": score.rating(),
    });
    json!({ "format": "CVSS", "scenarios": [{ "lang": "en", "value": "GENERAL" }], name: data })
}

fn references(advisory: &Advisory) -> Vec<Value> {
    let own = advisory.url.iter().map(|url| json!({ "url": url, "tags": ["vendor-advisory"] }));
    let others = advisory.references.iter().filter(|each| Some(&each.url) != advisory.url.as_ref());
    let others = others.map(|each| {
        let tag = match each.kind {
            ReferenceKind::Advisory => Some("third-party-advisory"),
            ReferenceKind::Article => Some("technical-description"),
            ReferenceKind::Discussion => Some("mailing-list"),
            ReferenceKind::Report => Some("issue-tracking"),
            ReferenceKind::Fix => Some("patch"),
            ReferenceKind::Package => Some("product"),
            ReferenceKind::Evidence => Some("exploit"),
            ReferenceKind::Detection | ReferenceKind::Introduced | ReferenceKind::Web => None,
        };
        json!({ "url": each.url, "tags": tag.into_iter().collect::<Vec<_>>() })
    });
    own.chain(others).collect()
}
