//! The API as its callers use it: a real server on a fresh database for every test, on SQLite and on PostgreSQL.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that meets what it does not expect has failed"
)]

mod support;

mod access;
mod architecture;
mod authorities;
mod backup;
mod changes;
mod citations;
mod cli;
mod concurrency;
mod conformance;
mod durability;
mod filters;
mod founding;
mod guarantee;
mod history;
mod idempotency;
mod identifiers;
mod imports;
mod memoranda;
mod merging;
mod migrations;
mod openapi;
mod organisations;
mod ownership;
mod partnerships;
mod patching;
mod people;
mod problems;
mod program;
mod properties;
mod quotations;
mod reading;
mod readme;
mod reference_client;
mod rencontres;
mod search;
mod sessions;
mod smoke;
mod sources;
mod verify;
mod visits;
mod vocabularies;
mod webhooks;
mod writing;
