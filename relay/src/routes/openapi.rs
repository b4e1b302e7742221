//! `GET /v1/openapi.json`: the table of routes for machines.

use std::sync::LazyLock;

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

static DOCUMENT: LazyLock<String> = LazyLock::new(crate::api::document_text);

pub(super) async fn show() -> Response {
    ([(CONTENT_TYPE, "application/json")], DOCUMENT.as_str()).into_response()
}
