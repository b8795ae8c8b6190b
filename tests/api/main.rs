//! The API as its callers use it: a real server on a fresh database for every test, on SQLite and on PostgreSQL.

mod support;

mod architecture;
mod smoke;
