//! What can go wrong, as a caller sees it: a [`Problem`] (RFC 9457) made of [`Fault`]s, each with a stable [`ErrorCode`].

pub mod codes;
pub mod fault;
pub mod fault_list;
pub mod problem;
