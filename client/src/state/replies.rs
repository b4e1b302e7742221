//! Fetching what the team wrote: opened and verified by the vault before it touches the timeline (promise 5). And hearing that the
//! reporter wrote from another device.

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use sealpost_client_core::case_record::{CaseRecord, ReplyContent, StoredReceipt};
use sealpost_client_core::outbox::Verdict;
use sealpost_client_core::vault::{VaultAnswer, VaultFailure, VaultRequest};
use sealpost_shared::limits::MAX_PAGE_ROWS;
use sealpost_shared::time::Duration;
use sealpost_shared::wire::v1::{Author, Deletion, EntryInfo};
use sealpost_shared::{CaseId, EntryId, Timestamp};

use data_encoding::BASE64;

use super::app::App;
use crate::services::outbox::verify_receipt;
use crate::services::relay::RelayError;
use crate::services::store::StoreError;
use crate::services::vault::{self, VaultError};
use crate::services::{browser, clock, records, relay};
use crate::text::text;

/// The pause after a poll, so that a relay that answers at once is not asked in a loop.
const PAUSE_MS: u32 = 1_000;
/// How often it is written down that the relay was asked and had nothing new: storage is not worn out by a page that stays open.
const LOOK_NOTED_EVERY: Duration = Duration::from_hours(1);
/// The longest pause after failures.
const LONGEST_PAUSE_MS: u32 = 60_000;

/// Follows a case until `is_over` says so, asking the relay only while somebody looks.
pub(crate) async fn follow(app: App, case: CaseId, is_over: impl Fn() -> bool) {
    let mut pause = PAUSE_MS;
    // What cannot be read now is read when the page is opened again.
    if verify_again(case).await.is_ok() {
        app.reload();
    }
    while !is_over() {
        if browser::is_visible() && app.online.get_untracked() {
            let result = look(app, case, true).await;
            look_at_handed_on(app, case).await;
            pause = if result.is_ok() { PAUSE_MS } else { (pause * 2).min(LONGEST_PAUSE_MS) };
        }
        TimeoutFuture::new(pause).await;
    }
}

/// Looks once at every case that was sent and not closed.
pub(crate) async fn look_at_all(app: App) {
    // What cannot be read now is read at the next round.
    for record in records::cases().await.unwrap_or_default() {
        if record.events.closed().is_none() {
            let _ = verify_again(record.case).await;
            let _ = look(app, record.case, false).await;
        }
    }
}

/// Looks once at what the case's steps handed on to others.
async fn look_at_handed_on(app: App, case: CaseId) {
    let is_of = |record: &CaseRecord| record.step_of.as_ref().is_some_and(|step| step.case == case);
    let cases = app.cases.with_untracked(|cases| cases.clone().unwrap_or_default());
    for record in cases.iter().filter(|record| is_of(record)) {
        // What cannot be read now is read at the next look.
        let _ = look(app, record.case, false).await;
    }
}

/// Nothing was learnt; the next look comes by itself.
struct NotNow;

impl From<RelayError> for NotNow {
    fn from(_: RelayError) -> Self {
        Self
    }
}

impl From<StoreError> for NotNow {
    fn from(_: StoreError) -> Self {
        Self
    }
}

async fn look(app: App, case: CaseId, patiently: bool) -> Result<(), NotNow> {
    let record = records::case(case).await?;
    if record.events.sent().is_none() || !record.route.has_relay() {
        return Ok(());
    }
    if record.deleted.is_some() {
        return Err(NotNow);
    }
    let asked_at = clock::now();
    let page = match relay::entries(case, &record.secret.capability, record.next, patiently).await {
        Err(RelayError::Deleted(deletion)) => return note_deletion(app, case, deletion).await,
        page => page?,
    };
    let is_all = page.entries.len() < MAX_PAGE_ROWS as usize;
    let letters = letters_from_elsewhere(&record, &page.entries).await?;
    let mut news = Vec::new();
    for entry in page.entries {
        if entry.author == Author::Team && !record.knows(entry.entry) {
            let content = open(&record, &entry).await?;
            if !content.is_for_the_desk_alone() {
                news.push((entry, content));
            }
        }
    }
    let is_noted = |at: Timestamp| at <= asked_at && asked_at < at + LOOK_NOTED_EVERY;
    if news.is_empty()
        && letters.is_empty()
        && page.next <= record.next
        && record.looked_at.is_some_and(is_noted)
    {
        return Ok(());
    }
    let came = !news.is_empty();
    let looked_at = is_all.then_some(asked_at);
    let store = |record: &mut CaseRecord| {
        for (entry, receipt) in &letters {
            record.wrote_elsewhere(*entry, receipt.clone()).map_err(|_| StoreError::Foreign)?;
        }
        store_news(record, &news, page.next, looked_at)
    };
    records::edit_case(case, Box::new(store)).await?;
    app.reload();
    if came {
        app.say(text().status.reply);
    }
    Ok(())
}

/// Letters of the reporter's that this device neither sent nor has waiting, with their verified receipts: another device with the same
/// words wrote them.
async fn letters_from_elsewhere(
    record: &CaseRecord,
    entries: &[EntryInfo],
) -> Result<Vec<(EntryId, StoredReceipt)>, NotNow> {
    let outbox = records::outbox().await?;
    let is_own = |id: EntryId| record.has_letter(id) || outbox.iter().any(|item| item.entry() == id);
    let opens = EntryId::from(record.case);
    let mut letters = Vec::new();
    for entry in entries.iter().filter(|entry| entry.author == Author::Reporter && entry.entry != opens) {
        if is_own(entry.entry) {
            continue;
        }
        let signed = match relay::receipt(record.case, &record.secret.capability, entry.entry).await {
            // Without a receipt it is the word of nobody.
            Err(RelayError::Problem(_)) => continue,
            signed => signed?,
        };
        match verify_receipt(&signed, record, (entry.entry, &entry.sha256)).await {
            Verdict::Genuine(receipt) => letters.push((entry.entry, receipt)),
            Verdict::Bad(_) => {}
            Verdict::Unknown(_) => return Err(NotNow),
        }
    }
    Ok(letters)
}

/// What was deleted at the relay stays here, and is asked for no more.
async fn note_deletion(app: App, case: CaseId, deletion: Deletion) -> Result<(), NotNow> {
    let note = move |record: &mut CaseRecord| {
        record.deleted = Some(deletion);
        Ok(())
    };
    records::edit_case(case, Box::new(note)).await?;
    app.reload();
    app.say(&(text().case.deleted)(deletion));
    Err(NotNow)
}

fn store_news(
    record: &mut CaseRecord,
    news: &[(EntryInfo, ReplyContent)],
    next: u64,
    looked_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    for (entry, content) in news {
        record.replied(entry.clone(), content.clone(), clock::now()).map_err(|_| StoreError::Foreign)?;
    }
    record.next = record.next.max(next);
    record.looked_at = looked_at.or(record.looked_at);
    Ok(())
}

/// Opens once more what could not be verified: with a clock that was set right, or certificates that are good again, it may be now.
async fn verify_again(case: CaseId) -> Result<(), NotNow> {
    let record = records::case(case).await?;
    for seen in record.replies.iter().filter(|seen| !seen.content.is_verified()) {
        if let ReplyContent::Verified(reply) = open(&record, &seen.entry).await? {
            let (entry, now) = (seen.entry.entry, clock::now());
            let change = move |record: &mut CaseRecord| {
                record.verified_later(entry, reply.clone(), now).map_err(|_| StoreError::Foreign)
            };
            records::edit_case(case, Box::new(change)).await?;
        }
    }
    Ok(())
}

/// Opens an entry. One that the vault dies of, twice, is told as unverified: it must not stand in the way of the next.
async fn open(record: &CaseRecord, entry: &EntryInfo) -> Result<ReplyContent, NotNow> {
    let sealed = relay::entry(record.case, &record.secret.capability, entry.entry).await?;
    let question = VaultRequest::OpenReply {
        sealed: BASE64.encode(&sealed),
        words: record.secret.words.clone(),
        index: record.secret.index,
        case: record.case,
        entry: entry.entry,
        members: record.members.iter().map(|member| member.certificate.clone()).collect(),
        now: clock::now(),
    };
    for _ in 0..2 {
        match vault::ask(&question).await {
            Ok(VaultAnswer::Reply(reply)) => return Ok(ReplyContent::Verified(reply)),
            Err(VaultError::Failed(failure)) => return Ok(ReplyContent::Unverified(failure)),
            Err(VaultError::Unreachable) => return Err(NotNow),
            Ok(_) | Err(VaultError::Died) => {}
        }
    }
    let sentence = text().errors.vault_died.to_owned();
    Ok(ReplyContent::Unverified(VaultFailure { code: "vault-died".to_owned(), sentence }))
}
