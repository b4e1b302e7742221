//! Keep and prove: the dates for the reporter's own calendar, and evidence for others. Nothing is made before it is asked for.

use leptos::prelude::*;
use sealpost_client_core::case_record::CaseRecord;
use sealpost_client_core::evidence;
use sealpost_client_core::reminders;
use sealpost_client_core::vault::{Document, VaultAnswer, VaultRequest};
use sealpost_shared::timeline::view;
use wasm_bindgen_futures::spawn_local;

use super::button::button;
use crate::services::{browser, clock, relay, relay_keys, vault};
use crate::text::text;

/// A file to be saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Reminders,
    Evidence,
    Readable,
}

/// The section; `None` before the report was sent.
pub(crate) fn keep(record: &CaseRecord) -> Option<AnyView> {
    record.events.sent()?;
    let words = &text().keep;
    let said = RwSignal::new(String::new());
    let save = |kind: Kind, test: &'static str, label: &'static str| {
        let record = record.clone();
        button("quiet", test, label, move || {
            let record = record.clone();
            spawn_local(async move { said.set(save(&record, kind).await) });
        })
    };
    let shown = view! {
        <section class="keep-and-prove" data-test="keep">
            <h2>{words.title}</h2>
            <p class="hint">{words.reminders_what}</p>
            <div class="row">{save(Kind::Reminders, "save-reminders", words.reminders)}</div>
            <p class="hint">{if record.proof.is_some() { words.evidence_what } else { words.evidence_alone }}</p>
            <div class="row">
                {save(Kind::Evidence, "save-evidence", words.evidence)}
                {save(Kind::Readable, "save-evidence-text", words.readable)}
            </div>
            <p role="status" data-test="keep-said">{move || said.get()}</p>
        </section>
    };
    Some(shown.into_any())
}

/// Makes a file and saves it; gives what there is to say about that.
async fn save(record: &CaseRecord, kind: Kind) -> String {
    let question = match kind {
        Kind::Reminders => reminder_question(record).ok_or(text().keep.no_dates),
        Kind::Evidence | Kind::Readable => evidence_question(record).await.ok_or(text().keep.no_policy),
    };
    let question = match question {
        Ok(question) => question,
        Err(why) => return why.to_owned(),
    };
    match vault::ask(&question).await {
        Ok(VaultAnswer::Document(document)) => {
            download(record, kind, &document);
            text().keep.saved.to_owned()
        }
        Ok(_) => text().errors.vault_died.to_owned(),
        Err(error) => (text().errors.vault)(&error),
    }
}

fn download(record: &CaseRecord, kind: Kind, document: &Document) {
    let name = format!("evidence-{}", record.case.short());
    match kind {
        // The name of a file is seen by others, too.
        Kind::Reminders => browser::download("reminders.ics", "text/calendar", &document.file),
        Kind::Evidence => browser::download(&format!("{name}.json"), "application/json", &document.file),
        Kind::Readable => browser::download(&format!("{name}.txt"), "text/plain", &document.readable),
    }
}

fn reminder_question(record: &CaseRecord) -> Option<VaultRequest> {
    let now = clock::now();
    let seen = view(&record.events, &record.policy().ok()?, now);
    reminders::question(record, &seen, now, text().keep.entry)
}

async fn evidence_question(record: &CaseRecord) -> Option<VaultRequest> {
    let mut receipts = Vec::new();
    for entry in evidence::replied(record) {
        // Without the relay's receipt a reply rests on the reporter's word, and the evidence says so.
        receipts.extend(relay::receipt(record.case, &record.secret.capability, entry).await.ok());
    }
    let mut record = record.clone();
    // Later replies may have receipts by the relay's next key.
    if !receipts.is_empty()
        && let Some(certificate) = relay_keys::follow(&record).await
    {
        record.relay_certificate = certificate;
    }
    let record = &record;
    let now = clock::now();
    let seen = view(&record.events, &record.policy().ok()?, now);
    let facts = evidence::facts(record, seen, receipts, now);
    let (words, index) = (Some(record.secret.words.clone()), record.secret.index);
    Some(VaultRequest::MakeEvidence { facts: Box::new(facts), words, index, now })
}
