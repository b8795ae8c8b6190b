//! The query of a list, read whole: filters, order, page, form.

use super::forms::{self, Representation};
use crate::db::paging::{KeysetPosition, OrderKey};
use crate::db::sql::SqlFragment;
use crate::error::{ErrorCode, Fault, Result};
use crate::http::AppState;
use crate::http::cursor::CursorSigner;
use crate::http::negotiation::MediaFormat;
use crate::http::params::QueryParams;
use crate::http::replies;
use crate::registry::engine::{ListQuery, RecordKey};
use crate::registry::filter::Filter;
use crate::registry::shelf::Definition;
use crate::registry::validity::ValidityRules;
use crate::registry::{filter, store};
use actix_web::{HttpRequest, HttpResponse};
use jiff::civil::Date;
use serde_json::{Map, Value};

/// The most records of a page that is read in place.
const MAX_INLINE_LIMIT: i64 = 100;

/// A list, as asked.
pub(super) struct ListRequest {
    /// What to read.
    pub(super) query: ListQuery,
    /// The members to show; all when there are none.
    pub(super) fields: Vec<String>,
    /// Whether reading a page is short by construction: an index gives it, and it is small.
    pub(super) is_by_index: bool,
    /// Whether a page is small and each record is judged by itself, so that reading can be ended after any of them.
    pub(super) is_interruptible: bool,
    /// The path and parameters of this list, without its cursor, and with its form.
    pub(super) cursor_context: String,
    /// The form that is answered.
    pub(super) representation: Representation,
    /// Whether the whole list is asked for, not a page.
    pub(super) is_whole_list: bool,
}

impl ListRequest {
    /// Reads the query; `above` is the condition that the path sets.
    pub(super) fn from_request(
        request: &HttpRequest,
        shelf: &'static dyn Definition,
        state: &AppState,
        above: Option<SqlFragment>,
    ) -> Result<Self> {
        let mut params = QueryParams::from_request(request);
        let today = state.clock.today();
        let mut form = Representation::from_request(request, &mut params, &forms::list_formats(shelf))?;
        let is_whole = form.is_whole_list() && !params.has("limit") && !params.has("cursor");
        let mut conditions = filter_conditions(&mut params, shelf.filters(), today);
        conditions.extend(above);
        let identifiers = params.list("identifier");
        if !identifiers.is_empty() {
            conditions.extend(params.accept(filter::identifier_condition(shelf.kind(), &identifiers)));
        }
        for name in ["updated_at[gte]", "updated_at[lte]"] {
            let values: Vec<String> = params.single(name).into_iter().collect();
            if !values.is_empty() {
                conditions.extend(params.accept(filter::updated_at_condition(name, &values)));
            }
        }
        let valid_on = ValidOn::from_params(&mut params, shelf, today);
        conditions.extend(valid_on.as_ref().map(ValidOn::to_condition));
        let valid_on = valid_on.map(|held| held.day);
        let asked = params.search_query();
        let words = asked.and_then(|words| params.accept(filter::text_query(&words))).unwrap_or_default();
        let count = wants_total(&mut params) && form.format == MediaFormat::Json;
        let limit = params.page_limit();
        let fields = form.read_fields(&mut params, shelf);
        let newest = if form.format == MediaFormat::Atom { "-updated_at" } else { shelf.default_sort() };
        let sort = params.single("sort").unwrap_or_else(|| newest.to_owned());
        let order = params.accept(filter::parse_sort(&sort, shelf.sort_keys())).unwrap_or_default();
        let context = form.list_url(request);
        let after = params.single("cursor").and_then(|cursor| {
            let position = state
                .cursor_signer
                .verify(&context, &cursor)
                .and_then(|payload| parse_position(&payload, &order));
            params.accept(
                position.ok_or_else(|| Fault::at_parameter("cursor", ErrorCode::InvalidCursor, vec![])),
            )
        });
        params.finish()?;
        // Every order of one key has its index; with a condition or another key, all records may have to be looked at.
        let is_by_index = conditions.is_empty() && words.is_empty() && !sort.contains(',');
        let is_short = is_by_index && fields.is_empty() && limit <= MAX_INLINE_LIMIT;
        let filter = SqlFragment::all(conditions);
        let is_stepwise = words.is_empty() && limit <= MAX_INLINE_LIMIT && !filter.mentions("SELECT");
        Ok(Self {
            query: ListQuery {
                kind: shelf.kind(),
                filter,
                text_query: words,
                order,
                after,
                limit,
                wants_total: count,
                valid_on,
            },
            fields,
            is_by_index: is_short,
            is_interruptible: is_stepwise,
            cursor_context: context,
            representation: form,
            is_whole_list: is_whole,
        })
    }

    /// The address of the page after `position`.
    pub(super) fn next_link(&self, sealer: &CursorSigner, position: &KeysetPosition, limit: i64) -> String {
        next_page_link(&self.cursor_context, sealer, position, limit)
    }
}

/// The address of the page of a list after `position`; `context` is the list's, as [`context`] gives it.
pub(super) fn next_page_link(
    context: &str,
    sealer: &CursorSigner,
    position: &KeysetPosition,
    limit: i64,
) -> String {
    let mut payload = position.keys.clone();
    payload.push(position.id.to_string());
    let cursor = sealer.sign(context, &Value::from(payload).to_string());
    let join = if context.contains('?') { '&' } else { '?' };
    format!("{context}{join}limit={limit}&cursor={cursor}")
}

/// What `valid_on` asks of a kind.
#[derive(Clone, Copy)]
pub(super) struct ValidOn {
    validity: ValidityRules,
    day: Date,
    today: Date,
}

impl ValidOn {
    /// Reads `valid_on`, which only kinds know that hold for a time.
    pub(super) fn from_params(
        params: &mut QueryParams,
        shelf: &'static dyn Definition,
        today: Date,
    ) -> Option<Self> {
        let validity = shelf.validity_rules()?;
        let given = params.single("valid_on")?;
        let day = given.parse().ok().filter(|_| given.len() == "2015-06-01".len());
        let day = params
            .accept(day.ok_or_else(|| Fault::invalid_parameter("valid_on", &given, "a day, `YYYY-MM-DD`")))?;
        Some(Self { validity, day, today })
    }

    /// Something of the record may have held.
    fn to_condition(&self) -> SqlFragment {
        (self.validity.condition)(self.day, self.today)
    }

    /// Says in an answered record what held.
    pub(super) fn mark_holds(&self, record: &mut Map<String, Value>) {
        self.validity.mark_holds(record, self.day, self.today);
    }
}

/// The conditions that these filters set, as asked.
pub(crate) fn filter_conditions<'a>(
    params: &mut QueryParams,
    filters: impl IntoIterator<Item = &'a Filter>,
    today: Date,
) -> Vec<SqlFragment> {
    let mut conditions = Vec::new();
    for filter in filters {
        for name in filter.parameter_names() {
            let values = params.list(&name);
            if !values.is_empty() {
                conditions.extend(params.accept(filter.condition(&name, &values, today)));
            }
        }
    }
    conditions
}

/// A page as answered.
pub(crate) fn page_response(
    items: Value,
    limit: i64,
    next: Option<String>,
    total: Option<i64>,
) -> HttpResponse {
    let mut body = Value::Object(Map::from_iter([("items".into(), items)])).to_string();
    body.pop();
    finish_page(body, limit, next, total)
}

/// A page as answered, whose body is written up to the end of its items.
pub(super) fn finish_page(
    mut body: String,
    limit: i64,
    next: Option<String>,
    total: Option<i64>,
) -> HttpResponse {
    let mut about = Map::new();
    about.insert("limit".into(), limit.into());
    about.extend(next.iter().map(|next| ("next".to_owned(), next.as_str().into())));
    about.extend(total.map(|total| ("total".to_owned(), total.into())));
    body.extend([",\"page\":", &Value::Object(about).to_string(), "}"]);
    let mut reply = replies::json_with_etag(&format!("\"{}\"", replies::xxh3_hex(body.as_bytes())), body);
    if let Some(next) = next {
        replies::add_link(&mut reply, &next, "next");
    }
    reply
}

/// Path and query without `cursor` and `limit`, parameters in order: what a cursor is valid for.
pub(crate) fn cursor_context(request: &HttpRequest) -> String {
    url_without(request, &["cursor", "limit"], &[])
}

/// Path and query without some parameters and with others, in order.
pub(super) fn url_without(request: &HttpRequest, dropped: &[&str], added: &[(&str, &str)]) -> String {
    let given = form_urlencoded::parse(request.query_string().as_bytes()).into_owned();
    let mut pairs: Vec<(String, String)> =
        given.filter(|(name, _)| !dropped.contains(&name.as_str())).collect();
    pairs.extend(added.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    pairs.sort();
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    if query.is_empty() { request.path().to_owned() } else { format!("{}?{query}", request.path()) }
}

fn parse_position(payload: &str, order: &[OrderKey]) -> Option<KeysetPosition> {
    let mut keys: Vec<String> = serde_json::from_str(payload).ok()?;
    let id = store::parse_record_id(&keys.pop()?)?;
    (keys.len() == order.len()).then_some(KeysetPosition { keys, id })
}

/// Whether `count=exact` asks how many there are.
pub(crate) fn wants_total(params: &mut QueryParams) -> bool {
    match params.single("count").as_deref() {
        None => false,
        Some("exact") => true,
        Some(other) => {
            params.invalid("count", other, "`exact`");
            false
        }
    }
}

/// The members of every answer.
pub(super) const ENVELOPE: [&str; 9] =
    ["id", "kind", "version", "created_at", "updated_at", "origin", "label", "identifiers", "citations"];

/// The members that `fields` can ask for.
pub(super) fn selectable_fields(shelf: &'static dyn Definition) -> Vec<&'static str> {
    let derived = shelf.derived_members().iter().map(|derived| derived.name);
    ENVELOPE.into_iter().chain(shelf.content_members().iter().copied()).chain(derived).collect()
}

/// The members that `fields` asks for.
pub(super) fn read_fields(params: &mut QueryParams, shelf: &'static dyn Definition) -> Vec<String> {
    let (asked, known) = (params.list("fields"), selectable_fields(shelf));
    for field in asked.iter().filter(|field| !known.contains(&field.as_str())) {
        params.invalid("fields", field, &format!("some of {}", known.join(", ")));
    }
    asked
}

/// Leaves only the members asked for.
pub(super) fn keep_fields(record: &mut Map<String, Value>, fields: &[String]) {
    if !fields.is_empty() {
        record.retain(|name, _| fields.iter().any(|field| field == name));
    }
}

/// The name in the path.
pub(super) fn record_key(request: &HttpRequest) -> Result<RecordKey> {
    RecordKey::parse(request.match_info().get("id").unwrap_or_default())
}

/// The version that the caller knew, if only the difference to it counts.
pub(super) fn read_base_version(params: &mut QueryParams) -> Option<i64> {
    let base = params.integer("base_version", 1..=i64::MAX, 0);
    (base > 0).then_some(base)
}
