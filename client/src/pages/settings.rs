//! What this page keeps on the device: how surely, how to take it elsewhere, and how to erase it.

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::components::button::button;
use crate::components::live::{live, maybe, said};
use crate::components::receipt::PGP;
use crate::services::browser::{self, StoragePromise};
use crate::services::store::Keeping;
use crate::services::{clock, erase};
use crate::state::app::App;
use crate::state::restore;
use crate::text::text;

/// How far erasing went.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Erasing {
    Offered,
    Asked,
    Working,
    Done(erase::Left),
}

/// The page.
pub(crate) fn settings() -> AnyView {
    let app = App::get();
    let words = &text().settings;
    let stage = RwSignal::new(Erasing::Offered);
    // Once there is nothing more, the proof stands alone.
    let is_over = move || matches!(stage.get(), Erasing::Working | Erasing::Done(_));
    view! {
        <h1 tabindex="-1">{words.title}</h1>
        <Show when=move || !is_over()>
            <section data-test="kept"><h2>{words.kept}</h2><p>{said(move || promise(app))}</p></section>
            <section data-test="export-section"><h2>{words.export}</h2>{export_what(app)}{export(app)}</section>
        </Show>
        {erasing(app, stage)}
    }
    .into_any()
}

fn export_what(app: App) -> AnyView {
    let words = &text().settings;
    view! { <p>{move || if has_cases(app) { words.export_what } else { words.export_none }}</p> }.into_any()
}

fn has_cases(app: App) -> bool {
    app.cases.with(|cases| cases.as_ref().is_some_and(|cases| !cases.is_empty()))
}

/// The button that saves all cases, and what came of it.
fn export(app: App) -> AnyView {
    let words = &text().settings;
    let said = RwSignal::new(None::<Result<String, String>>);
    let busy = RwSignal::new(false);
    let save = move |_| {
        busy.set(true);
        spawn_local(async move {
            said.set(Some(restore::seal_all().await.map(|(sealed, count)| {
                browser::download(&format!("sealpost-cases-{}.asc", today()), PGP, &sealed);
                (words.exported)(count)
            })));
            busy.set(false);
        });
    };
    let result = move || match said.get()? {
        Ok(done) => Some(view! { <p class="good" role="status" data-test="exported">{done}</p> }.into_any()),
        Err(why) => {
            Some(view! { <p class="fault" role="alert" data-test="export-failed">{why}</p> }.into_any())
        }
    };
    view! {
        <Show when=move || has_cases(app)>
            <button type="button" class="quiet" data-test="export" disabled=move || busy.get() on:click=save>
                {move || if busy.get() { words.exporting } else { words.export }}
            </button>
        </Show>
        {maybe(result)}
    }
    .into_any()
}

/// The day, for the name of a file.
fn today() -> String {
    clock::now().to_string().chars().take("2026-11-23".len()).collect()
}

fn promise(app: App) -> String {
    let words = &text().settings;
    let words = match (app.keeping.get(), app.promise.get()) {
        (Keeping::NoDisk, _) => text().app.not_lasting,
        (Keeping::NoKey, _) => text().app.no_rest_key,
        (Keeping::Held, _) => text().app.storage_held,
        (Keeping::Erased, _) => text().app.all_erased,
        (Keeping::OnDisk, StoragePromise::Given) => words.promised,
        (Keeping::OnDisk, StoragePromise::NotGiven | StoragePromise::NotAsked) => words.not_promised,
    };
    words.to_owned()
}

fn erasing(app: App, stage: RwSignal<Erasing>) -> AnyView {
    let words = &text().settings;
    let shown = move || match stage.get() {
        Erasing::Offered => view! {
            <p>{words.erase_what}</p>
            {button("quiet", "erase", words.erase, move || stage.set(Erasing::Asked))}
        }
        .into_any(),
        Erasing::Asked => asked(app, stage),
        Erasing::Working => view! { <p>{words.erasing}</p> }.into_any(),
        Erasing::Done(left) => done(&left),
    };
    view! { <section data-test="erasing"><h2>{words.erase}</h2>{live(shown)}</section> }.into_any()
}

/// The question, with what would be lost.
fn asked(app: App, stage: RwSignal<Erasing>) -> AnyView {
    let words = &text().settings;
    let cases = app.cases.with(|cases| cases.as_ref().map_or(0, Vec::len));
    let unsent = app.outbox.with(Vec::len);
    let erase = move || {
        stage.set(Erasing::Working);
        app.forget_everything();
        spawn_local(async move { stage.set(Erasing::Done(erase::everything().await)) });
    };
    view! {
        <div class="notice warn" role="alert" data-test="erase-question">
            <p><strong>{(words.erase_sure)(cases, unsent)}</strong></p>
            <p>{words.erase_no_undo}</p>
        </div>
        {(cases > 0).then(|| export(app))}
        <div class="row">
            {button("", "erase-yes", words.erase_yes, erase)}
            {button("quiet", "erase-no", words.erase_no, move || stage.set(Erasing::Offered))}
        </div>
    }
    .into_any()
}

/// What is left, by the browser's own account.
fn done(left: &erase::Left) -> AnyView {
    let words = &text().settings;
    let rows = [
        (words.left_databases, &left.databases),
        (words.left_caches, &left.caches),
        (words.left_workers, &left.workers),
        (words.left_values, &left.values),
    ];
    let rows: Vec<AnyView> = rows
        .into_iter()
        .map(|(what, found)| {
            let found = if found.is_empty() { words.left_none.to_owned() } else { found.join(", ") };
            view! { <dt>{what}</dt><dd>{found}</dd> }.into_any()
        })
        .collect();
    let is_clean = left.is_nothing();
    let verdict = if is_clean { words.erased } else { words.not_all_erased };
    view! {
        <p class=if is_clean { "good" } else { "fault" } role="status" data-test="erased">{verdict}</p>
        <dl class="left" data-test="left">{rows}</dl>
        <p class="hint">{words.erased_note}</p>
        <p><a class="button quiet" href="/">{words.start_again}</a></p>
    }
    .into_any()
}
