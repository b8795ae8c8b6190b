//! `/v1/gazetteer` and `/v1/gazetteer/{authority}`: search and lookup of local authorities.

use crate::api::filter_params::read_terms;
use crate::api::state::AppState;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::types::Id;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::fault::Fault;
use crate::domain::errors::problem::{Problem, Result};
use crate::domain::geo::{parse_circle, unit_vector};
use crate::domain::identifier::Identifier;
use crate::domain::kind::Kind;
use crate::domain::vocabularies::authority::{AuthorityLevel, Country};
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::gazetteer::data::{GazetteerEntry, gazetteer};
use crate::gazetteer::identifiers::parse_identifier;
use crate::gazetteer::lookup::{self, find, suggest_codes};
use crate::gazetteer::{name_index, official_record};
use crate::http::pagination::{cursor_context, page_response, wants_total};
use crate::http::query_params::QueryParams;
use crate::http::responses;
use crate::http::routing::add_get_route;
use crate::store::identifiers;
use crate::util::hash;
use actix_web::http::header;
use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Adds the routes below `/v1`.
pub fn routes(config: &mut ServiceConfig) {
    add_get_route(config, "/gazetteer", list);
    add_get_route(config, "/gazetteer/{authority}", get);
}

/// `GET /v1/gazetteer`: a search with `q`, otherwise all authorities in order of their codes.
async fn list(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let mut params = QueryParams::from_request(&request);
    let query = params.search_query();
    let countries = read_terms::<Country>(&mut params, "country");
    let levels = read_terms::<AuthorityLevel>(&mut params, "level");
    let near = params.single("near").and_then(|text| {
        let numbers: Option<Vec<f64>> = text.split(',').map(|number| number.trim().parse().ok()).collect();
        let circle = numbers.and_then(|numbers| parse_circle(&numbers));
        params.accept(
            circle.ok_or_else(|| Fault::invalid_parameter("near", &text, "latitude,longitude,kilometres")),
        )
    });
    let limit = params.integer("limit", 1..=100, 20);
    let wants_total = wants_total(&mut params);
    let context = cursor_context(&request);
    // A search is a single page, so a cursor together with `q` is invalid.
    let after = params.single("cursor").and_then(|cursor| {
        let code = state.cursor_signer.verify(&context, &cursor).filter(|_| query.is_none());
        let entry = code.and_then(|code| find(&parse_identifier(&code)?));
        params.accept(entry.ok_or_else(|| Fault::at_parameter("cursor", ErrorCode::InvalidCursor, vec![])))
    });
    params.finish()?;
    let signer = state.cursor_signer.clone();
    let read = move |tx: &mut Conn| {
        let is_selected = |row: u32| {
            let matches_codes = |(country, level)| {
                (countries.is_empty() || countries.contains(&country))
                    && (levels.is_empty() || levels.contains(&level))
            };
            let is_near = |([x, y, z], nearest): ([f64; 3], f64)| {
                gazetteer().coordinates(row).is_some_and(|(lat, lon)| {
                    let [a, b, c] = unit_vector(lat.into(), lon.into());
                    a * x + b * y + c * z >= nearest
                })
            };
            gazetteer().country_and_level(row).is_some_and(matches_codes) && near.is_none_or(is_near)
        };
        let page_size = usize::try_from(limit).unwrap_or_default();
        let all = || (0..gazetteer().row_count()).filter(|row| is_selected(*row));
        let (mut rows, total) = if let Some(query) = &query {
            name_index::search_names(query, is_selected, page_size)
        } else {
            let start = after.map_or(0, |entry| entry.row_number() + 1);
            let rows = all().skip_while(|row| *row < start).take(page_size + 1).collect();
            (rows, if wants_total { all().count() } else { 0 })
        };
        let has_more = rows.len() > page_size;
        rows.truncate(page_size);
        let entries: Vec<GazetteerEntry<'static>> =
            rows.into_iter().filter_map(|row| gazetteer().entry(row)).collect();
        let next = entries.last().filter(|_| has_more).map(|last| {
            let join = if context.contains('?') { '&' } else { '?' };
            format!("{context}{join}limit={limit}&cursor={}", signer.sign(&context, last.code()))
        });
        Ok((entries_json(tx, &entries)?, next, i64::try_from(total).ok().filter(|_| wants_total)))
    };
    let (items, next, total) = state.db.read(read).await?;
    Ok(page_response(items.into(), limit, next, total))
}

/// `GET /v1/gazetteer/{authority}`. A code that is not the main one of an authority redirects (301) to that.
async fn get(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    QueryParams::from_request(&request).finish()?;
    let code = request.match_info().get("authority").unwrap_or_default();
    let identifier = parse_identifier(code);
    let entry = identifier.as_ref().and_then(find);
    let (Some(identifier), Some(entry)) = (identifier.clone(), entry) else {
        let suggestions = identifier.map(|identifier| suggest_codes(&identifier)).unwrap_or_default();
        return Err(Problem::new(ErrorCode::NoSuchRecord)
            .with_arg("proposals", suggestions)
            .with_arg("id", code));
    };
    if !entry.identifiers().contains(&identifier) {
        let mut response = HttpResponse::MovedPermanently();
        response.insert_header((header::LOCATION, lookup::href(entry.code())));
        return Ok(response.insert_header((header::CACHE_CONTROL, "no-cache")).finish());
    }
    let read = move |tx: &mut Conn| {
        let item = entries_json(tx, &[entry])?.pop().ok_or_else(|| Problem::new(ErrorCode::Internal))?;
        Ok(item.to_string())
    };
    let body = state.db.read_short(read).await?;
    Ok(responses::json_with_etag(&format!("\"{}\"", hash::xxh3_hex(body.as_bytes())), body))
}

/// Returns the JSON of entries; `adopted` links the record that the registry has of one.
fn entries_json(tx: &mut Conn, entries: &[GazetteerEntry<'static>]) -> TxResult<Vec<Value>> {
    let codes: Vec<Identifier> = entries.iter().flat_map(GazetteerEntry::identifiers).collect();
    let ids_by_code = identifiers::find_live_by_identifiers(tx, Kind::Authority, &codes)?;
    Ok(entries.iter().map(|entry| entry_json(entry, &ids_by_code)).collect())
}

fn entry_json(entry: &GazetteerEntry<'_>, ids_by_code: &BTreeMap<Identifier, Id>) -> Value {
    let identifiers = entry.identifiers();
    let linked_entry = |code: Option<&str>| {
        let linked = find(&parse_identifier(code?)?)?;
        Some(json!({"code": linked.code(), "name": linked.name(), "href": lookup::href(linked.code())}))
    };
    let adopted = identifiers
        .iter()
        .find_map(|identifier| ids_by_code.get(identifier))
        .map(|id| json!({"id": id.to_string(), "href": format!("/v1/{}/{id}", Kind::Authority.path())}));
    let members = [
        ("code", Some(entry.code().into())),
        ("identifiers", Some(json!(identifiers))),
        ("country", Some(entry.country().code().into())),
        ("level", Some(entry.level().code().into())),
        ("name", Some(json!(entry.name()))),
        ("official_name", entry.official_name().map(|name| json!({"fr": name}))),
        ("parent", linked_entry(entry.parent())),
        ("population", official_record::population_json(entry)),
        ("location", official_record::location_json(entry)),
        ("coast_km", entry.coast_km().map(Value::from)),
        ("status", Some(if entry.is_merged() { "merged" } else { "active" }.into())),
        ("successor", linked_entry(entry.successor())),
        ("adopted", adopted),
    ];
    let members = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(members.collect::<Map<_, _>>())
}
