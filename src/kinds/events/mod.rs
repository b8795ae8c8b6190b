//! Events: meetings, seminars and ceremonies that have a date and are neither a visit nor an edition of the
//! Rencontres.

mod definition;
pub(super) mod model;
