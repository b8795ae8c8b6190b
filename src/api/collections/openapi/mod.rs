//! OpenAPI of collections, made from what each kind declares.

mod examples;
pub mod history;
mod operations;
mod parameters;
pub mod schemas;
