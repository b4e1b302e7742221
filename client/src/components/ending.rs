//! How a case ends on this device: closed, opened again, or deleted.

use leptos::prelude::*;
use sealpost_client_core::case_record::CaseRecord;
use sealpost_shared::CaseId;
use sealpost_shared::timeline::EventKind;
use wasm_bindgen_futures::spawn_local;

use super::button::button;
use super::live::live;
use crate::page::Page;
use crate::services::records::carried;
use crate::services::store::StoreError;
use crate::services::{browser, clock};
use crate::state::app::App;
use crate::state::edit::edit;
use crate::text::text;

/// Closing the case, or opening it again; nothing before it was sent.
pub(crate) fn closing(app: App, record: &CaseRecord) -> Option<AnyView> {
    let words = &text().case;
    record.events.sent()?;
    let case = record.case;
    if record.events.closed().is_some() {
        return Some(closed(app, case));
    }
    let asked = RwSignal::new(false);
    let close = move || {
        edit(app, case, None, |record| {
            record.by_hand(EventKind::Closed, clock::now()).map_err(|_| StoreError::Foreign)
        });
    };
    let shown = move || {
        if asked.get() {
            view! {
                <p>{words.close_sure}</p>
                <div class="row">
                    {button("", "close-yes", words.close_yes, close)}
                    {button("quiet", "close-no", words.close_no, move || asked.set(false))}
                </div>
            }
            .into_any()
        } else {
            button("quiet", "close", words.close, move || asked.set(true))
        }
    };
    Some(view! { <section class="closing">{live(shown)}</section> }.into_any())
}

fn closed(app: App, case: CaseId) -> AnyView {
    let words = &text().case;
    let reopen = move || {
        edit(app, case, Some(words.reopened), |record| record.reopen().map_err(|_| StoreError::Overtaken));
    };
    view! {
        <section class="closing">
            <p data-test="closed-note">{words.closed}</p>
            {button("quiet", "reopen", words.reopen, reopen)}
        </section>
    }
    .into_any()
}

/// A case that no relay holds may go altogether.
pub(crate) fn deleting(app: App, record: &CaseRecord) -> Option<AnyView> {
    if record.route.has_relay() {
        return None;
    }
    let words = &text().carry;
    let (case, asked) = (record.case, RwSignal::new(false));
    let delete = move || {
        spawn_local(async move {
            match carried::delete_case(case).await {
                Ok(()) => {
                    app.reload();
                    browser::go_to(&Page::Cases.hash());
                }
                Err(error) => app.fail_store(error),
            }
        });
    };
    let shown = move || {
        if asked.get() {
            view! {
                <p>{words.delete_sure}</p>
                <div class="row">
                    {button("", "delete-yes", words.delete_yes, delete)}
                    {button("quiet", "delete-no", words.delete_no, move || asked.set(false))}
                </div>
            }
            .into_any()
        } else {
            button("quiet", "delete", words.delete, move || asked.set(true))
        }
    };
    Some(view! { <section class="closing">{live(shown)}</section> }.into_any())
}
