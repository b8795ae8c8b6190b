//! `/v1/anniversaries`: round anniversaries of dated events in a year.

mod calendar;
pub mod handlers;
pub mod openapi;
mod table;
