//! `GET /v1/sync/status`: how far each API key has read the change feed, and its open write conflicts.

use super::state::AppState;
use crate::change_feed::status;
use crate::db::conn::Conn;
use crate::domain::errors::problem::Result;
use crate::http::query_params::QueryParams;
use crate::http::{bearer, responses};
use actix_web::http::{StatusCode, header};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

/// Responds with the sync status of the caller's key; an administrator sees every key.
pub async fn sync_status(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let credentials = bearer::read_credentials(&request)?;
    QueryParams::from_request(&request).finish()?;
    state.reader_positions.save(&state.db).await?;
    let reader_state = state.clone();
    let read = move |tx: &mut Conn| {
        let now = reader_state.clock.now();
        let key = credentials.verify(tx, now)?;
        Ok(status::read_status(tx, &key, &reader_state.cursor_signer, now)?.to_string())
    };
    let body = state.db.primary().read(read).await?;
    Ok(responses::json_builder(StatusCode::OK).insert_header((header::CACHE_CONTROL, "no-store")).body(body))
}
