//! Local authorities of France (communes, groupings, departments, regions) and Japan (prefectures, cities, towns, …).

mod derived;
mod model;
pub mod place;
mod rules;
mod store;
pub mod themes;

pub use derived::places;
pub use model::Authority;
pub(crate) use place::{circle, vector};
pub use store::{COAST_KM, coastal_among};
