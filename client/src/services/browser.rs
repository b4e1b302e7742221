//! Small services of the browser: address, title, focus, clipboard, downloads, printing, events.

use std::cell::Cell;

use js_sys::{Array, Promise};
use leptos::prelude::{document, window, window_event_listener_untyped};
use leptos::task::tick;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise, spawn_local};
use web_sys::{BeforeUnloadEvent, Blob, BlobPropertyBag, HtmlAnchorElement, HtmlElement, Url};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = sealpost)]
    fn alone(work: &JsValue, name: &str) -> JsValue;
    #[wasm_bindgen(js_namespace = sealpost, js_name = told)]
    /// Tells the other tabs that something they show was changed.
    pub(crate) fn tell_other_tabs();
    /// Whether the browser keeps the page itself, so that it opens without a network, as far as is known by now.
    #[wasm_bindgen(js_namespace = sealpost, js_name = isKept)]
    pub(crate) fn keeps_the_page() -> bool;
    /// Asks the browser to wake the page, or to tell the person, once there is a network again. Few browsers can.
    #[wasm_bindgen(js_namespace = sealpost, js_name = wakeLater)]
    pub(crate) fn wake_later();
    /// Puts the waiting release in place and opens the page again.
    #[wasm_bindgen(js_namespace = sealpost)]
    pub(crate) fn update();
}

/// The part of the address behind `#`, with it.
pub(crate) fn hash() -> String {
    window().location().hash().unwrap_or_default()
}

/// Where this page came from: the relay's address.
pub(crate) fn origin() -> String {
    window().location().origin().unwrap_or_default()
}

/// Goes to a page of this app.
pub(crate) fn go_to(hash: &str) {
    // Setting a fragment cannot fail in a page's own window.
    let _ = window().location().set_hash(hash);
}

/// Names the page in tab and history.
pub(crate) fn set_title(title: &str) {
    document().set_title(title);
}

/// Takes the "Opening…" line away once there is something to show.
pub(crate) fn opened() {
    if let Some(line) = document().get_element_by_id("opening") {
        line.remove();
    }
}

/// Moves focus to the first element that matches.
pub(crate) fn focus(selector: &str) {
    let found = document().query_selector(selector).ok().flatten();
    if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // An element that takes no focus leaves it where it is.
        let _ = element.focus();
    }
}

/// Moves focus once what was just changed is on the page.
pub(crate) fn focus_soon(selector: &'static str) {
    spawn_local(async move {
        tick().await;
        focus(selector);
    });
}

/// Scrolls to the top, as a new page would begin.
pub(crate) fn to_top() {
    window().scroll_to_with_x_and_y(0.0, 0.0);
}

/// Whether somebody can see the page.
pub(crate) fn is_visible() -> bool {
    document().visibility_state() == web_sys::VisibilityState::Visible
}

/// Whether the browser believes to have a network: a hint, and only its "no" is worth anything.
pub(crate) fn is_online() -> bool {
    window().navigator().on_line()
}

/// Any number: for spreading attempts apart, never for secrets.
pub(crate) fn dice() -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number below 2^32")]
    let number = (js_sys::Math::random() * 4_294_967_295.0) as u32;
    number
}

/// Calls back at every such event of the window, for the page's life.
pub(crate) fn on_window(event: &'static str, callback: impl Fn() + 'static) {
    // Dropping the handle keeps the listener.
    drop(window_event_listener_untyped(event, move |_| callback()));
}

/// Asks before the page is left while `is_needed` says so.
pub(crate) fn ask_before_leaving(is_needed: impl Fn() -> bool + 'static) {
    drop(window_event_listener_untyped("beforeunload", move |event| {
        if is_needed() {
            event.prevent_default();
            if let Some(event) = event.dyn_ref::<BeforeUnloadEvent>() {
                event.set_return_value("unsaved");
            }
        }
    }));
}

/// Copies text; says whether the browser did.
pub(crate) async fn copy(text: &str) -> bool {
    let navigator = window().navigator();
    // Absent outside secure contexts, whatever the binding says.
    let clipboard = js_sys::Reflect::get(&navigator, &"clipboard".into());
    if !clipboard.is_ok_and(|clipboard| clipboard.is_object()) {
        return false;
    }
    JsFuture::from(navigator.clipboard().write_text(text)).await.is_ok()
}

/// Prints the page.
pub(crate) fn print() {
    // Where printing is forbidden there is nothing else to do.
    let _ = window().print();
}

/// Saves text as a file of the person's.
pub(crate) fn download(name: &str, content_type: &str, text: &str) {
    // Each part only fails outside a page.
    let _ = try_download(name, content_type, text);
}

fn try_download(name: &str, content_type: &str, text: &str) -> Result<(), JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type(content_type);
    let blob = Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &options)?;
    let address = Url::create_object_url_with_blob(&blob)?;
    let link: HtmlAnchorElement = document().create_element("a")?.dyn_into()?;
    link.set_href(&address);
    link.set_download(name);
    link.click();
    Url::revoke_object_url(&address)
}

/// Whether the browser promised not to clear this site's storage by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoragePromise {
    /// It was not asked yet.
    NotAsked,
    /// It did.
    Given,
    /// It did not, or cannot.
    NotGiven,
}

/// Asks the browser not to clear this site's storage by itself. Some decide silently, others ask the person.
pub(crate) async fn ask_to_keep_storage() -> StoragePromise {
    promised(web_sys::StorageManager::persist).await
}

/// What the browser promised on an earlier visit; nobody is asked.
pub(crate) async fn storage_promise() -> StoragePromise {
    match promised(web_sys::StorageManager::persisted).await {
        StoragePromise::NotGiven => StoragePromise::NotAsked,
        promise => promise,
    }
}

async fn promised(ask: fn(&web_sys::StorageManager) -> Result<Promise, JsValue>) -> StoragePromise {
    let navigator = window().navigator();
    let storage = js_sys::Reflect::get(&navigator, &"storage".into());
    if !storage.is_ok_and(|storage| storage.is_object()) {
        return StoragePromise::NotGiven;
    }
    let Ok(asked) = ask(&navigator.storage()) else { return StoragePromise::NotGiven };
    match JsFuture::from(asked).await.map(|answer| answer.is_truthy()) {
        Ok(true) => StoragePromise::Given,
        _ => StoragePromise::NotGiven,
    }
}

/// Work that one tab does for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// Sending letters.
    Letters,
    /// Sending files, which takes long and must not hold letters up.
    Files,
}

impl Work {
    const fn name(self) -> &'static str {
        match self {
            Self::Letters => "outbox",
            Self::Files => "uploads",
        }
    }
}

thread_local! {
    static AT_WORK: [Cell<bool>; 2] = const { [Cell::new(false), Cell::new(false)] };
}

fn at_work(kind: Work, now: bool) -> bool {
    AT_WORK.with(|[letters, files]| match kind {
        Work::Letters => letters.replace(now),
        Work::Files => files.replace(now),
    })
}

/// Runs `work` unless this or another tab is doing the same.
pub(crate) async fn in_one_tab_only(kind: Work, work: impl Future<Output = ()> + 'static) {
    if at_work(kind, true) {
        return;
    }
    let promise = Closure::once_into_js(move || -> Promise {
        future_to_promise(async move {
            work.await;
            Ok(JsValue::UNDEFINED)
        })
    });
    // The work reports its own failures.
    let _ = JsFuture::from(Promise::resolve(&alone(&promise, kind.name()))).await;
    at_work(kind, false);
}

/// A `mailto:` address with subject and body filled in. What the address itself would fill in, such as a hidden copy, is left out.
pub(crate) fn mail_address(uri: &str, subject: &str, body: &str) -> String {
    let encode = |text: &str| String::from(js_sys::encode_uri_component(text));
    let address = uri.split(['?', '#']).next().unwrap_or_default();
    format!("{address}?subject={}&body={}", encode(subject), encode(body))
}

/// Milliseconds of a clock that never goes back: for measuring how fast something goes.
pub(crate) fn milliseconds() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}
