//! The tables that all kinds of records share: reading and writing their rows. No rules, no HTTP, and nothing
//! that depends on which database is used (`db`).

pub mod changes;
pub mod conflicts;
pub mod damage;
pub mod identifiers;
pub mod projections;
pub mod records;
pub mod references;
pub mod versions;
