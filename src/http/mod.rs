//! The vocabulary that every endpoint speaks: bodies, parameters, preconditions, replies, problems. It names no kind.

pub mod auth;
pub mod body;
pub mod comment;
pub mod conditions;
pub mod cursor;
pub mod middleware;
pub mod negotiation;
pub mod once;
pub mod params;
pub mod pipe;
pub mod problems;
pub mod replies;
mod state;
pub mod totals;

pub use state::State;
