//! The Atom feed of a team's advisories. **Rule:** RFC 4287.

use sealpost_shared::Timestamp;
use sealpost_shared::id::Slug;
use sealpost_shared::letter::Severity;
use sealpost_shared::policy::Policy;

use super::{escaped, page_url, signed_url};
use crate::store::AdvisoryRecord;

/// Writes the feed: newest change first. An empty feed dates from the policy.
pub(crate) fn write(origin: &str, policy: &Policy, records: &[AdvisoryRecord]) -> String {
    let identity = &policy.identity;
    let (team, name) = (&identity.slug, escaped(&identity.name));
    let own = format!("{origin}/v1/teams/{team}/advisories.atom");
    let updated = changed(policy, records);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    let head = format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\">\n<id>{own}</id>\n<title>{name}: security advisories</title>\n\
         <updated>{updated}</updated>\n<author><name>{name}</name></author>\n\
         <link rel=\"self\" type=\"application/atom+xml\" href=\"{own}\"/>\n\
         <link rel=\"alternate\" type=\"text/html\" href=\"{origin}/t/{team}/advisories\"/>\n"
    );
    out.push_str(&head);
    records.iter().for_each(|record| entry(&mut out, origin, team, record));
    out.push_str("</feed>\n");
    out
}

/// When a list of these changed last.
pub(crate) fn changed(policy: &Policy, records: &[AdvisoryRecord]) -> Timestamp {
    let dates = records.iter().map(|record| record.modified);
    dates.max().unwrap_or(policy.identity.effective)
}

fn entry(out: &mut String, origin: &str, team: &Slug, record: &AdvisoryRecord) {
    let page = page_url(origin, team, &record.id);
    let signed = signed_url(origin, team, &record.id);
    let taken_back = if record.withdrawn.is_some() { "Withdrawn: " } else { "" };
    let severity = record.severity.map(|severity| format!("<category term=\"{}\"/>\n", word(severity)));
    out.push_str(&format!("<entry>\n<id>{page}</id>\n<title>{taken_back}{}: {}</title>\n<published>{}</published>\n<updated>{}</updated>\n{}\
         <link rel=\"alternate\" type=\"text/html\" href=\"{page}\"/>\n\
         <link rel=\"related\" type=\"text/plain\" title=\"signed text\" href=\"{signed}\"/>\n\
         <link rel=\"related\" type=\"application/json\" title=\"OSV\" href=\"{origin}/v1/teams/{team}/osv/{}.json\"/>\n\
         <summary>{}</summary>\n</entry>\n",
        record.id,
        escaped(&record.title),
        record.published,
        record.modified,
        severity.unwrap_or_default(),
        record.id,
        escaped(&record.summary)));
}

/// A severity as it stands in feeds and pages.
pub(crate) const fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}
