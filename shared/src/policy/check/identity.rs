//! The rules of `[identity]` and `[reports]`.

use super::{Faults, positive, words};
use crate::limits::MAX_ENCLOSURES_MIB;
use crate::policy::parse::{IdentityTable, ReportsTable};
use crate::policy::{Identity, Reports};

pub(super) fn check(faults: &mut Faults, table: IdentityTable) -> Identity {
    faults.wants(table.version > 0, "identity.version", "versions count from 1");
    let later = table.expires > table.effective;
    faults.wants(later, "identity.expires", "must lie after identity.effective");
    let older = table.supersedes.is_none_or(|version| version < table.version);
    faults.wants(older, "identity.supersedes", "must be an earlier version than identity.version");
    let mail = words::is_mail_address(&table.contact);
    faults.wants(mail, "identity.contact", "must be a mail address, as in security@example.org");
    check_words(faults, &table);
    Identity {
        slug: table.slug,
        name: table.name,
        project: table.project,
        version: table.version,
        supersedes: table.supersedes,
        effective: table.effective,
        expires: table.expires,
        languages: table.languages,
        policy_url: table.policy_url,
        comments: table.comments,
        contact: table.contact,
        signed_by: table.signed_by,
        safe_harbour: table.safe_harbour,
    }
}

fn check_words(faults: &mut Faults, table: &IdentityTable) {
    for (key, text) in [("identity.name", &table.name), ("identity.project", &table.project)] {
        words::line(faults, key, text);
    }
    if let Some(url) = &table.policy_url {
        words::https(faults, "identity.policy_url", url);
    }
    if let Some(uri) = &table.comments {
        words::contact(faults, "identity.comments", uri);
    }
    if let Some(text) = &table.safe_harbour {
        words::text(faults, "identity.safe_harbour", text);
    }
    for (n, tag) in table.languages.iter().enumerate() {
        let key = format!("identity.languages[{n}]");
        faults.wants(is_language(tag), key, "must be a language tag, as in \"en\" or \"pt-BR\"");
    }
}

/// Whether a text has the form of a language tag. **Rule:** RFC 5646, section 2.1: subtags of at most 8 letters and digits.
fn is_language(tag: &str) -> bool {
    let subtag =
        |part: &str| (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric());
    (2..=35).contains(&tag.len()) && tag.split('-').all(subtag)
}

pub(super) fn reports(faults: &mut Faults, table: &ReportsTable) -> Reports {
    let retention = table.retention.as_ref();
    let retention = retention.and_then(|text| positive(faults, "reports.retention", text));
    let enclosures_mib = table.enclosures_mib;
    let fits = enclosures_mib.is_none_or(|mib| mib <= MAX_ENCLOSURES_MIB);
    faults.wants(fits, "reports.enclosures_mib", format!("at most {MAX_ENCLOSURES_MIB}"));
    Reports { anonymous: table.anonymous, credit: table.credit, retention, enclosures_mib }
}
