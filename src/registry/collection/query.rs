//! The query of a list, read whole: filters, order, page, form.

use super::forms::{self, Form};
use crate::db::paging::{Order, Position};
use crate::db::sql::Clause;
use crate::error::{Code, Fault, Result};
use crate::http::State;
use crate::http::cursor::Sealer;
use crate::http::negotiation::Format;
use crate::http::params::Params;
use crate::http::replies;
use crate::registry::engine::{Name, Search};
use crate::registry::filter::Filter;
use crate::registry::shelf::Shelf;
use crate::registry::validity::Validity;
use crate::registry::{filter, store};
use actix_web::{HttpRequest, HttpResponse};
use jiff::civil::Date;
use serde_json::{Map, Value};

/// The most records of a page that is read in place.
const MOST_AT_ONCE: i64 = 100;

/// A list, as asked.
pub(super) struct Listing {
    /// What to read.
    pub(super) search: Search,
    /// The members to show; all when there are none.
    pub(super) fields: Vec<String>,
    /// Whether reading a page is short by construction: an index gives it, and it is small.
    pub(super) is_short: bool,
    /// Whether a page is small and each record is judged by itself, so that reading can be ended after any of them.
    pub(super) is_stepwise: bool,
    /// The path and parameters of this list, without its cursor, and with its form.
    pub(super) context: String,
    /// The form that is answered.
    pub(super) form: Form,
    /// Whether the whole list is asked for, not a page.
    pub(super) is_whole: bool,
}

impl Listing {
    /// Reads the query; `above` is the condition that the path sets.
    pub(super) fn read(
        request: &HttpRequest,
        shelf: &'static dyn Shelf,
        state: &State,
        above: Option<Clause>,
    ) -> Result<Self> {
        let mut params = Params::of(request);
        let today = state.clock.today();
        let mut form = Form::read(request, &mut params, &forms::of_lists(shelf))?;
        let is_whole = form.is_whole() && !params.has("limit") && !params.has("cursor");
        let mut conditions = conditions(&mut params, shelf.filters(), today);
        conditions.extend(above);
        let identifiers = params.many("identifier");
        if !identifiers.is_empty() {
            conditions.extend(params.keep(filter::identified(shelf.kind(), &identifiers)));
        }
        for name in ["updated_at[gte]", "updated_at[lte]"] {
            let values: Vec<String> = params.one(name).into_iter().collect();
            if !values.is_empty() {
                conditions.extend(params.keep(filter::updated(name, &values)));
            }
        }
        let valid_on = Held::asked(&mut params, shelf, today);
        conditions.extend(valid_on.as_ref().map(Held::condition));
        let valid_on = valid_on.map(|held| held.day);
        let asked = params.query();
        let words = asked.and_then(|words| params.keep(filter::search(&words))).unwrap_or_default();
        let count = exact(&mut params) && form.format == Format::Json;
        let limit = params.limit();
        let fields = form.fields(&mut params, shelf);
        let newest = if form.format == Format::Atom { "-updated_at" } else { shelf.default_sort() };
        let sort = params.one("sort").unwrap_or_else(|| newest.to_owned());
        let order = params.keep(filter::order(&sort, shelf.sorts())).unwrap_or_default();
        let context = form.address(request);
        let after = params.one("cursor").and_then(|cursor| {
            let position =
                state.sealer.open(&context, &cursor).and_then(|payload| position(&payload, &order));
            params.keep(position.ok_or_else(|| Fault::parameter("cursor", Code::InvalidCursor, vec![])))
        });
        params.finish()?;
        // Every order of one key has its index; with a condition or another key, all records may have to be looked at.
        let is_by_index = conditions.is_empty() && words.is_empty() && !sort.contains(',');
        let is_short = is_by_index && fields.is_empty() && limit <= MOST_AT_ONCE;
        let filter = Clause::all(conditions);
        let is_stepwise = words.is_empty() && limit <= MOST_AT_ONCE && !filter.mentions("SELECT");
        Ok(Self {
            search: Search { kind: shelf.kind(), filter, words, order, after, limit, count, valid_on },
            fields,
            is_short,
            is_stepwise,
            context,
            form,
            is_whole,
        })
    }

    /// The address of the page after `position`.
    pub(super) fn next(&self, sealer: &Sealer, position: &Position, limit: i64) -> String {
        following(&self.context, sealer, position, limit)
    }
}

/// The address of the page of a list after `position`; `context` is the list's, as [`context`] gives it.
pub(super) fn following(context: &str, sealer: &Sealer, position: &Position, limit: i64) -> String {
    let mut payload = position.keys.clone();
    payload.push(position.id.to_string());
    let cursor = sealer.seal(context, &Value::from(payload).to_string());
    let join = if context.contains('?') { '&' } else { '?' };
    format!("{context}{join}limit={limit}&cursor={cursor}")
}

/// What `valid_on` asks of a kind.
#[derive(Clone, Copy)]
pub(super) struct Held {
    validity: Validity,
    day: Date,
    today: Date,
}

impl Held {
    /// Reads `valid_on`, which only kinds know that hold for a time.
    pub(super) fn asked(params: &mut Params, shelf: &'static dyn Shelf, today: Date) -> Option<Self> {
        let validity = shelf.validity()?;
        let given = params.one("valid_on")?;
        let day = given.parse().ok().filter(|_| given.len() == "2015-06-01".len());
        let day = params.keep(day.ok_or_else(|| Fault::misfit("valid_on", &given, "a day, `YYYY-MM-DD`")))?;
        Some(Self { validity, day, today })
    }

    /// Something of the record may have held.
    fn condition(&self) -> Clause {
        (self.validity.condition)(self.day, self.today)
    }

    /// Says in an answered record what held.
    pub(super) fn mark(&self, record: &mut Map<String, Value>) {
        self.validity.mark(record, self.day, self.today);
    }
}

/// The conditions that these filters set, as asked.
pub(crate) fn conditions<'a>(
    params: &mut Params,
    filters: impl IntoIterator<Item = &'a Filter>,
    today: Date,
) -> Vec<Clause> {
    let mut conditions = Vec::new();
    for filter in filters {
        for name in filter.names() {
            let values = params.many(&name);
            if !values.is_empty() {
                conditions.extend(params.keep(filter.condition(&name, &values, today)));
            }
        }
    }
    conditions
}

/// A page as answered.
pub(crate) fn page(items: Value, limit: i64, next: Option<String>, total: Option<i64>) -> HttpResponse {
    let mut body = Value::Object(Map::from_iter([("items".into(), items)])).to_string();
    body.pop();
    finish(body, limit, next, total)
}

/// A page as answered, whose body is written up to the end of its items.
pub(super) fn finish(mut body: String, limit: i64, next: Option<String>, total: Option<i64>) -> HttpResponse {
    let mut about = Map::new();
    about.insert("limit".into(), limit.into());
    about.extend(next.iter().map(|next| ("next".to_owned(), next.as_str().into())));
    about.extend(total.map(|total| ("total".to_owned(), total.into())));
    body.extend([",\"page\":", &Value::Object(about).to_string(), "}"]);
    let mut reply = replies::cacheable(&format!("\"{}\"", replies::digest(body.as_bytes())), body);
    if let Some(next) = next {
        replies::link(&mut reply, &next, "next");
    }
    reply
}

/// Path and query without `cursor` and `limit`, parameters in order: what a cursor is valid for.
pub(crate) fn context(request: &HttpRequest) -> String {
    without(request, &["cursor", "limit"], &[])
}

/// Path and query without some parameters and with others, in order.
pub(super) fn without(request: &HttpRequest, dropped: &[&str], added: &[(&str, &str)]) -> String {
    let given = form_urlencoded::parse(request.query_string().as_bytes()).into_owned();
    let mut pairs: Vec<(String, String)> =
        given.filter(|(name, _)| !dropped.contains(&name.as_str())).collect();
    pairs.extend(added.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    pairs.sort();
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    if query.is_empty() { request.path().to_owned() } else { format!("{}?{query}", request.path()) }
}

fn position(payload: &str, order: &[Order]) -> Option<Position> {
    let mut keys: Vec<String> = serde_json::from_str(payload).ok()?;
    let id = store::parse_id(&keys.pop()?)?;
    (keys.len() == order.len()).then_some(Position { keys, id })
}

/// Whether `count=exact` asks how many there are.
pub(crate) fn exact(params: &mut Params) -> bool {
    match params.one("count").as_deref() {
        None => false,
        Some("exact") => true,
        Some(other) => {
            params.misfit("count", other, "`exact`");
            false
        }
    }
}

/// The members of every answer.
pub(super) const ENVELOPE: [&str; 9] =
    ["id", "kind", "version", "created_at", "updated_at", "origin", "label", "identifiers", "citations"];

/// The members that `fields` can ask for.
pub(super) fn fields(shelf: &'static dyn Shelf) -> Vec<&'static str> {
    let derived = shelf.derived().iter().map(|derived| derived.name);
    ENVELOPE.into_iter().chain(shelf.members().iter().copied()).chain(derived).collect()
}

/// The members that `fields` asks for.
pub(super) fn asked_fields(params: &mut Params, shelf: &'static dyn Shelf) -> Vec<String> {
    let (asked, known) = (params.many("fields"), fields(shelf));
    for field in asked.iter().filter(|field| !known.contains(&field.as_str())) {
        params.misfit("fields", field, &format!("some of {}", known.join(", ")));
    }
    asked
}

/// Leaves only the members asked for.
pub(super) fn only(record: &mut Map<String, Value>, fields: &[String]) {
    if !fields.is_empty() {
        record.retain(|name, _| fields.iter().any(|field| field == name));
    }
}

/// The name in the path.
pub(super) fn name(request: &HttpRequest) -> Result<Name> {
    Name::parse(request.match_info().get("id").unwrap_or_default())
}

/// The version that the caller knew, if only the difference to it counts.
pub(super) fn base_version(params: &mut Params) -> Option<i64> {
    let base = params.whole("base_version", 1..=i64::MAX, 0);
    (base > 0).then_some(base)
}
