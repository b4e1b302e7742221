//! The fields that may stay empty.

use leptos::prelude::*;

use crate::components::field::{Named, line, optional_mark, severity, tick};
use crate::state::report::Form;
use crate::text::text;

/// A part that opens on demand; ticks that change what the team must do stand outside it.
pub(crate) fn details(form: Form) -> AnyView {
    let words = &text().report;
    view! {
        <div class="ticks">
            {tick("exploited", words.exploited, form.exploited)}
            {tick("public", words.public, form.public)}
        </div>
        <details data-test="more">
            <summary>{words.more}{optional_mark()}</summary>
            {line(Named { id: "product", label: words.product, hint: words.product_hint }, form.product, None)}
            {line(Named { id: "versions", label: words.versions, hint: words.versions_hint }, form.versions, None)}
            {severity(text().report.severity, form.severity)}
            {line(Named { id: "credit", label: words.credit, hint: words.credit_hint }, form.credit, None)}
        </details>
    }
    .into_any()
}
