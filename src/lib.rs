//! Kakehashi (架け橋, a bridge): the registry of Franco-Japanese decentralised cooperation, as a JSON REST API.

// Answers computed over the whole registry.
pub mod analytics;
pub mod api;
// Who may write: keys.
pub mod auth;
// What goes in and out in bulk.
pub mod change_feed;
// What the command line does beside serving.
pub mod cli;
// The only folder that knows there are two databases.
pub mod db;
// Domain words shared by several kinds.
pub mod domain;
// Other forms of the same answers.
pub mod formats;
// Every local authority of both countries, compiled in.
pub mod gazetteer;
// The vocabulary that every endpoint speaks.
pub mod http;
// What the registry holds.
pub mod kinds;
pub mod records;
pub mod search;
pub mod server;
pub mod store;
pub mod transfer;
pub mod util;
// Who is told of changes.
pub mod webhooks;
