//! `/v1/gazetteer`: every local authority of both countries, found as one types.

use super::data::{Entry, data};
use super::{find, index, proposals, record, store};
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::error::{Code, Fault, Problem, Result};
use crate::http::State;
use crate::http::params::Params;
use crate::http::replies;
use crate::registry::authorities::{circle, vector};
use crate::registry::collection::{context, exact, page, reading, resource};
use crate::vocabulary::codes::{AuthorityLevel, Country, Vocabulary};
use crate::vocabulary::nearest::one_of_terms;
use crate::vocabulary::{Identifier, Kind};
use actix_web::http::{Method, header};
use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const READ: &[Method] = &[Method::GET, Method::HEAD, Method::OPTIONS];

/// Every route, below `/v1`.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/gazetteer", READ).route(reading().to(list)))
        .service(resource("/gazetteer/{authority}", READ).route(reading().to(get)));
}

/// The codes that a parameter gives.
fn codes<T: Vocabulary>(params: &mut Params, name: &str) -> Vec<T> {
    let mut known = Vec::new();
    for value in params.many(name) {
        known.extend(params.keep(
            T::from_code(&value).ok_or_else(|| Fault::misfit(name, &value, &one_of_terms(&value, T::TERMS))),
        ));
    }
    known
}

async fn list(request: HttpRequest, state: Data<State>) -> Result<HttpResponse> {
    let mut params = Params::of(&request);
    let query = params.query();
    let countries = codes::<Country>(&mut params, "country");
    let levels = codes::<AuthorityLevel>(&mut params, "level");
    let near = params.one("near").and_then(|text| {
        let numbers: Option<Vec<f64>> = text.split(',').map(|number| number.trim().parse().ok()).collect();
        let circle = numbers.and_then(|numbers| circle(&numbers));
        params.keep(circle.ok_or_else(|| Fault::misfit("near", &text, "latitude,longitude,kilometres")))
    });
    let limit = params.whole("limit", 1..=100, 20);
    let counted = exact(&mut params);
    let context = context(&request);
    // A search is one page, so nobody was given a cursor for it.
    let after = params.one("cursor").and_then(|cursor| {
        let code = state.sealer.open(&context, &cursor).filter(|_| query.is_none());
        let entry = code.and_then(|code| find(&Identifier::parse(&code)?));
        params.keep(entry.ok_or_else(|| Fault::parameter("cursor", Code::InvalidCursor, vec![])))
    });
    params.finish()?;
    let sealer = state.sealer.clone();
    let read = move |tx: &mut Conn| {
        let wanted = |row: u32| {
            let fits = |(country, level)| {
                (countries.is_empty() || countries.contains(&country))
                    && (levels.is_empty() || levels.contains(&level))
            };
            let inside = |([x, y, z], nearest): ([f64; 3], f64)| {
                data().place(row).is_some_and(|(lat, lon)| {
                    let [a, b, c] = vector(lat.into(), lon.into());
                    a * x + b * y + c * z >= nearest
                })
            };
            data().level(row).is_some_and(fits) && near.is_none_or(inside)
        };
        let most = usize::try_from(limit).unwrap_or_default();
        let all = || (0..data().len()).filter(|row| wanted(*row));
        let (mut rows, total) = if let Some(query) = &query {
            index::search(query, wanted, most)
        } else {
            let start = after.map_or(0, |entry| entry.row() + 1);
            let rows = all().skip_while(|row| *row < start).take(most + 1).collect();
            (rows, if counted { all().count() } else { 0 })
        };
        let more = rows.len() > most;
        rows.truncate(most);
        let entries: Vec<Entry<'static>> = rows.into_iter().filter_map(|row| data().entry(row)).collect();
        let next = entries.last().filter(|_| more).map(|last| {
            let join = if context.contains('?') { '&' } else { '?' };
            format!("{context}{join}limit={limit}&cursor={}", sealer.seal(&context, last.code()))
        });
        Ok((items(tx, &entries)?, next, i64::try_from(total).ok().filter(|_| counted)))
    };
    let (items, next, total) = state.db.read(read).await?;
    Ok(page(items.into(), limit, next, total))
}

async fn get(request: HttpRequest, state: Data<State>) -> Result<HttpResponse> {
    Params::of(&request).finish()?;
    let code = request.match_info().get("authority").unwrap_or_default();
    let identifier = Identifier::parse(code);
    let entry = identifier.as_ref().and_then(find);
    let (Some(identifier), Some(entry)) = (identifier.clone(), entry) else {
        let proposals = identifier.map(|identifier| proposals(&identifier)).unwrap_or_default();
        return Err(Problem::new(Code::NoSuchRecord).fact("proposals", proposals).fact("id", code));
    };
    if !entry.identifiers().contains(&identifier) {
        let mut reply = HttpResponse::MovedPermanently();
        reply.insert_header((header::LOCATION, super::href(entry.code())));
        return Ok(reply.insert_header((header::CACHE_CONTROL, "no-cache")).finish());
    }
    let read = move |tx: &mut Conn| {
        let item = items(tx, &[entry])?.pop().ok_or_else(|| Problem::new(Code::Internal))?;
        Ok(item.to_string())
    };
    let body = state.db.read_short(read).await?;
    Ok(replies::cacheable(&format!("\"{}\"", replies::digest(body.as_bytes())), body))
}

/// The entries as answered, with the records that the registry holds of them.
fn items(tx: &mut Conn, entries: &[Entry<'static>]) -> Outcome<Vec<Value>> {
    let codes: Vec<Identifier> = entries.iter().flat_map(Entry::identifiers).collect();
    let held = store::held(tx, &codes)?;
    Ok(entries.iter().map(|entry| item(entry, &held)).collect())
}

fn item(entry: &Entry<'_>, held: &BTreeMap<Identifier, Id>) -> Value {
    let identifiers = entry.identifiers();
    let other = |code: Option<&str>| {
        let other = find(&Identifier::parse(code?)?)?;
        Some(json!({"code": other.code(), "name": other.name(), "href": super::href(other.code())}))
    };
    let adopted = identifiers
        .iter()
        .find_map(|identifier| held.get(identifier))
        .map(|id| json!({"id": id.to_string(), "href": format!("/v1/{}/{id}", Kind::Authority.path())}));
    let members = [
        ("code", Some(entry.code().into())),
        ("identifiers", Some(json!(identifiers))),
        ("country", Some(entry.country().code().into())),
        ("level", Some(entry.level().code().into())),
        ("name", Some(json!(entry.name()))),
        ("official_name", entry.official_name().map(|name| json!({"fr": name}))),
        ("parent", other(entry.parent())),
        ("population", record::population(entry)),
        ("location", record::location(entry)),
        ("coast_km", entry.coast_km().map(Value::from)),
        ("status", Some(if entry.is_merged() { "merged" } else { "active" }.into())),
        ("successor", other(entry.successor())),
        ("adopted", adopted),
    ];
    let members = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(members.collect::<Map<_, _>>())
}
