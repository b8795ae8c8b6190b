//! `/v1/authorities/{id}/suggestions`: partners suggested for an authority.

pub mod handlers;
pub mod openapi;
