//! `GET /metrics` in the Prometheus text format.

use super::gauges::{self, Gauges};
use crate::api::state::AppState;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use crate::http::query_params::QueryParams;
use crate::http::request_metrics;
use crate::http::routing::{get_or_head, resource_with_methods};
use crate::server::routes::READ_METHODS;
use actix_web::http::header;
use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use prometheus::TextEncoder;
use std::sync::{Mutex, PoisonError};

/// Renders all metrics after reading the gauges.
async fn render(state: &AppState, gauges: &Mutex<Gauges>) -> Result<String> {
    let figures = gauges::read_figures(state).await;
    let gauges = gauges.lock().unwrap_or_else(PoisonError::into_inner);
    gauges.update(&state.db.stats(), figures.as_ref());
    let registry = state.http.request_metrics.registry();
    TextEncoder::new().encode_to_string(&registry.gather()).map_err(|error| {
        log::error!("what is measured cannot be told: {error}");
        Problem::new(ErrorCode::Internal)
    })
}

/// `GET /metrics`.
///
/// # Errors
/// 400 for an unknown parameter.
pub async fn get_metrics(
    request: HttpRequest,
    state: Data<AppState>,
    gauges: Data<Mutex<Gauges>>,
) -> Result<HttpResponse> {
    QueryParams::from_request(&request).finish()?;
    let (entries, bytes) = state.http.response_cache.size();
    state.http.request_metrics.set_cache_size(entries, bytes);
    let text = render(&state, &gauges).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(text))
}

/// The route of `/metrics`.
pub fn metrics_routes(config: &mut ServiceConfig) {
    config.service(
        resource_with_methods(request_metrics::METRICS_PATH, READ_METHODS)
            .route(get_or_head().to(get_metrics)),
    );
}
