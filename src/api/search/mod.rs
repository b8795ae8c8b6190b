//! `/v1/search` and `/v1/search/suggest`.

pub mod handlers;
pub mod openapi;
