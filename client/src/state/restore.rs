//! Bringing cases back: by their twelve words from the relay, or out of a file that another device saved.

use sealpost_client_core::backup::Backup;
use sealpost_client_core::case_record::{CaseRecord, StoredReceipt};
use sealpost_client_core::offline::Written;
use sealpost_client_core::outbox::Trigger;
use sealpost_client_core::restore::{self, MAX_GAP};
use sealpost_client_core::vault::{Secret, VaultAnswer, VaultRequest};
use sealpost_shared::CaseId;
use sealpost_shared::problem::ProblemCode;
use sealpost_shared::receipt::Receipt;

use super::app::App;
use super::{replies, team};
use crate::services::records::{self, moved};
use crate::services::relay::{self, RelayError};
use crate::services::store::StoreError;
use crate::services::vault::{self, VaultError};
use crate::services::{clock, json};
use crate::text::text;

/// Finds every case of these words that the relay still has, and joins it with what is here.
///
/// # Errors
/// In words: a mistyped word by its place, no such case, or what the relay said. What was found before stays.
pub(crate) async fn by_words(app: App, words: &str) -> Result<Vec<CaseId>, String> {
    let (mut found, mut index, mut gap) = (Vec::new(), 0, 0);
    let (mut parent, mut deleted, mut used) = (None, None, 0);
    while gap <= MAX_GAP {
        let secret = secret(words, index).await.map_err(|error| (text().errors.vault)(&error))?;
        match relay::receipt(secret.case, &secret.capability, secret.case.into()).await {
            Ok(signed) => {
                let case = secret.case;
                (gap, used) = (0, index);
                bring_back(secret, signed, parent).await?;
                // What a step handed on is shown with its case.
                if parent.is_none() {
                    found.push(case);
                }
                parent = parent.or((index == 0).then_some(case));
            }
            Err(RelayError::Deleted(deletion)) => {
                deleted = Some(deletion);
                (gap, used) = (0, index);
            }
            Err(RelayError::Problem(ProblemCode::NotFound)) => gap += 1,
            Err(error) => return Err((text().errors.relay)(error)),
        }
        index += 1;
        if index == 1 && gap > 0 {
            return Err(text().restore.none.to_owned());
        }
    }
    if let Some(parent) = parent {
        // Also numbers of cases that the relay deleted: it takes no other letter under them.
        let count = |record: &mut CaseRecord| {
            record.handed = record.handed.max(used);
            Ok(())
        };
        let counted = records::edit_case(parent, Box::new(count)).await;
        counted.map_err(|error| (text().errors.store)(error).to_owned())?;
    }
    if let Some(deletion) = deleted.filter(|_| found.is_empty()) {
        return Err((text().errors.relay)(RelayError::Deleted(deletion)));
    }
    show(app);
    Ok(found)
}

fn show(app: App) {
    app.reload();
    wasm_bindgen_futures::spawn_local(replies::look_at_all(app));
}

async fn secret(words: &str, index: u32) -> Result<Secret, VaultError> {
    let question = VaultRequest::RestoreSecret { words: words.to_owned(), index };
    vault::expect(vault::ask(&question).await?, |answer| match answer {
        VaultAnswer::Secret(secret) => Some(secret),
        _ => None,
    })
}

/// One case: its team by the receipt, the receipt by the team's bundle, and then the record.
async fn bring_back(secret: Secret, signed: String, of: Option<CaseId>) -> Result<(), String> {
    let damaged = || text().restore.bad_receipt.to_owned();
    let says = restore::claims(&signed).filter(|says| says.case == secret.case).ok_or_else(damaged)?;
    let checked = team::check(&says.team).await.map_err(|failure| match failure {
        team::TeamFailure::Relay(error) => (text().errors.relay)(error),
        team::TeamFailure::Vault(error) => (text().errors.vault)(&error),
    })?;
    if !checked.readiness.doubts.is_empty() {
        return Err((text().restore.doubt)(&checked.team.policy.identity.name));
    }
    let stored = verified(&says, signed, &checked.team.relay().certificate).await?;
    let desk = checked.team.policy.desk(&says.desk).ok_or_else(damaged)?;
    let title = (text().restore.case_title)(&secret.case.short());
    let mut record = restore::restored(&checked.team, desk, secret, (&says, stored), title, clock::now())
        .map_err(|_| damaged())?;
    let store = |error: StoreError| (text().errors.store)(error).to_owned();
    if let Some(of) = of {
        let adopt = |parent: &mut CaseRecord| {
            parent.adopt(&mut record);
            Ok(())
        };
        records::edit_case(of, Box::new(adopt)).await.map_err(store)?;
    }
    moved::join(&record, None).await.map_err(store)
}

async fn verified(says: &Receipt, signed: String, relay_certificate: &str) -> Result<StoredReceipt, String> {
    let question = VaultRequest::VerifyReceipt {
        receipt: signed.clone(),
        relay_certificate: relay_certificate.to_owned(),
        entry: says.entry,
        sha256: says.sha256.clone(),
        now: clock::now(),
    };
    match vault::ask(&question).await {
        Ok(VaultAnswer::Receipt { text, received }) => Ok(StoredReceipt { signed, text, received }),
        Ok(_) => Err(text().errors.vault_died.to_owned()),
        Err(error) => Err((text().errors.vault)(&error)),
    }
}

/// Seals all cases of this device as one file that the words of each of them open; also how many cases it holds.
///
/// # Errors
/// In words.
pub(crate) async fn seal_all() -> Result<(String, usize), String> {
    let store = |error: StoreError| (text().errors.store)(error).to_owned();
    let backup = moved::backup(clock::now()).await.map_err(store)?;
    let mut words: Vec<String> = backup.cases.iter().map(|case| case.secret.words.clone()).collect();
    words.sort();
    words.dedup();
    let clear = serde_json::to_string(&backup).map_err(|_| store(StoreError::Foreign))?;
    let sealed = ask_backup(VaultRequest::SealBackup { text: clear, words }).await?;
    Ok((sealed, backup.cases.len()))
}

/// Joins the cases of a file with those that are here; gives them.
///
/// # Errors
/// In words: other words, a damaged file, or storage. Cases joined before stay.
pub(crate) async fn by_file(app: App, sealed: String, words: &str) -> Result<Vec<CaseId>, String> {
    let clear = ask_backup(VaultRequest::OpenBackup { sealed, words: words.to_owned() }).await?;
    let backup: Backup = json::read(clear.as_bytes()).ok_or_else(|| text().restore.bad_file.to_owned())?;
    let backup = backup.check().map_err(|error| error.to_string())?;
    let mut backups = Vec::new();
    for written in &backup.written {
        backups.push(taken_over(written, words).await?);
    }
    backups.push(backup);
    let mut found = Vec::new();
    for backup in &backups {
        for record in &backup.cases {
            let joined = moved::join(record, Some(backup)).await;
            joined.map_err(|error| (text().errors.store)(error).to_owned())?;
            found.extend(record.step_of.is_none().then_some(record.case));
        }
    }
    show(app);
    app.flush(Trigger::Online);
    Ok(found)
}

/// A report of the offline page as a case. Its bundle was believed there, so it is judged by that moment.
async fn taken_over(written: &Written, words: &str) -> Result<Backup, String> {
    let said = |error: VaultError| (text().errors.vault)(&error);
    let question = VaultRequest::CheckBundle { bundle: written.bundle.clone(), now: written.at };
    let checked = vault::expect(vault::ask(&question).await.map_err(said)?, |answer| match answer {
        VaultAnswer::Bundle(checked) => Some(checked),
        _ => None,
    });
    let secret = secret(words, 0).await.map_err(said)?;
    written.backup(secret, checked.map_err(said)?).map_err(|_| text().restore.bad_file.to_owned())
}

async fn ask_backup(question: VaultRequest) -> Result<String, String> {
    let answer = vault::ask(&question).await.map_err(|error| (text().errors.vault)(&error))?;
    match answer {
        VaultAnswer::Backup { text } => Ok(text),
        _ => Err(text().errors.vault_died.to_owned()),
    }
}
