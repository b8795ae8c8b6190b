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
mod anniversaries;
mod architecture;
mod authorities;
mod backup;
mod bodies;
mod caching;
mod capacity;
mod changes;
mod citations;
mod cli;
mod clocks;
mod cold_reads;
mod commitments;
mod concurrency;
mod configuration;
mod conformance;
mod contradictions;
mod coverage;
mod damage;
mod dry_runs;
mod durability;
mod erased_bytes;
mod events;
mod extremes;
mod filters;
mod formats;
mod founding;
mod frameworks;
mod gazetteer;
mod good_practices;
mod guarantee;
mod guarded_identifiers;
mod history;
mod idempotency;
mod identifiers;
mod imports;
mod including;
mod instances;
mod limits;
mod logs;
mod memoranda;
mod merging;
mod metrics;
mod migrations;
mod openapi;
mod organisations;
mod overload;
mod overwriting;
mod ownership;
mod partner_requests;
mod partnerships;
mod patching;
mod people;
mod plans;
mod poisoning;
mod problems;
mod program;
mod properties;
mod proposals;
mod protocol;
mod publications;
mod questions;
mod quotations;
mod reading;
mod readme;
mod reference_client;
mod reindexing;
mod relations;
mod rencontres;
mod replicas;
mod safe_reading;
mod search;
mod sessions;
mod smoke;
mod sources;
mod statistics;
mod suggestions;
mod timeline;
mod validity;
mod verify;
mod visits;
mod vocabularies;
mod webhooks;
mod writing;
