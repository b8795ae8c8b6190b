//! Who may write: keys, each with a name, the organisation it acts for, scopes, schemes and an expiry.

pub mod answers;
pub mod cache;
pub mod handlers;
pub mod keys;
pub mod store;
