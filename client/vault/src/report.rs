//! Sealing a report: the bundle is checked again, the letter sealed, and what came out checked as the relay will.

use data_encoding::BASE64;
use sealpost_client_core::vault::{DraftAttachment, ReportDraft, SealReport, SealedReport};
use sealpost_keys::{Attachment, CaseKey, Letter, SealError, TeamCert, check_sealed, seal_letter};
use sealpost_shared::letter::{CaseData, LetterData};

use crate::bundle::{self, Bundle};
use crate::failure::{Fails, bad_request, failure};
use crate::secret;

pub(crate) fn seal(request: &SealReport) -> Fails<SealedReport> {
    let bundle = bundle::check(&request.bundle, request.now)?;
    let key = secret::case_key(&request.words, 0)?;
    let desk = bundle
        .policy
        .desk(&request.desk)
        .ok_or_else(|| bad_request(&format!("The policy has no desk “{}”. Choose another.", request.desk)))?;
    let recipients = bundle.recipients(desk, request.now)?;
    let letter = Letter {
        attachments: attachments(&request.report.attachments)?,
        reporter_certificate: Some(key.certificate()),
        text: request.report.text.clone(),
        data: LetterData::Report(case_data(request, &bundle, &key)),
    };
    let sealed = seal_letter(&letter, &recipients, &key, request.now).map_err(seal_failure)?;
    let allowed: Vec<_> = recipients.iter().flat_map(TeamCert::encryption_key_ids).copied().collect();
    check_sealed(sealed.as_bytes(), Some(&allowed)).map_err(|e| failure("seal", e))?;
    Ok(SealedReport {
        case: key.case_id(),
        sha256: sealed.sha256(),
        size: sealed.as_bytes().len() as u64,
        sealed: BASE64.encode(sealed.as_bytes()),
        recipients: recipients.iter().map(TeamCert::fingerprint).collect(),
    })
}

fn case_data(request: &SealReport, bundle: &Bundle, key: &CaseKey) -> CaseData {
    let ReportDraft { title, product, versions, severity, exploited, public, credit, .. } = &request.report;
    CaseData {
        case: key.case_id(),
        team: bundle.policy.identity.slug.clone(),
        desk: request.desk.clone(),
        title: title.trim().to_owned(),
        written_at: request.now,
        product: product.clone(),
        versions: versions.clone(),
        severity: *severity,
        exploited: *exploited,
        public: *public,
        credit: credit.clone(),
        policy_sha256: bundle.checked.policy_sha256.clone(),
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

fn seal_failure(error: SealError) -> sealpost_client_core::vault::VaultFailure {
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
