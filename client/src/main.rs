//! The reporter's page: write a report, seal it in this browser, send it, and keep the clock.

mod app;
mod components;
mod page;
mod pages;
mod services;
mod state;
mod text;

use leptos::prelude::mount_to_body;

fn main() {
    wasm_bindgen_futures::spawn_local(async {
        let keeping = services::store::open().await;
        services::browser::opened();
        mount_to_body(move || app::root(keeping));
    });
}
