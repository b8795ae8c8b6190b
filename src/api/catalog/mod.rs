//! What the registry offers, for catalogues of open data (DCAT 3, DCAT-AP) and of services (RFC 9727).

mod dcat;
pub mod handlers;
pub mod openapi;
