//! The handlers that every kind has alike.

use super::call::{WriteRequest, mark_dry_run};
use super::forms::{self, RenderedDocument, Representation};
use super::query::{self, ListRequest, ValidOn};
use super::{Collection, history, included};
use crate::db::paging::{KeysetPosition, ListRow};
use crate::db::sql::SqlFragment;
use crate::db::types::Id;
use crate::db::{self, Conn, TxError};
use crate::error::{ErrorCode, Fault, Problem, Result};
use crate::http::AppState;
use crate::http::body::{self, JSON, JSON_PATCH, MERGE_PATCH};
use crate::http::negotiation::MediaFormat;
use crate::http::params::QueryParams;
use crate::http::replies;
use crate::registry::content::VerifiedRows;
use crate::registry::engine::{
    self, ListQuery, NoOpCheck, RecordInput, RecordKey, RecordLookup, RecordPatch, RowPage, WriteOutcome,
    WriteTarget,
};
use crate::registry::{filter, store};
use crate::vocabulary::Kind;
use crate::vocabulary::json_patch::JsonPatch;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn collection_kind(request: &HttpRequest) -> Result<Kind> {
    request
        .app_data::<Collection>()
        .map(|collection| collection.0)
        .ok_or_else(|| Problem::new(ErrorCode::Internal))
}

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
    let (name, clock) = (query::record_key(&request)?, state.clock.clone());
    let (above, id) = (name.clone(), name);
    state.db.read(move |tx| engine::read_record(tx, parent, &above, &clock).map(drop)).await?;
    let filters = kind.definition().filters().iter().find(|filter| filter.name == member);
    let condition = filters.map(|filter| filter.condition(member, &[id.to_string()], state.clock.today()));
    let condition = condition.transpose().map_err(|fault| Problem::bad_request(vec![fault]))?;
    let listing = ListRequest::from_request(&request, kind.definition(), &state, condition)?;
    answer_page(&request, &state, listing).await
}

async fn answer_page(request: &HttpRequest, state: &AppState, listing: ListRequest) -> Result<HttpResponse> {
    if listing.is_whole_list {
        return forms::answer_whole_list(request, state, listing).await;
    }
    if listing.representation.format != MediaFormat::Json {
        return forms::answer_rendered_page(request, state, listing).await;
    }
    let limit = listing.query.limit;
    let JsonPage { mut body, next, total } = read_json_page(state, &listing).await?;
    body.push(']');
    let next = next.map(|position| listing.next_link(&state.cursor_signer, &position, limit));
    let mut reply = query::finish_page(body, limit, next, total);
    replies::set_vary(&mut reply, "Accept");
    replies::add_service_links(&mut reply);
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
    let is_plain = fields.is_empty() && search.valid_on.is_none() && engine::has_no_derived(search.kind);
    let counts = search.wants_total;
    let is_single = !counts && search.text_query.is_empty();
    let is_short = is_plain && listing.is_by_index;
    if is_single && is_short {
        let RowPage { rows, next } =
            state.db.read_single_statement(move |tx| engine::list_rows(tx, &search)).await?;
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
            let moment = (store::latest_seq(tx)?, today);
            total = totals.get(&list, moment);
            if total.is_none() && !may_count {
                return Ok(None);
            }
            if total.is_none() {
                let counted = engine::count(tx, search)?;
                totals.insert(&list, moment, counted);
                total = Some(counted);
            }
        }
        if is_plain {
            let RowPage { rows, next } = engine::list_rows(tx, search)?;
            return Ok(Some(JsonPage { body: write_items(&sound, search.kind, &rows)?, next, total }));
        }
        let search = ListQuery { wants_total: false, ..search.clone() };
        let mut page = engine::list(tx, &search, &clock)?;
        page.items.iter_mut().for_each(|record| query::keep_fields(record, &fields));
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
        let filter =
            SqlFragment::all(vec![SqlFragment::time_limit_of(db::MAX_IN_PLACE_TIME), search.filter.clone()]);
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
        engine::write_presented(&mut body, kind, row, sound)?;
    }
    Ok(body)
}

/// The answer of a record: its version, its JSON text, and whether all of it is there.
fn record_response(version: i64, body: String, is_whole: bool) -> HttpResponse {
    let etag = replies::record_etag(version, &body);
    let etag = if is_whole { etag } else { format!("W/{etag}") };
    let mut reply = replies::json_with_etag(&etag, body);
    replies::set_vary(&mut reply, "Accept");
    reply
}

pub(super) async fn get(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let (kind, name, clock) = (collection_kind(&request)?, query::record_key(&request)?, state.clock.clone());
    let mut params = QueryParams::from_request(&request);
    let mut form =
        Representation::from_request(&request, &mut params, &forms::record_formats(kind.definition()))?;
    let fields = form.read_fields(&mut params, kind.definition());
    let as_of = params.single("as_of").and_then(|time| params.accept(filter::parse_instant("as_of", &time)));
    let valid_on = ValidOn::from_params(&mut params, kind.definition(), clock.today());
    let include = included::read_include(&mut params);
    params.finish()?;
    let (format, has_included) = (form.format, !include.is_empty());
    let is_changed = has_included || as_of.is_some() || valid_on.is_some() || !fields.is_empty();
    if format == MediaFormat::Json && !is_changed && engine::has_no_derived(kind) {
        let name = name.clone();
        if let Some(row) = state.db.read_single_statement(move |tx| engine::read_row(tx, kind, &name)).await?
        {
            let mut body = String::with_capacity(256 + 2 * row.content.len() + row.names.len());
            engine::write_presented(&mut body, kind, &row, &state.verified_rows)?;
            return Ok(record_response(row.version, body, true));
        }
    }
    let setting = form.record_context(&request, kind);
    let is_whole = fields.is_empty();
    let (clock, sealer, answered) = (clock.clone(), state.cursor_signer.clone(), form.clone());
    let read = move |tx: &mut Conn| {
        let (version, mut members) = match engine::read_as_of(tx, kind, &name, as_of, &clock)? {
            RecordLookup::Record(version, members) => (version, members),
            RecordLookup::Moved(merged_into) => return Ok(RecordAnswer::MergedInto(merged_into)),
        };
        let included = engine::include_referrers(tx, &members, &include, &clock)?;
        if let Some(held) = valid_on {
            held.mark_holds(&mut members);
        }
        if format != MediaFormat::Json {
            let records = std::slice::from_ref(&members);
            let places = forms::authority_locations(tx, kind.definition(), format, records)?;
            return Ok(RecordAnswer::Document(forms::render_record(
                &answered,
                setting.clone(),
                version,
                &members,
                &places,
            )?));
        }
        query::keep_fields(&mut members, &fields);
        if has_included {
            members.insert("included".into(), included::included_pages(included, &sealer));
        }
        Ok(RecordAnswer::Json(version, Value::Object(members).to_string()))
    };
    let shown = match (has_included, format != MediaFormat::Json || is_changed) {
        (true, _) => state.db.read_long(read).await?,
        (false, true) => state.db.read(read).await?,
        (false, false) => state.db.read_short(read).await?,
    };
    Ok(match shown {
        RecordAnswer::MergedInto(merged_into) => history::redirect_to(&request, kind, merged_into),
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

pub(super) async fn create(
    request: HttpRequest,
    state: Data<AppState>,
    payload: Payload,
) -> Result<HttpResponse> {
    let call = WriteRequest::from_request(&request, &state, QueryParams::from_request(&request)).await?;
    let (_, body) = body::read_json(&request, payload, &[JSON]).await?;
    let sent = body.to_string();
    let draft = RecordInput::read(call.kind, without_id(body), None);
    let id = store::new_record_id();
    call.write(&request, &state, &sent, move |tx, author, call| {
        let draft = draft.clone().map_err(Problem::invalid)?;
        engine::write(tx, author, call.kind, &WriteTarget::Create(id), draft, &call.precondition, call.today)
    })
    .await
}

/// A new record has no id yet: one that a copied record brings along is read-only.
fn without_id(mut body: Value) -> Value {
    if let Some(members) = body.as_object_mut() {
        members.shift_remove("id");
    }
    body
}

pub(super) async fn put(
    request: HttpRequest,
    state: Data<AppState>,
    payload: Payload,
) -> Result<HttpResponse> {
    let mut params = QueryParams::from_request(&request);
    let base = query::read_base_version(&mut params);
    let call = WriteRequest::from_request(&request, &state, params).await?.with_base_version(base);
    let name = query::record_key(&request)?;
    let (_, body) = body::read_json(&request, payload, &[JSON]).await?;
    let (id, sent) = (store::new_record_id(), body.to_string());
    let given = body.get("id").and_then(Value::as_str).map(str::to_owned);
    let expected = if let RecordKey::Id(id) = &name { Some(id.to_string()) } else { given.clone() };
    let draft = RecordInput::read_replacement(call.kind, body, expected.as_deref());
    if let (None, Ok(same)) = (base, &draft) {
        let (same, given) = (same.clone(), given.clone());
        let find_unchanged = move |tx: &mut Conn, idle: NoOpCheck<'_>| {
            let written = idle.check_replacement(tx, &same)?;
            Ok(written.filter(|written| given.is_none_or(|given| is_same_id(&given, written))))
        };
        if let Some(reply) = call.try_unchanged(&request, &state, &sent, find_unchanged).await? {
            return Ok(reply);
        }
    }
    call.write(&request, &state, &sent, move |tx, author, call| {
        let mut draft = draft.clone().map_err(Problem::invalid)?;
        if let Some(version) = base {
            let base = (version, true);
            draft = engine::merge_onto_current(
                tx,
                &author.provenance,
                call.kind,
                &name,
                base,
                draft,
                call.today,
            )?;
        }
        let goal = WriteTarget::Replace(name.clone(), id);
        let written = engine::write(tx, author, call.kind, &goal, draft, &call.precondition, call.today)?;
        match &given {
            Some(given) if !written.created && !is_same_id(given, &written) => {
                let facts = vec![("expected", written.id.to_string())];
                Err(Problem::invalid(vec![Fault::at_pointer("/id", ErrorCode::Mismatch, facts)]).into())
            }
            _ => Ok(written),
        }
    })
    .await
}

/// Whether an id in a body is that of the record written.
fn is_same_id(given: &str, written: &WriteOutcome) -> bool {
    given.eq_ignore_ascii_case(&written.id.to_string())
}

pub(super) async fn patch(
    request: HttpRequest,
    state: Data<AppState>,
    payload: Payload,
) -> Result<HttpResponse> {
    let mut params = QueryParams::from_request(&request);
    let base = query::read_base_version(&mut params);
    let call = WriteRequest::from_request(&request, &state, params).await?.with_base_version(base);
    let name = query::record_key(&request)?;
    let (media, body) = body::read_json(&request, payload, &[MERGE_PATCH, JSON, JSON_PATCH]).await?;
    let sent = body.to_string();
    let patch = Arc::new(match media {
        JSON_PATCH => RecordPatch::JsonPatch(JsonPatch::read(body)?),
        _ => RecordPatch::MergePatch(body),
    });
    if base.is_none() {
        let same = patch.clone();
        let find_unchanged = move |tx: &mut Conn, idle: NoOpCheck<'_>| idle.check_patch(tx, &same);
        if let Some(reply) = call.try_unchanged(&request, &state, &sent, find_unchanged).await? {
            return Ok(reply);
        }
    }
    call.write(&request, &state, &sent, move |tx, author, call| {
        engine::patch(tx, author, call.kind, &name, &patch, &call.precondition, base, &call.clock)
    })
    .await
}

pub(super) async fn delete(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let mut params = QueryParams::from_request(&request);
    let erase = params.flag("erase");
    let call = WriteRequest::from_request(&request, &state, params).await?;
    let name = query::record_key(&request)?;
    let (conflicts, is_dry_run) = (call.conflict_log(&state), call.is_dry_run());
    let work = move |tx: &mut Conn| {
        let (key, author) = call.verify_author(tx)?;
        let delete = if erase { engine::erase } else { engine::delete };
        let change = delete(tx, &author, call.kind, &name, &call.precondition)?;
        Ok::<_, TxError>((key, author, change))
    };
    if is_dry_run {
        state.db.write_exclusive(move |tx| Ok((work(tx).map(drop)?, false))).await?;
        return Ok(mark_dry_run(HttpResponse::NoContent().finish()));
    }
    let deleted = state.db.write(move |tx| {
        let (key, author, change) = work(tx)?;
        store::clear_conflict(tx, &key.id, change.id)?;
        store::append_changes(tx, &author.provenance, &[change])
    });
    conflicts.record(deleted.await).await?;
    if erase {
        state.db.purge_deleted().await?;
    }
    Ok(HttpResponse::NoContent().finish())
}

/// `GET /v1/{collection}/{id}/owners`: who wrote which member last.
pub(super) async fn get_owners(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    QueryParams::from_request(&request).finish()?;
    let kind = collection_kind(&request)?;
    let name = query::record_key(&request)?;
    let read = move |tx: &mut Conn| {
        let items = engine::field_owners(tx, kind, &name)?;
        Ok(json!({"items": items, "page": {"limit": items.len()}}).to_string())
    };
    let body = state.db.read_long(read).await?;
    Ok(replies::json_with_etag(&format!("\"{}\"", replies::xxh3_hex(body.as_bytes())), body))
}
