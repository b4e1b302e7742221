//! From a finished report to the outbox: the secret, the seal, and one durable transaction.

use data_encoding::BASE64;
use sealpost_client_core::case_record::CaseRecord;
use sealpost_client_core::draft::DraftRecord;
use sealpost_client_core::outbox::{Item, Trigger};
use sealpost_client_core::team::Team;
use sealpost_client_core::upload::Upload;
use sealpost_client_core::vault::{SealReport, SealedReport, Secret, VaultAnswer, VaultRequest};

use super::app::App;
use crate::page::Page;
use crate::services::store::StoreError;
use crate::services::vault::{self, VaultError};
use crate::services::{browser, clock, records};
use crate::text::text;

/// Shows the case, and starts sending.
pub(super) fn sent_off(app: App, page: &Page) {
    app.reload();
    app.flush(Trigger::Online);
    app.ask_to_keep_storage();
    browser::go_to(&page.hash());
}

/// A new secret for one case.
pub(crate) async fn make_secret() -> Result<Secret, VaultError> {
    vault::expect(vault::ask(&VaultRequest::MakeSecret).await?, |answer| match answer {
        VaultAnswer::Secret(secret) => Some(secret),
        _ => None,
    })
}

/// Seals a report and makes it durable in the outbox, or says in words why not.
pub(super) async fn seal_and_queue(
    team: &Team,
    draft: DraftRecord,
    secret: Secret,
    kept: bool,
    upload: Option<Upload>,
) -> Result<(), String> {
    let now = clock::now();
    let question = VaultRequest::SealReport(SealReport {
        bundle: team.bundle.clone(),
        desk: team.desk().id.clone(),
        words: secret.words.clone(),
        report: draft.report.clone(),
        enclosures: upload.as_ref().map(Upload::enclosures),
        now,
    });
    let sealed = seal(&question).await.map_err(|error| (text().errors.vault)(&error))?;
    let bytes = BASE64.decode(sealed.sealed.as_bytes()).map_err(|_| text().errors.vault_died.to_owned())?;
    if sealed.case != secret.case {
        return Err(text().errors.vault_died.to_owned());
    }
    let own_copy = sealed.own_copy.as_ref().and_then(|copy| BASE64.decode(copy.as_bytes()).ok());
    let mut record = CaseRecord::open(team, &draft.report, secret, &sealed, now);
    record.words_kept = kept;
    let item = Item::queued(&sealed, record.team.clone(), record.desk.clone());
    match records::queue(&record, &item, &bytes, own_copy.as_deref(), &draft, upload.as_ref()).await {
        // Another tab was faster with the same report: it is in the outbox, which is all that was wanted.
        Ok(()) | Err(StoreError::Exists) => Ok(()),
        Err(error) => Err((text().errors.store)(error).to_owned()),
    }
}

async fn seal(question: &VaultRequest) -> Result<SealedReport, VaultError> {
    vault::expect(vault::ask(question).await?, |answer| match answer {
        VaultAnswer::Sealed(sealed) => Some(sealed),
        _ => None,
    })
}
