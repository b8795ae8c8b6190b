//! `/v1/gazetteer`: every local authority of both countries, found as one types.

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
use crate::http::routing::{get_or_head, resource_with_methods};
use crate::store::identifiers;
use crate::util::hash;
use actix_web::http::{Method, header};
use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const READ_METHODS: &[Method] = &[Method::GET, Method::HEAD, Method::OPTIONS];

/// Every route, below `/v1`.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource_with_methods("/gazetteer", READ_METHODS).route(get_or_head().to(list)))
        .service(resource_with_methods("/gazetteer/{authority}", READ_METHODS).route(get_or_head().to(get)));
}

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
    let counted = wants_total(&mut params);
    let context = cursor_context(&request);
    // A search is one page, so nobody was given a cursor for it.
    let after = params.single("cursor").and_then(|cursor| {
        let code = state.cursor_signer.verify(&context, &cursor).filter(|_| query.is_none());
        let entry = code.and_then(|code| find(&parse_identifier(&code)?));
        params.accept(entry.ok_or_else(|| Fault::at_parameter("cursor", ErrorCode::InvalidCursor, vec![])))
    });
    params.finish()?;
    let sealer = state.cursor_signer.clone();
    let read = move |tx: &mut Conn| {
        let wanted = |row: u32| {
            let fits = |(country, level)| {
                (countries.is_empty() || countries.contains(&country))
                    && (levels.is_empty() || levels.contains(&level))
            };
            let inside = |([x, y, z], nearest): ([f64; 3], f64)| {
                gazetteer().coordinates(row).is_some_and(|(lat, lon)| {
                    let [a, b, c] = unit_vector(lat.into(), lon.into());
                    a * x + b * y + c * z >= nearest
                })
            };
            gazetteer().country_and_level(row).is_some_and(fits) && near.is_none_or(inside)
        };
        let most = usize::try_from(limit).unwrap_or_default();
        let all = || (0..gazetteer().len()).filter(|row| wanted(*row));
        let (mut rows, total) = if let Some(query) = &query {
            name_index::search_names(query, wanted, most)
        } else {
            let start = after.map_or(0, |entry| entry.row_number() + 1);
            let rows = all().skip_while(|row| *row < start).take(most + 1).collect();
            (rows, if counted { all().count() } else { 0 })
        };
        let more = rows.len() > most;
        rows.truncate(most);
        let entries: Vec<GazetteerEntry<'static>> =
            rows.into_iter().filter_map(|row| gazetteer().entry(row)).collect();
        let next = entries.last().filter(|_| more).map(|last| {
            let join = if context.contains('?') { '&' } else { '?' };
            format!("{context}{join}limit={limit}&cursor={}", sealer.sign(&context, last.code()))
        });
        Ok((entries_json(tx, &entries)?, next, i64::try_from(total).ok().filter(|_| counted)))
    };
    let (items, next, total) = state.db.read(read).await?;
    Ok(page_response(items.into(), limit, next, total))
}

async fn get(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    QueryParams::from_request(&request).finish()?;
    let code = request.match_info().get("authority").unwrap_or_default();
    let identifier = parse_identifier(code);
    let entry = identifier.as_ref().and_then(find);
    let (Some(identifier), Some(entry)) = (identifier.clone(), entry) else {
        let proposals = identifier.map(|identifier| suggest_codes(&identifier)).unwrap_or_default();
        return Err(Problem::new(ErrorCode::NoSuchRecord)
            .with_arg("proposals", proposals)
            .with_arg("id", code));
    };
    if !entry.identifiers().contains(&identifier) {
        let mut reply = HttpResponse::MovedPermanently();
        reply.insert_header((header::LOCATION, lookup::href(entry.code())));
        return Ok(reply.insert_header((header::CACHE_CONTROL, "no-cache")).finish());
    }
    let read = move |tx: &mut Conn| {
        let item = entries_json(tx, &[entry])?.pop().ok_or_else(|| Problem::new(ErrorCode::Internal))?;
        Ok(item.to_string())
    };
    let body = state.db.read_short(read).await?;
    Ok(responses::json_with_etag(&format!("\"{}\"", hash::xxh3_hex(body.as_bytes())), body))
}

/// The entries as answered, with the records that the registry holds of them.
fn entries_json(tx: &mut Conn, entries: &[GazetteerEntry<'static>]) -> TxResult<Vec<Value>> {
    let codes: Vec<Identifier> = entries.iter().flat_map(GazetteerEntry::identifiers).collect();
    let ids_by_code = identifiers::find_live_by_identifiers(tx, Kind::Authority, &codes)?;
    Ok(entries.iter().map(|entry| entry_json(entry, &ids_by_code)).collect())
}

fn entry_json(entry: &GazetteerEntry<'_>, ids_by_code: &BTreeMap<Identifier, Id>) -> Value {
    let identifiers = entry.identifiers();
    let other = |code: Option<&str>| {
        let other = find(&parse_identifier(code?)?)?;
        Some(json!({"code": other.code(), "name": other.name(), "href": lookup::href(other.code())}))
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
        ("parent", other(entry.parent())),
        ("population", official_record::population_json(entry)),
        ("location", official_record::location_json(entry)),
        ("coast_km", entry.coast_km().map(Value::from)),
        ("status", Some(if entry.is_merged() { "merged" } else { "active" }.into())),
        ("successor", other(entry.successor())),
        ("adopted", adopted),
    ];
    let members = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(members.collect::<Map<_, _>>())
}
