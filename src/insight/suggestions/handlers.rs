//! `GET /v1/authorities/{id}/suggestions`.

use super::store::{Ask, candidates, coast_km};
use super::{Criterion, Facts, Reason, Suggestion, VERSION, rank};
use crate::db::sql::{Bind, Clause};
use crate::db::{Conn, Outcome};
use crate::error::{Code, Problem, Result};
use crate::http::State;
use crate::http::params::Params;
use crate::insight::handlers::{Body, read_only};
use crate::registry::engine::{self, Name};
use crate::registry::store::{self, Named};
use crate::vocabulary::Kind;
use crate::vocabulary::codes::{Country, Vocabulary as _};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, Scope};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// The most suggestions, and how many there are when nothing is asked.
pub(super) const LIMITS: (i64, i64) = (100, 20);

/// The route, below an authority's collection.
pub fn below(scope: Scope) -> Scope {
    scope.service(read_only("/{id}/suggestions", get))
}

async fn get(request: HttpRequest, state: Data<State>, name: Path<String>) -> Result<HttpResponse> {
    let mut params = Params::of(&request);
    let limit = params.whole("limit", 1..=LIMITS.0, LIMITS.1);
    let only = params.one("country").and_then(|code| {
        let country = Country::from_code(&code);
        if country.is_none() {
            params.misfit("country", &code, "`FR` or `JP`");
        }
        country
    });
    params.finish()?;
    let (name, clock) = (Name::parse(&name)?, state.clock.clone());
    let read = move |tx: &mut Conn| {
        let (_, record) = engine::one(tx, Kind::Authority, &name, &clock)?;
        let mut ask = ask(&record, only, clock.today()).ok_or_else(|| Problem::new(Code::Internal))?;
        ask.of.coast_km = coast_km(tx, ask.of.id)?;
        let candidates = candidates(tx, &ask)?;
        let ranked = rank(&ask.of, &candidates, usize::try_from(limit).unwrap_or_default());
        Ok(Body::json(&answer(tx, &ranked, limit)?))
    };
    Ok(state.db.read_long(read).await?.answer(false))
}

/// What is asked of an authority as answered.
fn ask(record: &Map<String, Value>, only: Option<Country>, today: jiff::civil::Date) -> Option<Ask> {
    let text = |name: &str| record.get(name).and_then(Value::as_str);
    let population = record.get("population").and_then(|population| population.get("value")?.as_i64());
    let of =
        Facts { id: store::parse_id(text("id")?)?, level: text("level")?.into(), population, coast_km: None };
    Some(Ask { of, country: Country::from_code(text("country")?)?, only, today })
}

fn answer(tx: &mut Conn, ranked: &[Suggestion], limit: i64) -> Outcome<Value> {
    let named_in = |one: &Suggestion| {
        let evidence = one.reasons.iter().flat_map(|reason| reason.evidence.iter().copied());
        evidence.chain([one.authority]).map(Bind::Id).collect::<Vec<_>>()
    };
    let mut ids: Vec<Bind> = ranked.iter().flat_map(named_in).collect();
    // Not `IN ()`, which one of the databases does not know.
    ids.push(Bind::Null);
    let named = store::named(tx, Clause::default().list(ids))?;
    let items: Vec<Value> = ranked.iter().map(|one| suggestion(one, &named)).collect();
    Ok(json!({"method": method(), "items": items, "page": {"limit": limit}}))
}

fn suggestion(one: &Suggestion, named: &HashMap<String, Named>) -> Value {
    let reference = |id: &crate::db::types::Id| {
        let id = id.to_string();
        named.get(&id).map(|named| Value::Object(engine::names_of(&id, named)))
    };
    let reason = |reason: &Reason| {
        let evidence: Vec<Value> = reason.evidence.iter().filter_map(reference).collect();
        json!({
            "code": reason.criterion.code(), "weight": reason.criterion.weight(), "value": reason.value,
            "detail": text(&reason.detail), "evidence": evidence
        })
    };
    let reasons: Vec<Value> = one.reasons.iter().map(reason).collect();
    json!({"authority": reference(&one.authority), "score": one.score, "reasons": reasons})
}

/// How scores are made.
pub(super) fn method() -> Value {
    let criterion = |one: &Criterion| {
        let about = one.about().map(str::to_owned);
        json!({"code": one.code(), "weight": one.weight(), "most": one.most(), "label": text(&about)})
    };
    json!({"version": VERSION, "criteria": Criterion::ALL.iter().map(criterion).collect::<Vec<_>>()})
}

fn text([fr, ja, en]: &[String; 3]) -> Value {
    json!({"fr": fr, "ja": ja, "en": en})
}
