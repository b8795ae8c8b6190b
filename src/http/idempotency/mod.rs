//! A request that is sent again is answered again: what `Idempotency-Key` promises.
//!
//! The answer is kept in the transaction of the write itself, for a week. A refused request wrote nothing, so nothing
//! is kept of it, and it may be tried again.

pub mod replay;
pub mod request;
pub mod store;
