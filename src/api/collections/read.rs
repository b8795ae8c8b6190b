//! GET of a list, of one record, and of the owners of its members.

use super::include;
use super::list_query::ListRequest;
use super::path::{self, collection_kind};
use super::render::{self, RenderedDocument};
use super::representation::{self, Representation};
use super::valid_on::ValidOn;
use crate::api::state::AppState;
use crate::db::conn::Conn;
use crate::db::keyset_paging::{KeysetPosition, ListRow};
use crate::db::reads;
use crate::db::sql::SqlFragment;
use crate::db::types::Id;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use crate::domain::kind::Kind;
use crate::http::negotiation::MediaFormat;
use crate::http::query_params::QueryParams;
use crate::http::{pagination, responses};
use crate::kinds::stored_content::VerifiedRows;
use crate::kinds::{all, filter_sql};
use crate::records::ownership;
use crate::records::read::history::{self, RecordLookup};
use crate::records::read::queries::{self, ListQuery, RowPage};
use crate::records::read::{self, presentation};
use crate::store::changes;
use crate::util::hash;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

/// `GET /v1/{collection}`.
pub(super) async fn list(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let list_request =
        ListRequest::from_request(&request, all::definition(collection_kind(&request)?), &state, None)?;
    answer_page(&request, &state, list_request).await
}

/// `GET /v1/{parents}/{id}/{collection}`: the list, filtered by the parent. 404 or 410 when there is no such
/// parent.
pub(super) async fn list_of_parent(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let kind = collection_kind(&request)?;
    let Some((parent, member)) = all::definition(kind).parent() else {
        return Err(Problem::new(ErrorCode::NotFound));
    };
    let (key, clock) = (path::record_key(&request)?, state.clock.clone());
    let (parent_key, id) = (key.clone(), key);
    state.db.read(move |tx| queries::read_record(tx, parent, &parent_key, &clock).map(drop)).await?;
    let filters = all::definition(kind).filters().iter().find(|filter| filter.name == member);
    let condition = filters.map(|filter| filter.condition(member, &[id.to_string()], state.clock.today()));
    let condition = condition.transpose().map_err(|fault| Problem::bad_request(vec![fault]))?;
    let list_request = ListRequest::from_request(&request, all::definition(kind), &state, condition)?;
    answer_page(&request, &state, list_request).await
}

async fn answer_page(
    request: &HttpRequest,
    state: &AppState,
    list_request: ListRequest,
) -> Result<HttpResponse> {
    if list_request.is_whole_list {
        return render::answer_whole_list(request, state, list_request).await;
    }
    if list_request.representation.format != MediaFormat::Json {
        return render::answer_rendered_page(request, state, list_request).await;
    }
    let limit = list_request.query.limit;
    let JsonPage { mut body, next, total } = read_json_page(state, &list_request).await?;
    body.push(']');
    let next = next.map(|position| list_request.next_link(&state.cursor_signer, &position, limit));
    let mut response = pagination::finish_page(body, limit, next, total);
    responses::set_vary(&mut response, "Accept");
    responses::add_service_links(&mut response);
    Ok(response)
}

/// A page as JSON text up to its last item, the position after it, and the total where it is asked for.
struct JsonPage {
    body: String,
    next: Option<KeysetPosition>,
    total: Option<i64>,
}

/// Reads a page. Reads that are short in any registry run on the async thread, others on a database thread.
async fn read_json_page(state: &AppState, list_request: &ListRequest) -> Result<JsonPage> {
    let (query, fields, clock) =
        (list_request.query.clone(), list_request.fields.clone(), state.clock.clone());
    let is_plain = fields.is_empty() && query.valid_on.is_none() && presentation::has_no_derived(query.kind);
    let wants_total = query.wants_total;
    let is_single = !wants_total && query.text_query.is_empty();
    let is_short = is_plain && list_request.is_by_index;
    if is_single && is_short {
        let RowPage { rows, next } =
            state.db.read_single_statement(move |tx| queries::list_rows(tx, &query)).await?;
        return Ok(JsonPage {
            body: write_items(&state.verified_rows, list_request.query.kind, &rows)?,
            next,
            total: None,
        });
    }
    let (totals, list, today) =
        (state.total_counts.clone(), list_request.cursor_context.clone(), clock.today());
    let verified_rows = state.verified_rows.clone();
    let read = move |tx: &mut Conn, query: &ListQuery, may_count: bool| {
        let mut total = None;
        if query.wants_total {
            let scope = (changes::latest_seq(tx)?, today);
            total = totals.get(&list, scope);
            if total.is_none() && !may_count {
                return Ok(None);
            }
            if total.is_none() {
                let counted = queries::count(tx, query)?;
                totals.insert(&list, scope, counted);
                total = Some(counted);
            }
        }
        if is_plain {
            let RowPage { rows, next } = queries::list_rows(tx, query)?;
            return Ok(Some(JsonPage { body: write_items(&verified_rows, query.kind, &rows)?, next, total }));
        }
        let query = ListQuery { wants_total: false, ..query.clone() };
        let mut page = queries::list(tx, &query, &clock)?;
        page.items.iter_mut().for_each(|record| representation::keep_fields(record, &fields));
        let texts: Vec<String> =
            page.items.into_iter().map(|record| Value::Object(record).to_string()).collect();
        Ok(Some(JsonPage { body: [ITEMS_PREFIX, &texts.join(",")].concat(), next: page.next, total }))
    };
    // With a cached total the read is short; without one it is counted on a database thread.
    if is_short && wants_total {
        let (read, query) = (read.clone(), query.clone());
        if let Some(page) = state.db.read_short(move |tx| read(tx, &query, false)).await? {
            return Ok(page);
        }
    } else if is_plain && list_request.is_interruptible {
        let filter = SqlFragment::all(vec![
            SqlFragment::time_limit_of(reads::MAX_IN_PLACE_TIME),
            query.filter.clone(),
        ]);
        let limited_query = ListQuery { filter, ..query.clone() };
        if let Some(Some(page)) = state.db.try_read_in_place(|tx| read(tx, &limited_query, false))? {
            return Ok(page);
        }
    }
    let page = state.db.read_long(move |tx| read(tx, &query, true)).await?;
    page.ok_or_else(|| Problem::new(ErrorCode::Internal))
}

/// The JSON before the items of a page.
const ITEMS_PREFIX: &str = "{\"items\":[";

/// Returns a page as JSON text up to its last item.
fn write_items(verified_rows: &VerifiedRows, kind: Kind, rows: &[ListRow]) -> Result<String> {
    let size = |row: &ListRow| 2 * row.content.len() + row.names.len();
    let mut body = String::with_capacity(256 + rows.iter().map(size).sum::<usize>());
    body.push_str(ITEMS_PREFIX);
    for (index, row) in rows.iter().enumerate() {
        if index > 0 {
            body.push(',');
        }
        presentation::write_presented(&mut body, kind, row, verified_rows)?;
    }
    Ok(body)
}

/// Builds the response of a record; with some members only (`is_whole` false) its `ETag` is weak.
fn record_response(version: i64, body: String, is_whole: bool) -> HttpResponse {
    let etag = responses::record_etag(version, &body);
    let etag = if is_whole { etag } else { format!("W/{etag}") };
    let mut response = responses::json_with_etag(&etag, body);
    responses::set_vary(&mut response, "Accept");
    response
}

/// `GET /v1/{collection}/{id}`.
pub(super) async fn get(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let (kind, key, clock) = (collection_kind(&request)?, path::record_key(&request)?, state.clock.clone());
    let mut params = QueryParams::from_request(&request);
    let mut representation = Representation::from_request(
        &request,
        &mut params,
        &representation::record_formats(all::definition(kind)),
    )?;
    let fields = representation.read_fields(&mut params, all::definition(kind));
    let as_of =
        params.single("as_of").and_then(|time| params.accept(filter_sql::parse_instant("as_of", &time)));
    let valid_on = ValidOn::from_params(&mut params, all::definition(kind), clock.today());
    let include = include::read_include(&mut params);
    params.finish()?;
    let (format, has_included) = (representation.format, !include.is_empty());
    let is_changed = has_included || as_of.is_some() || valid_on.is_some() || !fields.is_empty();
    if format == MediaFormat::Json && !is_changed && presentation::has_no_derived(kind) {
        let key = key.clone();
        if let Some(row) = state.db.read_single_statement(move |tx| queries::read_row(tx, kind, &key)).await?
        {
            let mut body = String::with_capacity(256 + 2 * row.content.len() + row.names.len());
            presentation::write_presented(&mut body, kind, &row, &state.verified_rows)?;
            return Ok(record_response(row.version, body, true));
        }
    }
    let context = representation.record_context(&request, kind);
    let is_whole = fields.is_empty();
    let (clock, signer, answered_as) = (clock.clone(), state.cursor_signer.clone(), representation.clone());
    let read = move |tx: &mut Conn| {
        let (version, mut members) = match history::read_as_of(tx, kind, &key, as_of, &clock)? {
            RecordLookup::Record(version, members) => (version, members),
            RecordLookup::Moved(merged_into) => return Ok(RecordAnswer::MergedInto(merged_into)),
        };
        let included = read::include::include_referrers(tx, &members, &include, &clock)?;
        if let Some(valid_on) = valid_on {
            valid_on.mark_holds(&mut members);
        }
        if format != MediaFormat::Json {
            let records = std::slice::from_ref(&members);
            let locations = render::authority_locations(tx, all::definition(kind), format, records)?;
            return Ok(RecordAnswer::Document(render::render_record(
                &answered_as,
                context.clone(),
                version,
                &members,
                &locations,
            )?));
        }
        representation::keep_fields(&mut members, &fields);
        if has_included {
            members.insert("included".into(), include::included_pages(included, &signer));
        }
        Ok(RecordAnswer::Json(version, Value::Object(members).to_string()))
    };
    let answer = match (has_included, format != MediaFormat::Json || is_changed) {
        (true, _) => state.db.read_long(read).await?,
        (false, true) => state.db.read(read).await?,
        (false, false) => state.db.read_short(read).await?,
    };
    Ok(match answer {
        RecordAnswer::MergedInto(merged_into) => path::redirect_to(&request, kind, merged_into),
        RecordAnswer::Json(version, body) => record_response(version, body, is_whole),
        RecordAnswer::Document(document) => representation.to_response(document),
    })
}

/// What a key leads to, rendered.
enum RecordAnswer {
    /// The version and the JSON text.
    Json(i64, String),
    /// The record in another format.
    Document(RenderedDocument),
    /// The record was merged into this one.
    MergedInto(Id),
}

/// `GET /v1/{collection}/{id}/owners`: the origin that wrote each member last.
pub(super) async fn get_owners(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    QueryParams::from_request(&request).finish()?;
    let kind = collection_kind(&request)?;
    let key = path::record_key(&request)?;
    let read = move |tx: &mut Conn| {
        let items = ownership::field_owners(tx, kind, &key)?;
        Ok(json!({"items": items, "page": {"limit": items.len()}}).to_string())
    };
    let body = state.db.read_long(read).await?;
    Ok(responses::json_with_etag(&format!("\"{}\"", hash::xxh3_hex(body.as_bytes())), body))
}
