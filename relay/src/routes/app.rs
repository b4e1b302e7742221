//! The browser app, and what is answered where nothing is.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::client_files::ClientFile;
use crate::error::Refusal;
use crate::state::Relay;

const NOT_HERE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\"><title>Nothing here</title>\
<h1>There is nothing at this address</h1><p>Check the address, or <a href=\"/\">start at the beginning</a>.</p></html>\n";

const NO_APP: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\"><title>Sealpost relay</title>\
<h1>This relay is running, but it was built without the browser app</h1>\
<p>Whoever runs it builds the app with <code>cargo xtask build</code> and starts the relay again.</p>\
<p>You want to report something? <a href=\"/plain\">Every step with gpg and mail</a> works all the same.</p></html>\n";

pub(super) async fn no_route() -> Refusal {
    Refusal::NOT_FOUND
}

pub(super) async fn no_method() -> Refusal {
    Refusal::Method
}

/// Everything that is not in the table: a file of the app, or a page that says there is none.
pub(super) async fn file(State(relay): State<Arc<Relay>>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return ([(header::ALLOW, "GET, HEAD")], Refusal::Method).into_response();
    }
    let path = request.uri().path().trim_start_matches('/');
    let name = if path.is_empty() { "index.html" } else { path };
    match relay.client.get(name) {
        Some(file) => answer(file, &request),
        None if path.is_empty() => (StatusCode::NOT_FOUND, Html(NO_APP)).into_response(),
        None => (StatusCode::NOT_FOUND, Html(NOT_HERE)).into_response(),
    }
}

fn answer(file: &ClientFile, request: &Request) -> Response {
    let (brotli, bytes) = match &file.brotli {
        Some(brotli) if accepts_brotli(request) => (true, brotli),
        _ => (false, &file.bytes),
    };
    let etag = format!("\"{}{}\"", file.digest, if brotli { "-br" } else { "" });
    let mut headers = HeaderMap::new();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(file.cache_control));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::ETAG, etag.parse().expect("hexadecimal digits are a header value"));
    if let Some(policy) = file.security_policy {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    }
    if is_known(request, &etag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.content_type));
    if brotli {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    (headers, bytes.clone()).into_response()
}

fn is_known(request: &Request, etag: &str) -> bool {
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    known.is_some_and(|known| known.split(',').any(|one| one.trim().trim_start_matches("W/") == etag))
}

fn accepts_brotli(request: &Request) -> bool {
    let accepted = request.headers().get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    accepted.unwrap_or_default().split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("br"));
        named
            && !parts
                .any(|weight| weight.starts_with("q=0") && !weight.contains(|c| ('1'..='9').contains(&c)))
    })
}
