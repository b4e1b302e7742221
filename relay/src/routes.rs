//! The table of routes. **Rule:** PROTOCOL.md, "Requests".

mod advisories;
mod app;
mod blobs;
mod cases;
mod challenge;
mod entries;
mod feed;
mod health;
mod metrics;
mod openapi;
mod plain;
mod sessions;
mod teams;
mod well_known;

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::routing::{delete, get, post, put};

use crate::middleware;
use crate::state::Relay;

/// What is answered on the listener for metrics, and nowhere else.
pub(crate) fn metrics_router(relay: Arc<Relay>) -> Router {
    Router::new().route("/metrics", get(metrics::show)).with_state(relay)
}

/// Everything the relay answers, as one service that needs no socket.
pub fn router(relay: Arc<Relay>) -> Router {
    let v1 = Router::new()
        .route("/openapi.json", get(openapi::show))
        .route("/teams", get(teams::list))
        .route("/teams/{team}/bundle", get(teams::bundle))
        .route("/teams/{team}/advisories", get(advisories::list))
        .route("/teams/{team}/advisories.atom", get(advisories::feed))
        .route("/teams/{team}/advisories/{id}", put(advisories::publish).get(advisories::signed))
        .route("/teams/{team}/osv", get(advisories::osv_index))
        .route("/teams/{team}/osv/{file}", get(advisories::osv))
        .route("/teams/{team}/challenge", get(challenge::show))
        .route("/teams/{team}/desks/{desk}/cases/{case}", put(cases::open))
        .route("/cases/{case}", delete(cases::delete))
        .route("/cases/{case}/entries", get(entries::list))
        .route("/cases/{case}/entries/{entry}", put(entries::append).get(entries::letter))
        .route("/cases/{case}/entries/{entry}/receipt", get(entries::receipt))
        .route("/cases/{case}/blobs", get(blobs::list))
        .route("/cases/{case}/blobs/{blob}", get(blobs::download).post(blobs::seal))
        .route("/cases/{case}/blobs/{blob}/chunks", get(blobs::chunks))
        .route("/cases/{case}/blobs/{blob}/receipt", get(blobs::receipt))
        .route("/cases/{case}/blobs/{blob}/{n}", put(blobs::put_chunk).head(blobs::has_chunk))
        .route("/sessions", post(sessions::start))
        .route("/desks/{team}/{desk}/feed", get(feed::list))
        .route("/desks/{team}/{desk}/letters", get(feed::letters))
        .route("/desks/{team}/{desk}/deletions", get(feed::deletions))
        .fallback(app::no_route)
        .method_not_allowed_fallback(app::no_method)
        .layer(map_response(middleware::no_store));
    Router::new()
        .nest("/v1", v1)
        .route("/t/{team}/advisories", get(advisories::list_page))
        .route("/t/{team}/advisories/{id}", get(advisories::one_page))
        .route("/advisories.css", get(advisories::style))
        .route("/.well-known/security.txt", get(well_known::security_txt))
        .route("/.well-known/openpgpkey/policy", get(well_known::policy))
        .route("/.well-known/openpgpkey/hu/{hash}", get(well_known::key))
        .route("/.well-known/openpgpkey/{domain}/policy", get(well_known::policy_of_domain))
        .route("/.well-known/openpgpkey/{domain}/hu/{hash}", get(well_known::key_of_domain))
        .route("/plain", get(plain::start))
        .route("/plain.css", get(plain::style))
        .route("/plain/{team}", get(plain::team))
        .route("/plain/{team}/{file}", get(plain::file))
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .fallback(app::file)
        .method_not_allowed_fallback(app::no_method)
        .layer(from_fn(middleware::time_limit))
        .layer(from_fn_with_state(Arc::clone(&relay), middleware::log))
        .layer(from_fn_with_state(Arc::clone(&relay), middleware::strict_headers))
        .layer(from_fn_with_state(Arc::clone(&relay), middleware::forget_who))
        .with_state(relay)
}
