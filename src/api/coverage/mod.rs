//! `/v1/frameworks/{id}/coverage`: activities under the objectives of a framework.

pub mod handlers;
pub mod openapi;
