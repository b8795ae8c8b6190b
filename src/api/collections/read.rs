//! GET of a list, of one record, and of who wrote its members.

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
use crate::kinds::filter_sql;
use crate::kinds::stored_content::VerifiedRows;
use crate::records::ownership;
use crate::records::read::history::{self, RecordLookup};
use crate::records::read::queries::{self, ListQuery, RowPage};
use crate::records::read::{self, presentation};
use crate::store::changes;
use crate::util::hash;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

pub(super) async fn list(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let listing = ListRequest::from_request(&request, collection_kind(&request)?.definition(), &state, None)?;
    answer_page(&request, &state, listing).await
}

/// The records of one parent: the same list, filtered. 404 or 410 when there is no such parent.
pub(super) async fn list_of_parent(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let kind = collection_kind(&request)?;
    let Some((parent, member)) = kind.definition().parent() else {
        return Err(Problem::new(ErrorCode::NotFound));
    };
    let (name, clock) = (path::record_key(&request)?, state.clock.clone());
    let (above, id) = (name.clone(), name);
    state.db.read(move |tx| queries::read_record(tx, parent, &above, &clock).map(drop)).await?;
    let filters = kind.definition().filters().iter().find(|filter| filter.name == member);
    let condition = filters.map(|filter| filter.condition(member, &[id.to_string()], state.clock.today()));
    let condition = condition.transpose().map_err(|fault| Problem::bad_request(vec![fault]))?;
    let listing = ListRequest::from_request(&request, kind.definition(), &state, condition)?;
    answer_page(&request, &state, listing).await
}

async fn answer_page(request: &HttpRequest, state: &AppState, listing: ListRequest) -> Result<HttpResponse> {
    if listing.is_whole_list {
        return render::answer_whole_list(request, state, listing).await;
    }
    if listing.representation.format != MediaFormat::Json {
        return render::answer_rendered_page(request, state, listing).await;
    }
    let limit = listing.query.limit;
    let JsonPage { mut body, next, total } = read_json_page(state, &listing).await?;
    body.push(']');
    let next = next.map(|position| listing.next_link(&state.cursor_signer, &position, limit));
    let mut reply = pagination::finish_page(body, limit, next, total);
    responses::set_vary(&mut reply, "Accept");
    responses::add_service_links(&mut reply);
    Ok(reply)
}

/// A page as JSON text up to its last item, where it ends, and how many items there are in all.
struct JsonPage {
    body: String,
    next: Option<KeysetPosition>,
    total: Option<i64>,
}

/// Reads a page: in place only what is short whatever the registry holds.
async fn read_json_page(state: &AppState, listing: &ListRequest) -> Result<JsonPage> {
    let (search, fields, clock) = (listing.query.clone(), listing.fields.clone(), state.clock.clone());
    let is_plain =
        fields.is_empty() && search.valid_on.is_none() && presentation::has_no_derived(search.kind);
    let counts = search.wants_total;
    let is_single = !counts && search.text_query.is_empty();
    let is_short = is_plain && listing.is_by_index;
    if is_single && is_short {
        let RowPage { rows, next } =
            state.db.read_single_statement(move |tx| queries::list_rows(tx, &search)).await?;
        return Ok(JsonPage {
            body: write_items(&state.verified_rows, listing.query.kind, &rows)?,
            next,
            total: None,
        });
    }
    let (totals, list, today) = (state.total_counts.clone(), listing.cursor_context.clone(), clock.today());
    let sound = state.verified_rows.clone();
    let read = move |tx: &mut Conn, search: &ListQuery, may_count: bool| {
        let mut total = None;
        if search.wants_total {
            let moment = (changes::latest_seq(tx)?, today);
            total = totals.get(&list, moment);
            if total.is_none() && !may_count {
                return Ok(None);
            }
            if total.is_none() {
                let counted = queries::count(tx, search)?;
                totals.insert(&list, moment, counted);
                total = Some(counted);
            }
        }
        if is_plain {
            let RowPage { rows, next } = queries::list_rows(tx, search)?;
            return Ok(Some(JsonPage { body: write_items(&sound, search.kind, &rows)?, next, total }));
        }
        let search = ListQuery { wants_total: false, ..search.clone() };
        let mut page = queries::list(tx, &search, &clock)?;
        page.items.iter_mut().for_each(|record| representation::keep_fields(record, &fields));
        let texts: Vec<String> =
            page.items.into_iter().map(|record| Value::Object(record).to_string()).collect();
        Ok(Some(JsonPage { body: [ITEMS_PREFIX, &texts.join(",")].concat(), next: page.next, total }))
    };
    // A total that is known already is not counted again.
    if is_short && counts {
        let (read, search) = (read.clone(), search.clone());
        if let Some(page) = state.db.read_short(move |tx| read(tx, &search, false)).await? {
            return Ok(page);
        }
    } else if is_plain && listing.is_interruptible {
        let filter = SqlFragment::all(vec![
            SqlFragment::time_limit_of(reads::MAX_IN_PLACE_TIME),
            search.filter.clone(),
        ]);
        let brief = ListQuery { filter, ..search.clone() };
        if let Some(Some(page)) = state.db.try_read_in_place(|tx| read(tx, &brief, false))? {
            return Ok(page);
        }
    }
    let page = state.db.read_long(move |tx| read(tx, &search, true)).await?;
    page.ok_or_else(|| Problem::new(ErrorCode::Internal))
}

/// What stands before the items of a page.
const ITEMS_PREFIX: &str = "{\"items\":[";

/// A page of records, up to the last of them.
fn write_items(sound: &VerifiedRows, kind: Kind, rows: &[ListRow]) -> Result<String> {
    let size = |row: &ListRow| 2 * row.content.len() + row.names.len();
    let mut body = String::with_capacity(256 + rows.iter().map(size).sum::<usize>());
    body.push_str(ITEMS_PREFIX);
    for (index, row) in rows.iter().enumerate() {
        if index > 0 {
            body.push(',');
        }
        presentation::write_presented(&mut body, kind, row, sound)?;
    }
    Ok(body)
}

/// The answer of a record: its version, its JSON text, and whether all of it is there.
fn record_response(version: i64, body: String, is_whole: bool) -> HttpResponse {
    let etag = responses::record_etag(version, &body);
    let etag = if is_whole { etag } else { format!("W/{etag}") };
    let mut reply = responses::json_with_etag(&etag, body);
    responses::set_vary(&mut reply, "Accept");
    reply
}

pub(super) async fn get(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let (kind, name, clock) = (collection_kind(&request)?, path::record_key(&request)?, state.clock.clone());
    let mut params = QueryParams::from_request(&request);
    let mut form = Representation::from_request(
        &request,
        &mut params,
        &representation::record_formats(kind.definition()),
    )?;
    let fields = form.read_fields(&mut params, kind.definition());
    let as_of =
        params.single("as_of").and_then(|time| params.accept(filter_sql::parse_instant("as_of", &time)));
    let valid_on = ValidOn::from_params(&mut params, kind.definition(), clock.today());
    let include = include::read_include(&mut params);
    params.finish()?;
    let (format, has_included) = (form.format, !include.is_empty());
    let is_changed = has_included || as_of.is_some() || valid_on.is_some() || !fields.is_empty();
    if format == MediaFormat::Json && !is_changed && presentation::has_no_derived(kind) {
        let name = name.clone();
        if let Some(row) =
            state.db.read_single_statement(move |tx| queries::read_row(tx, kind, &name)).await?
        {
            let mut body = String::with_capacity(256 + 2 * row.content.len() + row.names.len());
            presentation::write_presented(&mut body, kind, &row, &state.verified_rows)?;
            return Ok(record_response(row.version, body, true));
        }
    }
    let setting = form.record_context(&request, kind);
    let is_whole = fields.is_empty();
    let (clock, sealer, answered) = (clock.clone(), state.cursor_signer.clone(), form.clone());
    let read = move |tx: &mut Conn| {
        let (version, mut members) = match history::read_as_of(tx, kind, &name, as_of, &clock)? {
            RecordLookup::Record(version, members) => (version, members),
            RecordLookup::Moved(merged_into) => return Ok(RecordAnswer::MergedInto(merged_into)),
        };
        let included = read::include::include_referrers(tx, &members, &include, &clock)?;
        if let Some(held) = valid_on {
            held.mark_holds(&mut members);
        }
        if format != MediaFormat::Json {
            let records = std::slice::from_ref(&members);
            let places = render::authority_locations(tx, kind.definition(), format, records)?;
            return Ok(RecordAnswer::Document(render::render_record(
                &answered,
                setting.clone(),
                version,
                &members,
                &places,
            )?));
        }
        representation::keep_fields(&mut members, &fields);
        if has_included {
            members.insert("included".into(), include::included_pages(included, &sealer));
        }
        Ok(RecordAnswer::Json(version, Value::Object(members).to_string()))
    };
    let shown = match (has_included, format != MediaFormat::Json || is_changed) {
        (true, _) => state.db.read_long(read).await?,
        (false, true) => state.db.read(read).await?,
        (false, false) => state.db.read_short(read).await?,
    };
    Ok(match shown {
        RecordAnswer::MergedInto(merged_into) => path::redirect_to(&request, kind, merged_into),
        RecordAnswer::Json(version, body) => record_response(version, body, is_whole),
        RecordAnswer::Document(document) => form.to_response(document),
    })
}

/// A record as answered.
enum RecordAnswer {
    /// Its version, and JSON.
    Json(i64, String),
    /// In another form.
    Document(RenderedDocument),
    /// It was merged into another.
    MergedInto(Id),
}

/// `GET /v1/{collection}/{id}/owners`: who wrote which member last.
pub(super) async fn get_owners(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    QueryParams::from_request(&request).finish()?;
    let kind = collection_kind(&request)?;
    let name = path::record_key(&request)?;
    let read = move |tx: &mut Conn| {
        let items = ownership::field_owners(tx, kind, &name)?;
        Ok(json!({"items": items, "page": {"limit": items.len()}}).to_string())
    };
    let body = state.db.read_long(read).await?;
    Ok(responses::json_with_etag(&format!("\"{}\"", hash::xxh3_hex(body.as_bytes())), body))
}
