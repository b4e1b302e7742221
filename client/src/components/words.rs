//! The twelve words.

use leptos::prelude::*;
use sealpost_shared::Fingerprint;
use sealpost_shared::id::Slug;

use super::button::{button, copy_button};
use crate::services::browser;
use crate::text::text;

/// The words in order, with what else is needed to use them, and ways to keep both. Nothing of the report stands here.
pub(crate) fn words(phrase: &str, team: &Slug, signer: Option<&Fingerprint>) -> AnyView {
    let shown: Vec<AnyView> =
        phrase.split_whitespace().map(|word| view! { <li>{word.to_owned()}</li> }.into_any()).collect();
    let words = &text().words;
    let signer =
        signer.map(|signer| view! { <dt>{words.signer}</dt><dd><code>{signer.to_string()}</code></dd> });
    view! {
        <ol class="words" data-test="words">{shown}</ol>
        <dl class="with-words" data-test="with-words">
            <dt>{words.relay}</dt><dd><code>{browser::origin()}</code></dd>
            <dt>{words.team}</dt><dd><code>{team.to_string()}</code></dd>
            {signer}
        </dl>
        <p class="hint">{words.how}</p>
        <div class="row">
            {copy_button("copy-words", words.copy, words.in_clipboard, phrase.to_owned())}
            {button("quiet", "print-words", words.print, browser::print)}
        </div>
    }
    .into_any()
}
