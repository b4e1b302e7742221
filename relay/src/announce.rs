//! Public advisories: who may publish what and when, and how they are read: list, Atom feed, OSV feed, pages.

pub(crate) mod atom;
pub(crate) mod fresh;
pub(crate) mod page;

use data_encoding::HEXLOWER;
use sealpost_advisory::{Advisory, AdvisoryId};
use sealpost_keys::UncheckedCert;
use sealpost_shared::id::Slug;
use sealpost_shared::problem::ProblemCode;
use sealpost_shared::wire::v1::AdvisorySummary;
use sealpost_shared::{Fingerprint, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::store::{AdvisoryRecord, StoredAdvisory};

/// The most bytes of a signed advisory: the document, escaped, and a few signatures.
pub(crate) const MAX_SIGNED_BYTES: usize = 160 * 1024;

/// The most advisories in one list.
pub(crate) const MAX_LISTED: u32 = 500;

/// The most advisories in a feed: a reader that comes once a month misses none.
pub(crate) const MAX_IN_FEED: u32 = 100;

/// Judges a signed document: signed by a member, without error, of this team and id, and its embargo is over.
/// **Rule:** PROTOCOL.md, "Advisories".
pub(crate) fn judge(
    signed: String,
    team: &Slug,
    id: &AdvisoryId,
    members: &[UncheckedCert],
    now: Timestamp,
) -> Result<StoredAdvisory, ProblemCode> {
    let (document, signer) = verified(&signed, members, now).ok_or(ProblemCode::BadSignature)?;
    let advisory = sealpost_advisory::parse(&document).map_err(|_| ProblemCode::BadAdvisory)?;
    if advisory.team != *team || advisory.id != *id {
        return Err(ProblemCode::BadAdvisory);
    }
    let latest = advisory.withdrawn.map_or(advisory.modified, |withdrawn| withdrawn.max(advisory.modified));
    if advisory.published > now || latest > now {
        return Err(ProblemCode::UnderEmbargo);
    }
    let sha256 = HEXLOWER.encode(&Sha256::digest(signed.as_bytes()));
    Ok(StoredAdvisory { record: record(advisory, signer, sha256), signed, document })
}

/// The text that a member signed, and who.
fn verified(signed: &str, members: &[UncheckedCert], now: Timestamp) -> Option<(String, Fingerprint)> {
    let mut good = members.iter().filter_map(|member| member.verify_cleartext(signed, now).ok());
    good.next().map(|(text, verified)| (text, verified.signer))
}

fn record(advisory: Advisory, signer: Fingerprint, sha256: String) -> AdvisoryRecord {
    AdvisoryRecord {
        id: advisory.id,
        title: advisory.title,
        summary: advisory.summary,
        severity: advisory.severity,
        aliases: advisory.aliases,
        published: advisory.published,
        modified: advisory.modified,
        withdrawn: advisory.withdrawn,
        signer,
        sha256,
    }
}

/// What a list says of an advisory.
pub(crate) fn summary(record: AdvisoryRecord) -> AdvisorySummary {
    AdvisorySummary {
        id: record.id.into(),
        title: record.title,
        summary: record.summary,
        severity: record.severity,
        aliases: record.aliases,
        published: record.published,
        modified: record.modified,
        withdrawn: record.withdrawn,
        signer: record.signer,
        sha256: record.sha256,
    }
}

/// The address of an advisory's page.
pub(crate) fn page_url(origin: &str, team: &Slug, id: &AdvisoryId) -> String {
    format!("{origin}/t/{team}/advisories/{id}")
}

/// The address of the signed text.
pub(crate) fn signed_url(origin: &str, team: &Slug, id: &AdvisoryId) -> String {
    format!("{origin}/v1/teams/{team}/advisories/{id}")
}

/// Text for HTML and XML: no character of it is markup, and none is one that XML forbids.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' => out.push(c),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
