//! Kakehashi (架け橋, a bridge): the registry of Franco-Japanese decentralised cooperation, as a JSON REST API.

// Who may write: keys.
pub mod access;
// What the registry offers, for catalogues of data and of services.
pub mod catalog;
// Time, ids and secrets.
pub mod clock;
// What the command line does beside serving.
pub mod commands;
// Every setting.
pub mod config;
// The only folder that knows there are two databases.
pub mod db;
// The interactive page of the document.
pub mod docs;
// What can go wrong, as a caller sees it.
pub mod error;
// What goes in and out in bulk.
pub mod feed;
// Other forms of the same answers.
pub mod formats;
// Every local authority of both countries, compiled in.
pub mod gazetteer;
// The vocabulary that every endpoint speaks.
pub mod http;
// Answers computed over the whole registry.
pub mod insight;
// The log: lines, or JSON.
pub mod logging;
// The OpenAPI document.
pub mod openapi;
// What the registry holds.
pub mod registry;
// The server: state, middleware, routes.
pub mod server;
// Domain words shared by several kinds.
pub mod vocabulary;
// Who is told of changes.
pub mod webhooks;
