//! API keys: scopes, storage, verification. Nothing here knows HTTP headers.

pub mod api_key;
pub mod credentials;
pub mod key_cache;
pub mod key_store;
