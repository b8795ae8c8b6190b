//! Health.

use super::state::AppState;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use crate::http::query_params::QueryParams;
use crate::http::responses;
use actix_web::http::{StatusCode, header};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

pub async fn liveness(request: HttpRequest) -> Result<HttpResponse> {
    QueryParams::from_request(&request).finish()?;
    Ok(responses::json_builder(StatusCode::OK).body(r#"{"status":"ok"}"#))
}

/// Ready: reads are answered, the tables are there, the search sees Japanese, and the server is not about to end.
pub async fn readiness(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    QueryParams::from_request(&request).finish()?;
    let ready = !state.shutdown.has_begun() && state.db.is_ready().await?;
    if !ready {
        return Err(Problem::new(ErrorCode::Unavailable));
    }
    Ok(responses::json_builder(StatusCode::OK)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(r#"{"status":"ok"}"#))
}
