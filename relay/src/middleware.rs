//! What holds for every request: strict headers, a time limit, and one log line that names nobody.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::Instant;

use crate::error::Refusal;
use crate::listener::Peer;
use crate::state::Relay;
use crate::work::Origin;

/// The longest a request may take. A MiB at 10 KiB a second, as over Tor on a bad day, takes 100 s; a long poll 25 s.
const TIME_LIMIT: Duration = Duration::from_secs(120);

/// The longest a chunk of 8 MiB may take: 10 KiB a second.
const CHUNK_TIME_LIMIT: Duration = Duration::from_secs(15 * 60);

/// For pages. `'wasm-unsafe-eval'` lets WebAssembly be compiled and nothing else; `default` is the Trusted Types policy that the
/// app's first script installs. One line without commas, which would start a second policy.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; \
    font-src 'none'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; object-src 'none'; frame-src 'none'; \
    frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; \
    trusted-types boot default";

/// Everything a page could ask of the device is refused, but copying to the clipboard.
const PERMISSIONS: &str = "accelerometer=(), autoplay=(), camera=(), clipboard-read=(), clipboard-write=(self), \
    display-capture=(), encrypted-media=(), fullscreen=(), gamepad=(), geolocation=(), gyroscope=(), hid=(), \
    identity-credentials-get=(), idle-detection=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), payment=(), \
    picture-in-picture=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), storage-access=(), usb=(), \
    xr-spatial-tracking=()";

const STRICT: [(HeaderName, HeaderValue); 7] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_POLICY)),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-embedder-policy"), HeaderValue::from_static("require-corp")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (HeaderName::from_static("permissions-policy"), HeaderValue::from_static(PERMISSIONS)),
];

/// Where proxies name those who asked them.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Two years, as the browsers' preload list asks.
const ONLY_TLS: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains");

/// Adds the strict headers wherever a handler has not set its own.
pub(crate) async fn strict_headers(
    State(relay): State<Arc<Relay>>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in STRICT {
        headers.entry(name).or_insert(value);
    }
    if relay.is_https() {
        headers.entry(header::STRICT_TRANSPORT_SECURITY).or_insert(ONLY_TLS);
    }
    response
}

/// Takes the peer's address off the request, so that nothing behind this can see, keep or log it: what goes on is the part of the
/// network. Behind a proxy that was declared, the last address it names is taken for the peer's.
pub(crate) async fn forget_who(
    State(relay): State<Arc<Relay>>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer =
        request.extensions_mut().remove::<ConnectInfo<Peer>>().and_then(|ConnectInfo(peer)| peer.address());
    let named = request.headers_mut().remove(FORWARDED_FOR);
    let named = named.as_ref().and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
    let address = if relay.behind_proxy { named } else { peer };
    request.extensions_mut().insert(address.map(Origin::of).unwrap_or_default());
    next.run(request).await
}

/// Nothing under `/v1` is to be kept by caches, but what says otherwise itself: public advisories. **Rule:** PROTOCOL.md, "Requests".
pub(crate) async fn no_store(mut response: Response) -> Response {
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Ends requests that take too long. What is being stored then may be stored or not; the same request again will tell.
pub(crate) async fn time_limit(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>();
    let is_chunk =
        request.method() == Method::PUT && route.is_some_and(|route| route.as_str().ends_with("/{n}"));
    let limit = if is_chunk { CHUNK_TIME_LIMIT } else { TIME_LIMIT };
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Refusal::unavailable("a request took longer than its limit").into_response(),
    }
}

/// Writes one line for each request: the route's pattern, a known method, the status, a class of duration and of size. Never an
/// address, an id, a query or a header (promise 9).
pub(crate) async fn log(State(relay): State<Arc<Relay>>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = known(request.method());
    let sent = announced(&request);
    let began = Instant::now();
    let response = next.run(request).await;
    let (took, status) = (began.elapsed(), response.status().as_u16());
    let route = route.as_ref().map_or("(other)", MatchedPath::as_str);
    tracing::info!(method, route, status, took = coarse(took), sent);
    relay.metrics.count((method, route.to_owned(), status), took, relay.clock.now());
    response
}

/// The class of size that the request says it has.
fn announced(request: &Request) -> &'static str {
    let length =
        request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    match length {
        None => "unknown",
        Some(0_u64) => "none",
        Some(..=0x1_0000) => "<=64KiB",
        Some(..=0x10_0000) => "<=1MiB",
        Some(..=0x80_0000) => "<=8MiB",
        Some(_) => ">8MiB",
    }
}

/// A method is free text on the wire, so only the names we know are written down.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::PUT => "PUT",
        Method::POST => "POST",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "(other)",
    }
}

fn coarse(took: Duration) -> &'static str {
    match took.as_millis() {
        0..10 => "<10ms",
        10..100 => "<100ms",
        100..1000 => "<1s",
        1000..10_000 => "<10s",
        _ => ">=10s",
    }
}
