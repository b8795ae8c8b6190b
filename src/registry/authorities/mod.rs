//! Local authorities of France (communes, groupings, departments, regions) and Japan (prefectures, cities, towns, …).

mod derived;
mod model;
pub mod place;
mod rules;
mod store;
pub mod themes;

pub use derived::load_locations;
pub use model::Authority;
pub(crate) use place::{parse_circle, unit_vector};
pub use store::{MAX_COAST_KM, coastal_ids};
