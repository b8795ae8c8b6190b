//! `/v1/timeline`: all dates of records in chronological order.

pub mod handlers;
pub mod openapi;
mod table;
