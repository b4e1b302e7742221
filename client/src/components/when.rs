//! A moment: the date in the reader's zone, and how far away it is.

use leptos::prelude::*;
use sealpost_client_core::span::{Relative, Span};
use sealpost_shared::Timestamp;

use crate::services::intl;
use crate::state::app::App;
use crate::text::text;

/// The date in words.
pub(crate) fn date(at: Timestamp) -> String {
    intl::date_and_time(at, text().locale)
}

/// The date alone, machine-readable too.
pub(crate) fn day(at: Timestamp) -> AnyView {
    view! { <time datetime=at.to_string()>{date(at)}</time> }.into_any()
}

/// The date, and how far it lies ahead or behind, following the clock.
pub(crate) fn when(app: App, at: Timestamp) -> AnyView {
    let relative = Memo::new(move |_| (text().time.relative)(Relative::of(at, app.now.get())));
    view! { <span class="when">{day(at)}" "<span class="relative">{relative}</span></span> }.into_any()
}

/// The same for what has happened: a clock that is read once a second must not put it into the future.
pub(crate) fn ago(app: App, at: Timestamp) -> AnyView {
    let relative =
        Memo::new(move |_| (text().time.relative)(Relative::Ago(Span::of(app.now.get().max(at) - at))));
    view! { <span class="when">{day(at)}" "<span class="relative">{relative}</span></span> }.into_any()
}
