//! `/v1/keys`: API keys.

pub mod handlers;
pub mod types;
