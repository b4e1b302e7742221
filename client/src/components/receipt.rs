//! The receipt: keep it, verify it again here, or verify it without this page.

use leptos::prelude::*;
use sealpost_client_core::case_record::{CaseRecord, StoredReceipt};
use sealpost_client_core::vault::VaultRequest;
use wasm_bindgen_futures::spawn_local;

use super::button::button;
use crate::services::vault::{self, VaultError};
use crate::services::{browser, clock};
use crate::text::text;

/// What came of verifying again.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Verified {
    NotYet,
    Verifying,
    Good,
    Bad(String),
}

/// The section.
pub(crate) fn receipt(record: &CaseRecord, receipt: &StoredReceipt) -> AnyView {
    let words = &text().receipt;
    let file = format!("sealpost-receipt-{}.asc", record.case.short());
    let outcome = RwSignal::new(Verified::NotYet);
    let (name, signed) = (file.clone(), receipt.signed.clone());
    let certificate = record.relay_certificate.clone();
    let question = VaultRequest::VerifyReceipt {
        receipt: receipt.signed.clone(),
        relay_certificate: record.relay_certificate.clone(),
        entry: record.case.into(),
        sha256: record.sha256.clone(),
        now: clock::now(),
    };
    view! {
        <section class="receipt" data-test="receipt" data-state=move || state_name(&outcome.get())>
            <h2>{words.title}</h2>
            <p>{words.what}</p>
            <div class="row">
                {button("", "download-receipt", words.download, move || browser::download(&name, PGP, &signed))}
                {button("quiet", "verify-receipt", words.verify, move || verify(outcome, question.clone()))}
            </div>
            <p role="status" data-test="receipt-verified">{move || said(&outcome.get())}</p>
            <details>
                <summary>{words.show}</summary>
                <pre>{receipt.text.clone()}</pre>
            </details>
            <details>
                <summary>{words.how}</summary>
                <pre>{(words.how_gpg)(&file)}</pre>
                {button("quiet", "download-relay-key", text().keys.download, move || {
                    browser::download("relay-key.asc", PGP, &certificate);
                })}
            </details>
        </section>
    }
    .into_any()
}

/// Armored OpenPGP. **Rule:** RFC 3156, section 7; browsers save it as it is.
pub(crate) const PGP: &str = "application/pgp-keys";

fn verify(outcome: RwSignal<Verified>, question: VaultRequest) {
    outcome.set(Verified::Verifying);
    spawn_local(async move {
        outcome.set(match vault::ask(&question).await {
            Ok(_) => Verified::Good,
            Err(VaultError::Failed(failure)) => Verified::Bad((text().receipt.bad)(&failure.sentence)),
            Err(error) => Verified::Bad((text().errors.vault)(&error)),
        });
    });
}

const fn state_name(verified: &Verified) -> &'static str {
    match verified {
        Verified::NotYet | Verified::Verifying => "stored",
        Verified::Good => "verified",
        Verified::Bad(_) => "bad",
    }
}

fn said(verified: &Verified) -> String {
    match verified {
        Verified::NotYet => String::new(),
        Verified::Verifying => text().receipt.verifying.to_owned(),
        Verified::Good => text().receipt.good.to_owned(),
        Verified::Bad(why) => why.clone(),
    }
}
