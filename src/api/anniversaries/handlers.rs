//! Handler of anniversaries: JSON, CSV, iCalendar.

use super::calendar;
use super::table::anniversary_table;
use crate::analytics::anniversaries::anniversary::{
    Anniversary, AnniversaryPosition, RoundYears, find_anniversaries,
};
use crate::analytics::anniversaries::queries;
use crate::analytics::dated_members::{AUTHORITY_FILTER, DATED_MEMBERS};
use crate::api::filter_params::{filter_conditions, read_kinds};
use crate::api::format_responses::{RenderedResponse, csv_dialect, rendering_language};
use crate::api::state::AppState;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::sql::SqlFragment;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use crate::domain::kind::Kind;
use crate::http::base_url;
use crate::http::negotiation::{MediaFormat, negotiate};
use crate::http::pagination::{PageLinks, cursor_context, read_cursor};
use crate::http::query_params::QueryParams;
use crate::http::routing::add_get_route;
use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

/// The largest number in `multiple` and `years`.
const MAX_YEARS: i16 = 9998;

/// The most anniversaries of a CSV or iCalendar response without `limit`; a `Link` header leads to the rest.
const MAX_WHOLE_LIST: usize = 10_000;

/// The page size of that `Link`.
const MAX_PAGE: i64 = 500;

/// Adds the route below `/v1`.
pub fn routes(config: &mut ServiceConfig) {
    add_get_route(config, "/anniversaries", get);
}

/// The parameters of a request for anniversaries.
#[derive(Debug, Clone)]
struct AnniversaryQuery {
    /// The year in which the anniversaries fall.
    year: i16,
    round: RoundYears,
    kinds: Vec<Kind>,
    filter: SqlFragment,
}

impl AnniversaryQuery {
    /// Reads the parameters; the year is by default that of `today`.
    fn from_params(params: &mut QueryParams, today: jiff::civil::Date) -> Self {
        let year = params.integer("year", 1..=9999, today.year().into());
        let multiples = read_numbers(params, "multiple", &[5]);
        let years = read_numbers(params, "years", &[]);
        let round =
            if years.is_empty() { RoundYears::Multiples(multiples) } else { RoundYears::Years(years) };
        let dated = DATED_MEMBERS.iter().filter(|dated| dated.has_anniversaries);
        let kinds = read_kinds(params, &dated.map(|dated| dated.kind.as_str()).collect::<Vec<_>>());
        let filter = SqlFragment::all(filter_conditions(params, [&AUTHORITY_FILTER], today));
        Self { year: i16::try_from(year).unwrap_or(i16::MAX), round, kinds, filter }
    }

    /// Finds a page of anniversaries, in order, and the position where it ends if there are more.
    fn find(
        &self,
        tx: &mut Conn,
        after: Option<&AnniversaryPosition>,
        limit: usize,
    ) -> TxResult<(Vec<Anniversary>, Option<AnniversaryPosition>)> {
        let Self { year, round, kinds, filter } = self;
        let beginnings = queries::load_beginnings(tx, *year, round, kinds, filter)?;
        Ok(find_anniversaries(beginnings, *year, round, after, limit))
    }
}

/// Reads a list of numbers of years.
fn read_numbers(params: &mut QueryParams, name: &str, default: &[i16]) -> Vec<i16> {
    let values = params.list(name);
    let mut numbers = Vec::new();
    for text in &values {
        match text.parse().ok().filter(|number| (1..=MAX_YEARS).contains(number)) {
            Some(number) => numbers.push(number),
            None => params.invalid(name, text, &format!("whole numbers from 1 to {MAX_YEARS}")),
        }
    }
    if numbers.is_empty() { default.to_vec() } else { numbers }
}

/// `GET /v1/anniversaries`.
async fn get(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let mut params = QueryParams::from_request(&request);
    let format =
        negotiate(&request, &mut params, &[MediaFormat::Json, MediaFormat::Csv, MediaFormat::Calendar])?;
    let dialect = csv_dialect(&mut params);
    let query = AnniversaryQuery::from_params(&mut params, state.clock.today());
    let is_whole = format != MediaFormat::Json && !params.has("limit");
    let limit = params.page_limit();
    let after: Option<AnniversaryPosition> = read_cursor(&request, &state.cursor_signer, &mut params);
    params.finish()?;
    let pages =
        PageLinks::for_request(&request, &state.cursor_signer, if is_whole { MAX_PAGE } else { limit });
    let base = if format == MediaFormat::Calendar { base_url::base_url(&request) } else { String::new() };
    let (path_and_query, language) = (cursor_context(&request), rendering_language(&request, format));
    let page_size = if is_whole { MAX_WHOLE_LIST } else { usize::try_from(limit).unwrap_or_default() };
    let read = move |tx: &mut Conn| {
        let (anniversaries, position) = query.find(tx, after.as_ref(), page_size)?;
        let next = pages.next_link(position)?;
        if format == MediaFormat::Calendar {
            let body = calendar::write_calendar(&anniversaries, &base, &path_and_query, language);
            let body = body.map_err(|_| Problem::new(ErrorCode::Internal))?;
            return Ok(RenderedResponse::localized(format, language, body)?.with_next_page(next));
        }
        let items: Vec<Value> = anniversaries.iter().map(Anniversary::to_json).collect();
        if format == MediaFormat::Csv {
            return Ok(RenderedResponse::csv_table(&anniversary_table(&items), language, dialect)?
                .with_next_page(next));
        }
        let mut page = json!({"limit": limit});
        if let (Some(next), Some(page)) = (&next, page.as_object_mut()) {
            page.insert("next".into(), next.as_str().into());
        }
        Ok(RenderedResponse::json(&json!({"year": query.year, "items": items, "page": page}))
            .with_next_page(next))
    };
    Ok(state.read_slow(&request, read).await?.into_response(true))
}
