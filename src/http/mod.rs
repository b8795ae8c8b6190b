//! What endpoints share: reading requests, writing responses, problems, pagination, conditional requests,
//! idempotency, caching, limits.
//!
//! Never here: a kind, a resource, records. Imported by `api` and `server` only.

pub mod base_url;
pub mod bearer;
pub mod body;
pub mod body_memory;
pub mod change_comment;
pub mod client_address;
mod compression;
pub mod concurrency_limiter;
pub mod concurrency_limits;
pub mod conditional;
pub mod context;
mod cors;
mod fair_semaphore;
mod header_errors;
pub mod idempotency;
pub mod in_flight;
pub mod list_header;
pub mod middleware;
pub mod negotiation;
pub mod openapi;
pub mod pagination;
pub mod problems;
pub mod public_url;
pub mod query_params;
pub mod rate_limit;
pub mod request_headers;
pub mod request_id;
mod request_log;
pub mod request_metrics;
pub mod response_cache;
pub mod responses;
pub mod routing;
pub mod shutdown;
pub mod streaming;
mod trace_context;
mod unread_body;
