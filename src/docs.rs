//! `/docs`: the OpenAPI document as an interactive page, its assets compiled in.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};
use utoipa_swagger_ui::Config;

/// How the page is set up.
static UI_CONFIG: LazyLock<Arc<Config<'static>>> =
    LazyLock::new(|| Arc::new(Config::from("/openapi.json").validator_url("none")));

/// A file of the page.
#[derive(Debug)]
pub struct DocsFile {
    /// Its bytes.
    pub bytes: Cow<'static, [u8]>,
    /// Its media type.
    pub media: String,
}

/// A file of the page, which itself is the one without a name; none where there is no such file.
#[must_use]
pub fn find_file(name: &str) -> Option<DocsFile> {
    let found = utoipa_swagger_ui::serve(name, UI_CONFIG.clone());
    let found = found.inspect_err(|error| log::error!("the page of /docs is not made: {error}"));
    found.ok().flatten().map(|file| DocsFile { bytes: file.bytes, media: file.content_type })
}
