//! `/docs`: the OpenAPI document as an interactive page, its assets compiled in.

use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use crate::util::hash;
use actix_web::http::header;
use actix_web::{HttpResponse, web};
use std::borrow::Cow;
use std::sync::{Arc, LazyLock};
use utoipa_swagger_ui::Config;

/// How the page is set up.
static UI_CONFIG: LazyLock<Arc<Config<'static>>> =
    LazyLock::new(|| Arc::new(Config::from("/openapi.json").validator_url("none")));

/// A file of the page.
#[derive(Debug)]
pub(super) struct DocsFile {
    /// Its bytes.
    pub bytes: Cow<'static, [u8]>,
    /// Its media type.
    pub media: String,
}

/// A file of the page, which itself is the one without a name; none where there is no such file.
#[must_use]
pub(super) fn find_file(name: &str) -> Option<DocsFile> {
    let found = utoipa_swagger_ui::serve(name, UI_CONFIG.clone());
    let found = found.inspect_err(|error| log::error!("the page of /docs is not made: {error}"));
    found.ok().flatten().map(|file| DocsFile { bytes: file.bytes, media: file.content_type })
}

/// The page's own links are relative to its folder.
pub(super) async fn redirect_to_docs() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "/docs/")).finish()
}

/// A file of the interactive page.
pub(super) async fn docs_file(file: web::Path<String>) -> Result<HttpResponse> {
    let file = find_file(&file).ok_or_else(|| Problem::new(ErrorCode::NotFound))?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, file.media))
        .insert_header((header::ETAG, format!("\"{}\"", hash::xxh3_hex(&file.bytes))))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(file.bytes.into_owned()))
}
