//! `/v1/changes` and `/v1/changes/stream`: the change feed.
//!
//! `openapi` also documents snapshot, RPDE and sync status.

mod feed_request;
pub mod handlers;
pub mod openapi;
