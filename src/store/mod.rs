//! The tables that every kind shares.

pub mod changes;
pub mod conflicts;
pub mod damage;
pub mod identifiers;
pub mod projections;
pub mod records;
pub mod references;
pub mod versions;
