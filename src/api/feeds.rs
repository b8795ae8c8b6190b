//! `GET /v1/feeds/{collection}/rpde`: a collection as an RPDE 1.0 feed (Realtime Paged Data Exchange).

use super::state::AppState;
use crate::change_feed::{cursor, rpde};
use crate::db::conn::Conn;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use crate::domain::kind::Kind;
use crate::http::query_params::QueryParams;
use crate::http::{base_url, responses};
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

/// The largest change number: the largest integer that every JSON parser reads exactly (RFC 8259 section 6).
const MAX_CHANGE_NUMBER: i64 = (1 << 53) - 1;

/// Responds with a page of an RPDE feed. A full page may be cached for an hour, the last one for 8 seconds.
///
/// # Errors
/// `NotFound` for an unknown collection; 410 for a change number from before a restore of a backup.
pub async fn get_rpde_page(
    request: HttpRequest,
    state: Data<AppState>,
    collection: Path<String>,
) -> Result<HttpResponse> {
    let kind = Kind::ALL.iter().copied().find(|kind| kind.path() == *collection);
    let kind = kind.ok_or_else(|| Problem::new(ErrorCode::NotFound))?;
    let mut params = QueryParams::from_request(&request);
    let after = params.integer("afterChangeNumber", 0..=MAX_CHANGE_NUMBER, 0);
    params.finish()?;
    let url = format!("{}{}", base_url::base_url(&request), request.path());
    let read = move |tx: &mut Conn| {
        let page = rpde::read_page(tx, kind, after)?;
        if after > 0 && after < page.log_bounds.base {
            return Err(cursor::cursor_gone().into());
        }
        let last = page.last(after);
        let next = if last == 0 { url } else { format!("{url}?afterChangeNumber={last}") };
        let cache_control = if page.is_full() { "public, max-age=3600" } else { "public, max-age=8" };
        Ok((page.to_json(kind, &next), cache_control))
    };
    let (body, cache_control) = state.db.primary().read(read).await?;
    Ok(responses::json_builder(StatusCode::OK)
        .insert_header((header::CACHE_CONTROL, cache_control))
        .body(body))
}
