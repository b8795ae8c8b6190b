//! Handler of the timeline.

use super::table::timeline_table;
use crate::analytics::dated_members::{AUTHORITY_FILTER, DATED_MEMBERS};
use crate::analytics::timeline::entry::entry_json;
use crate::analytics::timeline::queries::{self, TimelinePosition, TimelineQuery};
use crate::api::filter_params::{filter_conditions, read_kinds};
use crate::api::format_responses::{RenderedResponse, csv_dialect, rendering_language};
use crate::api::state::AppState;
use crate::db::conn::Conn;
use crate::db::sql::SqlFragment;
use crate::domain::errors::problem::Result;
use crate::domain::partial_date::PartialDate;
use crate::domain::written_date::interpret;
use crate::http::negotiation::{MediaFormat, negotiate};
use crate::http::pagination::{PageLinks, read_cursor};
use crate::http::query_params::QueryParams;
use crate::http::routing::add_get_route;
use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

/// Adds the route below `/v1`.
pub fn routes(config: &mut ServiceConfig) {
    add_get_route(config, "/timeline", get);
}

/// The names of the kinds that have dates, in the order of [`DATED_MEMBERS`].
pub(super) fn dated_kinds() -> Vec<&'static str> {
    let mut kinds: Vec<&str> = DATED_MEMBERS.iter().map(|dated| dated.kind.as_str()).collect();
    kinds.dedup();
    kinds
}

/// Reads an EDTF date.
fn read_date(params: &mut QueryParams, name: &str) -> Option<PartialDate> {
    let text = params.single(name)?;
    let date = PartialDate::parse(&text);
    if date.is_none() {
        params.invalid(name, &text, &interpret::with_date_suggestion("a day or another EDTF date", &text));
    }
    date
}

/// `GET /v1/timeline`.
async fn get(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let mut params = QueryParams::from_request(&request);
    let format = negotiate(&request, &mut params, &[MediaFormat::Json, MediaFormat::Csv])?;
    let dialect = csv_dialect(&mut params);
    let filter = SqlFragment::all(filter_conditions(&mut params, [&AUTHORITY_FILTER], state.clock.today()));
    let kinds = read_kinds(&mut params, &dated_kinds());
    let (from, to) = (read_date(&mut params, "from"), read_date(&mut params, "to"));
    let sort = params.single("sort").unwrap_or_else(|| "date".into());
    if !["date", "-date"].contains(&sort.as_str()) {
        params.invalid("sort", &sort, "`date` or `-date`");
    }
    let limit = params.page_limit();
    let position: Option<TimelinePosition> = read_cursor(&request, &state.cursor_signer, &mut params);
    params.finish()?;
    let query = TimelineQuery { kinds, from, to, filter, latest_first: sort.starts_with('-'), limit };
    let (pages, language) =
        (PageLinks::for_request(&request, &state.cursor_signer, limit), rendering_language(&request, format));
    let read = move |tx: &mut Conn| {
        let (rows, position, schedules) = queries::load_page(tx, &query, position)?;
        let items = rows.iter().filter_map(|row| entry_json(row, &schedules).transpose());
        let items: Vec<Value> = items.collect::<Result<_>>()?;
        let next = pages.next_link(position)?;
        if format == MediaFormat::Csv {
            return Ok(
                RenderedResponse::csv_table(&timeline_table(&items), language, dialect)?.with_next_page(next)
            );
        }
        Ok(RenderedResponse::json_page(&items, limit, next, None))
    };
    Ok(state.db.read_long(read).await?.into_response(true))
}
