//! `/v1/{collection}…` of every kind of record: lists, records, writes, history.
//!
//! Never here: the name of one kind, except where its endpoint differs in permissions.

pub mod collection;
mod history;
mod include;
mod list_query;
pub mod openapi;
mod path;
mod read;
mod render;
pub mod representation;
mod routes;
mod valid_on;
mod write;
mod write_request;
