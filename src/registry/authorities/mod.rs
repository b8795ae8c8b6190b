//! Local authorities of France (communes, groupings, departments, regions) and Japan (prefectures, cities, towns, …).

mod derived;
mod model;
mod place;
mod rules;
mod store;

pub use derived::places;
pub use model::Authority;
