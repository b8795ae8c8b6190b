//! `/v1/citations`, `/v1/{collection}/{id}/citations` and `/v1/contradictions`.

use super::contradictions::{STATUSES, contradiction};
use super::store;
use crate::db::Conn;
use crate::db::sql::{Bind, Clause};
use crate::error::{Code, Problem, Result};
use crate::http::State;
use crate::http::params::Params;
use crate::insight::handlers::{Body, Pages, after, read_only, serve};
use crate::registry::collection::conditions;
use crate::registry::engine::{self, Name};
use crate::vocabulary::Kind;
use crate::vocabulary::codes::{Certainty, Rank, Reason, Term, Vocabulary as _};
use crate::vocabulary::disagreement::Severity;
use actix_web::web::{Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Scope};
use jiff::civil::Date;
use serde_json::Value;

/// Every route, below `/v1`.
pub fn routes(config: &mut ServiceConfig) {
    serve(config, "/citations", all);
    serve(config, "/contradictions", contradictions);
}

/// The route below the collection of a kind.
pub fn below(kind: Kind, scope: Scope) -> Scope {
    scope.service(read_only("/{id}/citations", of_record).app_data(kind))
}

/// The codes of a parameter, each of which must be known.
fn codes(params: &mut Params, name: &str, known: &[&str]) -> Vec<String> {
    let given = params.many(name);
    for code in given.iter().filter(|code| !known.contains(&code.as_str())) {
        params.misfit(name, code, &crate::vocabulary::nearest::one_of(code, known));
    }
    given
}

fn terms(terms: &[Term]) -> Vec<&'static str> {
    terms.iter().map(|term| term.code).collect()
}

fn kinds() -> Vec<&'static str> {
    Kind::ALL.iter().map(|kind| kind.as_str()).collect()
}

/// The conditions that citations share.
fn said(params: &mut Params, today: Date, with_kind: bool) -> Vec<Clause> {
    let mut all = conditions(params, [&store::SOURCE], today);
    let pointers = params.many("pointer");
    if !pointers.is_empty() {
        all.push(store::pointed(&pointers));
    }
    for (name, known) in [
        ("rank", terms(Rank::TERMS)),
        ("certainty", terms(Certainty::TERMS)),
        ("reason", terms(Reason::TERMS)),
        ("kind", kinds()),
    ] {
        if name != "kind" || with_kind {
            let given = codes(params, name, &known);
            all.extend((!given.is_empty()).then(|| store::codes(name, &given)));
        }
    }
    all
}

async fn all(request: HttpRequest, state: Data<State>) -> Result<HttpResponse> {
    let mut params = Params::of(&request);
    let conditions = said(&mut params, state.clock.today(), true);
    listed(&request, &state, params, conditions).await
}

async fn of_record(request: HttpRequest, state: Data<State>, id: Path<String>) -> Result<HttpResponse> {
    let kind = request.app_data::<Kind>().copied().ok_or_else(|| Problem::new(Code::Internal))?;
    let (name, clock) = (Name::parse(&id)?, state.clock.clone());
    let read = move |tx: &mut Conn| {
        let (_, record) = engine::one(tx, kind, &name, &clock)?;
        Ok(record.get("id").and_then(Value::as_str).and_then(crate::registry::store::parse_id))
    };
    let id = state.db.read(read).await?;
    let mut params = Params::of(&request);
    let mut conditions = said(&mut params, state.clock.today(), false);
    conditions.extend(id.map(|id| Clause::new("c.record_id = ").bind(Bind::Id(id))));
    listed(&request, &state, params, conditions).await
}

async fn listed(
    request: &HttpRequest,
    state: &State,
    mut params: Params,
    conditions: Vec<Clause>,
) -> Result<HttpResponse> {
    let count = codes(&mut params, "count", &["exact"]);
    let limit = params.limit();
    let place: Option<store::Place> = after(request, &state.sealer, &mut params);
    params.finish()?;
    let (filter, pages) = (Clause::all(conditions), Pages::of(request, &state.sealer, limit));
    let read = move |tx: &mut Conn| {
        let total = if count.is_empty() { None } else { Some(store::count(tx, &filter)?) };
        let (items, place) = store::citations(tx, &filter, place, limit)?;
        Ok(Body::page(&items, limit, pages.next(place)?, total))
    };
    Ok(state.db.read_long(read).await?.answer(false))
}

async fn contradictions(request: HttpRequest, state: Data<State>) -> Result<HttpResponse> {
    let mut params = Params::of(&request);
    let mut filter = conditions(&mut params, [&store::AUTHORITY, &store::SOURCE], state.clock.today());
    let kinds = codes(&mut params, "kind", &kinds());
    filter.extend((!kinds.is_empty()).then(|| store::codes("kind", &kinds)));
    let mut together = Vec::new();
    let reasons = codes(&mut params, "reason", &terms(Reason::TERMS));
    if !reasons.is_empty() {
        let any = Clause::new("SUM(CASE WHEN ").then(store::codes("reason", &reasons));
        together.push(any.sql(" THEN 1 ELSE 0 END) > 0"));
    }
    let statuses = codes(&mut params, "status", &STATUSES);
    if let [only] = statuses.as_slice() {
        together.push(Clause::new(if only == "open" {
            "MIN(c.explained) = 0"
        } else {
            "MIN(c.explained) = 1"
        }));
    }
    let least = params.whole("severity[gte]", 1..=Severity::Value as i64, 1);
    together.push(Clause::new("MAX(c.severity) >= ").bind(Bind::Int(least)));
    let sort = params.one("sort").unwrap_or_else(|| "-severity".into());
    if !["severity", "-severity"].contains(&sort.as_str()) {
        params.misfit("sort", &sort, "`severity` or `-severity`");
    }
    let limit = params.limit();
    let spot: Option<store::Spot> = after(&request, &state.sealer, &mut params);
    params.finish()?;
    let (filter, together) = (Clause::all(filter), Clause::all(together));
    let asked = store::Asked { filter, together, worst_first: sort.starts_with('-'), limit };
    let (clock, pages) = (state.clock.clone(), Pages::of(&request, &state.sealer, limit));
    let read = move |tx: &mut Conn| {
        let (groups, spot) = store::groups(tx, &asked, spot)?;
        let ids: Vec<_> = groups.iter().map(|(id, ..)| *id).collect();
        let records = store::records(tx, &ids, &clock)?;
        let item = |group| Some(contradiction(group, records.get(&group.0)?));
        let items = groups.iter().filter_map(item).collect::<Vec<_>>();
        Ok(Body::page(&items, limit, pages.next(spot)?, None))
    };
    Ok(state.read_slow(&request, read).await?.answer(false))
}
