//! `/catalog.jsonld` and `/.well-known/api-catalog`.

use super::{catalog, linkset, store};
use crate::db::Conn;
use crate::error::Result;
use crate::http::authority::base;
use crate::http::params::Params;
use crate::http::{State, replies};
use crate::registry::collection::{reading, resource};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

const READ: &[Method] = &[Method::GET, Method::HEAD, Method::OPTIONS];

/// The media type of the link set, with its profile (RFC 9727 section 4.2).
const LINKSET: &str = "application/linkset+json; profile=\"https://www.rfc-editor.org/info/rfc9727\"";

/// The routes.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/catalog.jsonld", READ).route(reading().to(get)))
        .service(resource("/.well-known/api-catalog", READ).route(reading().to(services)));
}

fn answer(body: String, media: &'static str) -> HttpResponse {
    let mut reply = replies::cacheable(&format!("\"{}\"", replies::digest(body.as_bytes())), body);
    reply.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    reply
}

async fn get(request: HttpRequest, state: Data<State>) -> Result<HttpResponse> {
    Params::of(&request).finish()?;
    let base = base(&request);
    let read = move |tx: &mut Conn| Ok(catalog(&base, &store::extents(tx)?).to_string());
    let body = state.read_slow(&request, read).await?;
    Ok(answer(body, "application/ld+json"))
}

async fn services(request: HttpRequest) -> Result<HttpResponse> {
    Params::of(&request).finish()?;
    let mut reply = answer(linkset(&base(&request)).to_string(), LINKSET);
    replies::link(&mut reply, "/.well-known/api-catalog", "api-catalog");
    Ok(reply)
}
