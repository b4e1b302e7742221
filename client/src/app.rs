//! The frame around every page: header, notices, live regions, and the way from one page to the next.

use leptos::prelude::*;

use crate::components::notices::{live_regions, notices};
use crate::page::Page;
use crate::pages;
use crate::services::browser;
use crate::services::store::Keeping;
use crate::state::app::App;
use crate::text::text;

/// The whole app. `keeping` says what the browser lets the page keep.
pub(crate) fn root(keeping: Keeping) -> impl IntoView {
    let app = App::start(keeping);
    provide_context(app);
    follow_pages(app);
    view! {
        {header(app)}
        <main id="main" tabindex="-1">
            {notices(app)}
            {move || shown(&app.page.get())}
        </main>
        {footer()}
        {live_regions(app)}
    }
}

/// The fragment is the page's address, so the skip link must not change it.
fn skip(event: &leptos::ev::MouseEvent) {
    event.prevent_default();
    browser::focus("#main");
}

fn header(app: App) -> AnyView {
    let count = Memo::new(move |_| {
        app.cases.with(|cases| cases.iter().flatten().filter(|case| case.step_of.is_none()).count())
    });
    let any = Memo::new(move |_| count.get() > 0);
    view! {
        <header class="frame">
            <a class="skip" href="#main" on:click=|event| skip(&event)>{text().app.skip}</a>
            <a class="brand" href="#/">{text().app.brand}</a>
            <Show when=move || any.get()>
                <nav><a href="#/cases" data-test="your-cases">{text().app.your_cases}" "<span class="count">{count}</span></a></nav>
            </Show>
        </header>
    }
    .into_any()
}

fn footer() -> AnyView {
    let words = &text().app;
    view! {
        <footer class="frame">
            <p>{words.footer}</p>
            <p><a href=Page::Restore.hash() data-test="to-restore">{text().restore.link}</a></p>
            <p><a href=Page::Settings.hash() data-test="settings">{words.settings}</a></p>
        </footer>
    }
    .into_any()
}

fn shown(page: &Page) -> AnyView {
    match page {
        Page::Start => pages::start::start(),
        Page::Team(team) => pages::team::team(team.clone()),
        Page::Report(team) => pages::report::report(team.clone()),
        Page::Track => pages::track::track(),
        Page::Seal => pages::seal::seal(),
        Page::Cases => pages::cases::cases(),
        Page::Case(case) => pages::case::case(*case),
        Page::Restore => pages::restore::restore(),
        Page::Settings => pages::settings::settings(),
        Page::Paper(case) => pages::paper::paper(*case),
        Page::Unknown => pages::unknown::unknown(),
    }
}

/// Title and focus change together: who cannot see the page hears where they are.
fn follow_pages(app: App) {
    Effect::new(move |before: Option<Page>| {
        let page = app.page.get();
        browser::set_title(&title(&page));
        if before.is_some_and(|before| before != page) {
            browser::to_top();
            browser::focus_soon("main h1");
        }
        page
    });
}

fn title(page: &Page) -> String {
    let name = match page {
        Page::Start | Page::Report(_) => text().start.title.to_owned(),
        Page::Team(_) => text().start.policy_link.to_owned(),
        Page::Track => text().track.title.to_owned(),
        Page::Seal => text().seal.title.to_owned(),
        Page::Cases => text().cases.title.to_owned(),
        Page::Case(case) => format!("{} {}", text().case.number, case.short()),
        Page::Restore => text().restore.title.to_owned(),
        Page::Settings => text().settings.title.to_owned(),
        Page::Paper(_) => text().paper.title.to_owned(),
        Page::Unknown => text().app.unknown_title.to_owned(),
    };
    format!("{name} · {}", text().app.brand)
}
