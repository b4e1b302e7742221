//! Parts of a page that follow signals, behind one type: each closure type of its own would cost kilobytes, and the page is weighed.

use leptos::prelude::*;

/// Markup that is made again whenever a signal it reads changes.
pub(crate) fn live(view: impl Fn() -> AnyView + Send + Sync + 'static) -> AnyView {
    boxed(Box::new(view))
}

/// As [`live`], for markup that may be absent.
pub(crate) fn maybe(view: impl Fn() -> Option<AnyView> + Send + Sync + 'static) -> AnyView {
    boxed(Box::new(move || view().into_any()))
}

/// Text that follows signals.
pub(crate) fn said(text: impl Fn() -> String + Send + Sync + 'static) -> AnyView {
    boxed_text(Box::new(text))
}

fn boxed(view: Box<dyn Fn() -> AnyView + Send + Sync>) -> AnyView {
    (move || view()).into_any()
}

fn boxed_text(text: Box<dyn Fn() -> String + Send + Sync>) -> AnyView {
    (move || text()).into_any()
}
