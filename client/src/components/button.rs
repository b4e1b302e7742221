//! Buttons.

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::services::browser;
use crate::state::app::App;
use crate::text::text;

/// A button that does something on this page.
pub(crate) fn button(
    class: &'static str,
    test: &'static str,
    label: &'static str,
    act: impl Fn() + 'static,
) -> AnyView {
    boxed_button(class, test, label.to_owned(), Box::new(act))
}

/// The same with words that were put together.
pub(crate) fn button_saying(test: &'static str, label: String, act: impl Fn() + 'static) -> AnyView {
    boxed_button("", test, label, Box::new(act))
}

fn boxed_button(class: &'static str, test: &'static str, label: String, act: Box<dyn Fn()>) -> AnyView {
    view! { <button type="button" class=class data-test=test on:click=move |_| act()>{label}</button> }
        .into_any()
}

/// A button that copies text and says that it did.
pub(crate) fn copy_button(
    test: &'static str,
    label: &'static str,
    copied: &'static str,
    content: String,
) -> AnyView {
    copy_button_of("quiet", test, label, copied, RwSignal::new(content))
}

/// The same for text that may change; once it did, "copied" is no longer true.
pub(crate) fn copy_button_of(
    class: &'static str,
    test: &'static str,
    label: &'static str,
    copied: &'static str,
    content: RwSignal<String>,
) -> AnyView {
    let app = App::get();
    let done = RwSignal::new(None);
    let copy = move |_| {
        spawn_local(async move {
            let content = content.get_untracked();
            if browser::copy(&content).await {
                done.set(Some(content));
                app.say(copied);
            } else {
                app.fail(text().app.not_copied);
            }
        });
    };
    let is_done = move || done.with(|done| content.with(|content| done.as_ref() == Some(content)));
    let label = move || if is_done() { text().app.copied } else { label };
    view! { <button type="button" class=class data-test=test on:click=copy>{label}</button> }.into_any()
}
