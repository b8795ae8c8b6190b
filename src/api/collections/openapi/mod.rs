//! OpenAPI of collections, made from what each kind declares.

pub mod history;
mod operations;
mod parameters;
pub mod schemas;
