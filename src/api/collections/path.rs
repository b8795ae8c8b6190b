//! What a path names: the kind, the key of the record; and the redirect to where a record was merged.

use super::collection::Collection;
use crate::db::types::Id;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use crate::domain::kind::Kind;
use crate::records::record_key::RecordKey;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};

/// Returns the kind of the collection that the route belongs to.
pub(super) fn collection_kind(request: &HttpRequest) -> Result<Kind> {
    request
        .app_data::<Collection>()
        .map(|collection| collection.0)
        .ok_or_else(|| Problem::new(ErrorCode::Internal))
}

/// Redirects (301) to the record that another was merged into. `no-cache`, because restoring the other ends
/// it.
pub(super) fn redirect_to(request: &HttpRequest, kind: Kind, merged_into: Id) -> HttpResponse {
    let join = if request.query_string().is_empty() { "" } else { "?" };
    let location = format!("/v1/{}/{merged_into}{join}{}", kind.path(), request.query_string());
    let mut response = HttpResponse::MovedPermanently();
    if let Ok(location) = HeaderValue::from_bytes(location.as_bytes()) {
        response.insert_header((header::LOCATION, location));
    }
    response.insert_header((header::CACHE_CONTROL, "no-cache")).finish()
}

/// Parses the key of the record in the path: a UUID or `scheme:value`.
pub(super) fn record_key(request: &HttpRequest) -> Result<RecordKey> {
    RecordKey::parse(request.match_info().get("id").unwrap_or_default())
}
