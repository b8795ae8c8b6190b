//! Kakehashi (架け橋, a bridge): the registry of Franco-Japanese decentralised cooperation, as a JSON REST API.
//!
//! The folders stand in layers, the highest first. A folder names only folders of lower layers, which
//! `tests/api/architecture.rs` checks.

// The commands: serve, keys, import, export, backup, verify.
pub mod cli;

// The server put together: settings, middleware, every route, the OpenAPI document, logs, metrics.
pub mod server;

// The endpoints: a folder or file per resource, named as its path.
pub mod api;

// What endpoints share: requests, responses, problems, pagination, conditional requests, middleware.
pub mod http;

// Webhooks: signed deliveries of changes, with retries.
pub mod webhooks;

// The change log as readers follow it: pages of changes, long polling, RPDE, verification.
pub mod change_feed;

// Whole-registry transfer: export, bulk import, backup and restore, the founding data set.
pub mod transfer;

// Computed answers over the whole registry: statistics, contradictions, commitments, coverage, suggestions.
pub mod analytics;

// Full-text search: queries, spelling, filters, hits, facets, completion.
pub mod search;

// Records of any kind: reading, writing, merging, history, citations.
pub mod records;

// Records as CSV, NDJSON, GeoJSON, iCalendar, JSON-LD and Atom.
pub mod formats;

// The kinds of record: members, rules, filters and queries of each.
pub mod kinds;

// The tables that all kinds share: records, identifiers, references, versions, the change log.
pub mod store;

// API keys: scopes, storage, verification.
pub mod auth;

// Every local authority of France and Japan, compiled in.
pub mod gazetteer;

// SQLite and PostgreSQL: the only folder that knows the two databases.
pub mod db;

// The domain's values with their rules: texts, dates, identifiers, vocabularies, errors.
pub mod domain;

// Helpers that know nothing of the registry: clock, random values, hashes, signed cursors.
pub mod util;
