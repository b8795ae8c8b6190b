//! `/docs`: the OpenAPI document as an interactive page, its assets compiled in.

use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use crate::util::hash;
use actix_web::http::header;
use actix_web::{HttpResponse, web};
use std::borrow::Cow;
use std::sync::{Arc, LazyLock};
use utoipa_swagger_ui::Config;

/// The configuration of Swagger UI.
static UI_CONFIG: LazyLock<Arc<Config<'static>>> =
    LazyLock::new(|| Arc::new(Config::from("/openapi.json").validator_url("none")));

/// A file of the page.
#[derive(Debug)]
pub(super) struct DocsFile {
    /// The content.
    pub bytes: Cow<'static, [u8]>,
    /// The media type.
    pub media: String,
}

/// Finds a file of the page; the empty name is the page itself.
#[must_use]
pub(super) fn find_file(name: &str) -> Option<DocsFile> {
    let found = utoipa_swagger_ui::serve(name, UI_CONFIG.clone());
    let found = found.inspect_err(|error| log::error!("the page of /docs is not made: {error}"));
    found.ok().flatten().map(|file| DocsFile { bytes: file.bytes, media: file.content_type })
}

/// Redirects to the folder, since the page's own links are relative.
pub(super) async fn redirect_to_docs() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "/docs/")).finish()
}

/// Serves a file of the page.
pub(super) async fn docs_file(file: web::Path<String>) -> Result<HttpResponse> {
    let file = find_file(&file).ok_or_else(|| Problem::new(ErrorCode::NotFound))?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, file.media))
        .insert_header((header::ETAG, format!("\"{}\"", hash::xxh3_hex(&file.bytes))))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(file.bytes.into_owned()))
}
