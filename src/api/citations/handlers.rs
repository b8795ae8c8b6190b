//! Handlers of citations and of contradictions between sources and records.

use crate::analytics::citations::contradictions::{CONTRADICTION_STATUSES, contradiction_json};
use crate::analytics::citations::queries;
use crate::api::filter_params::{filter_conditions, kind_names, read_codes};
use crate::api::format_responses::RenderedResponse;
use crate::api::state::AppState;
use crate::db::conn::Conn;
use crate::db::sql::SqlFragment;
use crate::db::types::parse_record_id;
use crate::domain::disagreement::Severity;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use crate::domain::kind::Kind;
use crate::domain::vocabularies::citation::{Certainty, Rank, Reason};
use crate::domain::vocabularies::term::VocabularyTerm;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::http::pagination::{PageLinks, read_cursor};
use crate::http::query_params::QueryParams;
use crate::http::routing::{add_get_route, get_resource};
use crate::records::read;
use crate::records::record_key::RecordKey;
use actix_web::web::{Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Scope};
use jiff::civil::Date;
use serde_json::Value;

/// Adds the routes below `/v1`.
pub fn routes(config: &mut ServiceConfig) {
    add_get_route(config, "/citations", get_all);
    add_get_route(config, "/contradictions", get_contradictions);
}

/// Adds the route below the collection of a kind.
pub fn add_record_route(kind: Kind, scope: Scope) -> Scope {
    scope.service(get_resource("/{id}/citations", get_of_record).app_data(kind))
}

/// Returns the codes of a vocabulary.
fn term_codes(terms: &[VocabularyTerm]) -> Vec<&'static str> {
    terms.iter().map(|term| term.code).collect()
}

/// Reads the filters of citations; below a record there is no `kind`.
fn read_citation_conditions(params: &mut QueryParams, today: Date, with_kind: bool) -> Vec<SqlFragment> {
    let mut conditions = filter_conditions(params, [&queries::SOURCE_FILTER], today);
    let pointers = params.list("pointer");
    if !pointers.is_empty() {
        conditions.push(queries::pointer_condition(&pointers));
    }
    for (param, known) in [
        ("rank", term_codes(Rank::TERMS)),
        ("certainty", term_codes(Certainty::TERMS)),
        ("reason", term_codes(Reason::TERMS)),
        ("kind", kind_names()),
    ] {
        if param != "kind" || with_kind {
            let codes = read_codes(params, param, &known);
            conditions.extend((!codes.is_empty()).then(|| queries::code_condition(param, &codes)));
        }
    }
    conditions
}

/// `GET /v1/citations`.
async fn get_all(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let mut params = QueryParams::from_request(&request);
    let conditions = read_citation_conditions(&mut params, state.clock.today(), true);
    answer_citations(&request, &state, params, conditions).await
}

/// `GET /v1/{collection}/{id}/citations`.
async fn get_of_record(
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
) -> Result<HttpResponse> {
    let kind = request.app_data::<Kind>().copied().ok_or_else(|| Problem::new(ErrorCode::Internal))?;
    let (key, clock) = (RecordKey::parse(&id)?, state.clock.clone());
    let read = move |tx: &mut Conn| {
        let (_, record) = read::queries::read_record(tx, kind, &key, &clock)?;
        Ok(record.get("id").and_then(Value::as_str).and_then(parse_record_id))
    };
    let id = state.db.read(read).await?;
    let mut params = QueryParams::from_request(&request);
    let mut conditions = read_citation_conditions(&mut params, state.clock.today(), false);
    conditions.extend(id.map(queries::record_condition));
    answer_citations(&request, &state, params, conditions).await
}

/// Responds with a page of citations.
async fn answer_citations(
    request: &HttpRequest,
    state: &AppState,
    mut params: QueryParams,
    conditions: Vec<SqlFragment>,
) -> Result<HttpResponse> {
    let count = read_codes(&mut params, "count", &["exact"]);
    let limit = params.page_limit();
    let position: Option<queries::CitationPosition> = read_cursor(request, &state.cursor_signer, &mut params);
    params.finish()?;
    let (filter, pages) =
        (SqlFragment::all(conditions), PageLinks::for_request(request, &state.cursor_signer, limit));
    let read = move |tx: &mut Conn| {
        let total = if count.is_empty() { None } else { Some(queries::count_citations(tx, &filter)?) };
        let (items, position) = queries::list_citations(tx, &filter, position, limit)?;
        Ok(RenderedResponse::json_page(&items, limit, pages.next_link(position)?, total))
    };
    Ok(state.db.read_long(read).await?.into_response(false))
}

/// `GET /v1/contradictions`.
async fn get_contradictions(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let mut params = QueryParams::from_request(&request);
    let mut filter = filter_conditions(
        &mut params,
        [&queries::AUTHORITY_FILTER, &queries::SOURCE_FILTER],
        state.clock.today(),
    );
    let kinds = read_codes(&mut params, "kind", &kind_names());
    filter.extend((!kinds.is_empty()).then(|| queries::code_condition("kind", &kinds)));
    let mut group_conditions = Vec::new();
    let reasons = read_codes(&mut params, "reason", &term_codes(Reason::TERMS));
    if !reasons.is_empty() {
        group_conditions.push(queries::any_reason_condition(&reasons));
    }
    let statuses = read_codes(&mut params, "status", &CONTRADICTION_STATUSES);
    if let [status] = statuses.as_slice() {
        group_conditions.push(queries::explained_condition(status != "open"));
    }
    let min_severity = params.integer("severity[gte]", 1..=Severity::Value as i64, 1);
    group_conditions.push(queries::min_severity_condition(min_severity));
    let sort = params.single("sort").unwrap_or_else(|| "-severity".into());
    if !["severity", "-severity"].contains(&sort.as_str()) {
        params.invalid("sort", &sort, "`severity` or `-severity`");
    }
    let limit = params.page_limit();
    let position: Option<queries::ContradictionPosition> =
        read_cursor(&request, &state.cursor_signer, &mut params);
    params.finish()?;
    let (filter, group_filter) = (SqlFragment::all(filter), SqlFragment::all(group_conditions));
    let query =
        queries::ContradictionQuery { filter, group_filter, worst_first: sort.starts_with('-'), limit };
    let (clock, pages) = (state.clock.clone(), PageLinks::for_request(&request, &state.cursor_signer, limit));
    let read = move |tx: &mut Conn| {
        let (groups, position) = queries::list_contradictions(tx, &query, position)?;
        let ids: Vec<_> = groups.iter().map(|(id, ..)| *id).collect();
        let records = queries::load_records(tx, &ids, &clock)?;
        let item = |group| Some(contradiction_json(group, records.get(&group.0)?));
        let items = groups.iter().filter_map(item).collect::<Vec<_>>();
        Ok(RenderedResponse::json_page(&items, limit, pages.next_link(position)?, None))
    };
    Ok(state.read_slow(&request, read).await?.into_response(false))
}
