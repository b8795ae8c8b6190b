//! Local authorities of France (communes, groupings, departments, regions) and Japan (prefectures, cities, towns, …).

mod model;
pub mod place;
mod rules;
mod store;
pub mod themes;

pub use model::Authority;
pub(crate) use place::{circle, vector};
pub use store::coastal_among;
