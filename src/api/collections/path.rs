//! `collection_kind`.

use super::collection::Collection;
use crate::db::types::Id;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use crate::domain::kind::Kind;
use crate::records::record_key::RecordKey;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};

pub(super) fn collection_kind(request: &HttpRequest) -> Result<Kind> {
    request
        .app_data::<Collection>()
        .map(|collection| collection.0)
        .ok_or_else(|| Problem::new(ErrorCode::Internal))
}

/// Leads to the record that another was merged into; only until that is restored, so nobody keeps the answer.
pub(super) fn redirect_to(request: &HttpRequest, kind: Kind, merged_into: Id) -> HttpResponse {
    let join = if request.query_string().is_empty() { "" } else { "?" };
    let location = format!("/v1/{}/{merged_into}{join}{}", kind.path(), request.query_string());
    let mut reply = HttpResponse::MovedPermanently();
    if let Ok(location) = HeaderValue::from_bytes(location.as_bytes()) {
        reply.insert_header((header::LOCATION, location));
    }
    reply.insert_header((header::CACHE_CONTROL, "no-cache")).finish()
}

/// The name in the path.
pub(super) fn record_key(request: &HttpRequest) -> Result<RecordKey> {
    RecordKey::parse(request.match_info().get("id").unwrap_or_default())
}
