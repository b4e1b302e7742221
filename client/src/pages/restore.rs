//! Bringing cases back with their twelve words, from the relay or out of a saved file.

use leptos::prelude::*;
use sealpost_shared::CaseId;
use wasm_bindgen_futures::spawn_local;

use crate::components::live::live;
use crate::page::Page;
use crate::services::{browser, files};
use crate::state::app::App;
use crate::state::restore;
use crate::text::text;

/// How far it went.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stage {
    Typing,
    Working,
    Failed(String),
    Done(Vec<CaseId>),
}

/// The page.
pub(crate) fn restore() -> AnyView {
    let app = App::get();
    let (typed, stage) = (RwSignal::new(String::new()), RwSignal::new(Stage::Typing));
    let file = StoredValue::new_local(None::<files::Chosen>);
    let words = &text().restore;
    let begin = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        stage.set(Stage::Working);
        spawn_local(async move {
            let words = typed.get_untracked();
            let result = match file.get_value() {
                Some(file) => match files::read_text(&file).await {
                    Some(sealed) => restore::by_file(app, sealed, &words).await,
                    None => Err(text().restore.bad_file.to_owned()),
                },
                None => restore::by_words(app, &words).await,
            };
            stage.set(match result {
                Ok(found) => {
                    typed.set(String::new());
                    Stage::Done(found)
                }
                Err(why) => Stage::Failed(why),
            });
            browser::focus_soon("#restored");
        });
    };
    let busy = move || stage.get() == Stage::Working;
    let choose = move |event: leptos::ev::Event| file.set_value(files::chosen_one(&event));
    view! {
        <h1 tabindex="-1">{words.title}</h1>
        <p>{words.what}</p>
        <form autocomplete="off" on:submit=begin>
            <div class="field">
                <label for="words">{words.label}</label>
                <p class="hint" id="words-hint">{words.hint}</p>
                <textarea id="words" class="short" data-test="typed-words" rows="3" aria-describedby="words-hint"
                    autocapitalize="none" spellcheck="false" prop:value=move || typed.get()
                    on:input=move |event| typed.set(event_target_value(&event))></textarea>
            </div>
            <div class="field">
                <label for="backup">{words.file}</label>
                <p class="hint" id="backup-hint">{words.file_hint}</p>
                <input type="file" id="backup" data-test="backup-file" aria-describedby="backup-hint" on:change=choose />
            </div>
            <div class="row send">
                <button type="submit" class="big" data-test="restore" disabled=busy>
                    {move || if busy() { words.working } else { words.begin }}
                </button>
            </div>
        </form>
        {live(move || outcome(app, &stage.get()))}
    }
    .into_any()
}

fn outcome(app: App, stage: &Stage) -> AnyView {
    let words = &text().restore;
    match stage {
        Stage::Typing | Stage::Working => ().into_any(),
        Stage::Failed(why) => view! {
            <p class="fault" id="restored" tabindex="-1" role="alert" data-test="restore-failed">{why.clone()}</p>
        }
        .into_any(),
        Stage::Done(found) => {
            let links: Vec<AnyView> = found
                .iter()
                .map(|case| {
                    let record = app.case(*case);
                    let number = (words.case_title)(&case.short());
                    let title = move || record.with(|record| record.as_ref().map_or(number.clone(), |record| record.title.clone()));
                    view! { <li><a href=Page::Case(*case).hash()>{title}</a></li> }.into_any()
                })
                .collect();
            view! {
                <section id="restored" tabindex="-1" data-test="restored">
                    <h2>{words.done}</h2>
                    <ul class="teams">{links}</ul>
                    <p class="hint">{words.done_note}</p>
                </section>
            }
            .into_any()
        }
    }
}
