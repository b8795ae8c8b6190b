//! The handlers that every kind has alike.

use super::call::{Call, tried};
use super::forms::{self, Document, Form};
use super::query::{self, Held, Listing};
use super::{Collection, history, included};
use crate::db::paging::{Position, Row};
use crate::db::sql::Clause;
use crate::db::types::Id;
use crate::db::{self, Conn, Failure};
use crate::error::{Code, Fault, Problem, Result};
use crate::http::State;
use crate::http::body::{self, JSON, JSON_PATCH, MERGE_PATCH};
use crate::http::negotiation::Format;
use crate::http::params::Params;
use crate::http::replies;
use crate::registry::content::Sound;
use crate::registry::engine::{self, Draft, Found, Goal, Idle, Name, Patch, Rows, Search, Written};
use crate::registry::{filter, store};
use crate::vocabulary::Kind;
use crate::vocabulary::json_patch::JsonPatch;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn kind(request: &HttpRequest) -> Result<Kind> {
    request
        .app_data::<Collection>()
        .map(|collection| collection.0)
        .ok_or_else(|| Problem::new(Code::Internal))
}

pub(super) async fn list(request: HttpRequest, state: Data<State>) -> Result<HttpResponse> {
    let listing = Listing::read(&request, kind(&request)?.shelf(), &state, None)?;
    page(&request, &state, listing).await
}

/// The records of one parent: the same list, filtered. 404 or 410 when there is no such parent.
pub(super) async fn list_below(request: HttpRequest, state: Data<State>) -> Result<HttpResponse> {
    let kind = kind(&request)?;
    let Some((parent, member)) = kind.shelf().parent() else { return Err(Problem::new(Code::NotFound)) };
    let (name, clock) = (query::name(&request)?, state.clock.clone());
    let (above, id) = (name.clone(), name);
    state.db.read(move |tx| engine::one(tx, parent, &above, &clock).map(drop)).await?;
    let filters = kind.shelf().filters().iter().find(|filter| filter.name == member);
    let condition = filters.map(|filter| filter.condition(member, &[id.to_string()], state.clock.today()));
    let condition = condition.transpose().map_err(|fault| Problem::bad_request(vec![fault]))?;
    let listing = Listing::read(&request, kind.shelf(), &state, condition)?;
    page(&request, &state, listing).await
}

async fn page(request: &HttpRequest, state: &State, listing: Listing) -> Result<HttpResponse> {
    if listing.is_whole {
        return forms::whole(request, state, listing).await;
    }
    if listing.form.format != Format::Json {
        return forms::page(request, state, listing).await;
    }
    let limit = listing.search.limit;
    let Paged { mut body, next, total } = paged(state, &listing).await?;
    body.push(']');
    let next = next.map(|position| listing.next(&state.sealer, &position, limit));
    let mut reply = query::finish(body, limit, next, total);
    replies::vary(&mut reply, "Accept");
    replies::describe(&mut reply);
    Ok(reply)
}

/// A page as JSON text up to its last item, where it ends, and how many items there are in all.
struct Paged {
    body: String,
    next: Option<Position>,
    total: Option<i64>,
}

/// Reads a page: in place only what is short whatever the registry holds.
async fn paged(state: &State, listing: &Listing) -> Result<Paged> {
    let (search, fields, clock) = (listing.search.clone(), listing.fields.clone(), state.clock.clone());
    let is_plain = fields.is_empty() && search.valid_on.is_none() && engine::is_plain(search.kind);
    let counts = search.count;
    let is_single = !counts && search.words.is_empty();
    let is_short = is_plain && listing.is_short;
    if is_single && is_short {
        let Rows { rows, next } = state.db.read_once(move |tx| engine::rows(tx, &search)).await?;
        return Ok(Paged { body: written(&state.sound, listing.search.kind, &rows)?, next, total: None });
    }
    let (totals, list, today) = (state.totals.clone(), listing.context.clone(), clock.today());
    let sound = state.sound.clone();
    let read = move |tx: &mut Conn, search: &Search, may_count: bool| {
        let mut total = None;
        if search.count {
            let moment = (store::head(tx)?, today);
            total = totals.known(&list, moment);
            if total.is_none() && !may_count {
                return Ok(None);
            }
            if total.is_none() {
                let counted = engine::count(tx, search)?;
                totals.note(&list, moment, counted);
                total = Some(counted);
            }
        }
        if is_plain {
            let Rows { rows, next } = engine::rows(tx, search)?;
            return Ok(Some(Paged { body: written(&sound, search.kind, &rows)?, next, total }));
        }
        let search = Search { count: false, ..search.clone() };
        let mut page = engine::list(tx, &search, &clock)?;
        page.items.iter_mut().for_each(|record| query::only(record, &fields));
        let texts: Vec<String> =
            page.items.into_iter().map(|record| Value::Object(record).to_string()).collect();
        Ok(Some(Paged { body: [BEGINNING, &texts.join(",")].concat(), next: page.next, total }))
    };
    // A total that is known already is not counted again.
    if is_short && counts {
        let (read, search) = (read.clone(), search.clone());
        if let Some(page) = state.db.read_short(move |tx| read(tx, &search, false)).await? {
            return Ok(page);
        }
    } else if is_plain && listing.is_stepwise {
        let filter = Clause::all(vec![Clause::in_time_within(db::BRIEFLY), search.filter.clone()]);
        let brief = Search { filter, ..search.clone() };
        if let Some(Some(page)) = state.db.try_in_place(|tx| read(tx, &brief, false))? {
            return Ok(page);
        }
    }
    let page = state.db.read_long(move |tx| read(tx, &search, true)).await?;
    page.ok_or_else(|| Problem::new(Code::Internal))
}

/// What stands before the items of a page.
const BEGINNING: &str = "{\"items\":[";

/// A page of records, up to the last of them.
fn written(sound: &Sound, kind: Kind, rows: &[Row]) -> Result<String> {
    let size = |row: &Row| 2 * row.content.len() + row.names.len();
    let mut body = String::with_capacity(256 + rows.iter().map(size).sum::<usize>());
    body.push_str(BEGINNING);
    for (index, row) in rows.iter().enumerate() {
        if index > 0 {
            body.push(',');
        }
        engine::write_row(&mut body, kind, row, sound)?;
    }
    Ok(body)
}

/// The answer of a record: its version, its JSON text, and whether all of it is there.
fn record(version: i64, body: String, is_whole: bool) -> HttpResponse {
    let etag = replies::etag(version, &body);
    let etag = if is_whole { etag } else { format!("W/{etag}") };
    let mut reply = replies::cacheable(&etag, body);
    replies::vary(&mut reply, "Accept");
    reply
}

pub(super) async fn get(request: HttpRequest, state: Data<State>) -> Result<HttpResponse> {
    let (kind, name, clock) = (kind(&request)?, query::name(&request)?, state.clock.clone());
    let mut params = Params::of(&request);
    let mut form = Form::read(&request, &mut params, &forms::of_one(kind.shelf()))?;
    let fields = form.fields(&mut params, kind.shelf());
    let as_of = params.one("as_of").and_then(|time| params.keep(filter::instant("as_of", &time)));
    let valid_on = Held::asked(&mut params, kind.shelf(), clock.today());
    let include = included::asked(&mut params);
    params.finish()?;
    let (format, has_included) = (form.format, !include.is_empty());
    let is_changed = has_included || as_of.is_some() || valid_on.is_some() || !fields.is_empty();
    if format == Format::Json && !is_changed && engine::is_plain(kind) {
        let name = name.clone();
        if let Some(row) = state.db.read_once(move |tx| engine::plain(tx, kind, &name)).await? {
            let mut body = String::with_capacity(256 + 2 * row.content.len() + row.names.len());
            engine::write_row(&mut body, kind, &row, &state.sound)?;
            return Ok(record(row.version, body, true));
        }
    }
    let setting = form.setting_of_one(&request, kind);
    let is_whole = fields.is_empty();
    let (clock, sealer, answered) = (clock.clone(), state.sealer.clone(), form.clone());
    let read = move |tx: &mut Conn| {
        let (version, mut members) = match engine::get(tx, kind, &name, as_of, &clock)? {
            Found::Record(version, members) => (version, members),
            Found::Moved(heir) => return Ok(Shown::Moved(heir)),
        };
        let included = engine::include(tx, &members, &include, &clock)?;
        if let Some(held) = valid_on {
            held.mark(&mut members);
        }
        if format != Format::Json {
            let records = std::slice::from_ref(&members);
            let places = forms::places(tx, kind.shelf(), format, records)?;
            return Ok(Shown::Document(forms::one(&answered, setting.clone(), version, &members, &places)?));
        }
        query::only(&mut members, &fields);
        if has_included {
            members.insert("included".into(), included::pages(included, &sealer));
        }
        Ok(Shown::Json(version, Value::Object(members).to_string()))
    };
    let shown = match (has_included, format != Format::Json || is_changed) {
        (true, _) => state.db.read_long(read).await?,
        (false, true) => state.db.read(read).await?,
        (false, false) => state.db.read_short(read).await?,
    };
    Ok(match shown {
        Shown::Moved(heir) => history::moved(&request, kind, heir),
        Shown::Json(version, body) => record(version, body, is_whole),
        Shown::Document(document) => form.answer(document),
    })
}

/// A record as answered.
enum Shown {
    /// Its version, and JSON.
    Json(i64, String),
    /// In another form.
    Document(Document),
    /// It was merged into another.
    Moved(Id),
}

pub(super) async fn create(
    request: HttpRequest,
    state: Data<State>,
    payload: Payload,
) -> Result<HttpResponse> {
    let call = Call::read(&request, &state, Params::of(&request)).await?;
    let (_, body) = body::read(&request, payload, &[JSON]).await?;
    let sent = body.to_string();
    let draft = Draft::read(call.kind, without_id(body), None);
    let id = store::new_id();
    call.write(&request, &state, &sent, move |tx, author, call| {
        let draft = draft.clone().map_err(Problem::invalid)?;
        engine::write(tx, author, call.kind, &Goal::Create(id), draft, &call.precondition, call.today)
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

pub(super) async fn put(request: HttpRequest, state: Data<State>, payload: Payload) -> Result<HttpResponse> {
    let mut params = Params::of(&request);
    let base = query::base_version(&mut params);
    let call = Call::read(&request, &state, params).await?.onto(base);
    let name = query::name(&request)?;
    let (_, body) = body::read(&request, payload, &[JSON]).await?;
    let (id, sent) = (store::new_id(), body.to_string());
    let given = body.get("id").and_then(Value::as_str).map(str::to_owned);
    let expected = if let Name::Id(id) = &name { Some(id.to_string()) } else { given.clone() };
    let draft = Draft::read_whole(call.kind, body, expected.as_deref());
    if let (None, Ok(same)) = (base, &draft) {
        let (same, given) = (same.clone(), given.clone());
        let told = move |tx: &mut Conn, idle: Idle<'_>| {
            let written = idle.put(tx, &same)?;
            Ok(written.filter(|written| given.is_none_or(|given| is_of(&given, written))))
        };
        if let Some(reply) = call.idle(&request, &state, &sent, told).await? {
            return Ok(reply);
        }
    }
    call.write(&request, &state, &sent, move |tx, author, call| {
        let mut draft = draft.clone().map_err(Problem::invalid)?;
        if let Some(version) = base {
            let base = (version, true);
            draft = engine::rebase(tx, &author.stamp, call.kind, &name, base, draft, call.today)?;
        }
        let goal = Goal::Replace(name.clone(), id);
        let written = engine::write(tx, author, call.kind, &goal, draft, &call.precondition, call.today)?;
        match &given {
            Some(given) if !written.created && !is_of(given, &written) => {
                let facts = vec![("expected", written.id.to_string())];
                Err(Problem::invalid(vec![Fault::at("/id", Code::Mismatch, facts)]).into())
            }
            _ => Ok(written),
        }
    })
    .await
}

/// Whether an id in a body is that of the record written.
fn is_of(given: &str, written: &Written) -> bool {
    given.eq_ignore_ascii_case(&written.id.to_string())
}

pub(super) async fn patch(
    request: HttpRequest,
    state: Data<State>,
    payload: Payload,
) -> Result<HttpResponse> {
    let mut params = Params::of(&request);
    let base = query::base_version(&mut params);
    let call = Call::read(&request, &state, params).await?.onto(base);
    let name = query::name(&request)?;
    let (media, body) = body::read(&request, payload, &[MERGE_PATCH, JSON, JSON_PATCH]).await?;
    let sent = body.to_string();
    let patch = Arc::new(match media {
        JSON_PATCH => Patch::Operations(JsonPatch::read(body)?),
        _ => Patch::Merge(body),
    });
    if base.is_none() {
        let same = patch.clone();
        let told = move |tx: &mut Conn, idle: Idle<'_>| idle.patched(tx, &same);
        if let Some(reply) = call.idle(&request, &state, &sent, told).await? {
            return Ok(reply);
        }
    }
    call.write(&request, &state, &sent, move |tx, author, call| {
        engine::patch(tx, author, call.kind, &name, &patch, &call.precondition, base, &call.clock)
    })
    .await
}

pub(super) async fn delete(request: HttpRequest, state: Data<State>) -> Result<HttpResponse> {
    let mut params = Params::of(&request);
    let erase = params.flag("erase");
    let call = Call::read(&request, &state, params).await?;
    let name = query::name(&request)?;
    let (conflicts, is_dry_run) = (call.conflicts(&state), call.is_dry_run());
    let work = move |tx: &mut Conn| {
        let (key, author) = call.author(tx)?;
        let delete = if erase { engine::erase } else { engine::delete };
        let change = delete(tx, &author, call.kind, &name, &call.precondition)?;
        Ok::<_, Failure>((key, author, change))
    };
    if is_dry_run {
        state.db.write_alone(move |tx| Ok((work(tx).map(drop)?, false))).await?;
        return Ok(tried(HttpResponse::NoContent().finish()));
    }
    let deleted = state.db.write(move |tx| {
        let (key, author, change) = work(tx)?;
        store::settle(tx, &key.id, change.id)?;
        store::append(tx, &author.stamp, &[change])
    });
    conflicts.noted(deleted.await).await?;
    if erase {
        state.db.wipe().await?;
    }
    Ok(HttpResponse::NoContent().finish())
}

/// `GET /v1/{collection}/{id}/owners`: who wrote which member last.
pub(super) async fn owners(request: HttpRequest, state: Data<State>) -> Result<HttpResponse> {
    Params::of(&request).finish()?;
    let kind = kind(&request)?;
    let name = query::name(&request)?;
    let read = move |tx: &mut Conn| {
        let items = engine::owned(tx, kind, &name)?;
        Ok(json!({"items": items, "page": {"limit": items.len()}}).to_string())
    };
    let body = state.db.read_long(read).await?;
    Ok(replies::cacheable(&format!("\"{}\"", replies::digest(body.as_bytes())), body))
}
