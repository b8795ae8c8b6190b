//! `; `routes`, `add_record_routes` → `server/routes.rs`; `paths`, `schemas` → `server/openapi.rs`.

/// The tag of the operations, and what it is about.
pub const INSIGHT_TAG: (&str, &str) = ("insight", "Questions over the whole registry.");
