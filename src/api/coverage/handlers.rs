//! Handler of framework coverage.

use crate::analytics::coverage::objectives::{CoverageQuery, compute_coverage};
use crate::api::format_responses::RenderedResponse;
use crate::api::state::AppState;
use crate::db::conn::Conn;
use crate::domain::errors::problem::Result;
use crate::http::query_params::QueryParams;
use crate::http::routing::get_resource;
use crate::records::record_key::RecordKey;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, Scope};

/// The records listed for each theme and kind: by default, and at most.
pub(super) const LIMITS: [u32; 2] = [5, 50];

/// Adds the route below the collection of frameworks.
pub fn add_record_route(scope: Scope) -> Scope {
    scope.service(get_resource("/{id}/coverage", get))
}

/// `GET /v1/frameworks/{id}/coverage`.
async fn get(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let mut params = QueryParams::from_request(&request);
    let [default, max] = LIMITS.map(i64::from);
    let limit = usize::try_from(params.integer("limit", 0..=max, default)).unwrap_or_default();
    let query = CoverageQuery { within_period: params.flag("within_period"), limit };
    params.finish()?;
    let key = RecordKey::parse(request.match_info().get("id").unwrap_or_default())?;
    let clock = state.clock.clone();
    let read = move |tx: &mut Conn| Ok(RenderedResponse::json(&compute_coverage(tx, &key, query, &clock)?));
    Ok(state.read_slow(&request, read).await?.into_response(false))
}
