//! The twelve words.

use leptos::prelude::*;

use super::button::{button, copy_button};
use crate::services::browser;
use crate::text::text;

/// The words in order, with ways to keep them.
pub(crate) fn words(phrase: &str) -> AnyView {
    let shown: Vec<AnyView> =
        phrase.split_whitespace().map(|word| view! { <li>{word.to_owned()}</li> }.into_any()).collect();
    let words = &text().words;
    view! {
        <ol class="words" data-test="words">{shown}</ol>
        <div class="row">
            {copy_button("copy-words", words.copy, words.in_clipboard, phrase.to_owned())}
            {button("quiet", "print-words", words.print, browser::print)}
        </div>
    }
    .into_any()
}
