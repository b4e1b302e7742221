//! What stands above every page when it matters, and the live regions.

use leptos::prelude::*;

use super::button::button;
use super::live::maybe;
use crate::page::Page;
use crate::services::browser;
use crate::services::store::Keeping;
use crate::state::app::App;
use crate::text::text;

/// No network, no lasting storage, a new version, a failure.
pub(crate) fn notices(app: App) -> AnyView {
    let words = &text().app;
    view! {
        <Show when=move || !app.online.get()>
            <p class="notice" data-test="offline">{words.offline}</p>
        </Show>
        {maybe(move || not_lasting(app.keeping.get()))}
        // Where nothing lasts, it is said already that the page must stay open.
        <Show when=move || app.needs_network.get() && app.keeping.get().lasts() && (!app.online.get() || is_at_work(app))>
            <p class="notice" data-test="needs-network">{words.needs_network}</p>
        </Show>
        <Show when=move || app.update_ready.get()>
            <div class="notice" data-test="update">
                <p>{words.update}</p>
                {button("quiet", "update-now", words.update_now, browser::update)}
            </div>
        </Show>
    }
    .into_any()
}

/// Whether something is being written or waits to be sent, so that losing the page would hurt.
fn is_at_work(app: App) -> bool {
    matches!(app.page.get(), Page::Report(_) | Page::Seal) || app.outbox.with(|items| !items.is_empty())
}

fn not_lasting(keeping: Keeping) -> Option<AnyView> {
    let words = match keeping {
        Keeping::OnDisk => return None,
        Keeping::NoDisk => text().app.not_lasting,
        Keeping::NoKey => text().app.no_rest_key,
        Keeping::Held => text().app.storage_held,
        Keeping::Erased => text().app.all_erased,
    };
    Some(view! { <p class="notice warn" data-test="not-lasting">{words}</p> }.into_any())
}

/// Mounted from the start: what changes inside is spoken. Only failures interrupt.
pub(crate) fn live_regions(app: App) -> AnyView {
    let shown = move || {
        app.alert.get().map(|words| {
            view! {
                <p data-test="alert">{words}</p>
                {button("quiet", "alert-close", text().app.close, move || app.alert.set(None))}
            }
        })
    };
    view! {
        <p class="unseen" role="status" data-test="status">{app.status}</p>
        <div class="alert" role="alert">{shown}</div>
    }
    .into_any()
}
