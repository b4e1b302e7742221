//! Public texts that readers ask for again and again: answered with their bytes, or with "you have it". **Rule:** RFC 9110, 13.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use jiff::fmt::rfc2822;
use sealpost_shared::Timestamp;
use sha2::{Digest as _, Sha256};

/// Kept, but asked for again each time: a correction is seen at once.
const ASK_FIRST: HeaderValue = HeaderValue::from_static("no-cache");

/// A text with what readers compare.
pub(crate) struct Fresh {
    /// Its media type.
    pub(crate) content_type: &'static str,
    /// Its text.
    pub(crate) text: String,
    /// When it changed last.
    pub(crate) modified: Timestamp,
    /// Whether programs in pages of other origins may read it.
    pub(crate) open: bool,
}

impl Fresh {
    /// The answer to a request with these headers.
    pub(crate) fn answer(self, request: &HeaderMap) -> Response {
        let digest = HEXLOWER.encode(Sha256::digest(&self.text).get(..16).unwrap_or_default());
        let etag = format!("\"{digest}\"");
        let mut headers = HeaderMap::new();
        headers.insert(header::CACHE_CONTROL, ASK_FIRST);
        headers.insert(header::ETAG, etag.parse().expect("hexadecimal digits are a header value"));
        if let Some(date) = http_date(self.modified) {
            headers.insert(header::LAST_MODIFIED, date);
        }
        if self.open {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            let name = HeaderName::from_static("cross-origin-resource-policy");
            headers.insert(name, HeaderValue::from_static("cross-origin"));
        }
        if is_known(request, &etag, self.modified) {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        (headers, self.text).into_response()
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
fn http_date(at: Timestamp) -> Option<HeaderValue> {
    let at = jiff::Timestamp::from_second(at.seconds()).ok()?;
    let text = rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&at).ok()?;
    text.parse().ok()
}

/// A digest is believed before a date: two changes may lie in one second.
fn is_known(request: &HeaderMap, etag: &str, modified: Timestamp) -> bool {
    let value = |name| request.get(name).and_then(|value| value.to_str().ok());
    if let Some(known) = value(header::IF_NONE_MATCH) {
        return known.split(',').any(|one| one.trim().trim_start_matches("W/") == etag || one.trim() == "*");
    }
    let parser = rfc2822::DateTimeParser::new();
    let since = value(header::IF_MODIFIED_SINCE).and_then(|date| parser.parse_timestamp(date).ok());
    since.is_some_and(|since| since.as_second() >= modified.seconds())
}
