//! `GET /health/live` and `/health/ready`: liveness and readiness probes.

use super::state::AppState;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use crate::http::query_params::QueryParams;
use crate::http::responses;
use actix_web::http::{StatusCode, header};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

/// Responds with 200 while the process serves requests.
pub async fn liveness(request: HttpRequest) -> Result<HttpResponse> {
    QueryParams::from_request(&request).finish()?;
    Ok(responses::json_builder(StatusCode::OK).body(r#"{"status":"ok"}"#))
}

/// Responds with 200 when the database is ready (it answers, has its tables, and its full-text search indexes
/// Japanese) and the server is not shutting down.
///
/// # Errors
/// `Unavailable` otherwise.
pub async fn readiness(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    QueryParams::from_request(&request).finish()?;
    let is_ready = !state.http.shutdown.has_begun() && state.db.is_ready().await?;
    if !is_ready {
        return Err(Problem::new(ErrorCode::Unavailable));
    }
    Ok(responses::json_builder(StatusCode::OK)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(r#"{"status":"ok"}"#))
}
