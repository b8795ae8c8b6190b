//! `POST /v1/import`: bulk import.

pub mod handlers;
pub mod openapi;
mod report_stream;
pub mod request_body;
