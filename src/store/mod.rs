//! The tables that every kind shares.

pub mod changes;
pub mod conflicts;
pub mod damage;
pub mod identifiers;
pub mod identifiers_of_authorities;
pub mod projections;
pub mod records;
pub mod references;
pub mod versions;

pub use changes::*;
pub use conflicts::*;
pub use identifiers::*;
pub use projections::*;
pub use records::*;
pub use references::*;
pub use versions::*;
