//! Events: meetings, seminars and ceremonies that have a date and are neither a visit nor an edition of the Rencontres.

mod model;
mod store;

pub use model::Event;
