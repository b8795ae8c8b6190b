//! `/v1/citations`, `/v1/{collection}/{id}/citations` and `/v1/contradictions`.

pub mod handlers;
pub mod openapi;
