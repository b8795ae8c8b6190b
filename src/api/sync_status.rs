//! Sync status.

use super::state::AppState;
use crate::auth::credentials::Credentials;
use crate::change_feed::status;
use crate::db::conn::Conn;
use crate::domain::errors::problem::Result;
use crate::http::query_params::QueryParams;
use crate::http::responses;
use actix_web::http::{StatusCode, header};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

/// `GET /v1/sync/status`: how far the keys have read, and their conflicts.
///
/// # Errors
/// 400, 401.
pub async fn sync_status(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let credentials = Credentials::from_request(&request)?;
    QueryParams::from_request(&request).finish()?;
    state.reader_positions.save(&state.db).await?;
    let inside = state.clone();
    let read = move |tx: &mut Conn| {
        let now = inside.clock.now();
        let key = credentials.verify(tx, now)?;
        Ok(status::read_status(tx, &key, &inside.cursor_signer, now)?.to_string())
    };
    let body = state.db.primary().read(read).await?;
    Ok(responses::json_builder(StatusCode::OK).insert_header((header::CACHE_CONTROL, "no-store")).body(body))
}
