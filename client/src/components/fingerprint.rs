//! A fingerprint as people compare it.

use leptos::prelude::*;
use sealpost_shared::Fingerprint;

use super::button::copy_button;
use crate::text::text;

/// The digits in groups of four, with a button that copies them.
pub(crate) fn fingerprint(fingerprint: &Fingerprint) -> AnyView {
    let groups = fingerprint.grouped();
    view! {
        <div class="fingerprint">
            <code data-test="fingerprint">{groups.clone()}</code>
            {copy_button("copy-fingerprint", text().app.copy, text().app.copied, groups)}
        </div>
    }
    .into_any()
}
