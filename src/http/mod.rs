//! The vocabulary that every endpoint speaks: bodies, parameters, preconditions, replies, problems. It names no kind.

pub mod access_log;
pub mod auth;
pub mod authority;
pub mod body;
pub mod body_memory;
pub mod cache;
pub mod capacity;
pub mod client;
mod coding;
pub mod comment;
pub mod conditions;
pub mod connections;
mod cors;
pub mod cursor;
pub mod drain;
pub mod encoding;
pub mod front;
pub mod limits;
pub mod list_header;
pub mod metrics;
pub mod middleware;
pub mod negotiation;
pub mod once;
pub mod params;
pub mod pipe;
pub mod places;
pub mod problems;
pub mod replies;
pub mod request_headers;
mod state;
pub mod totals;
pub mod trace;
mod unread;
pub mod watch;

pub use state::AppState;
