//! `/v1/statistics` and `/v1/statistics/{topic}`.

pub mod handlers;
pub mod openapi;
pub mod schemas;
mod tables;
