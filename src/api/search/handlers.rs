//! Handlers of full-text search and of completion.

use crate::api::filter_params::{kind_names, read_kinds, read_terms};
use crate::api::format_responses::RenderedResponse;
use crate::api::state::AppState;
use crate::db::conn::Conn;
use crate::domain::errors::problem::Result;
use crate::domain::partial_date::PartialDate;
use crate::domain::vocabularies::authority::Country;
use crate::domain::vocabularies::theme::Theme;
use crate::domain::vocabularies::vocabulary::Vocabulary;
use crate::domain::written_date::interpret;
use crate::http::pagination::{PageLinks, read_cursor};
use crate::http::query_params::QueryParams;
use crate::http::routing::add_get_route;
use crate::search::filters::SearchFilters;
use crate::search::hits::{self, SearchPage, SearchRequest};
use crate::search::query::Query;
use crate::search::{completion, queries};
use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

/// The completions of a response: at most, and by default.
pub(super) const COMPLETION_LIMITS: (i64, i64) = (50, 10);

/// Adds the routes below `/v1`.
pub fn routes(config: &mut ServiceConfig) {
    add_get_route(config, "/search", search);
    add_get_route(config, "/search/suggest", complete);
}

/// Reads a list of codes of a vocabulary, as text.
fn read_code_texts<T: Vocabulary>(params: &mut QueryParams, name: &str) -> Vec<String> {
    read_terms::<T>(params, name).into_iter().map(|term| term.code().to_owned()).collect()
}

/// Reads the filters of a search.
fn read_filters(params: &mut QueryParams) -> SearchFilters {
    let kinds = read_kinds(params, &kind_names());
    let countries = read_code_texts::<Country>(params, "country");
    let themes = read_code_texts::<Theme>(params, "theme");
    let mut years = Vec::new();
    for year in params.list("year") {
        let date = PartialDate::parse(&year);
        if date.is_none() {
            let expected = interpret::with_date_suggestion("a year or another EDTF date or interval", &year);
            params.invalid("year", &year, &expected);
        }
        years.extend(date);
    }
    SearchFilters { kinds, countries, themes, years }
}

/// Reads `q` with `parse`; `None` when it is not given. Without a letter or digit it is a fault.
fn read_q<T>(params: &mut QueryParams, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
    let text = params.search_query()?;
    let parsed = parse(&text);
    if parsed.is_none() {
        params.invalid("q", &text, "at least one letter or digit");
    }
    parsed
}

/// `GET /v1/search`.
async fn search(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let mut params = QueryParams::from_request(&request);
    let query = read_q(&mut params, Query::parse);
    let filters = read_filters(&mut params);
    let limit = params.page_limit();
    let after = read_cursor(&request, &state.cursor_signer, &mut params);
    params.finish()?;
    let search_request = SearchRequest {
        query,
        filters,
        after,
        limit: usize::try_from(limit).unwrap_or_default(),
        max_ranked: queries::MAX_RANKED,
    };
    let pages = PageLinks::for_request(&request, &state.cursor_signer, limit);
    let read = move |tx: &mut Conn| {
        let SearchPage { items, total, is_capped, corrected, facets, next } =
            hits::search(tx, &search_request)?;
        let (next, mut page) = (pages.next_link(next)?, json!({"limit": limit}));
        if let (Some(next), Some(page)) = (&next, page.as_object_mut()) {
            page.insert("next".into(), next.as_str().into());
        }
        let body = json!({
            "items": items, "page": page, "total": total, "is_capped": is_capped, "corrected": corrected, "facets": facets
        });
        Ok(RenderedResponse::json(&body).with_next_page(next))
    };
    Ok(state.db.read_long(read).await?.into_response(false))
}

/// `GET /v1/search/suggest`: completes names as they are typed.
async fn complete(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let mut params = QueryParams::from_request(&request);
    let typed = read_q(&mut params, completion::folded_spellings);
    let kinds = read_kinds(&mut params, &kind_names());
    let limit = params.integer("limit", 1..=COMPLETION_LIMITS.0, COMPLETION_LIMITS.1);
    params.finish()?;
    let limit = usize::try_from(limit).unwrap_or_default();
    let Some(typed) = typed else {
        return Ok(RenderedResponse::json(&json!({"items": []})).into_response(false));
    };
    let read = move |tx: &mut Conn| {
        Ok(RenderedResponse::json(&json!({"items": completion::suggest(tx, &typed, &kinds, limit)?})))
    };
    Ok(state.db.read_long(read).await?.into_response(false))
}
