//! `/docs`: the OpenAPI document as an interactive page, its assets compiled in.

use utoipa_swagger_ui::{Config, SwaggerUi};

/// The page and its assets.
#[must_use]
pub fn service() -> SwaggerUi {
    SwaggerUi::new("/docs/{_:.*}").config(Config::from("/openapi.json").validator_url("none"))
}
