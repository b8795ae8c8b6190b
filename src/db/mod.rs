//! The only folder that knows there are two databases: SQLite (embedded) and PostgreSQL, chosen by the URL.
//!
//! [`Db::read`] runs statements over one snapshot; [`Db::write`] runs a closure in one transaction and answers after
//! its commit. Writes to SQLite go through one thread that commits them in groups.

pub mod bulk;
pub mod conn;
pub mod database;
pub mod deferred;
pub mod error;
mod execute;
pub mod fulltext;
pub mod keyset_paging;
pub mod locks;
pub mod log_head;
mod migrations;
pub mod pool;
mod purge;
mod read_pools;
mod readiness;
pub mod reads;
pub mod replica;
pub mod savepoint;
pub mod schema;
pub mod settings;
pub mod slow_queries;
pub mod sql;
mod sqlite_writer;
mod statement_timeout;
pub mod stats;
mod transaction;
pub mod types;
mod wal_checkpoint;
mod write_queue;
