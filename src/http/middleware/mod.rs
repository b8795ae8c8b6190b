//! The middleware of every request: `cache_layer` outermost, then `request_scope`; `observer` is called by
//! both.

pub mod cache_layer;
pub mod observer;
pub mod request_scope;
