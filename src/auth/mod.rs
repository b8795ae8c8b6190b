//! Who may write: keys, each with a name, the organisation it acts for, scopes, schemes and an expiry.

pub mod api_key;
pub mod credentials;
pub mod key_cache;
pub mod key_store;
