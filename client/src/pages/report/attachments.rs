//! Files: small ones inside the letter, large ones beside it.

use leptos::prelude::*;
use sealpost_client_core::draft::Field;
use sealpost_client_core::vault::DraftAttachment;
use web_sys::File;

use crate::components::button::button;
use crate::components::field::{fault_line, fault_of, optional_mark};
use crate::components::live::{live, maybe};
use crate::services::files;
use crate::state::app::App;
use crate::state::report::Form;
use crate::text::text;

/// The field, the list, and what did not fit.
pub(crate) fn attachments(app: App, form: Form) -> AnyView {
    let words = &text().report;
    let list = move || {
        let files = form.attachments.get();
        let mut rows: Vec<AnyView> =
            files.iter().enumerate().map(|(n, file)| attached(form, n, file)).collect();
        form.large
            .with(|files| rows.extend(files.iter().enumerate().map(|(n, file)| enclosed(form, n, file))));
        rows.into_any()
    };
    let error = move || {
        let error = form.file_error.get()?;
        Some(
            view! { <p class="fault" role="alert" data-test="file-error">{(words.file_error)(&error)}</p> }
                .into_any(),
        )
    };
    let lost = move || {
        let lost = form.lost.get();
        let said = || {
            view! {
                <div class="notice warn" data-test="lost-files">
                    <p>{(words.lost)(&lost.join(", "))}</p>
                    {button("quiet", "leave-out", words.leave_out, move || form.lost.set(Vec::new()))}
                </div>
            }
            .into_any()
        };
        (!lost.is_empty()).then(said)
    };
    let any_large = Memo::new(move |_| form.large.with(|files| !files.is_empty()));
    let kept = move || {
        let said = || view! { <p class="notice" data-test="large-kept">{words.large_kept}</p> }.into_any();
        any_large.get().then(said)
    };
    view! {
        <div class="field">
            <label for="attachments">{words.attachments}{optional_mark()}</label>
            <p class="hint" id="attachments-hint">{move || { form.attachments.track(); (words.room)(form.room(), form.limit_mib(app)) }}</p>
            <input type="file" id="attachments" data-test="attachments" multiple=true
                aria-describedby="attachments-hint attachments-fault"
                on:change=move |event| form.attach(app, &event) />
            <ul class="files" data-test="files">{live(list)}</ul>
            {maybe(kept)}
            {maybe(lost)}
            {maybe(error)}
            {fault_line("attachments", fault_of(form, Field::Attachments))}
        </div>
    }
    .into_any()
}

fn attached(form: Form, n: usize, file: &DraftAttachment) -> AnyView {
    let words = &text().report;
    let size = (words.size)((file.base64.len() / 4 * 3) as u64);
    let remove = move || {
        form.attachments.update(|files| {
            if n < files.len() {
                files.remove(n);
            }
        });
    };
    row(file.name.clone(), size, Box::new(remove))
}

fn enclosed(form: Form, n: usize, file: &File) -> AnyView {
    let words = &text().report;
    let size = format!("{}, {}", (words.size)(files::size(file)), words.beside);
    let remove = move || {
        form.large.update(|files| {
            if n < files.len() {
                files.remove(n);
            }
        });
    };
    row(file.name(), size, Box::new(remove))
}

fn row(name: String, size: String, remove: Box<dyn Fn()>) -> AnyView {
    let words = &text().report;
    let label = format!("{} {name}", words.remove);
    view! {
        <li>{name}" "<span class="hint">{size}</span>
            <button type="button" class="quiet" aria-label=label on:click=move |_| remove()>{words.remove}</button>
        </li>
    }
    .into_any()
}
