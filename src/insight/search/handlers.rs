//! `/v1/search` and `/v1/search/suggest`.

use super::facets::{Filters, is_country};
use super::hits::{self, Asked, Found};
use super::query::Query;
use super::{store, suggest};
use crate::db::Conn;
use crate::error::Result;
use crate::http::State;
use crate::http::params::Params;
use crate::insight::handlers::{Body, Pages, after};
use crate::registry::collection::{reading, resource};
use crate::vocabulary::codes::{Country, Theme, Vocabulary as _};
use crate::vocabulary::nearest::{one_of, one_of_terms};
use crate::vocabulary::{Kind, PartialDate, written_date};
use actix_web::http::Method;
use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

const READ: &[Method] = &[Method::GET, Method::HEAD, Method::OPTIONS];

/// The most completions, and how many where nothing is said.
pub(super) const COMPLETIONS: (i64, i64) = (50, 10);

/// The routes, below `/v1`.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/search", READ).route(reading().to(search)))
        .service(resource("/search/suggest", READ).route(reading().to(complete)));
}

fn kinds(params: &mut Params) -> Vec<Kind> {
    let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
    let is_known = |name: &str| Kind::from_name(name).is_some();
    let names = codes(params, "kind", is_known, |value| one_of(value, &known));
    names.iter().filter_map(|name| Kind::from_name(name)).collect()
}

/// The values of a parameter, each one that is known.
fn codes(
    params: &mut Params,
    name: &str,
    is_known: impl Fn(&str) -> bool,
    expected: impl Fn(&str) -> String,
) -> Vec<String> {
    let values = params.many(name);
    for value in values.iter().filter(|value| !is_known(value)) {
        params.misfit(name, value, &expected(value));
    }
    values
}

fn filters(params: &mut Params) -> Filters {
    let kinds = kinds(params);
    let countries = codes(params, "country", is_country, |value| one_of_terms(value, Country::TERMS));
    let is_theme = |code: &str| Theme::from_code(code).is_some();
    let themes = codes(params, "theme", is_theme, |value| one_of_terms(value, Theme::TERMS));
    let mut years = Vec::new();
    for year in params.many("year") {
        let date = PartialDate::parse(&year);
        if date.is_none() {
            let expected = written_date::expected("a year or another EDTF date or interval", &year);
            params.misfit("year", &year, &expected);
        }
        years.extend(date);
    }
    Filters { kinds, countries, themes, years }
}

/// What was asked of the parameter `q`, read by `read`: none if it is not given.
fn words<T>(params: &mut Params, read: impl Fn(&str) -> Option<T>) -> Option<T> {
    let text = params.query()?;
    let words = read(&text);
    if words.is_none() {
        params.misfit("q", &text, "at least one letter or digit");
    }
    words
}

/// `GET /v1/search`.
///
/// # Errors
/// 400; 503.
async fn search(request: HttpRequest, state: Data<State>) -> Result<HttpResponse> {
    let mut params = Params::of(&request);
    let query = words(&mut params, Query::parse);
    let filters = filters(&mut params);
    let limit = params.limit();
    let after = after(&request, &state.sealer, &mut params);
    params.finish()?;
    let asked =
        Asked { query, filters, after, limit: usize::try_from(limit).unwrap_or_default(), cap: store::MOST };
    let pages = Pages::of(&request, &state.sealer, limit);
    let read = move |tx: &mut Conn| {
        let Found { items, total, is_capped, corrected, facets, next } = hits::search(tx, &asked)?;
        let (next, mut page) = (pages.next(next)?, json!({"limit": limit}));
        if let (Some(next), Some(page)) = (&next, page.as_object_mut()) {
            page.insert("next".into(), next.as_str().into());
        }
        let body = json!({
            "items": items, "page": page, "total": total, "is_capped": is_capped, "corrected": corrected, "facets": facets
        });
        Ok(Body::json(&body).followed_by(next))
    };
    Ok(state.db.read_long(read).await?.answer(false))
}

/// `GET /v1/search/suggest`.
///
/// # Errors
/// 400; 503.
async fn complete(request: HttpRequest, state: Data<State>) -> Result<HttpResponse> {
    let mut params = Params::of(&request);
    let typed = words(&mut params, suggest::typed);
    let kinds = kinds(&mut params);
    let limit = params.whole("limit", 1..=COMPLETIONS.0, COMPLETIONS.1);
    params.finish()?;
    let limit = usize::try_from(limit).unwrap_or_default();
    let Some(typed) = typed else { return Ok(Body::json(&json!({"items": []})).answer(false)) };
    let read =
        move |tx: &mut Conn| Ok(Body::json(&json!({"items": suggest::suggest(tx, &typed, &kinds, limit)?})));
    Ok(state.db.read_long(read).await?.answer(false))
}
