//! `/v1/search` and `/v1/search/suggest`.

use super::facets::{Filters, is_country};
use super::hits::{self, Asked, Found};
use super::query::Query;
use super::{store, suggest};
use crate::db::Conn;
use crate::error::{Code, Fault, Result};
use crate::http::State;
use crate::http::params::Params;
use crate::http::replies;
use crate::registry::collection::{context, reading, resource};
use crate::vocabulary::codes::{Country, Theme, Vocabulary as _};
use crate::vocabulary::{Kind, PartialDate, member};
use actix_web::http::{Method, header};
use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

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
    let names = codes(params, "kind", &known, |name| Kind::from_name(name).is_some());
    names.iter().filter_map(|name| Kind::from_name(name)).collect()
}

/// The values of a parameter, each one of a closed list.
fn codes(params: &mut Params, name: &str, list: &[&str], is_known: fn(&str) -> bool) -> Vec<String> {
    let values = params.many(name);
    for value in values.iter().filter(|value| !is_known(value)) {
        params.misfit(
            name,
            value,
            &format!("`{}` or another code of its list", member::nearest(value, list)),
        );
    }
    values
}

fn filters(params: &mut Params) -> Filters {
    let list =
        |terms: &[crate::vocabulary::codes::Term]| terms.iter().map(|term| term.code).collect::<Vec<_>>();
    let kinds = kinds(params);
    let countries = codes(params, "country", &list(Country::TERMS), is_country);
    let themes = codes(params, "theme", &list(Theme::TERMS), |code| Theme::from_code(code).is_some());
    let mut years = Vec::new();
    for year in params.many("year") {
        match PartialDate::parse(&year) {
            Some(date) => years.push(date),
            None => params.misfit("year", &year, "a year or another EDTF date or interval"),
        }
    }
    Filters { kinds, countries, themes, years }
}

/// What was asked of the parameter `q`, read by `read`: none if it is not given.
fn words<T>(params: &mut Params, read: impl Fn(&str) -> Option<T>) -> Option<T> {
    let text = params.one("q")?;
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
    let context = context(&request);
    let after = params.one("cursor").and_then(|cursor| {
        let position =
            state.sealer.open(&context, &cursor).and_then(|payload| serde_json::from_str(&payload).ok());
        params.keep(position.ok_or_else(|| Fault::parameter("cursor", Code::InvalidCursor, vec![])))
    });
    params.finish()?;
    let asked =
        Asked { query, filters, after, limit: usize::try_from(limit).unwrap_or_default(), cap: store::MOST };
    let found = state.db.read_long(move |tx: &mut Conn| hits::search(tx, &asked)).await?;
    let next = found.next.map(|position| {
        let cursor = state.sealer.seal(&context, &serde_json::to_string(&position).unwrap_or_default());
        let join = if context.contains('?') { '&' } else { '?' };
        format!("{context}{join}limit={limit}&cursor={cursor}")
    });
    let Found { items, total, is_capped, corrected, facets, .. } = found;
    let mut page = json!({"limit": limit});
    if let (Some(next), Some(page)) = (&next, page.as_object_mut()) {
        page.insert("next".into(), next.as_str().into());
    }
    let body = json!({
        "items": items, "page": page, "total": total, "is_capped": is_capped, "corrected": corrected, "facets": facets
    });
    let mut reply = answer(&request, &body);
    let link = next.map(|next| header::HeaderValue::from_str(&format!("<{next}>; rel=\"next\"")));
    if let Some(Ok(link)) = link {
        reply.headers_mut().insert(header::LINK, link);
    }
    Ok(reply)
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
    let items = match typed {
        Some(typed) => state.db.read_long(move |tx| suggest::suggest(tx, &typed, &kinds, limit)).await?,
        None => vec![],
    };
    Ok(answer(&request, &json!({"items": items})))
}

fn answer(request: &HttpRequest, body: &Value) -> HttpResponse {
    let body = body.to_string();
    replies::cacheable(request, &format!("\"{}\"", replies::digest(body.as_bytes())), body)
}
