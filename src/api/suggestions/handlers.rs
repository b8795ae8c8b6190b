//! Handler of partner suggestions.

use crate::analytics::suggestions::criteria::{Criterion, METHOD_VERSION};
use crate::analytics::suggestions::queries::{SuggestionQuery, find_candidates, load_coast_km};
use crate::analytics::suggestions::scoring::{
    AuthorityProfile, Suggestion, SuggestionReason, rank_candidates,
};
use crate::api::format_responses::RenderedResponse;
use crate::api::state::AppState;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::sql::{BindValue, SqlFragment};
use crate::db::types;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use crate::domain::kind::Kind;
use crate::domain::vocabularies::authority::Country;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::http::query_params::QueryParams;
use crate::http::routing::get_resource;
use crate::records::read::queries;
use crate::records::record_key::RecordKey;
use crate::store::records::{self, RecordName};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, Scope};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// The suggestions of a response: at most, and by default.
pub(super) const LIMITS: (i64, i64) = (100, 20);

/// Adds the route below the collection of authorities.
pub fn add_record_route(scope: Scope) -> Scope {
    scope.service(get_resource("/{id}/suggestions", get))
}

/// `GET /v1/authorities/{id}/suggestions`.
async fn get(request: HttpRequest, state: Data<AppState>, key: Path<String>) -> Result<HttpResponse> {
    let mut params = QueryParams::from_request(&request);
    let limit = params.integer("limit", 1..=LIMITS.0, LIMITS.1);
    let wanted_country = params.single("country").and_then(|code| {
        let country = Country::from_code(&code);
        if country.is_none() {
            params.invalid("country", &code, "`FR` or `JP`");
        }
        country
    });
    params.finish()?;
    let (key, clock) = (RecordKey::parse(&key)?, state.clock.clone());
    let read = move |tx: &mut Conn| {
        let (_, record) = queries::read_record(tx, Kind::Authority, &key, &clock)?;
        let mut query = build_query(&record, wanted_country, clock.today())
            .ok_or_else(|| Problem::new(ErrorCode::Internal))?;
        query.authority.coast_km = load_coast_km(tx, query.authority.id)?;
        let candidates = find_candidates(tx, &query)?;
        let ranked =
            rank_candidates(&query.authority, &candidates, usize::try_from(limit).unwrap_or_default());
        Ok(RenderedResponse::json(&suggestions_json(tx, &ranked, limit)?))
    };
    Ok(state.db.read_long(read).await?.into_response(false))
}

/// Builds the query from a presented authority; `None` if a required member is missing.
fn build_query(
    record: &Map<String, Value>,
    wanted_country: Option<Country>,
    today: jiff::civil::Date,
) -> Option<SuggestionQuery> {
    let text = |name: &str| record.get(name).and_then(Value::as_str);
    let population = record.get("population").and_then(|population| population.get("value")?.as_i64());
    let profile = AuthorityProfile {
        id: types::parse_record_id(text("id")?)?,
        level: text("level")?.into(),
        population,
        coast_km: None,
    };
    Some(SuggestionQuery {
        authority: profile,
        country: Country::from_code(text("country")?)?,
        wanted_country,
        today,
    })
}

/// Returns the response, with the names of the authorities and of the evidence.
fn suggestions_json(tx: &mut Conn, ranked: &[Suggestion], limit: i64) -> TxResult<Value> {
    let ids_of = |suggestion: &Suggestion| {
        let evidence = suggestion.reasons.iter().flat_map(|reason| reason.evidence.iter().copied());
        evidence.chain([suggestion.authority]).map(BindValue::Id).collect::<Vec<_>>()
    };
    let mut ids: Vec<BindValue> = ranked.iter().flat_map(ids_of).collect();
    // NULL, because PostgreSQL does not accept an empty `IN ()`.
    ids.push(BindValue::Null);
    let names = records::record_names(tx, SqlFragment::default().bind_list(ids))?;
    let items: Vec<Value> = ranked.iter().map(|suggestion| suggestion_json(suggestion, &names)).collect();
    Ok(json!({"method": method_json(), "items": items, "page": {"limit": limit}}))
}

fn suggestion_json(suggestion: &Suggestion, names: &HashMap<String, RecordName>) -> Value {
    let reference = |id: &crate::db::types::Id| {
        let id = id.to_string();
        names.get(&id).map(|name| Value::Object(records::named_reference(&id, name)))
    };
    let reason = |reason: &SuggestionReason| {
        let evidence: Vec<Value> = reason.evidence.iter().filter_map(reference).collect();
        json!({
            "code": reason.criterion.code(), "weight": reason.criterion.weight(), "value": reason.value,
            "detail": language_map(&reason.detail), "evidence": evidence
        })
    };
    let reasons: Vec<Value> = suggestion.reasons.iter().map(reason).collect();
    json!({"authority": reference(&suggestion.authority), "score": suggestion.score, "reasons": reasons})
}

/// Returns the method: its version, and the criteria with their weights.
pub(super) fn method_json() -> Value {
    let criterion = |criterion: &Criterion| {
        let label = criterion.label().map(str::to_owned);
        json!({"code": criterion.code(), "weight": criterion.weight(), "most": criterion.max_units(), "label": language_map(&label)})
    };
    json!({"version": METHOD_VERSION, "criteria": Criterion::ALL.iter().map(criterion).collect::<Vec<_>>()})
}

fn language_map([fr, ja, en]: &[String; 3]) -> Value {
    json!({"fr": fr, "ja": ja, "en": en})
}
