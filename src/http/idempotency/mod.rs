//! `Idempotency-Key`: a repeated request gets the stored response.
//!
//! The response is stored in the transaction of the write and kept for a week. A refused request writes
//! nothing, so nothing is stored and it can be tried again.

pub mod replay;
pub mod request;
pub mod store;
