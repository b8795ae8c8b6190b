//! Events: dated meetings, seminars and ceremonies that are neither a visit nor an edition of the Rencontres.

mod definition;
pub mod model;
