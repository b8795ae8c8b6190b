//! Access to SQLite (embedded) and PostgreSQL, chosen by the URL. The only folder that knows there are two
//! databases: none of the kinds of records and none of their rules belong here.
//!
//! [`Db::read`](database::Db::read) runs statements on one snapshot; [`Db::write`](database::Db::write) runs
//! a closure in one transaction and returns after its commit. Writes to SQLite go through one thread, which
//! commits them in groups.

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
