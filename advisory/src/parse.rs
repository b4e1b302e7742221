//! From a file to an [`Advisory`], with every error on the way.

use sealpost_shared::Timestamp;
use sealpost_shared::id::Slug;
use sealpost_shared::letter::{Severity, check_title};
use toml::de::DeTable;

use crate::finding::Finding;
use crate::id::AdvisoryId;
use crate::model::{Advisory, Affected, Credit, CreditKind, Moment, Publisher, Reference, ReferenceKind};
use crate::read::{Reader, Section, Spot};
use crate::score::{Score, ScoreVersion};
use crate::{affected, cwe, words};

/// The most bytes of a document. The longest advisories of the Linux distributions have 30 KiB.
pub const MAX_DOCUMENT_BYTES: usize = 128 * 1024;

/// What stands above and below the front part.
const FENCE: &str = "+++";

/// The form of the document that this code reads.
const FORM: u32 = 1;

/// Reads and checks a document. **Rule:** docs/ADVISORY.md.
///
/// # Errors
/// Every error that was found, in the order of their lines. Of broken TOML only the first can be told.
pub fn parse(text: &str) -> Result<Advisory, Vec<Finding>> {
    if text.len() > MAX_DOCUMENT_BYTES {
        let message =
            format!("an advisory is at most {} KiB; link to what is long", MAX_DOCUMENT_BYTES / 1024);
        return Err(vec![Finding { line: 1, rule: "too-long", message }]);
    }
    let text = text.replace("\r\n", "\n");
    let Some((front, body)) = split(&text) else {
        let message =
            "the front part is missing: the first line is +++, then come the fields, then a line +++"
                .to_owned();
        return Err(vec![Finding { line: 1, rule: "front-part", message }]);
    };
    let reader = Reader::new(front, 2);
    let table = match DeTable::parse(front) {
        Ok(table) => table.into_inner(),
        Err(error) => {
            let line = reader.line(error.span().map_or(0, |span| span.start));
            let message = format!("the front part is no TOML: {}", error.message().replace('\n', " "));
            return Err(vec![Finding { line, rule: "toml", message }]);
        }
    };
    let advisory = document(&reader, &table, body);
    let mut findings = words::check_lines(&text);
    if body.trim().is_empty() {
        let line = text.lines().count();
        let message =
            "write below the front part what the problem is, who is affected and what to do".to_owned();
        findings.push(Finding { line, rule: "no-body", message });
    }
    findings.extend(reader.into_findings());
    findings.sort();
    findings.dedup();
    match advisory {
        Some(advisory) if findings.is_empty() => Ok(advisory),
        _ => Err(findings),
    }
}

/// The front part between its fences, and what follows.
fn split(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix(FENCE)?.strip_prefix('\n')?;
    if let Some(body) = rest.strip_prefix("+++\n") {
        return Some(("", body));
    }
    let end = rest.find("\n+++\n").or_else(|| rest.ends_with("\n+++").then(|| rest.len() - 4))?;
    let (front, body) = rest.split_at_checked(end + 1)?;
    Some((front, body.strip_prefix(FENCE)?.trim_start_matches('\n')))
}

fn document<'r>(reader: &'r Reader<'r>, table: &'r DeTable<'r>, body: &str) -> Option<Advisory> {
    let section = Section::new(reader, table, "", 2);
    check_form(reader, &section);
    let names = names(reader, &section);
    let dates = dates(reader, &section);
    let publisher = publisher(reader, &section);
    let affected = all_affected(reader, &section);
    let (severity, scores) = severity(reader, &section);
    let weaknesses = reader.check_all("cwe", &section.list("cwe"), |text| cwe::parse(text));
    let (aliases, related) = (ids(reader, &section, "aliases"), ids(reader, &section, "related"));
    let credits = section.sections("credits").into_iter().filter_map(|each| credit(reader, each)).collect();
    let references =
        section.sections("references").into_iter().filter_map(|each| reference(reader, each)).collect();
    let timeline = section.sections("timeline").into_iter().filter_map(moment).collect();
    let url = section.text("url").and_then(|spot| reader.check("url", &spot, |url| words::check_url(url)));
    let cna = section.text("cna").and_then(|spot| reader.check("cna", &spot, |text| words::check_uuid(text)));
    let language = section.text("language").map_or_else(|| "en".to_owned(), |spot| spot.value);
    let (exploited, workaround) = (section.flag("exploited"), section.text("workaround"));
    let (categories, keywords) = (plain(&section, "categories"), plain(&section, "keywords"));
    section.finish();
    let (Names { id, team, title, summary }, dates) = (names?, dates?);
    Some(Advisory {
        id,
        team,
        title,
        summary,
        published: dates.published,
        modified: dates.modified,
        withdrawn: dates.withdrawn,
        language,
        aliases,
        related,
        severity,
        scores,
        weaknesses,
        exploited,
        affected,
        credits,
        references,
        timeline,
        workaround: workaround.map(|spot| spot.value),
        publisher: publisher?,
        url,
        cna,
        categories,
        keywords,
        body: body.trim().to_owned(),
    })
}

struct Names {
    id: AdvisoryId,
    team: Slug,
    title: String,
    summary: String,
}

fn names(reader: &Reader<'_>, section: &Section<'_>) -> Option<Names> {
    let id = section.required("id");
    let id = id.and_then(|spot| reader.check("id", &spot, |id| id.parse().map_err(told)));
    let team = section.required("team");
    let team = team.and_then(|spot| reader.check("team", &spot, |team| team.parse().map_err(told)));
    let title = section.required("title");
    let title = title.and_then(|spot| {
        reader.check("title", &spot, |title| check_title(title).map(|()| title.clone()).map_err(told))
    });
    let summary = section.required("summary");
    Some(Names { id: id?, team: team?, title: title?, summary: summary?.value })
}

fn told(why: impl std::fmt::Display) -> String {
    why.to_string()
}

fn all_affected(reader: &Reader<'_>, section: &Section<'_>) -> Vec<Affected> {
    let tables = section.sections("affected");
    if tables.is_empty() {
        reader.find(2, "missing", "[[affected]] is missing: say which package or product is affected");
    }
    tables.into_iter().filter_map(|each| affected::read(reader, each)).collect()
}

fn publisher(reader: &Reader<'_>, section: &Section<'_>) -> Option<Publisher> {
    let Some(table) = section.section("publisher") else {
        reader.find(2, "missing", "[publisher] is missing: say who publishes this");
        return None;
    };
    let name = table.required("name");
    let url = table.required("url");
    let url = url.and_then(|spot| reader.check("url", &spot, |url| words::check_url(url)));
    let contact = table.text("contact");
    let contact = contact.and_then(|spot| reader.check("mail", &spot, |address| words::check_mail(address)));
    table.finish();
    Some(Publisher { name: name?.value, url: url?, contact })
}

fn check_form(reader: &Reader<'_>, section: &Section<'_>) {
    match section.number("advisory") {
        Some(spot) if spot.value != FORM => {
            reader.find(
                spot.line,
                "form",
                format!("this program reads advisory = {FORM} only; get a newer one"),
            );
        }
        Some(_) => {}
        None => reader.find(2, "form", format!("the front part begins with advisory = {FORM}")),
    }
}

struct Dates {
    published: Timestamp,
    modified: Timestamp,
    withdrawn: Option<Timestamp>,
}

fn dates(reader: &Reader<'_>, section: &Section<'_>) -> Option<Dates> {
    let published = section.required_time("published");
    let modified = section.time("modified");
    let withdrawn = section.time("withdrawn");
    let published = published?;
    for (name, spot) in [("modified", &modified), ("withdrawn", &withdrawn)] {
        if let Some(spot) = spot
            && spot.value < published.value
        {
            reader.find(spot.line, "date-order", format!("{name} lies before published"));
        }
    }
    let modified = modified.map_or(published.value, |spot| spot.value);
    Some(Dates { published: published.value, modified, withdrawn: withdrawn.map(|spot| spot.value) })
}

fn severity(reader: &Reader<'_>, section: &Section<'_>) -> (Option<Severity>, Vec<Score>) {
    let word = section.text("severity").and_then(|spot| {
        let severity = reader.check("severity", &spot, |word| match word.as_str() {
            "low" => Ok(Severity::Low),
            "medium" => Ok(Severity::Medium),
            "high" => Ok(Severity::High),
            "critical" => Ok(Severity::Critical),
            _ => Err(format!("“{word}” is no severity; there are low, medium, high, critical")),
        })?;
        Some(Spot { value: severity, line: spot.line })
    });
    let vectors = section.list("cvss");
    let scores = reader.check_all("cvss", &vectors, |vector| Score::parse(vector));
    for version in [ScoreVersion::V31, ScoreVersion::V40] {
        if scores.iter().filter(|score| score.version == version).count() > 1 {
            let line = vectors.first().map_or(section.line, |spot| spot.line);
            reader.find(
                line,
                "cvss",
                "one vector of each version of CVSS is enough: they would contradict each other",
            );
        }
    }
    if let Some(word) = &word
        && !scores.is_empty()
        && !scores.iter().any(|score| score.severity == Some(word.value))
    {
        let said: Vec<String> =
            scores.iter().map(|s| format!("{:.1} ({})", s.value, s.rating().to_lowercase())).collect();
        let message = format!(
            "the severity is not what the vector comes to, {}; leave one of them out",
            said.join(" and ")
        );
        reader.find(word.line, "severity-agrees", message);
    }
    let severity =
        word.map(|spot| spot.value).or_else(|| scores.iter().rev().find_map(|score| score.severity));
    (severity, scores)
}

fn ids(reader: &Reader<'_>, section: &Section<'_>, key: &'static str) -> Vec<String> {
    reader.check_all("alias", &section.list(key), |id| words::check_alias(id))
}

fn plain(section: &Section<'_>, key: &'static str) -> Vec<String> {
    section.list(key).into_iter().map(|spot| spot.value).collect()
}

fn credit(reader: &Reader<'_>, section: Section<'_>) -> Option<Credit> {
    let name = section.required("name");
    let kind = match section.text("kind") {
        None => Some(CreditKind::Finder),
        Some(spot) => reader.check("credit", &spot, |word| {
            let there = CreditKind::WORDS.join(", ");
            CreditKind::from_word(word)
                .ok_or_else(|| format!("“{word}” is no kind of credit; there are {there}"))
        }),
    };
    let contact = section.list("contact").into_iter().map(|spot| spot.value).collect();
    section.finish();
    Some(Credit { name: name?.value, kind: kind?, contact })
}

fn reference(reader: &Reader<'_>, section: Section<'_>) -> Option<Reference> {
    let url = section.required("url");
    let url = url.and_then(|spot| reader.check("url", &spot, |url| words::check_url(url)));
    let kind = match section.text("kind") {
        None => Some(ReferenceKind::Web),
        Some(spot) => reader.check("reference", &spot, |word| {
            let there = ReferenceKind::WORDS.join(", ");
            ReferenceKind::from_word(word)
                .ok_or_else(|| format!("“{word}” is no kind of reference; there are {there}"))
        }),
    };
    section.finish();
    Some(Reference { kind: kind?, url: url? })
}

fn moment(section: Section<'_>) -> Option<Moment> {
    let at = section.required_time("at");
    let what = section.required("what");
    section.finish();
    Some(Moment { at: at?.value, what: what?.value })
}
