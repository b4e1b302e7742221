//! Small files inside the letter.

use leptos::prelude::*;
use sealpost_client_core::draft::Field;
use sealpost_client_core::vault::DraftAttachment;

use crate::components::field::{fault_line, fault_of, optional_mark};
use crate::components::live::{live, maybe};
use crate::state::report::Form;
use crate::text::text;

/// The field, the list, and what did not fit.
pub(crate) fn attachments(form: Form) -> AnyView {
    let words = &text().report;
    let list = move || {
        let files = form.attachments.get();
        let rows: Vec<AnyView> = files.iter().enumerate().map(|(n, file)| attached(form, n, file)).collect();
        rows.into_any()
    };
    let error = move || {
        let error = form.file_error.get()?;
        Some(view! { <p class="fault" role="alert" data-test="file-error">{(words.file_error)(&error, form.room())}</p> }.into_any())
    };
    view! {
        <div class="field">
            <label for="attachments">{words.attachments}{optional_mark()}</label>
            <p class="hint" id="attachments-hint">{move || { form.attachments.track(); (words.room)(form.room()) }}</p>
            <input type="file" id="attachments" data-test="attachments" multiple=true
                aria-describedby="attachments-hint attachments-fault"
                on:change=move |event| form.attach(&event) />
            <ul class="files" data-test="files">{live(list)}</ul>
            {maybe(error)}
            {fault_line("attachments", fault_of(form, Field::Attachments))}
        </div>
    }
    .into_any()
}

fn attached(form: Form, n: usize, file: &DraftAttachment) -> AnyView {
    let words = &text().report;
    let size = (words.size)(file.base64.len() / 4 * 3);
    let remove = move |_| {
        form.attachments.update(|files| {
            if n < files.len() {
                files.remove(n);
            }
        });
    };
    let label = format!("{} {}", words.remove, file.name);
    view! {
        <li>{file.name.clone()}" "<span class="hint">{size}</span>
            <button type="button" class="quiet" aria-label=label on:click=remove>{words.remove}</button>
        </li>
    }
    .into_any()
}
