//! Catalogues of the registry: its datasets (DCAT-AP) and its API (RFC 9727).

mod dcat;
pub mod handlers;
pub mod openapi;
