//! What the team wrote, and what could not be verified.

use leptos::prelude::*;
use sealpost_client_core::case_record::{CaseRecord, ReplyContent, SeenReply};
use sealpost_client_core::vault::{OpenedReply, VaultFailure};

use super::when::ago;
use crate::state::app::App;
use crate::text::text;

/// The section, newest first.
pub(crate) fn replies(app: App, record: &CaseRecord) -> AnyView {
    let words = &text().replies;
    let shown: Vec<AnyView> = record.replies.iter().rev().map(|seen| reply(app, seen)).collect();
    let none = record.replies.is_empty().then(|| view! { <p data-test="no-reply">{words.none}</p> });
    view! {
        <section class="replies">
            <h2>{words.title}</h2>
            {none}
            {shown}
            <p class="hint">{words.waiting}</p>
        </section>
    }
    .into_any()
}

/// One of them.
pub(crate) fn reply(app: App, seen: &SeenReply) -> AnyView {
    match &seen.content {
        ReplyContent::Verified(opened) => verified(app, opened),
        ReplyContent::Unverified(failure) => unverified(app, seen, failure),
    }
}

/// Shown as text only: Markdown reads well as it is, and nothing in it can act.
fn verified(app: App, opened: &OpenedReply) -> AnyView {
    view! {
        <article data-test="reply">
            <h3>{(text().timeline.reply)(opened.kind)}</h3>
            <p>{ago(app, opened.written_at)}</p>
            <div class="prose">{opened.text.clone()}</div>
            <p class="hint">{(text().replies.signed_by)(&opened.signed_by.grouped())}</p>
        </article>
    }
    .into_any()
}

fn unverified(app: App, seen: &SeenReply, failure: &VaultFailure) -> AnyView {
    let words = &text().replies;
    view! {
        <article class="notice warn" data-test="unverified">
            <h3>{words.unverified}</h3>
            <p>{ago(app, seen.entry.received)}</p>
            <p>{failure.sentence.clone()}</p>
            <p class="hint">{words.unverified_note}</p>
        </article>
    }
    .into_any()
}
