//! The endpoints that every kind has alike: routes, handlers and their documentation, side by side.

pub mod collection;
mod history;
mod include;
pub mod list_query;
pub mod openapi;
mod path;
mod read;
mod render;
pub mod representation;
mod routes;
mod valid_on;
mod write;
mod write_request;
