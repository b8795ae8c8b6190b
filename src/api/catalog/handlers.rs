//! `GET /catalog.jsonld` and `/.well-known/api-catalog`.

use super::dcat::{api_linkset, dcat_catalog};
use crate::analytics::datasets;
use crate::api::state::AppState;
use crate::db::conn::Conn;
use crate::domain::errors::problem::Result;
use crate::http::base_url::base_url;
use crate::http::query_params::QueryParams;
use crate::http::responses;
use crate::http::routing::add_get_route;
use crate::util::hash;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

/// The media type of the link set (RFC 9264) with the profile of RFC 9727 section 4.2.
const LINKSET_MEDIA_TYPE: &str =
    "application/linkset+json; profile=\"https://www.rfc-editor.org/info/rfc9727\"";

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig) {
    add_get_route(config, "/catalog.jsonld", get_catalog);
    add_get_route(config, "/.well-known/api-catalog", get_linkset);
}

fn response_with_etag(body: String, media_type: &'static str) -> HttpResponse {
    let mut response = responses::json_with_etag(&format!("\"{}\"", hash::xxh3_hex(body.as_bytes())), body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

/// `GET /catalog.jsonld`.
async fn get_catalog(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    QueryParams::from_request(&request).finish()?;
    let base = base_url(&request);
    let read = move |tx: &mut Conn| Ok(dcat_catalog(&base, &datasets::load_extents(tx)?).to_string());
    let body = state.read_slow(&request, read).await?;
    Ok(response_with_etag(body, "application/ld+json"))
}

/// `GET /.well-known/api-catalog`.
async fn get_linkset(request: HttpRequest) -> Result<HttpResponse> {
    QueryParams::from_request(&request).finish()?;
    let mut response = response_with_etag(api_linkset(&base_url(&request)).to_string(), LINKSET_MEDIA_TYPE);
    responses::add_link(&mut response, "/.well-known/api-catalog", "api-catalog");
    Ok(response)
}
