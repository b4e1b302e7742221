//! An address that leads nowhere.

use leptos::prelude::*;

use crate::text::text;

/// The page.
pub(crate) fn unknown() -> AnyView {
    let words = &text().app;
    view! {
        <h1 tabindex="-1">{words.unknown_title}</h1>
        <p>{words.unknown}</p>
        <p><a class="button" href="#/">{words.to_start}</a></p>
    }
    .into_any()
}
