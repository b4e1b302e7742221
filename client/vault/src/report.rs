//! Sealing a report: the bundle is checked again, the letter sealed, and what came out checked as the relay will.

use data_encoding::BASE64;
use sealpost_client_core::vault::{DraftAttachment, ReportDraft, SealReport, SealedReport};
use sealpost_keys::{Attachment, CaseKey, Letter, SealError, TeamCert, check_sealed, seal_letter};
use sealpost_shared::Timestamp;
use sealpost_shared::id::Slug;
use sealpost_shared::letter::{CaseData, LetterData};

use crate::bundle;
use crate::failure::{Fails, bad_request, failure};
use crate::secret;

pub(crate) fn seal(request: &SealReport) -> Fails<SealedReport> {
    let bundle = bundle::check(&request.bundle, request.now)?;
    let key = secret::case_key(&request.words, 0)?;
    let desk = bundle.desk(&request.desk)?;
    let recipients = bundle.recipients(desk, request.now)?;
    let place = Place {
        team: &bundle.policy.identity.slug,
        desk: &request.desk,
        policy_sha256: &bundle.checked.policy_sha256,
    };
    let mut letter = letter(&request.report, place, &key, request.now)?;
    if let LetterData::Report(data) = &mut letter.data {
        data.enclosures.clone_from(&request.enclosures);
    }
    finish(&letter, &recipients, &key, Keep::OwnCopy, request.now)
}

/// Whether the reporter keeps a sealed copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    OwnCopy,
    Nothing,
}

/// Seals a letter and checks what came out as the relay will.
pub(crate) fn finish(
    letter: &Letter,
    recipients: &[TeamCert],
    key: &CaseKey,
    keep: Keep,
    now: Timestamp,
) -> Fails<SealedReport> {
    let sealed = seal_letter(letter, recipients, key, now).map_err(seal_failure)?;
    let allowed: Vec<_> = recipients.iter().flat_map(TeamCert::encryption_key_ids).copied().collect();
    check_sealed(sealed.as_bytes(), Some(&allowed)).map_err(|e| failure("seal", e))?;
    let own_copy = (keep == Keep::OwnCopy).then(|| own_copy(letter, key, now)).transpose()?;
    Ok(SealedReport {
        case: key.case_id(),
        sha256: sealed.sha256(),
        size: sealed.as_bytes().len() as u64,
        sealed: BASE64.encode(sealed.as_bytes()),
        recipients: recipients.iter().map(TeamCert::fingerprint).collect(),
        own_copy,
    })
}

/// The letter once more, sealed to the case key alone. A message of its own, so that the one that travels names no key but the desk's.
fn own_copy(letter: &Letter, key: &CaseKey, now: Timestamp) -> Fails<String> {
    let own = key.certificate().judge(now).map_err(|e| failure("seal", e))?;
    let sealed = seal_letter(letter, &[own], key, now).map_err(seal_failure)?;
    Ok(BASE64.encode(sealed.as_bytes()))
}

/// Where a report goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) team: &'a Slug,
    pub(crate) desk: &'a Slug,
    pub(crate) policy_sha256: &'a str,
}

pub(crate) fn letter(report: &ReportDraft, to: Place<'_>, key: &CaseKey, now: Timestamp) -> Fails<Letter> {
    Ok(Letter {
        attachments: attachments(&report.attachments)?,
        reporter_certificate: Some(key.certificate()),
        text: report.text.clone(),
        data: LetterData::Report(case_data(report, to, key, now)),
    })
}

fn case_data(report: &ReportDraft, to: Place<'_>, key: &CaseKey, now: Timestamp) -> CaseData {
    let ReportDraft { title, product, versions, severity, exploited, public, credit, .. } = report;
    CaseData {
        case: key.case_id(),
        team: to.team.clone(),
        desk: to.desk.clone(),
        title: title.trim().to_owned(),
        written_at: now,
        product: product.clone(),
        versions: versions.clone(),
        severity: *severity,
        exploited: *exploited,
        public: *public,
        credit: credit.clone(),
        policy_sha256: to.policy_sha256.to_owned(),
        enclosures: None,
    }
}

fn attachments(drafts: &[DraftAttachment]) -> Fails<Vec<Attachment>> {
    let decode = |draft: &DraftAttachment| {
        let bytes = BASE64.decode(draft.base64.as_bytes());
        let bytes =
            bytes.map_err(|_| bad_request("An attachment reached the vault damaged. Attach it again."))?;
        Ok(Attachment::new(&draft.name, &draft.content_type, bytes))
    };
    drafts.iter().map(decode).collect()
}

pub(crate) fn seal_failure(error: SealError) -> sealpost_client_core::vault::VaultFailure {
    let code = match error {
        SealError::NoRecipient => "certificate",
        SealError::Field(_)
        | SealError::TooManyAttachments
        | SealError::TooManyEnclosures
        | SealError::TooLarge { .. } => "field",
        SealError::TooManyRecipients | SealError::Recipient(_) | SealError::Failed(_) => "seal",
    };
    failure(code, error)
}
