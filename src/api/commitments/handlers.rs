//! Handler of commitments.

use crate::analytics::commitments::commitment::{CommitmentQuery, list_commitments};
use crate::analytics::commitments::queries::{self, EDITION_FILTER};
use crate::api::filter_params::{filter_conditions, read_terms};
use crate::api::format_responses::RenderedResponse;
use crate::api::state::AppState;
use crate::db::conn::Conn;
use crate::db::sql::SqlFragment;
use crate::domain::errors::problem::Result;
use crate::domain::folding;
use crate::http::pagination::{PageLinks, read_cursor};
use crate::http::query_params::QueryParams;
use crate::http::routing::add_get_route;
use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

/// Adds the route below `/v1`.
pub fn routes(config: &mut ServiceConfig) {
    add_get_route(config, "/commitments", get);
}

/// `GET /v1/commitments`.
async fn get(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let mut params = QueryParams::from_request(&request);
    let mut query =
        CommitmentQuery { themes: read_terms(&mut params, "theme"), ..CommitmentQuery::default() };
    query.words = params.search_query().map(|query| folding::query_words(&query)).unwrap_or_default();
    let filter = SqlFragment::all(filter_conditions(&mut params, [&EDITION_FILTER], state.clock.today()));
    let limit = params.page_limit();
    let after: Option<usize> = read_cursor(&request, &state.cursor_signer, &mut params);
    params.finish()?;
    let (clock, pages) = (state.clock.clone(), PageLinks::for_request(&request, &state.cursor_signer, limit));
    let (start, page_size) = (after.unwrap_or(0), usize::try_from(limit).unwrap_or_default());
    let read = move |tx: &mut Conn| {
        let data = queries::load_commitment_data(tx, filter, &clock)?;
        let commitments_of = |edition: &serde_json::Map<String, Value>| {
            let id = edition.get("id").and_then(Value::as_str).unwrap_or_default();
            let themes = data.themes_by_edition.get(id).map_or(&[][..], Vec::as_slice);
            list_commitments(edition, themes, &data.signed, &query)
        };
        let mut items: Vec<Value> =
            data.editions.iter().flat_map(commitments_of).skip(start).take(page_size + 1).collect();
        let next = pages.next_link((items.len() > page_size).then_some(start + page_size))?;
        items.truncate(page_size);
        Ok(RenderedResponse::json_page(&items, limit, next, None))
    };
    Ok(state.read_slow(&request, read).await?.into_response(false))
}
